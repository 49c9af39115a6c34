"""People at the desk over HTTP: who gets a case and when, what is shown, probes, second opinions, how good they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from mindshare.core.errors import MindshareError, NotNow
from mindshare.engine.service import Service
from mindshare.web.said import refused
from tests.tickets import LABELS
from tests.web.conftest import SETTINGS, Live

USUAL: dict[str, Any] = SETTINGS["kinds"]["default"]
MUST = {"guard": {"mandatory_review": {"people": 3}}}  # every case needs people


def kind(**more: Any) -> dict[str, Any]:
    return {"kinds": {"default": USUAL | more}}


def all_day(minutes: float) -> dict[str, Any]:
    return {"zone": "UTC", "week": {"mon-sun": "00:00-24:00"}, "minutes": minutes}


def answer_as(live: Live, person: str, label: str) -> str:
    """The next case of somebody for whom a lead acts; its id."""
    lease = live.ask("lead", "POST", "/v1/next", {"person": person}).json()
    told = {"case": lease["case"], "token": lease["token"], "label": label, "person": person}
    assert live.ask("lead", "POST", "/v1/answers", told).status_code == 200
    return str(lease["case"])


def test_whoever_gets_no_case_now_hears_why_and_when(live_of: Callable[..., Live]) -> None:
    live = live_of(people={"ana": all_day(0)}, **MUST)
    case = live.case(askable=["ana"])
    told = live.ask("person", "POST", "/v1/next", {"wait_s": 20})  # at once
    assert told.status_code == 409
    error = told.json()["error"]
    assert error["code"] == "not_now" and "ana has given all of 0 minutes until " in error["message"]
    assert error["until"] > live.service.clock()
    said = refused(told.content, 409)
    assert isinstance(said, NotNow) and said.until == error["until"]
    assert live.ask("reader", "GET", "/v1/agents/ana").json()["why_not"] == error["message"]
    assert error["message"] in live.ask("reader", "GET", f"/v1/cases/{case}/why").json()["why"]
    assert live.ask("lead", "POST", "/v1/next", {"person": "ben"}).status_code == 204  # it is ana's to answer


def test_whoever_waits_hears_at_once_that_the_shift_is_over(live_of: Callable[..., Live]) -> None:
    live = live_of(people={"ana": all_day(60)})
    heard: list[Any] = []
    waits = Thread(target=lambda: heard.append(live.ask("person", "POST", "/v1/next", {"wait_s": 30})))
    waits.start()
    while "ana" not in live.service.actor.ask(lambda e: dict(e.state.free)):
        pass
    live.service.actor.ask(lambda e: e.state.people["ana"].attended.append((e.now - 3600, e.now, 3600.0)))
    waits.join(timeout=5)
    assert heard and heard[0].status_code == 409
    assert heard[0].json()["error"]["message"].startswith("ana has given all of 60 minutes until ")


def test_a_probe_looks_like_a_case_and_moves_only_what_is_known_of_the_person(
    live_of: Callable[..., Live],
) -> None:
    probes = [
        {"id": f"t{i}", "features": {"by": "chat", "words": 30}, "label": LABELS[i % 3]} for i in range(9)
    ]
    files = {"gold.jsonl": "\n".join(map(json.dumps, probes))}
    live = live_of(files=files, **kind(probes={"file": "gold.jsonl", "share": 1.0}), **MUST)
    case = live.case()
    lease = live.lease()
    assert lease["case"] != case
    told = live.answer(lease, probes[int(lease["case"][1:])]["label"]).json()
    assert told.keys() == {"id", "state", "undo_until"} and told["state"] == "provisional"
    back = live.ask("person", "POST", f"/v1/cases/{lease['case']}/undo", {})
    assert back.status_code == 200 and back.json().keys() == lease.keys()
    assert live.answer(back.json(), LABELS[0]).status_code == 200
    assert [c["id"] for c in live.ask("reader", "GET", "/v1/cases").json()["cases"]] == [case]
    assert live.ask("reader", "GET", f"/v1/cases/{lease['case']}").status_code == 404
    skill = live.ask("reader", "GET", "/v1/agents/ana").json()["skills"][""]
    assert skill["probes"] == 1 and skill["right"] + skill["wrong"] == 1
    low, high = skill["accuracy_95"]
    assert 0 < low < skill["accuracy"] < high < 1


def test_skill_and_speed_follow_from_outcomes(live_of: Callable[..., Live]) -> None:
    live = live_of(**MUST)
    case = live.case()
    live.answer(live.lease(), LABELS[0])
    assert live.ask("reader", "GET", "/v1/agents/ana").json()["skills"][""]["right"] == 0
    live.ask("lead", "POST", "/v1/outcomes", {"case": case, "label": LABELS[0]})
    told = live.ask("reader", "GET", "/v1/agents/ana").json()["skills"][""]
    assert (told["right"], told["wrong"], told["standing"]) == (1, 0, "qualified")
    live.ask("lead", "POST", "/v1/outcomes", {"case": case, "label": LABELS[1]})  # a correction
    told = live.ask("reader", "GET", "/v1/agents/ana").json()["skills"][""]
    assert (told["right"], told["wrong"]) == (0, 1)


def test_skills_tell_how_many_answers_the_model_knows_of_the_history_included(
    live_of: Callable[..., Live],
) -> None:
    live = live_of(learn=True, **MUST)
    before = live.ask("reader", "GET", "/v1/agents/ana").json()["skills"][""]
    assert before["learnt"] > before["learnt_right"] > 0.7 * before["learnt"]  # of the history
    assert before["right"] == before["wrong"] == 0
    case = live.case()
    live.answer(live.lease(), LABELS[0])
    live.ask("lead", "POST", "/v1/outcomes", {"case": case, "label": LABELS[0]})
    after = live.ask("reader", "GET", "/v1/agents/ana").json()["skills"][""]
    assert (after["learnt"], after["learnt_right"]) == (before["learnt"] + 1, before["learnt_right"] + 1)


@pytest.mark.parametrize("blind", [False, True])
def test_what_machines_say_is_shown_where_the_kind_says_so_unless_the_guard_forbids_it(
    live_of: Callable[..., Live], blind: bool
) -> None:
    guard = {"guard": {"two_persons": {}}} if blind else MUST
    live = live_of(**kind(shown="always"), **guard)
    live.case()
    lease = live.lease()
    if blind:
        assert "answers" not in lease
    else:
        assert [a["agent"] for a in lease["answers"]] == ["large_bot", "small_bot"]
    live.answer(lease)
    told = live.ask("reader", "GET", "/v1/events", params={"limit": 1000}).json()["events"]
    assert [e.get("shown", False) for e in told if e["is"] == "answered"] == [not blind]


def test_two_persons_answer_blindly_and_a_third_decides_where_they_differ(
    live_of: Callable[..., Live],
) -> None:
    live = live_of(**kind(shown="always"), guard={"two_persons": {"adjudicators": ["cem"]}})
    case = live.case()
    assert answer_as(live, "ana", LABELS[0]) == case
    state = live.ask("reader", "GET", f"/v1/cases/{case}").json()
    assert state["state"] == "waiting" and state["verdict"] is None
    assert answer_as(live, "ben", LABELS[1]) == case
    assert live.ask("lead", "POST", "/v1/next", {"person": "ana"}).status_code == 204
    assert answer_as(live, "cem", LABELS[1]) == case
    assert live.ask("reader", "GET", f"/v1/cases/{case}").json()["verdict"]["label"] == LABELS[1]


def test_who_cannot_tell_says_why_and_the_case_goes_to_somebody_else(live_of: Callable[..., Live]) -> None:
    live = live_of(**MUST)
    case = live.case()
    lease = live.lease()
    said = {"case": case, "token": lease["token"], "label": None, "reason": "the photo is dark"}
    assert live.ask("person", "POST", "/v1/answers", said).json()["state"] == "waiting"
    steps = live.ask("reader", "GET", f"/v1/cases/{case}/story").json()["steps"]
    assert [s["what"]["reason"] for s in steps if s["is"] == "answered"] == ["the photo is dark"]
    assert answer_as(live, "ben", LABELS[0]) == case


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id": "g1", "label": "bgu"}', "must be one of billing, bug, delivery.*Did you mean 'bug'"),
        ('{"id": "g1"}', "line 1: a probe is a case as it is sent, with its label"),
        ('{"id": "", "label": "bug"}', "line 1: A case needs an id"),
        ('{"id": "g1", "label": "bug"}\n{"id": "g1", "label": "bug"}', "has the probe 'g1' twice"),
    ],
)
def test_a_mistake_in_the_file_of_probes_is_one_sentence(
    folder: Callable[..., Path], line: str, said: str
) -> None:
    with pytest.raises(MindshareError, match=said):
        Service(folder(files={"gold.jsonl": line}, **kind(probes={"file": "gold.jsonl"})))


def test_probes_lie_in_the_folder_so_that_a_backup_has_them(folder: Callable[..., Path]) -> None:
    with pytest.raises(MindshareError, match="must lie in the service's folder"):
        Service(folder(**kind(probes={"file": "../gold.jsonl"})))
