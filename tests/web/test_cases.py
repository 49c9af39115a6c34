"""A case over HTTP: sent, asked about, answered, decided, overridden, appealed, explained."""

from __future__ import annotations

import json
import time

import pytest

from mindshare.core.errors import StoreError
from tests.tickets import LABELS
from tests.web.conftest import Live


def test_a_case_is_sent_answered_and_decided(live: Live) -> None:
    case = live.case(askable=["ana"])
    lease = live.lease()
    assert (
        lease["case"] == case and lease["labels"] == list(LABELS) and lease["guidelines"] == "Read it twice."
    )
    assert "answers" not in lease
    told = live.answer(lease).json()
    assert told.keys() == {"id", "state", "undo_until"}  # nothing that others said
    shown = live.ask("reader", "GET", f"/v1/cases/{case}").json()
    assert shown["state"] == "provisional" and shown["verdict"]["version"] == 1
    assert abs(sum(shown["verdict"]["belief"].values()) - 1) < 1e-9


def test_the_same_case_again_changes_nothing_and_another_one_of_its_id_is_refused(live: Live) -> None:
    case = live.case()
    assert live.case(id=case) == case
    other = live.ask("lead", "POST", "/v1/cases", {"id": case, "features": {}})
    assert other.status_code == 409 and other.json()["error"]["code"] == "conflict"


def test_in_bulk_each_case_is_taken_or_refused_by_itself(live: Live) -> None:
    told = live.ask("lead", "POST", "/v1/cases", [{"id": "a"}, {"id": ""}, {"id": "b"}, 7])
    assert told.status_code == 207
    assert [part.get("id") for part in told.json()] == ["a", None, "b", None]
    assert all("message" in part["error"] for part in told.json()[1::2])
    outcomes = live.ask(
        "lead", "POST", "/v1/outcomes", [{"case": "a", "label": "bug"}, {"case": "c", "label": "bug"}]
    )
    assert outcomes.status_code == 207
    assert outcomes.json()[0]["outcome"] == "bug" and outcomes.json()[1]["error"]["code"] == "not_there"
    assert live.ask("lead", "POST", "/v1/outcomes", {"case": "b", "label": "bug"}).json()["outcome"] == "bug"


def test_an_id_may_hold_what_an_address_has_a_meaning_for(live: Live) -> None:
    for name in ("a/why", "50%", "a%2Fb", "ü ?#", "..", "a+b", "'; DROP TABLE x; --"):
        live.case(id=name)
        url = live.http.base_url.copy_with(
            raw_path=b"/v1/cases/" + "".join(f"%{b:02X}" for b in name.encode()).encode()
        )
        told = live.ask("reader", "GET", str(url))
        assert told.json().get("id") == name, (name, told.text)


def test_cases_are_listed_by_state_and_the_beginning_of_their_id_page_by_page(live: Live) -> None:
    for i in range(7):
        live.case(id=f"x{i}")
    live.case(id="y")
    live.ask("lead", "POST", "/v1/cases/x3/cancel", {})
    seen, after = [], 0
    while after is not None:
        page = live.ask(
            "reader", "GET", "/v1/cases", params={"prefix": "x", "limit": 2, "after": after}
        ).json()
        seen += [case["id"] for case in page["cases"]]
        after = page["next"]
    assert seen == [f"x{i}" for i in range(7)]
    assert [
        c["id"] for c in live.ask("reader", "GET", "/v1/cases", params={"state": "cancelled"}).json()["cases"]
    ] == ["x3"]
    lease = live.lease()
    assert [
        c["id"] for c in live.ask("reader", "GET", "/v1/cases", params={"state": "leased"}).json()["cases"]
    ] == [lease["case"]]
    waiting = live.ask("reader", "GET", "/v1/cases", params={"state": "waiting", "limit": 1000}).json()[
        "cases"
    ]
    assert len(waiting) + 2 <= 8 and all(case["state"] == "waiting" for case in waiting)


