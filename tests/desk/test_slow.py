"""What a page has to outlive: a network that hangs, code that does not come, a session that ends, a text without an end, a zoom of 200 %."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.desk.conftest import LABELS, PASSWORD, Desk
from tests.desk.test_desk import kept, shown
from tests.desk.test_restart import linked

ABORTED = (
    "() => { window.real = fetch; window.fetch = () => Promise.reject(new DOMException('', 'AbortError')); }"
)
HURRY = "const real = AbortSignal.timeout; AbortSignal.timeout = (ms) => real.call(AbortSignal, ms / 10);"


def hung(page: Any, paths: str = "**/v1/**") -> Callable[[], None]:
    """From now on no request of the page gets an answer; what is returned lets the next ones through."""

    def never(route: Any) -> None:
        pass

    page.route(paths, never)
    return lambda: page.unroute(paths, never)


def hurried(desk: Desk) -> Any:
    """The desk of somebody for whom a tenth of the patience has to do."""
    page = desk.page()
    page.add_init_script(HURRY)
    code = desk.lead("POST", "/v1/invitations", {"account": "ana", "role": "person"})["code"]
    page.goto(f"{desk.url}/desk#code={code}")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_selector("text=No case needs you now")
    return page


def test_answers_into_a_network_that_hangs_are_kept_and_come_once(desk: Desk) -> None:
    page = hurried(desk)
    for i in range(3):
        desk.case(f"T{i}")
    shown(page, "T0")
    kept(desk, "T1")
    lives = hung(page)
    page.keyboard.press("1")
    shown(page, "T1")  # it is there already
    page.wait_for_selector("text=1 not sent yet")
    page.keyboard.press("2")
    page.wait_for_selector("text=The service does not answer")
    page.wait_for_selector("text=2 not sent yet")
    lives()
    shown(page, "T2")
    page.keyboard.press("3")
    page.wait_for_selector("text=No case needs you now")
    told = [(e["case"], e["label"]) for e in desk.events("answered")]
    assert told == [(f"T{i}", LABELS[i]) for i in range(3)] and desk.wrong == []


def test_a_request_that_the_browser_aborts_by_itself_is_sent_again(desk: Desk) -> None:
    page = desk.signed_in()
    for i in range(2):
        desk.case(f"T{i}")
    shown(page, "T0")
    kept(desk, "T1")
    page.evaluate(ABORTED)
    page.keyboard.press("1")
    page.wait_for_selector("text=1 not sent yet")
    page.evaluate("() => { window.fetch = real; }")
    shown(page, "T1")
    page.keyboard.press("2")
    page.wait_for_selector("text=No case needs you now")
    assert [(e["case"], e["label"]) for e in desk.events("answered")] == [
        (f"T{i}", LABELS[i]) for i in range(2)
    ]


def test_a_sign_of_life_that_hangs_holds_up_an_answer_only_for_a_while(desk: Desk) -> None:
    page = hurried(desk)
    desk.case("T0")
    shown(page, "T0")
    lives = hung(page, "**/v1/beat")
    page.keyboard.press("Space")
    page.wait_for_selector("text=The clock stands still")
    page.keyboard.press("Space")
    shown(page, "T0")
    page.keyboard.press("1")
    page.wait_for_selector("text=No case needs you now")
    assert [e["case"] for e in desk.events("answered")] == ["T0"]
    lives()


def test_signing_in_over_a_network_that_hangs_ends_with_a_sentence(desk: Desk) -> None:
    page = desk.page()
    page.add_init_script(HURRY)
    page.goto(f"{desk.url}/desk")
    hung(page)
    page.fill("input[name=account]", "ana")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_selector("text=The service does not answer.")


def test_a_board_whose_network_hangs_says_so_and_begins_anew(desk: Desk) -> None:
    page = linked(desk)
    page.evaluate(HURRY)
    page.wait_for_selector("main.board")
    lives = hung(page)
    page.wait_for_selector("[role=status].away")
    lives()
    page.wait_for_selector("[role=status].live")


def test_a_desk_whose_code_does_not_come_says_so_and_is_loaded_again_at_a_click(desk: Desk) -> None:
    page = desk.signed_in()
    page.route("**/static/cases.js", lambda route: route.abort())
    page.reload()
    page.wait_for_selector("text=The desk could not be loaded")
    page.unroute("**/static/cases.js")
    page.click("text=Load again")
    page.wait_for_selector("text=No case needs you now")


def test_a_session_that_ends_under_a_desk_says_so_and_keeps_what_was_answered(desk: Desk) -> None:
    page = desk.signed_in()
    desk.case("T0")
    shown(page, "T0")
    lives = hung(page, "**/v1/next")  # else the page may hear of the end before a key is pressed
    with desk.real.client("admin") as http:
        token = page.evaluate("JSON.parse(sessionStorage.session).token")
        assert http.delete("/v1/session", headers={"Authorization": f"Bearer {token}"}).status_code < 300
    page.keyboard.press("1")
    page.wait_for_selector("text=Your session is over, or your account was closed.")
    lives()
    page.fill("input[name=account]", "ana")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("text=No case needs you now")
    assert [(e["case"], e["label"]) for e in desk.events("answered")] == [("T0", LABELS[0])]


def test_a_text_of_a_million_characters_is_shown_in_parts_and_the_desk_stays_quick(desk: Desk) -> None:
    page = desk.signed_in()
    desk.case("huge", features={"words": "Lorem ipsum dolor sit amet. " * 36_000}, stakes=20)
    shown(page, "huge")
    page.click("text=Show more: 20,000 of 1,008,000 characters are shown")
    assert page.evaluate("document.querySelector('.text').textContent.length") == 40_000
    page.keyboard.press("1")
    page.wait_for_selector("text=No case needs you now")


def test_a_text_runs_in_the_direction_of_its_script(desk: Desk) -> None:
    page = desk.signed_in()
    desk.case(
        "rtl", features={"words": "\u0645\u0631\u062d\u0628\u0627, 12345!" * 9, "other": "left to right"}
    )
    shown(page, "rtl")
    ways = page.evaluate(
        "[...document.querySelectorAll('figure .text, dd')].map((e) => getComputedStyle(e).direction)"
    )
    assert ways == ["rtl", "ltr"]


def test_a_page_zoomed_to_200_per_cent_shows_the_case_before_the_answers(desk: Desk) -> None:
    page = desk.signed_in(viewport={"width": 640, "height": 400})
    desk.case("T0", features={f"feature {i}": i for i in range(20)})
    shown(page, "T0")
    case, answers = (page.locator(part).bounding_box() for part in (".seen", ".answers"))
    assert case["y"] + case["height"] <= answers["y"] and case["height"] > 400
