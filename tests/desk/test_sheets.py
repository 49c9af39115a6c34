"""Stories of sheets in a real browser: found from the desk and the board, seen anew when they are rewritten, and nothing in one runs."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.desk.conftest import Checked, Desk
from tests.desk.test_desk import shown
from tests.desk.test_evidence import picture

SHEETS = {
    "Lists of today": "today.html",
    "Map": "map.svg",
    "Photo": "photo.png",
    "Table": "today.csv",
    "Later": "later.html",
}
HOSTILE = """<!doctype html><title>Lists</title><style>h1 { color: rgb(1, 2, 3) } body { background: url(EVIL) }</style>
<meta http-equiv=refresh content="0;url=EVIL"><link rel=stylesheet href=EVIL><base href=EVIL/>
<h1>Lists of today</h1><script>document.title = 'ran'; parent.ran = 1; top.ran = 1; fetch('EVIL')</script>
<img src=EVIL><img src=x onerror="document.title = 'ran'"><svg onload="document.title = 'ran'"></svg>
<iframe src=EVIL></iframe><form action=EVIL><button id=send>send</button></form><a id=out target=_top href=EVIL>out</a>"""
SVG = "<svg xmlns='http://www.w3.org/2000/svg' onload='top.ran=1'><script>top.ran=1</script><image href='EVIL'/><circle r='50' fill='green'/></svg>"


@pytest.fixture
def evil() -> Iterator[tuple[str, list[str]]]:
    """An address elsewhere, and what was asked of it."""
    asked: list[str] = []

    class Hears(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hears)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/x", asked
    server.shutdown()
    server.server_close()


@pytest.fixture
def laid(desk_of: Callable[..., Desk], evil: tuple[str, list[str]]) -> Desk:
    """A desk with sheets that would run and load, if anything could."""
    desk = desk_of({"sheets": SHEETS})
    folder = desk.real.service.folder
    (folder / "today.html").write_text(HOSTILE.replace("EVIL", evil[0]), encoding="utf-8")
    (folder / "map.svg").write_text(SVG.replace("EVIL", evil[0]), encoding="utf-8")
    (folder / "photo.png").write_bytes(picture())
    (folder / "today.csv").write_text("place,why\n1,x\n", encoding="utf-8")
    os.utime(folder / "today.html", (1e9, 1e9))
    return desk


def file_of(desk: Desk, name: str) -> Path:
    return desk.real.service.folder / name


def opened(page: Any, title: str) -> Any:
    """The frame of a sheet that was chosen, once its file is in it."""
    page.click(f"main.sheets nav button:has-text('{title}')")
    page.wait_for_selector(f"iframe[title='{title}']")
    return page.frame_locator(f"iframe[title='{title}']")


def test_a_person_finds_todays_lists_from_the_desk_and_comes_back_to_the_case(laid: Desk) -> None:
    page = laid.signed_in()
    laid.case("T0")
    shown(page, "T0")
    page.click("nav a[href='/sheets']")
    inside = page.frame_locator("iframe[title='Lists of today']")
    assert inside.locator("h1").text_content() == "Lists of today"
    assert inside.locator("h1").evaluate("e => getComputedStyle(e).color") == "rgb(1, 2, 3)"  # its own styles
    assert "2001" in page.text_content("main.sheets [role=status]")
    with page.expect_download() as told:
        page.click("main.sheets nav button:has-text('Table')")
        page.click("text=Download")
    assert Path(told.value.path()).read_text(encoding="utf-8") == "place,why\n1,x\n"
    assert told.value.suggested_filename == "today.csv"
    page.click("main.sheets nav button:has-text('Later')")
    page.wait_for_selector("text=It has to be written first.")
    page.reload()  # the address remembers which one
    page.wait_for_selector("text=It has to be written first.")
    page.click("nav a[href='/desk']")
    shown(page, "T0")


def test_a_sheet_that_is_written_anew_is_shown_without_a_hand(laid: Desk) -> None:
    page = laid.signed_in()
    page.clock.install()
    page.goto(f"{laid.url}/sheets")
    inside = page.frame_locator("iframe[title='Lists of today']")
    inside.locator("h1").wait_for()
    file_of(laid, "today.html").write_text("<h1>Lists of tomorrow</h1>", encoding="utf-8")
    page.clock.run_for(25_000)
    inside.locator("text=Lists of tomorrow").wait_for()
    file_of(laid, "today.html").unlink()
    page.click("text=Read again")
    page.wait_for_selector("text=It has to be written first.")
    assert page.locator("iframe").count() == 0


def test_nothing_in_a_sheet_runs_or_loads_in_the_page_or_in_a_tab_of_its_own(
    laid: Desk, evil: tuple[str, list[str]]
) -> None:
    page = laid.signed_in()
    page.goto(f"{laid.url}/sheets")
    for title in ("Lists of today", "Map", "Photo"):
        opened(page, title)
        page.wait_for_timeout(700)
    inside = opened(page, "Lists of today")
    inside.locator("#send").click()
    inside.locator("#out").click()
    page.wait_for_timeout(500)
    assert page.url.startswith(f"{laid.url}/sheets") and page.evaluate("window.ran") is None
    token = page.evaluate("JSON.parse(sessionStorage.session).token")
    for title in ("Lists of today", "Map"):
        opened(page, title)
        with page.context.expect_page() as told:
            page.click("text=In a tab, to print")
        alone = told.value
        alone.wait_for_load_state()
        alone.wait_for_timeout(500)
        assert token not in alone.url and alone.title() != "ran"
        assert alone.evaluate("[window.origin, window.opener, window.ran ?? null]") == ["null", None, None]
        alone.close()
    assert evil[1] == []
    alone = page.context.new_page()
    alone.goto(f"{laid.url}/sheets/Lists%20of%20today")  # the address alone
    alone.wait_for_selector("input[name=password]")
    assert alone.url == f"{laid.url}/sheets#Lists%20of%20today"


def test_where_there_are_no_sheets_there_is_no_entry(desk: Desk) -> None:
    page = desk.signed_in()
    page.wait_for_timeout(500)
    assert page.locator("a[href='/sheets']").count() == 0
    page.goto(f"{desk.url}/sheets")
    page.wait_for_selector("text=There are no sheets here.")
    assert desk.wrong == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_of_sheets_is_free_of_what_axe_finds_and_has_all_words(laid: Desk, language: str) -> None:
    page = laid.signed_in(locale=language) if language == "en" else laid.signed_in()
    page.evaluate(f"localStorage.language = '{language}'")
    page.goto(f"{laid.url}/sheets")
    page.wait_for_selector("main.sheets iframe")
    file_of(laid, "today.html").write_text(
        "<!doctype html><html lang=en><title>Lists</title><main><h1>Lists</h1></main>", encoding="utf-8"
    )
    checked = Checked(page)
    for title in ("Lists of today", "Table", "Later"):
        page.click(f"main.sheets nav button:has-text('{title}')")
        page.wait_for_timeout(500)
        checked.look(title)
    assert checked.found == {}
    names = page.evaluate(
        """async () => { const { known } = await import("/static/words.js");
        const all = (tree, at = "") => Object.entries(tree).flatMap(([k, v]) => typeof v === "string" ? [at + k] : all(v, at + k + "."));
        return Object.values(known).map((tree) => all(tree).sort()); }"""
    )
    assert names[0] == names[1]
