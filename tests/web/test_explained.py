"""A case is explained, solved otherwise, and told from its beginning; looking changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from mindshare.engine.state import State
from tests.tickets import LABELS
from tests.web.conftest import Live


def answered(live: Live) -> str:
    """A case that a person has answered."""
    live.case()
    lease = live.lease()
    assert live.answer(lease).status_code == 200
    return str(lease["case"])


def other(live: Live, case: str, **change: Any) -> dict[str, Any]:
    told = live.ask("reader", "POST", f"/v1/cases/{case}/otherwise", change)
    assert told.status_code == 200, told.text
    return dict(told.json())


def test_what_would_be_without_an_answer_is_the_belief_before_it_came(live: Live) -> None:
    case = answered(live)
    told = other(live, case, without=["ana"])
    assert told["otherwise"] == other(live, case, nobody=True)["otherwise"]
    assert told["otherwise"]["asked"] == ["large_bot", "small_bot"] != told["stands"]["asked"]
    [first, *_] = live.ask("reader", "GET", f"/v1/cases/{case}/story").json()["steps"]
    assert first["now"] == told["otherwise"]


def test_what_would_be_with_another_label_and_with_the_same_one(live: Live) -> None:
    case = answered(live)
    same = other(live, case, said={"ana": LABELS[2]})
    assert same["stands"] == same["otherwise"] and not same["changes"]
    beliefs = [other(live, case, said={"ana": y})["otherwise"]["belief"] for y in LABELS]
    assert all(b[y] == max(each[y] for each in beliefs) for y, b in zip(LABELS, beliefs, strict=True))
    unsure = other(live, case, said={"ana": None})["otherwise"]
    assert unsure["belief"] != same["stands"]["belief"]
    more = other(live, case, said={"ben": LABELS[2]})
    assert more["otherwise"]["asked"][-1] == "ben"


def test_looking_changes_nothing(live: Live) -> None:
    case = answered(live)
    before, head = live.ask("reader", "GET", f"/v1/cases/{case}").json(), live.service.store.head()
    other(live, case, nobody=True)
    live.ask("reader", "GET", f"/v1/cases/{case}/story")
    assert live.ask("reader", "GET", f"/v1/cases/{case}").json() == before
    assert live.service.store.head().number == head.number


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"without": ["cem"]}, "has not answered"),
        ({"said": {"ana": "nothing"}}, "is not one of the labels"),
        ({"said": {"anna": "bug"}}, "is nobody here"),
        ({"said": {"ana": "bug"}, "nobody": True}, "cannot both"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(live: Live, change: dict[str, Any], sentence: str) -> None:
    told = live.ask("reader", "POST", f"/v1/cases/{answered(live)}/otherwise", change)
    assert told.status_code == 400 and sentence in told.json()["error"]["message"]


def test_the_story_of_a_case_tells_what_was_known_and_believed_at_each_event(live: Live) -> None:
    for _ in range(3):
        live.case()  # others, before it
    case = answered(live)
    live.case()
    live.ask("lead", "POST", f"/v1/cases/{case}/override", {"label": LABELS[0], "reason": "seen it"})
    live.ask("lead", "POST", "/v1/outcomes", {"case": case, "label": LABELS[0]})
    told = live.ask("reader", "GET", f"/v1/cases/{case}/story").json()
    steps = told["steps"]
    names = [step["is"] for step in steps]
    assert names[0] == "received" and names[-1] == "outcome" and told["next"] is None
    assert {"leased", "answered", "decided", "overridden"} <= set(names)
    at = [step["at"] for step in steps]
    assert at == sorted(at)
    before = [len(s["known"]) for s in steps[: names.index("answered")]]
    assert set(before) == {2} and len(steps[names.index("answered")]["known"]) == 3
    lease = steps[names.index("leased")]["then"]
    assert lease["agent"] == "ana" and lease["net"] <= lease["value"]
    decided = steps[len(names) - 1 - names[::-1].index("decided")]
    assert decided["then"]["label"] == LABELS[0] and sum(decided["then"]["belief"].values()) == 1
    stands = live.ask("reader", "GET", f"/v1/cases/{case}").json()["verdict"]
    assert stands["belief"] == decided["then"]["belief"]


def test_a_long_story_is_told_in_pages(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    from mindshare.engine import story

    case = answered(live)
    live.ask("lead", "POST", f"/v1/cases/{case}/override", {"label": LABELS[0], "reason": "seen it"})
    whole = live.ask("reader", "GET", f"/v1/cases/{case}/story").json()["steps"]
    monkeypatch.setattr(story, "MOST_FRAMES", 1)
    found, after = list[Any](), 0
    for _ in range(50):
        page = live.ask("reader", "GET", f"/v1/cases/{case}/story", params={"after": after}).json()
        found += page["steps"]
        if page["next"] is None:
            break
        after = page["next"]
    assert found == whole


def test_a_person_does_not_look(live: Live) -> None:
    case = answered(live)
    assert live.ask("person", "GET", f"/v1/cases/{case}/story").status_code == 403
    assert live.ask("person", "POST", f"/v1/cases/{case}/otherwise", {}).status_code == 403


def test_a_verdict_of_a_person_in_charge_is_explained_by_that_person_and_stands_otherwise(live: Live) -> None:
    case = answered(live)
    override = {"label": LABELS[0], "reason": "The customer called."}
    made = live.ask("lead", "POST", f"/v1/cases/{case}/override", override).json()["verdict"]
    why = live.ask("reader", "GET", f"/v1/cases/{case}/why").json()["why"]
    assert why.startswith(f"The verdict is '{LABELS[0]}' (version {made['version']}): lea ")
    assert "because: The customer called." in why and "It stands whatever is answered" in why
    assert "Next," not in why and "By the answers alone it would be" in why
    told = other(live, case, said={"ana": LABELS[1], "ben": LABELS[1]})
    assert told["stands"]["label"] == LABELS[0] and told["stands"]["belief"][LABELS[0]] == 1.0
    assert not told["changes"] and told["next"] is None
    assert "lea" in told["says"] and "stands whatever" in told["says"]
    steps = live.ask("reader", "GET", f"/v1/cases/{case}/story").json()["steps"]
    says = [step["says"] for step in steps if step["is"] in ("overridden", "decided")][-2:]
    assert says[0] == f"lea decided '{LABELS[0]}' (override): it stands whatever is answered."
    assert says[1] == f"The verdict is '{LABELS[0]}' (version {made['version']}), by override."
    live.ask("lead", "POST", f"/v1/cases/{case}/reverse", {"label": LABELS[1], "reason": "not so"})
    why = live.ask("reader", "GET", f"/v1/cases/{case}/why").json()["why"]
    assert f"version {made['version'] + 1}): lea found that what was decided before was wrong" in why
    live.ask("lead", "POST", f"/v1/cases/{case}/reopen", {"reason": "an appeal came"})
    why = live.ask("reader", "GET", f"/v1/cases/{case}/why").json()["why"]
    assert (
        "stands whatever" not in why
        and "No verdict may stand before a person has answered: an appeal." in why
    )


def test_who_overruled_is_known_after_a_restart_from_a_snapshot(live: Live) -> None:
    case = live.case()
    live.ask("lead", "POST", f"/v1/cases/{case}/override", {"label": LABELS[0], "reason": "seen"})
    known = live.service.actor.ask(lambda e: e.case(case).overruled)
    state = live.service.actor.ask(lambda e: msgspec.msgpack.encode(e.state))
    assert known.by == "lea" and msgspec.msgpack.decode(state, type=State).cases[case].overruled == known


def test_what_would_be_otherwise_is_told_in_a_sentence_too(live: Live) -> None:
    case = answered(live)
    told = other(live, case, nobody=True)
    label = told["otherwise"]["label"]
    assert told["says"].startswith(f"The verdict would be '{label}'")
    assert told["changes"] == ("and not" in told["says"])


def test_a_case_that_waits_for_a_rule_names_the_rule(live_of: Callable[..., Live]) -> None:
    live = live_of(guard={"mandatory_review": {}}, limits={"human_answers": {"limit": 0.0, "per_s": None}})
    why = live.ask("reader", "GET", f"/v1/cases/{live.case()}/why").json()["why"]
    assert "No verdict may stand before a person has answered: mandatory_review: " in why


def test_a_case_that_is_cancelled_or_ran_out_of_time_says_so(live: Live) -> None:
    case = live.case()
    live.ask("lead", "POST", f"/v1/cases/{case}/cancel", {})
    why = live.ask("reader", "GET", f"/v1/cases/{case}/why").json()["why"]
    assert "The case is cancelled: nobody needs a verdict." in why


def test_a_wrong_token_is_told_from_one_that_never_was(live: Live) -> None:
    live.case()
    lease = live.lease()
    told = live.answer(lease | {"token": 99}).json()["error"]["message"]
    assert told.startswith("'ana' has it, but not under token 99; ask for the next case")
    assert live.answer(lease).status_code == 200
