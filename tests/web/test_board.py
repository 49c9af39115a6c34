"""The board in one piece: counts that are those of the cases, and a place from which the events go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from tests.tickets import LABELS
from tests.web.conftest import Live


def board(live: Live, role: str = "reader") -> dict:
    told = live.ask(role, "GET", "/v1/board")
    assert told.status_code == 200, told.text
    return dict(told.json())


def test_the_board_counts_what_a_reader_would_count_case_by_case(live: Live) -> None:
    for group in ("young", "old", "old"):
        live.case(group=group)
    lease = live.lease()
    live.answer(lease)
    for name in ("n1", "n2"):
        live.ask("lead", "POST", "/v1/outcomes", {"case": name, "label": LABELS[0]})
    live.ask("lead", "POST", "/v1/cases/n3/override", {"label": LABELS[2], "reason": "seen"})
    told, cases = board(live), live.ask("reader", "GET", "/v1/cases").json()["cases"]
    words = Counter(case["state"] for case in cases)
    assert {state: n for state, n in told["cases"].items() if n and state in words} == dict(words)
    judged = [c for c in cases if c["outcome"] and c["verdict"] and c["verdict"]["stands"]]
    assert told["quality"]["all"]["count"] == len(judged)
    groups = {g["group"]: g for g in told["groups"]["groups"]}
    assert groups["old"]["cases"] == 2 and groups["young"]["cases"] == 1
    assert sum(g["attended"]["hits"] for g in groups.values()) == 1 == told["cases"]["answers"]
    ana = next(p for p in told["people"] if p["id"] == "ana")
    assert ana["answers"] == 1 and ana["skill"]["accuracy_95"][0] < ana["skill"]["accuracy"]
    limit = told["limits"]["human_answers"]
    assert limit["spent"] == 1 and limit["left"] == 49 and limit["per_s"] is None
    assert {m["id"] for m in told["machines"]} == {"large_bot", "small_bot"}
    assert all(m["skill"]["count"] > 100 for m in told["machines"])
    assert told["learning"]["outcomes"] == 2 and told["models"][0]["learnt_from"] == 300


def test_events_behind_the_place_of_a_board_are_those_that_it_does_not_have(live: Live) -> None:
    live.case()
    place = board(live)["place"]
    live.case()
    after = live.ask("reader", "GET", f"/v1/events?after={place}&only=received").json()["events"]
    before = live.ask("reader", "GET", "/v1/events?only=received").json()["events"]
    assert [e["case"] for e in before] == ["n1", "n2"] and [e["case"] for e in after] == ["n2"]


def test_agreement_is_between_people_who_answered_alone(live_of: Callable[..., Live]) -> None:
    live = live_of(guard={"two_persons": {}})
    for label in (LABELS[2], LABELS[1]):
        name = live.case()
        first = live.lease()
        live.answer(first, LABELS[2])
        other = live.ask("lead", "POST", "/v1/next", {"person": "ben"}).json()
        said = {"case": name, "token": other["token"], "person": "ben", "label": label}
        assert live.ask("lead", "POST", "/v1/answers", said).status_code == 200
    told = board(live)
    both = told["agreement"][""]
    assert (both["hits"], both["count"]) == (1, 2)
    assert both["by_chance"] == 0.75**2 + 0.25**2
    assert {p["id"]: p["agreement"]["count"] for p in told["people"] if p["agreement"]["count"]} == {
        "ana": 2,
        "ben": 2,
    }
    assert told["rules"]["two_persons"] == {"cases": 2, "share": 1.0}


def test_persons_do_not_see_the_board_and_readers_see_what_an_admin_sees(live: Live) -> None:
    live.case()
    live.answer(live.lease())
    assert live.ask("person", "GET", "/v1/board").status_code == 403
    assert board(live)["people"] == board(live, "admin")["people"]
