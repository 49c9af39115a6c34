"""Stories of guidelines and rules that are changed at the setup page while the service runs, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.desk.conftest import Checked, Desk
from tests.desk.test_desk import RUNS
from tests.desk.test_setup import lead

GUARD = "#rules form.wide"
KIND = "#rules form:not(.wide)"


def rules(desk: Desk) -> dict[str, Any]:
    told: dict[str, Any] = desk.lead("GET", "/v1/rules")
    return told


def applied(page: Any, form: str) -> None:
    page.click(f"{form} button:text('Apply now')")
    page.wait_for_selector(f"{form} :text('It holds now.')")


def test_new_guidelines_are_at_the_desk_with_the_next_case_and_a_note_says_that_they_changed(
    desk: Desk,
) -> None:
    person = desk.signed_in("ana")
    for name in ("T1", "T2", "T3"):
        desk.case(name)
    person.wait_for_selector("main.case")
    assert person.query_selector(".changed") is None
    page = lead(desk)
    text = f"Read it thrice.\n{RUNS}"
    page.fill(f"{KIND} textarea", text)
    page.fill(f"{KIND} label:has-text('Why it changes') input", "many mistakes")
    applied(page, KIND)
    page.wait_for_selector(f"{KIND} :text('Set by lea')")
    assert "many mistakes" in page.text_content(f"{KIND} .note")
    person.keyboard.press("1")
    person.wait_for_selector("text=The guidelines changed since your last case.")
    person.click("text=Read them")
    assert person.text_content("details[open] p.text") == text and person.evaluate("window.ran") is None
    person.keyboard.press("2")
    person.wait_for_selector("h1:text('T3')")
    assert person.query_selector(".changed") is None
    [event] = desk.events("rules")
    assert (event["by"], event["guidelines"]) == ("lea", {"": text})
    assert desk.wrong == []


def test_a_lead_adds_a_rule_in_a_form_and_an_admin_is_asked_before_less_is_checked(desk: Desk) -> None:
    page = lead(desk)
    page.wait_for_selector(f"{GUARD} :text('None is written.')")
    page.select_option(f"{GUARD} select", "mandatory_review")
    page.click(f"{GUARD} button:text('Add a condition')")
    page.fill(f"{GUARD} .condition input", "five")
    page.keyboard.press("Tab")
    page.click(f"{GUARD} button:text('Apply now')")
    page.wait_for_selector(f'{GUARD} .wrong:has-text("guard.mandatory_review.when.stakes must compare")')
    page.fill(f"{GUARD} .condition input", ">=5")
    page.keyboard.press("Tab")
    applied(page, GUARD)
    assert rules(desk)["guard"]["rules"] == {"mandatory_review": {"when": {"stakes": ">=5"}}}
    page.click(f"{GUARD} button:text-is('Take out')")
    page.click(f"{GUARD} button:text('Apply now')")
    page.wait_for_selector(f"{GUARD} .wrong:has-text('That takes the role admin.')")
    desk.case("T1", stakes=10)
    admin = lead(desk, "admin")
    admin.click(f"{GUARD} button:text-is('Take out')")
    admin.click(f"{GUARD} button:text('Apply now')")
    admin.wait_for_selector("dialog li:text('where stakes >= 5, 1 person has to answer')")
    admin.wait_for_selector("dialog :text('Cases that wait for people by these rules: 1.')")
    admin.keyboard.press("Enter")  # the safe button has the focus
    admin.wait_for_selector("dialog", state="detached")
    assert rules(desk)["guard"]["by"] == "lea"
    admin.click(f"{GUARD} button:text('Apply now')")
    admin.click("dialog button:text('Check less')")
    admin.wait_for_selector(f"{GUARD} :text('It holds now.')")
    assert rules(desk)["guard"] | {"at": 0, "checks": []} == {
        "rules": {},
        "by": "admin",
        "at": 0,
        "reason": None,
        "checks": [],
    }
    assert [m for m in desk.wrong if "409" not in m and "403" not in m and "400" not in m] == []


def test_all_rules_in_a_form_are_what_the_guard_reads_and_what_nobody_touched_stays_as_it_was(
    desk_of: Callable[..., Desk],
) -> None:
    guard = {
        "two_persons": {"when": {"label": "bug", "feature.words": ">3"}},
        "stop": {"safe": "escalate"},
        "audit_share": [{"share": 0.02}, {"share": 0.5, "when": {"group": ["old", "young"]}}],
    }
    desk = desk_of({"guard": guard})
    page = lead(desk)
    for name in ("never_automate", "opt_out", "mandatory_review"):
        page.select_option(f"{GUARD} > label select", name)
    page.fill(f"{GUARD} input[type=number] >> nth=0", "5")
    page.check(f"{GUARD} input[type=checkbox]")
    page.click(f"{GUARD} button:text('Apply now')")
    page.wait_for_selector(
        f"{GUARD} .wrong:has-text('a person decides and no machine is asked')"
    )  # a lead, and less
    page.uncheck(f"{GUARD} input[type=checkbox]")
    applied(page, GUARD)
    told = rules(desk)["guard"]["rules"]
    more = {"never_automate": {}, "opt_out": {"machines_attend": False}, "mandatory_review": {}}
    audit = [{"share": 0.05}, guard["audit_share"][1]]
    assert told == guard | {"audit_share": audit} | more
    assert [m for m in desk.wrong if "403" not in m] == []


def test_who_was_slower_sees_what_holds_now_and_keeps_what_was_written(desk: Desk) -> None:
    page = lead(desk)
    page.fill(f"{KIND} textarea", "Mine.")
    desk.lead("PATCH", "/v1/rules", {"guidelines": {"": "Theirs."}})
    page.click(f"{KIND} button:text('Apply now')")
    page.wait_for_selector(f"{KIND} .wrong:has-text('changed meanwhile')")
    page.wait_for_selector(f"{KIND} :text('Set by admin')")
    assert page.input_value(f"{KIND} textarea") == "Mine."
    applied(page, KIND)
    assert rules(desk)["guidelines"][""]["text"] == "Mine."
    assert [m for m in desk.wrong if "409" not in m] == []


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_the_forms_the_question_and_the_note_are_free_of_what_axe_finds_and_fit(
    desk: Desk, language: str
) -> None:
    person = desk.signed_in("ana") if language == "en-GB" else None
    page = lead(desk, "admin", locale=language)
    for name in ("audit_share", "two_persons", "opt_out", "mandatory_review"):
        page.select_option(f"{GUARD} > label select", name)
    for button in page.query_selector_all(f"{GUARD} fieldset > .row > button:first-child"):
        button.click()
    checked = Checked(page)
    checked.look("forms")
    for button in page.query_selector_all(f"{GUARD} .condition button"):
        button.click()
    page.click(f"{GUARD} button.main")
    page.wait_for_selector(f"{GUARD} [role=status] p")
    page.click(f"{GUARD} fieldset >> nth=0 >> button >> nth=1")
    page.click(f"{GUARD} button.main")
    page.wait_for_selector("dialog li")
    checked.look("question")
    if person is not None:
        for name in ("T1", "T2"):
            desk.case(name)
        person.wait_for_selector("main.case")
        desk.lead("PATCH", "/v1/rules", {"guidelines": {"": "Read it thrice."}})
        person.keyboard.press("1")
        person.wait_for_selector(".changed")
        at_desk = Checked(person)
        at_desk.look("note")
        assert at_desk.found == {}
    assert checked.found == {}
