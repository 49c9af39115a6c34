"""From the first start to the first case that a person decided, with the real command and a real browser."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx

from tests.desk.begun import LABELS, Counted, begun, link, write_own


def test_from_an_own_file_to_the_first_own_case_decided_by_a_person_in_three_minutes_and_few_clicks(
    tmp_path: Path, browser: Any
) -> None:
    own, folder = write_own(tmp_path / "own.csv"), tmp_path / "service"
    at, hand = time.monotonic(), Counted()
    with begun([str(own), "--folder", str(folder), "--limit", "people.minutes=60/day"]) as told:
        context = browser.new_context()
        page = context.new_page()
        hand.clicks += 1  # the link that was printed
        page.goto(link(told))
        hand.click(page, "text=Join as a person")
        with context.expect_page() as opened:
            hand.click(page, "a:text('Open the desk')")
        desk = opened.value
        desk.wait_for_selector("text=No case needs you now")
        hand.click(page, "text=Send them")
        desk.wait_for_selector("main.case h1")
        assert "please look at it soon" in desk.text_content("main.case")
        case = desk.text_content("main.case h1")
        hand.press(desk, "2")
        desk.wait_for_selector(f"main.case h1:not(:text-is('{case}'))")
        seconds = time.monotonic() - at
        page.wait_for_selector("text=500 sent")
        token = (folder / "keys" / "console.token").read_text().strip()
        with httpx.Client(
            base_url=link(told, "Address"), headers={"Authorization": f"Bearer {token}"}
        ) as http:
            answered = http.get("/v1/events?only=answered&limit=1000").json()["events"]
            assert [(e["case"], e["agent"], e["label"]) for e in answered] == [(case, "me", LABELS[1])]
            assert http.get("/v1/first-cases").json()["count"] == 0
        assert int(case.removeprefix("T")) > 2_000
        context.close()
    assert seconds <= 180 and hand.clicks <= 15, f"{seconds:.1f} s and {hand.clicks} clicks"


def test_the_link_of_a_start_signs_in_once_and_leaves_no_code_in_the_address(
    tmp_path: Path, browser: Any
) -> None:
    words = ["--labels", "yes,no", "--folder", str(tmp_path / "service")]
    with begun(words) as told:
        first, second = browser.new_context().new_page(), browser.new_context().new_page()
        first.goto(link(told))
        first.wait_for_selector("h1:text('Setup: service')")
        assert first.url.endswith("/setup")
        second.goto(link(told))
        second.wait_for_selector("text=This link was used already, or is too old")
        assert second.is_visible("input[name=account]")
        first.reload()  # the session lasts as long as the tab
        first.wait_for_selector("h1:text('Setup: service')")
        first.fill("input[name=password]", "correct horse battery")
        first.click("text=Set the password")
        first.wait_for_selector("td:text('has a password')")
        token = first.evaluate("JSON.parse(sessionStorage.getItem('session')).token")
        first.click("text=Sign out")
        first.wait_for_selector("input[name=account]")
        me = {"Authorization": f"Bearer {token}"}
        assert httpx.get(f"{link(told, 'Address')}/v1/limits", headers=me).status_code == 401
        first.fill("input[name=account]", "admin")
        first.fill("input[name=password]", "correct horse battery")
        first.press("input[name=password]", "Enter")
        first.wait_for_selector("h1:text('Setup: service')")


def test_the_demo_lets_a_newcomer_answer_beside_simulated_people_with_no_work_in_the_terminal(
    tmp_path: Path, browser: Any
) -> None:
    with begun(["--demo", "--folder", str(tmp_path / "demo")]) as told:
        assert "SIMULATED" in told["People"]
        desk, board = browser.new_context().new_page(), browser.new_context().new_page()
        desk.goto(link(told, "Desk"))
        desk.wait_for_selector("main.case canvas.pixels")
        desk.wait_for_selector(".hints:has-text('1 / 3')")
        seen = []
        for key in "120":
            seen.append(desk.text_content("main.case h1"))
            desk.keyboard.press(key)
            desk.wait_for_selector(f"main.case h1:not(:text-is('{seen[-1]}'))")
        desk.wait_for_selector(".hints:empty", state="attached")  # each answer brought the next hint
        board.goto(link(told, "Board"))
        board.wait_for_selector("text=admin")
        board.wait_for_selector("text=sim_1, sim_2, sim_3, sim_4: these people are SIMULATED")
        board.goto(f"{link(told, 'Address')}/setup")
        board.wait_for_selector("text=sim_1, sim_2, sim_3, sim_4: these people are SIMULATED")
        token = (tmp_path / "demo" / "keys" / "console.token").read_text().strip()
        with httpx.Client(
            base_url=link(told, "Address"), headers={"Authorization": f"Bearer {token}"}
        ) as http:

            def answers() -> list[dict[str, Any]]:
                return list(http.get("/v1/events?only=answered&limit=1000").json()["events"])

            end = time.monotonic() + 60
            while not any(e["agent"].startswith("sim_") for e in answers()) and time.monotonic() < end:
                time.sleep(0.5)
            said = answers()
        assert [(e["case"], e["label"]) for e in said if e["agent"] == "you"] == list(
            zip(seen, "120", strict=True)
        )
        assert any(e["agent"].startswith("sim_") for e in said)


def test_escape_sends_the_hints_away_and_a_service_of_real_people_has_none(
    tmp_path: Path, browser: Any
) -> None:
    words = ["--labels", "yes,no", "--folder", str(tmp_path / "service")]
    with begun(words) as told:
        page = browser.new_context().new_page()
        page.goto(link(told))
        page.click("text=Join as a person")
        person = page.get_attribute("a:text('Open the desk')", "href")
        page = browser.new_context().new_page()
        page.goto(person)
        page.wait_for_selector("text=No case needs you now")
        page.wait_for_timeout(500)
        assert not page.is_visible(".hints")
        page.route("**/v1/service", lambda route: route.fulfill(json={"simulated": ["sim_1"]}))
        page.reload()
        page.wait_for_selector(".hints:has-text('1 / 3')")
        page.keyboard.press("Escape")
        page.wait_for_selector(".hints:empty", state="attached")
        page.reload()
        page.wait_for_selector("text=No case needs you now")
        page.wait_for_timeout(500)
        assert page.query_selector(".hints p") is None
