"""Advice over HTTP: a reveal is logged before anything is told, refused in one sentence, and no lease has it before."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

import mindshare as ms
from tests.tickets import LABELS
from tests.web.conftest import SETTINGS, Live
from tests.web.real import Real

USUAL = SETTINGS["kinds"]["default"]
MUST = {"guard": {"mandatory_review": {"people": 3}}}


def test_what_machines_say_is_told_on_a_reveal_and_never_before(live_of: Callable[..., Live]) -> None:
    live = live_of(kinds={"default": USUAL | {"shown": "after", "tried": 0.0}}, **MUST)
    case = live.case()
    lease = live.lease()
    assert "answers" not in lease and lease["advice"] == "after" and "planted" not in lease
    early = live.ask("person", "POST", "/v1/reveal", {"token": lease["token"]})
    assert early.status_code == 409 and "after your own answer" in early.json()["error"]["message"]
    told = live.ask("person", "POST", "/v1/reveal", {"token": lease["token"], "label": LABELS[2]})
    assert told.status_code == 200 and "advice" not in told.json()
    said = told.json()["answers"]
    assert [(a["agent"], a["label"]) for a in said] == [("large_bot", LABELS[0]), ("small_bot", LABELS[1])]
    page = live.ask("reader", "GET", "/v1/events?only=revealed&limit=10").json()["events"]
    assert [(e["case"], e["person"], e["first"], e["own"]) for e in page] == [(case, "ana", LABELS[2], True)]
    again = live.ask("person", "POST", "/v1/next", {}).json()
    assert again["answers"] == said and again["token"] == lease["token"]
    assert live.answer(lease, LABELS[0]).status_code == 200
    late = live.ask("person", "POST", "/v1/reveal", {"token": lease["token"], "label": LABELS[2]})
    assert late.status_code == 409 and late.json()["error"]["message"].endswith(".")


def test_where_a_machine_looked_comes_with_its_answer_of_what_the_person_sees(
    live_of: Callable[..., Live],
) -> None:
    kind = USUAL | {"shown": "request", "tried": 0.0, "show": ["text"]}
    live = live_of(kinds={"default": kind}, **MUST)
    where = {"text": [[0, 5, 0.75], [6, 11, 1]], "words": 0.5}
    said = [{"agent": "large_bot", "label": LABELS[0], "where": where}]
    live.case(features={"text": "hello world", "words": 2}, answers=said)
    lease = live.lease()
    told = live.ask("person", "POST", "/v1/reveal", {"token": lease["token"]}).json()["answers"]
    assert told[0]["where"] == {"text": [[0, 5, 0.75], [6, 11, 1.0]]}


def test_where_a_machine_looked_in_pictures_and_series_is_told_of_what_is_shown_and_not_of_what_is_hidden(
    live_of: Callable[..., Live],
) -> None:
    live = live_of(kinds={"default": USUAL | {"shown": "always", "show": ["text"]}}, **MUST)
    show = [
        {"title": "Digit", "pixels": [[0, 1], [1, 0]]},
        {"title": "Rig", "window": {"channels": {"a": [1, 2, 3]}}},
    ]
    seen = {"Digit": [[0, 0.5], [1, 0]], "Rig": {"a": [[0, 2, 0.5]]}}
    said = [{"agent": "large_bot", "label": LABELS[0], "where": seen | {"count": 0.5, "scan": [[0, 1, 0.5]]}}]
    live.case(features={"text": "hello", "count": 2, "scan": "secret"}, show=show, answers=said)
    assert live.lease()["answers"][0]["where"] == seen


@pytest.mark.parametrize(
    "where",
    [
        {"other": 0.5},
        {"text": 2},
        {"text": [[0, 99, 0.5]]},
        {"words": [[0, 1, 0.5]]},
        {"text": [[3, 2, 0.5]]},
        {"Digit": [[0, 1], [1]]},
        {"Digit": [[0, 1.5]]},
    ],
)
def test_where_that_is_nowhere_is_refused(live_of: Callable[..., Live], where: object) -> None:
    live = live_of()
    answers = [{"agent": "large_bot", "label": LABELS[0], "where": where}]
    show = {"title": "Digit", "pixels": [[0, 1], [1, 0]]}
    case = {"id": "a", "features": {"text": "hello", "words": 2}, "show": show, "answers": answers}
    told = live.ask("lead", "POST", "/v1/cases", case)
    assert told.status_code == 400 and "`where` of 'large_bot'" in told.json()["error"]["message"]


def test_why_says_that_advice_is_held_back(live_of: Callable[..., Live]) -> None:
    live = live_of(kinds={"default": USUAL | {"shown": "request", "reveals": 0}}, **MUST)
    case = live.case(answers=[])
    live.lease()
    assert "No machine has said anything" in live.ask("reader", "GET", f"/v1/cases/{case}/why").json()["why"]


def test_people_are_told_that_some_practice_cases_carry_wrong_advice(live_of: Callable[..., Live]) -> None:
    probe = {"features": {"by": "chat"}, "answers": [{"agent": "large_bot", "label": LABELS[0]}]}
    lines = [json.dumps(probe | {"id": f"p{i}", "label": LABELS[0]}) for i in range(3)]
    probes = {"file": "gold.jsonl", "share": 1.0, "planted": 1.0}
    kind = USUAL | {"shown": "always", "probes": probes}
    live = live_of(files={"gold.jsonl": "\n".join(lines)}, kinds={"default": kind}, **MUST)
    lease = live.lease()
    assert lease["planted"] is True and lease["case"].startswith("p")
    assert lease["answers"][0]["label"] != LABELS[0]


def test_the_client_reveals(folder: Callable[..., object]) -> None:
    server = Real(folder(kinds={"default": USUAL | {"shown": "after", "tried": 0.0}}, **MUST))  # type: ignore[arg-type]
    try:
        url = f"http://127.0.0.1:{server.port}"
        with ms.Client(url, server.tokens["lead"]) as lead, ms.Client(url, server.tokens["person"]) as ana:
            lead.submit({"id": "n1", "answers": [{"agent": "large_bot", "label": LABELS[0]}]})
            lease = ana.next(wait_s=5)
            assert lease is not None and lease.advice == "after" and lease.answers == []
            shown = ana.reveal(lease, LABELS[1])
            assert shown is not None and shown.answers[0]["label"] == LABELS[0] and shown.token == lease.token
            ana.answer(shown, LABELS[0])
            lead.outcome("n1", LABELS[0])
            told = lead.reliance()
            [of_ana] = told.people
            assert (of_ana.id, of_ana.looks_like, told.with_advice) == ("ana", "open", 1)
            assert (of_ana.put_right.yes, of_ana.put_right.of) == (1, 1)
    finally:
        server.stop()


def test_reliance_is_for_leads(live_of: Callable[..., Live]) -> None:
    live = live_of(kinds={"default": USUAL})
    assert live.ask("person", "GET", "/v1/reliance").status_code == 403
    empty = {"people": [], "answers": 0, "with_advice": 0, "planted": 0}
    assert live.ask("lead", "GET", "/v1/reliance").json() == empty
