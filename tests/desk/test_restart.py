"""A service that ends and comes back: STOP is still on, and whoever was at work goes on."""

from __future__ import annotations

from typing import Any

from tests.desk.conftest import PASSWORD, Desk
from tests.desk.test_desk import shown
from tests.web.real import Real


def linked(desk: Desk) -> Any:
    """The board, for whoever sits at the machine."""
    page = desk.page()
    page.goto(f"{desk.url}/board#link={desk.lead('POST', '/v1/links', {})['code']}")
    page.wait_for_selector("button.stop")
    return page


def restarted(desk: Desk) -> None:
    """The same folder, served anew."""
    folder, tokens = desk.real.service.folder, desk.real.tokens
    desk.real.stop()
    desk.real = Real(folder, tokens)
    desk.url = f"http://127.0.0.1:{desk.real.port}"


def test_a_stop_outlives_a_restart_and_so_does_the_case_that_a_person_has(desk: Desk) -> None:
    ana = desk.signed_in()
    desk.case("T0")
    shown(ana, "T0")
    board = linked(desk)
    board.click("button.stop")
    board.fill("input[name=reason]", "a bad model")
    board.click("dialog button.stop")
    board.wait_for_selector("text=STOP is on for everything")
    board.context.close()
    ana.context.close()
    restarted(desk)
    again = linked(desk)
    again.wait_for_selector("text=STOP is on for everything")
    ana = desk.page()
    ana.goto(f"{desk.url}/desk")
    ana.fill("input[name=account]", "ana")
    ana.fill("input[name=password]", PASSWORD)
    ana.keyboard.press("Enter")
    shown(ana, "T0")  # it is hers still
    ana.keyboard.press("1")
    ana.wait_for_selector("text=No case needs you now")
    assert [(e["case"], e["agent"]) for e in desk.events("answered")] == [("T0", "ana")]
    verdict = desk.lead("GET", "/v1/cases/T0")
    assert verdict["verdict"] is not None and "ana" in [e["agent"] for e in desk.events("leased")]
