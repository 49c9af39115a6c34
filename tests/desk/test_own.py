"""Stories of a person and the desk: keys as the person wants them, the lead, own figures, breaks, notices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.desk.conftest import LABELS, Desk
from tests.desk.test_desk import shown


def test_a_person_sets_keys_a_key_twice_is_refused_and_they_stand_on_the_buttons(desk: Desk) -> None:
    page = desk.signed_in()
    for i in range(3):
        desk.case(f"T{i}")
    shown(page, "T0")
    page.keyboard.press(",")
    page.click(".keymap button:has-text('skip')")
    page.keyboard.press("x")
    assert "X is taken: cannot tell." in page.text_content("dialog [role=alert]")
    page.keyboard.press("ArrowUp")
    assert "writes one character" in page.text_content("dialog [role=alert]")
    page.keyboard.press("k")
    page.click(".keymap button:has-text('answer 1')")
    page.keyboard.press("j")
    page.click("dialog button.main")
    assert page.text_content("button:has-text('Skip') kbd") == "K"
    assert page.text_content(f".label:has-text('{LABELS[0]}') kbd") == "J"
    page.keyboard.press("j")
    shown(page, "T1")
    page.keyboard.press("s")  # means nothing any more
    page.keyboard.press("k")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("1")
    shown(page, "T2")
    assert [(e["case"], e["label"]) for e in desk.events("answered")] == [("T0", LABELS[0])]
    assert [e["case"] for e in desk.events("skipped")] == ["T1"]
    page.keyboard.press(",")
    page.click("text=As it came")
    page.click("dialog button.main")
    assert page.text_content(f".label:has-text('{LABELS[0]}') kbd") == "1"
    assert desk.wrong == []


def test_a_kind_may_give_its_labels_keys(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of(keys={"praise": "p", "bug": "1"})
    page = desk.signed_in()
    desk.case("T0")
    shown(page, "T0")
    told = page.eval_on_selector_all(".label", "all => all.map((b) => b.textContent.trim())")
    assert told == ["billing", "2 delivery", "1 bug", "P praise"]
    page.keyboard.press("p")
    page.wait_for_selector("text=No case needs you now")
    desk.case("T1")
    shown(page, "T1")
    page.keyboard.press("1")
    page.wait_for_selector("text=No case needs you now")
    assert [e["label"] for e in desk.events("answered")] == ["praise", "bug"]


def test_a_case_goes_to_the_lead_who_decides_it(desk: Desk) -> None:
    page = desk.signed_in()
    desk.case("T0")
    shown(page, "T0")
    page.keyboard.press("e")
    page.wait_for_selector("dialog[open]")
    page.fill("dialog input", "<b>two rules say two things</b>, 2 of them")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=No case needs you now")
    [told] = desk.lead("GET", "/v1/cases?state=escalated")["cases"]
    assert told["id"] == "T0"
    seen = desk.lead("GET", "/v1/cases/T0/seen")
    assert seen["escalated"]["reason"] == "<b>two rules say two things</b>, 2 of them"
    page.wait_for_timeout(300)
    assert page.locator("main.case").count() == 0  # she is not asked again, nor is anybody
    desk.lead("POST", "/v1/cases/T0/reopen", {"reason": "the second rule holds"})
    shown(page, "T0")
    page.wait_for_selector("text=the lead gave it back")
    page.keyboard.press("e")
    page.keyboard.press("2")
    page.wait_for_selector("text=No case needs you now")
    decided = desk.lead("POST", "/v1/cases/T0/override", {"label": "bug", "reason": "seen"})
    assert decided["verdict"]["label"] == "bug" and desk.wrong == []


def test_a_person_sees_the_own_figures_by_a_key(desk: Desk) -> None:
    page = desk.signed_in()
    for i in range(4):
        desk.case(f"T{i}")
    for i in range(3):
        shown(page, f"T{i}")
        page.keyboard.press("1")
    shown(page, "T3")
    desk.lead("POST", "/v1/outcomes", {"case": "T0", "label": LABELS[0]})
    desk.lead("POST", "/v1/outcomes", {"case": "T1", "label": LABELS[1]})
    page.keyboard.press("f")
    page.wait_for_selector("dialog dl")
    told = page.eval_on_selector("dialog dl", "e => e.innerText")
    assert "Today" in told and "\n3 answers in " in told and "of 2 known" in told and "Right" in told
    page.keyboard.press("1")  # decides nothing while the figures are shown
    page.keyboard.press("Escape")
    assert len(desk.events("answered")) == 3 and desk.wrong == []


def test_a_break_that_is_due_is_said_with_its_end(desk_of: Callable[..., Desk]) -> None:
    shifts = {"zone": "UTC", "week": {"mon-sun": "00:00-24:00"}, "break": {"after": 1, "minutes": 10}}
    desk = desk_of({"people": {"ana": shifts}})
    page = desk.signed_in()
    for i in range(2):
        desk.case(f"T{i}")
    shown(page, "T0")
    desk.real.service.actor.ask(
        lambda e: e.state.people["ana"].attended.append((e.now - 90, e.now - 1, 89))
    )  # she has been at work
    page.keyboard.press("1")
    page.wait_for_selector("text=No cases now")
    told = page.text_content("main")
    ends = [(datetime.now(UTC) + timedelta(minutes=m)).strftime("%H:%M") for m in (9, 10, 11)]
    assert "ana has a break until" in told and any(end in told for end in ends), told
    assert "It goes on" in told and [e["case"] for e in desk.events("answered")] == ["T0"]


HIDDEN = """(word) => { Object.defineProperty(document, "hidden", {value: word === "hidden", configurable: true});
  document.dispatchEvent(new Event("visibilitychange")); }"""
NOTED = """() => { window.noted = []; window.Notification = class { constructor(title) { window.noted.push(title); } close() {}
  static permission = "granted"; static requestPermission = async () => "granted"; }; }"""


def test_a_case_that_comes_while_the_page_is_out_of_sight_is_told(desk: Desk) -> None:
    page: Any = desk.signed_in()
    before = page.title()
    page.evaluate(NOTED)
    page.evaluate("localStorage.setItem('notices of ana', 'yes')")
    page.evaluate(HIDDEN, "hidden")
    desk.case("T0")
    page.wait_for_function("() => document.title.includes('A case is here')")
    assert page.evaluate("window.noted") == ["A case is here"]
    page.evaluate(HIDDEN, "seen")
    page.wait_for_function("(before) => document.title === before", arg=before)
    page.keyboard.press("1")
    page.wait_for_selector("text=No case needs you now")
    assert desk.wrong == []


def test_the_words_of_all_files_are_there_in_both_languages(desk: Desk) -> None:
    page = desk.page()
    page.goto(f"{desk.url}/desk")
    names = page.evaluate(
        """async () => { const { known } = await import("/static/words.js");
        for (const file of ["desk_words", "picture", "series", "heat"]) await import(`/static/${file}.js`);
        const all = (tree, at = "") => Object.entries(tree).flatMap(([k, v]) => typeof v === "string" ? [at + k] : all(v, at + k + "."));
        return Object.values(known).map((tree) => all(tree).sort()); }"""
    )
    assert (
        names[0] == names[1]
        and "noFile" in names[0]
        and "keys.escalate" in names[0]
        and "badSeries" in names[0]
    )
