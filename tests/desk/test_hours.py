"""A lead gives a person other hours while the service runs, on the board; and the person at the desk, in another browser, feels it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mindshare.people.shifts import DAYS
from tests.desk.conftest import PASSWORD, Checked, Desk
from tests.desk.test_desk import shown
from tests.desk.test_restart import restarted

OFF = {"zone": "UTC", "break": {"after": 50, "minutes": 10}, "off": ["2030-01-01"]}


def yesterday() -> str:
    return DAYS[(datetime.now(UTC) - timedelta(days=1)).weekday()]


def off_shift(**more: Any) -> dict[str, Any]:
    """Hours that are over until next week."""
    return OFF | {"week": {yesterday(): "00:00-00:01"}} | more


def at_work(desk: Desk, account: str, role: str, name: str, ready: str, **how: Any) -> Any:
    """A page of somebody who has just taken an invitation."""
    code = desk.lead("POST", "/v1/invitations", {"account": account, "role": role})["code"]
    page = desk.page(**how)
    page.goto(f"{desk.url}/{name}#code={code}")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_selector(ready)
    return page


def opened(board: Any, person: str = "ana") -> Any:
    board.click(f"#people button[aria-label='Hours: {person}']")
    board.wait_for_selector(".hours form")
    return board.locator("dialog[open]")


def test_longer_hours_bring_the_next_case_at_once_shorter_ones_none_and_a_restart_keeps_them(
    desk_of: Callable[..., Desk],
) -> None:
    desk = desk_of({"people": {"ana": off_shift()}})
    ana = at_work(desk, "ana", "person", "desk", "text=ana is off shift until")
    desk.case("T0")
    board = at_work(desk, "lee", "lead", "board", "main.board")

    hours = opened(board)
    text = hours.inner_text()
    assert "ana is off shift until" in text and "These are the hours of the settings." in text
    assert "A break of 10 min is due after 50 min" in text and "2030-01-01" in text
    assert hours.locator("[type=checkbox]:checked").count() == 1
    assert hours.locator("[type=time] >> nth=1").input_value() == "00:01"
    for box in hours.locator("[type=checkbox]").all():
        box.check()
    hours.locator("[type=time] >> nth=1").fill("00:00")
    hours.locator("button.main").click()
    board.wait_for_selector("dialog", state="detached")
    shown(ana, "T0")  # by itself
    desk.case("T1")

    hours = opened(board)
    assert "lee changed these hours on" in hours.inner_text()
    hours.locator("input[name=minutes]").fill("0")
    hours.locator("button.main").click()
    board.wait_for_selector("dialog", state="detached")
    ana.keyboard.press("1")  # the case in hand is hers still
    ana.wait_for_selector("text=ana has given all of 0 minutes")
    assert [e["case"] for e in desk.events("answered")] == ["T0"]
    told = [(e["person"], e["by"], e["shifts"].get("minutes")) for e in desk.events("shifts_changed")]
    assert told == [("ana", "lee", None), ("ana", "lee", 0.0)]

    board.context.close()
    ana.context.close()
    restarted(desk)
    again = desk.lead("GET", "/v1/people/ana/shifts")
    assert again["changed"]["by"] == "lee" and again["shifts"]["minutes"] == 0
    assert again["shifts"]["off"] == ["2030-01-01"] and len(again["shifts"]["week"]) == 7
    board = at_work(desk, "lou", "lead", "board", "main.board")
    opened(board).get_by_role("button", name="As the settings say").click()
    board.wait_for_selector("dialog", state="detached")
    again = desk.lead("GET", "/v1/people/ana/shifts")
    assert again["changed"] is None and again["shifts"] == again["settings"]
    assert all("409" in wrong for wrong in desk.wrong)  # the browser says so of "not now"


def test_hours_that_cannot_be_are_told_in_a_sentence_and_the_window_stays(
    desk_of: Callable[..., Desk],
) -> None:
    desk = desk_of()
    desk.lead("POST", "/v1/invitations", {"account": "ana", "role": "person"})
    board = at_work(desk, "lee", "lead", "board", "main.board")
    at_work(desk, "ana", "person", "desk", "text=No case needs you now")
    board.wait_for_selector("#people >> text=ana")
    hours = opened(board)
    assert "No hours are written of this person" in hours.inner_text()
    hours.get_by_role("button", name="One more shift").click()
    hours.locator("button.main").click()
    board.wait_for_selector(".hours >> text=Choose a day for each shift")
    hours.locator("fieldset >> nth=1").get_by_label("Mon").check()
    hours.locator("button.main").click()
    board.wait_for_selector(".hours >> text=overlaps the next one")
    hours.get_by_role("button", name="Remove shift 2").click()
    hours.locator("input[name=zone]").fill("Berlin")
    hours.locator("button.main").click()
    board.wait_for_selector(".hours >> text=must name a time zone such as Europe/Berlin")
    assert desk.events("shifts_changed") == []
    assert all(
        "400" in wrong or "422" in wrong for wrong in desk.wrong
    )  # the browser says so of what was refused


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_the_window_of_hours_is_free_of_what_axe_finds_and_has_all_words_in_both_languages(
    desk_of: Callable[..., Desk], language: str
) -> None:
    desk = desk_of(
        {"people": {"ana": off_shift(week={"mon-fri": ["09:00-12:00", "13:00-17:00"], "sat": "22:00-02:00"})}}
    )
    at_work(desk, "ana", "person", "desk", "main")
    board = at_work(desk, "lee", "lead", "board", "main.board", locale=language)
    board.click("#people [aria-label$=': ana'] >> nth=2")
    board.wait_for_selector(".hours form")
    assert board.locator(".hours fieldset").count() == 3
    checked = Checked(board)
    checked.look("hours")
    names = board.evaluate(
        """async () => { const { known } = await import("/static/words.js");
        return Object.values(known).map((tree) => Object.keys(tree.hours).sort()); }"""
    )
    assert checked.found == {} and names[0] == names[1] and len(names[0]) > 20


def test_a_week_goes_into_the_window_and_comes_out_the_same(desk: Desk) -> None:
    page = desk.page()
    page.goto(f"{desk.url}/board")
    week = {
        "mon": ["09:00-12:00", "13:00-24:00"],
        "tue": ["09:00-12:00"],
        "sat": ["22:00-02:00"],
        "sun": ["00:00-00:30"],
    }
    again = page.evaluate(
        """async (week) => { const { linesOf, weekOf } = await import("/static/board_hours.js");
        return [linesOf(week).length, weekOf(linesOf(week))]; }""",
        week,
    )
    assert again == [4, week]


def test_one_more_person_at_some_hours_is_asked_for_with_what_is_assumed(
    desk_of: Callable[..., Desk],
) -> None:
    desk = desk_of({"limits": {"people.minutes": {"limit": 60, "per_s": 86_400}}})
    board = at_work(desk, "lee", "lead", "board", "main.board", timezone_id="Europe/Berlin")
    board.click("#what-if >> text=one more person at 14:00")
    more = board.locator("#what-if fieldset")
    assert more.locator("[type=number]").input_value() == "1"
    assert "only cases that come between these times (Europe/Berlin) use their minutes" in more.inner_text()
    more.locator("[type=time] >> nth=1").fill("00:00")
    board.click("text=Judge it")
    board.wait_for_selector("#what-if >> text=a what-if needs 50 at least")  # no outcome is known here
    assert "1 more, 14:00 to 24:00 (Europe/Berlin)" in board.inner_text("#what-if")
    asked = desk.lead("GET", "/v1/what-if")["asked"]
    assert asked["more"] == {"from": "14:00", "to": "24:00", "people": 1.0, "tz": "Europe/Berlin"}
    assert asked["limits"] == {}
    checked = Checked(board)
    checked.look("more people")
    assert checked.found == {} and desk.wrong == []