def test_a_verdict_is_overridden_reversed_and_appealed(live: Live) -> None:
    case = live.case(askable=["ana"])
    live.answer(live.lease())
    told = live.ask("lead", "POST", f"/v1/cases/{case}/override", {"label": "bug", "reason": "seen"}).json()
    assert (
        told["verdict"]["label"] == "bug"
        and told["verdict"]["version"] == 2
        and told["verdict"]["by"] == "override"
    )
    told = live.ask(
        "lead", "POST", f"/v1/cases/{case}/reverse", {"label": "billing", "reason": "was wrong"}
    ).json()
    assert told["verdict"]["version"] == 3 and told["verdict"]["by"] == "reversal"
    assert live.ask("lead", "POST", f"/v1/cases/{case}/reopen", {"reason": "appeal"}).json()["state"] in (
        "reopened",
        "waiting",
    )
    assert (
        live.ask("lead", "POST", f"/v1/cases/{case}/override", {"label": "bug", "reason": ""}).status_code
        == 422
    )
    assert (
        live.ask("lead", "POST", f"/v1/cases/{case}/override", {"label": "bgu", "reason": "x"})
        .json()["error"]["message"]
        .endswith("'bug'?")
    )
    assert (
        live.ask("lead", "POST", f"/v1/cases/{case}/cancel", {"reason": "none"}).json()["state"]
        == "cancelled"
    )


def test_a_person_skips_holds_and_takes_back(live: Live) -> None:
    live.case()
    lease = live.lease()
    held = live.ask("person", "POST", "/v1/beat", {"token": lease["token"], "held": True}).json()
    assert held["held"] and held["until"] >= lease["until"]
    assert live.ask(
        "person", "POST", "/v1/skip", {"token": lease["token"], "reason": "a friend's"}
    ).json() == {"done": True}
    assert live.ask("person", "POST", "/v1/skip", {"token": lease["token"]}).status_code == 409
    other = live.case()
    lease = live.lease()
    live.answer(lease)
    again = live.ask("person", "POST", f"/v1/cases/{lease['case']}/undo", {}).json()
    assert again["case"] == lease["case"] and again["token"] > lease["token"]
    assert other


def test_a_case_is_explained_with_what_would_change_it(live: Live) -> None:
    case = live.case()
    told = live.ask("reader", "GET", f"/v1/cases/{case}/why").json()
    assert (told["why"].startswith("The verdict is '") and "Had " in told["why"]) or "Whatever" in told["why"]
    assert live.ask("reader", "GET", "/v1/cases/none/why").status_code == 404


def test_limits_are_read_and_changed(live: Live) -> None:
    before = live.ask("reader", "GET", "/v1/limits").json()["limits"]
    assert before["human_answers"]["limit"] == 50 and before["human_answers"]["price"] >= 0
    told = live.ask("lead", "PATCH", "/v1/limits", {"limit": {"human_answers": 20}}).json()["limits"]
    assert told["human_answers"]["limit"] == 20
    wrong = live.ask("lead", "PATCH", "/v1/limits", {"limit": {"human_answer": 20}})
    assert wrong.status_code == 404 and "Did you mean 'human_answers'" in wrong.json()["error"]["message"]
    for bad in ("-1", "NaN", "1e999", '"7"'):
        raw = f'{{"limit": {{"human_answers": {bad}}}}}'
        headers = {"Authorization": f"Bearer {live.tokens['lead']}"}
        assert live.http.patch("/v1/limits", content=raw, headers=headers).status_code == 422, bad


