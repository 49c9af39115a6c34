"""Advice at the desk, in a real browser: nothing of it is in the page before the reveal is logged; one key confirms or changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.desk.conftest import LABELS, PASSWORD, Checked, Desk
from tests.desk.test_desk import kept

REVIEW = {"guard": {"mandatory_review": {}}}  # every case wants a person
TWICE = "[1, 2].forEach(() => document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '1', bubbles: true })))"
SAID = [{"agent": "bot_1", "label": "bug", "confidence": 0.91}, {"agent": "bot_2", "label": "praise"}]


def shown(page: Any, name: str) -> None:
    page.wait_for_selector(f"main.case h1:text-is('{name}')")


def told(page: Any, wrong: list[str]) -> list[str]:
    """What the browser has heard from now on, as texts; `wrong`: requests that were refused."""
    out: list[str] = []
    page.on(
        "response",
        lambda r: wrong.append(f"{r.url} {r.request.post_data} {r.text()}") if r.status > 399 else None,
    )
    page.on("response", lambda r: out.append(r.text()) if "/v1/" in r.url and r.status == 200 else None)
    return out


def test_the_first_key_is_the_own_answer_then_advice_comes_and_one_key_confirms_or_changes(
    desk_of: Callable[..., Desk],
) -> None:
    desk = desk_of(REVIEW, shown="after", tried=0.0)
    page = desk.signed_in()
    heard = told(page, desk.wrong)
    for i in range(2):
        desk.case(f"T{i}", answers=SAID)
    shown(page, "T0")
    assert page.is_visible("text=Your own answer first")
    assert "bot_1" not in page.content() and not any("bot_1" in text for text in heard)
    page.keyboard.press("1")
    page.wait_for_selector("text=bot_1")
    assert page.text_content(".advice dl") == (
        "You saidbillingbot_1bug (91 %) · not as youbot_2praise · not as you"
    )
    page.keyboard.press("Enter")
    shown(page, "T1")
    assert "bot_1" not in page.content()
    page.keyboard.press("2")
    page.wait_for_selector("text=bot_1")
    page.keyboard.press("3")
    page.wait_for_selector("text=No case needs you now")
    assert [(e["first"], e["own"]) for e in desk.events("revealed")] == [
        (LABELS[0], True),
        (LABELS[1], True),
    ]
    assert [(e["label"], e["shown"]) for e in desk.events("answered")] == [
        (LABELS[0], True),
        (LABELS[2], True),
    ]
    assert desk.wrong == []


def test_where_advice_is_always_shown_it_comes_with_the_case_and_not_ahead_of_it(
    desk_of: Callable[..., Desk],
) -> None:
    desk = desk_of(REVIEW, shown="always")
    page = desk.signed_in()
    heard = told(page, desk.wrong)
    for i in range(3):
        desk.case(f"T{i}", answers=SAID)
    for i in range(3):
        shown(page, f"T{i}")
        assert page.text_content(".advice dl") == "bot_1bug (91 %)bot_2praise"
        if i < 2:
            kept(desk, f"T{i + 1}")
            assert not any(f'"T{i + 1}"' in text and "bot_1" in text for text in heard)
        page.evaluate(TWICE)  # at once: no case is there to be answered by the second
    page.wait_for_selector("text=No case needs you now")
    assert [e["case"] for e in desk.events("answered")] == ["T0", "T1", "T2"] and desk.wrong == []


def test_m_shows_machines_where_they_may_be_asked_for(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of(REVIEW, shown="request", tried=0.0)
    page = desk.signed_in()
    desk.case("T0", answers=SAID)
    desk.case("T1")
    shown(page, "T0")
    assert "bot_1" not in page.content()
    page.keyboard.press("m")
    page.wait_for_selector("text=bot_1")
    page.keyboard.press("3")
    shown(page, "T1")
    desk.wrong.clear()
    page.click("text=Machines")
    page.wait_for_selector("text=No machine has said anything")
    page.keyboard.press("1")
    page.wait_for_selector("text=No case needs you now")
    assert [(e["case"], e.get("own", False)) for e in desk.events("revealed")] == [("T0", False)]
    assert [(e["case"], e.get("shown", False)) for e in desk.events("answered")] == [
        ("T0", True),
        ("T1", False),
    ]


def test_h_shows_where_machines_looked_and_hides_it_again(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of(REVIEW, shown="request", tried=0.0)
    page = desk.signed_in()
    bad = "<img src=x onerror=window.ran=1> late parcel"
    where = {"text": [[0, 32, 0.2], [33, 37, 0.9]], "words": 0.4}
    desk.case("T0", features={"text": bad, "words": 2}, answers=[SAID[0] | {"where": where}])
    shown(page, "T0")
    page.keyboard.press("h")
    page.keyboard.press("m")
    page.wait_for_selector("text=bot_1")
    assert page.locator(".heat").count() == 0
    page.keyboard.press("h")
    page.wait_for_selector("text=says nothing of why")
    assert page.eval_on_selector_all(".heat mark", "all => all.map(m => m.textContent + m.title)") == [
        bad[:32] + "20\u00a0%",
        "late90\u00a0%",
    ]
    assert page.get_attribute(".heat meter", "value") == "0.4"
    weights = page.eval_on_selector_all(
        ".heat mark", "all => all.map(m => getComputedStyle(m).backgroundColor)"
    )
    assert weights[0] != weights[1]
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    assert axe.run(page).response["violations"] == []
    page.keyboard.press("h")
    page.wait_for_selector(".heat", state="detached")
    assert page.evaluate("window.ran") is None and desk.wrong == []


def test_where_nothing_may_be_revealed_the_own_answer_is_the_answer(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of(REVIEW, shown="after", reveals=0)
    page = desk.signed_in()
    desk.case("T0", answers=SAID)
    shown(page, "T0")
    page.keyboard.press("2")
    page.wait_for_selector("text=Decided without advice")
    assert [(e["label"], e.get("shown", False)) for e in desk.events("answered")] == [(LABELS[1], False)]
    assert "bot_1" not in page.content()


def test_an_own_answer_given_while_the_network_is_away_is_not_lost(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of(REVIEW, shown="after", tried=0.0)
    page = desk.signed_in()
    desk.case("T0", answers=SAID)
    shown(page, "T0")
    page.context.set_offline(True)
    page.keyboard.press("2")
    page.wait_for_selector("text=The service does not answer")
    desk.case("T1", answers=SAID)
    page.context.set_offline(False)
    shown(page, "T1")
    assert [(e["case"], e["label"]) for e in desk.events("answered")] == [("T0", LABELS[1])]


PROBES = [
    {"id": f"P{i}", "features": {"words": f"Ticket P{i}"}, "label": "bug", "answers": SAID[:1]}
    for i in range(3)
]


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_the_policy_is_read_before_the_first_case_and_no_state_has_anything_that_axe_finds(
    desk_of: Callable[..., Desk], language: str
) -> None:
    desk = desk_of(
        REVIEW, PROBES, shown="after", tried=0.0, probes={"file": "gold.jsonl", "share": 1.0, "planted": 1.0}
    )
    code = desk.lead("POST", "/v1/invitations", {"account": "ana", "role": "person"})["code"]
    page = desk.page(locale=language)
    checked = Checked(page)
    look = checked.look

    page.goto(f"{desk.url}/desk#code={code}")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_selector("main.narrow button:focus")
    look("policy")
    page.keyboard.press("1")  # decides nothing: the policy is to be read first
    page.keyboard.press("Enter")
    page.wait_for_selector("main.case")
    look("case")
    page.keyboard.press("3")
    page.wait_for_selector("text=bot_1")
    look("advice")
    said = page.text_content(".advice dl div:nth-child(2) dd")
    assert said and "bug" not in said  # planted: the label is bug
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open] h2")
    look("help")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    assert checked.found == {} and desk.wrong == []
    assert desk.events("revealed")[0]["planted"] is True
