"""Rules and guidelines over HTTP: who may change them, what is asked again, what is refused, and that what is told is what holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import mindshare as ms
from mindshare.core.errors import Conflict, Weaker
from tests.web.conftest import Live
from tests.web.real import Real

REVIEW: dict[str, Any] = {"mandatory_review": {"when": {"stakes": ">=5"}}}


def changed(live: Live, role: str = "lead", **said: Any) -> Any:
    return live.ask(role, "PATCH", "/v1/rules", said)


def refusal(live: Live, status: int, role: str = "admin", **said: Any) -> str:
    told = changed(live, role, **said)
    assert told.status_code == status, told.text
    return str(told.json()["error"]["message"])


def test_a_lead_makes_rules_stricter_and_sees_what_holds_and_who_set_it(live: Live) -> None:
    before = live.ask("reader", "GET", "/v1/rules").json()
    assert before["guard"]["rules"] == {} and before["guidelines"][""]["text"] == "Read it twice."
    assert (before["guard"]["by"], before["guidelines"][""]["by"]) == (None, None)
    told = changed(live, guard=REVIEW, guidelines={"": "Read it three times."}, reason="many errors").json()
    assert told["guard"]["rules"] == REVIEW and told["guard"]["reason"] == "many errors"
    assert told["guard"]["checks"][0] == "where stakes >= 5, 1 person has to answer"
    assert told["guidelines"][""]["by"] == "lea" and told["guidelines"][""]["text"] == "Read it three times."
    assert live.ask("lead", "GET", "/v1/service").json()["kinds"][0]["guidelines"] == "Read it three times."
    assert told["digest"] != before["digest"]
    live.case(stakes=6.0)
    assert live.lease()["guidelines"] == "Read it three times."
    [event] = live.ask("lead", "GET", "/v1/events?only=rules").json()["events"]
    assert event["by"] == "lea" and event["guard"] == REVIEW and "reason" not in event


def test_to_check_less_takes_an_admin_who_says_that_it_is_meant(live_of: Callable[..., Live]) -> None:
    live = live_of(guard={"mandatory_review": {}, "audit_share": {"share": 0.05}}, limits={})
    live.case()
    less = {"audit_share": {"share": 0.02}}
    gone = ["1 person has to answer", "5 % of the cases are drawn for a blind review"]
    assert "That takes the role admin." in refusal(live, 403, "lead", guard=less, weaker=True)
    told = changed(live, "admin", guard=less)
    assert told.status_code == 409 and told.json()["error"]["code"] == "weaker"
    assert sorted(told.json()["error"]["no_longer"]) == gone and told.json()["error"]["waits"] == 1
    assert "1 case that waited for people by these rules" in told.json()["error"]["message"]
    assert live.ask("lead", "GET", "/v1/rules").json()["guard"]["by"] is None
    assert changed(live, "admin", guard=less, weaker=True).json()["guard"]["rules"] == less


def test_what_is_as_it_was_changes_nothing_and_who_was_slower_is_told(live: Live) -> None:
    first = changed(live, guard=REVIEW).json()
    assert changed(live, guard=REVIEW, guidelines={"": "Read it twice."}).json() == first
    assert len(live.ask("lead", "GET", "/v1/events?only=rules").json()["events"]) == 1
    stricter = {"mandatory_review": {}}
    assert changed(live, guard=stricter, of=first["digest"]).status_code == 200
    assert "changed meanwhile" in refusal(live, 409, guard=REVIEW, of=first["digest"], weaker=True)


@pytest.mark.parametrize(
    ("said", "status", "why"),
    [
        ({}, 400, "Say what is to change: guidelines, guard, or both."),
        ({"guidelines": {"loan": "x"}}, 404, "there is no kind 'loan'; there is one kind only"),
        ({"guard": {"mandatory_reviews": {}}}, 400, "Did you mean 'mandatory_review'?"),
        ({"guard": {"mandatory_review": {"people": 0}}}, 400, "must be a whole number >= 1. Got 0 instead."),
        ({"guard": {"audit_share": {"share": 20}}}, 400, "guard.audit_share.share"),
        ({"guard": {"mandatory_review": {"when": {"label": "bugs"}}}}, 400, "Did you mean 'bug'?"),
        ({"guard": {"two_persons": {"adjudicators": ["anna"]}}}, 400, "Did you mean 'ana'?"),
        ({"guard": {"mandatory_review": {"when": {"feature.word": ">1"}}}}, 400, "Did you mean 'words'?"),
        ({"guard": {"audit_share": {"share": 10**40}}}, 400, "guard"),
        ({"guard": {"never_automate": {"when": {"stakes": "much"}}}}, 400, "such as '>=5'"),
        ({"guidelines": {"": "x" * 20_001}}, 422, "guidelines"),
        ({"guard": []}, 422, "guard"),
    ],
)
def test_a_mistake_is_said_in_a_sentence_and_changes_nothing(
    live: Live, said: dict[str, Any], status: int, why: str
) -> None:
    assert why in refusal(live, status, **said)
    assert live.ask("lead", "GET", "/v1/events?only=rules").json()["events"] == []


def test_names_that_are_not_known_yet_are_told(live: Live) -> None:
    told = changed(live, guard={"two_persons": {"adjudicators": ["zacharias"]}}).json()
    assert told["notes"] == ["guard.two_persons.adjudicators: nobody called 'zacharias' is here yet."]


def clients(real: Real, role: str) -> ms.Client:
    return ms.Client(f"http://127.0.0.1:{real.port}", real.tokens[role])


def test_they_outlive_a_restart_and_the_client_hears_what_would_no_longer_be_checked(
    folder: Callable[..., Any],
) -> None:
    place = folder()
    real = Real(place)
    try:
        with clients(real, "lead") as lead:
            lead.change_rules({"": "Look."}, REVIEW, "as asked")
        real.stop()
        real = Real(place, real.tokens)
        with clients(real, "lead") as lead, clients(real, "admin") as admin:
            told = lead.rules()
            assert (told.guidelines[""].text, told.guard.rules, told.guard.reason) == (
                "Look.",
                REVIEW,
                "as asked",
            )
            with pytest.raises(Conflict):
                lead.change_rules(guard={}, of="0")
            with pytest.raises(Weaker) as error:
                admin.change_rules(guard={})
            assert error.value.no_longer == ["where stakes >= 5, 1 person has to answer"]
            assert admin.change_rules(guard={}, weaker=True).guard.rules == {}
            admin.forget("lea")
            assert admin.rules().guidelines[""].reason is None
    finally:
        real.stop()