def test_people_come_on_shift_pause_and_come_back(live: Live) -> None:
    live.case()
    assert live.ask("person", "POST", "/v1/shift", {"on": False}).status_code == 200
    assert live.ask("person", "POST", "/v1/next", {}).status_code == 409
    live.ask("person", "POST", "/v1/shift", {"on": True})
    lease = live.lease()
    told = live.ask("lead", "PATCH", "/v1/agents/ana", {"active": False}).json()
    assert told["active"] is False and told["has"] == 0  # the case went back
    assert live.ask("reader", "GET", f"/v1/cases/{lease['case']}").json()["state"] != "leased"
    assert live.ask("person", "POST", "/v1/next", {}).status_code == 403
    assert live.ask("lead", "PATCH", "/v1/agents/ana", {"active": True}).json()["active"] is True
    assert live.ask("lead", "PATCH", "/v1/agents/large_bot", {"active": False}).status_code == 404
    kinds = {a["id"]: a["kind"] for a in live.ask("reader", "GET", "/v1/agents").json()["agents"]}
    assert kinds["large_bot"] == "machine" and kinds["ana"] == "person"


def test_a_stop_ends_once_two_accounts_have_said_so(live: Live) -> None:
    assert live.ask("lead", "POST", "/v1/stop", {"reason": "odd"}).json() == {"stopped": {"": "lea"}}
    assert live.ask("lead", "POST", "/v1/resume", {}).json() == {
        "resumed": False,
        "needs": "a second account",
    }
    assert (
        live.ask("lead", "POST", "/v1/resume", {}).status_code == 202
    )  # the same account again is no second one
    assert (
        live.ask("console", "POST", "/v1/resume", {}).status_code == 202
    )  # nor is the console, where there are two
    assert live.ask("admin", "POST", "/v1/resume", {}).json()["resumed"] is True
    assert live.ask("reader", "GET", "/v1/stops").json() == {"stopped": {}}
    assert live.ask("lead", "POST", "/v1/resume", {}).status_code == 409


def test_where_there_is_one_account_the_console_ends_a_stop(live: Live) -> None:
    live.ask("admin", "PATCH", "/v1/accounts/lea", {"active": False})
    live.ask("admin", "POST", "/v1/stop", {"kind": ""})
    assert live.ask("admin", "POST", "/v1/resume", {}).json()["needs"] == "the console"
    assert live.ask("console", "POST", "/v1/resume", {}).json()["resumed"] is True


def test_the_figures_and_health_of_the_service_are_told(live: Live) -> None:
    live.case()
    assert live.ask(None, "GET", "/healthz").json() == {"well": True, "problem": None}
    told = live.ask("reader", "GET", "/metrics").text
    for name in ("mindshare_cases_total 1.0", "mindshare_waiting", "mindshare_leases", "mindshare_halted 0.0", "mindshare_batches",
                 'mindshare_left{resource="human_answers"}', 'mindshare_price{resource="human_answers"}', "mindshare_events_total",
                 'mindshare_request_seconds_bucket{le="0.05",route="take_cases"}', "mindshare_frame_events"):  # fmt: skip
        assert name in told, name


def test_while_nothing_can_be_written_the_service_says_so_and_then_goes_on(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(frames: object) -> None:
        raise StoreError("There is no room on the disk.")

    with monkeypatch.context() as patch:
        patch.setattr(live.service.store, "append", full)
        refused = live.ask("lead", "POST", "/v1/cases", {"id": "a"})
        assert (
            refused.status_code == 503
            and refused.json()["error"]["code"] == "halted"
            and refused.headers["retry-after"] == "1"
        )
        assert live.ask(None, "GET", "/healthz").status_code == 503
        assert "mindshare_halted 1.0" in live.ask("reader", "GET", "/metrics").text
    for _ in range(50):
        time.sleep(0.1)
        if live.ask(None, "GET", "/healthz").status_code == 200:
            break
    assert live.ask("lead", "POST", "/v1/cases", {"id": "a"}).status_code == 202


def test_the_openapi_is_json_and_names_every_shape_that_it_refers_to(live: Live) -> None:
    tree = live.ask(None, "GET", "/openapi.json").json()
    named = set(tree["components"]["schemas"])
    used = {part.split('"')[0] for part in json.dumps(tree).split("#/components/schemas/")[1:]}
    assert used <= named, used - named
