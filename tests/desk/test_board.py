"""Stories of those who look at the board and steer by it, in a real browser before a real service."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from mindshare.engine.create import create_service, team_of_labels
from mindshare.engine.settings import settings_of
from tests.desk.conftest import BOARD_LIMITS, PASSWORD, Board, Checked, board_of
from tests.tickets import LABELS

CARDS = ("loop", "cases", "limits", "verdicts", "people", "machines", "groups", "quality", "what-if")
RUNS = "<img src=x onerror='window.ran=1'><script>window.ran=1</script>"


def figure(page: Any, where: str) -> float:
    """A number on the page."""
    return float(page.text_content(where).replace(",", ""))


def price(page: Any) -> float:
    return figure(page, "[data-limit=human_answers] .price dd")


def sees(page: Any, text: str, within_s: float = 5.0) -> float:
    """Waits until a text is on the page; after how many seconds it was."""
    began = time.monotonic()
    page.wait_for_function(
        "text => document.body.textContent.includes(text)", arg=text, timeout=1000 * within_s
    )
    return time.monotonic() - began


def test_a_reader_sees_what_happens_within_a_second_and_may_change_nothing(board: Board) -> None:
    page = board.looks(role="reader")
    sees(page, "No verdict yet")
    board.ticket()
    board.heard("ana", LABELS[2])
    board.lead("POST", "/v1/cases/t1/override", {"label": LABELS[1], "reason": "seen by hand"})
    assert sees(page, "overridden") < 1.0
    sees(page, "You look with the role of a reader")
    words = page.text_content("main")
    assert all(word not in words for word in ("Give none", "Off shift", "Judge it", "Change"))
    assert page.query_selector("button.stop") is None
    page.click("#verdicts button.link")
    page.wait_for_selector(".story li")
    assert page.query_selector("dialog form") is None and "Override" not in page.text_content("dialog")
    assert board.wrong == []


def test_counts_on_the_page_are_those_of_the_service_after_a_flood(board: Board) -> None:
    page = board.looks()
    for _ in range(40):
        board.ticket()
    for person in ("ana", "ben", "cem") * 2:
        board.heard(person, LABELS[2])
    told = board.lead("GET", "/v1/board")["cases"]
    for name in ("arrived", "waiting", "provisional"):
        where = list(told).index(name)
        page.wait_for_function(
            "([at, n]) => document.querySelectorAll('#cases .figures')[0].children[at].querySelector('dd').textContent === n",
            arg=[where, str(told[name])],
        )
    sees(page, f"{told['verdicts']} verdicts")
    sees(page, f"{told['answers']} answers")
    ids = page.eval_on_selector_all("#verdicts button.link", "all => all.map(e => e.textContent)")
    stored = [e["case"] for e in board.events("decided")]
    assert ids == stored[::-1][: len(ids)] and len(ids) == min(len(stored), 25)
    assert board.wrong == []


def test_a_lead_changes_a_limit_and_sees_prices_and_allocation_follow(board: Board) -> None:
    page = board.looks()
    for _ in range(12):
        board.ticket()
    page.wait_for_function(
        "() => document.querySelector('[data-limit=human_answers] .price dd').textContent !== '0'"
    )
    before, waiting = price(page), board.lead("GET", "/v1/board")["queue"]["waiting"]
    page.click("[data-limit=human_answers] button")
    page.fill("input[name=amount]", "2")
    page.press("input[name=amount]", "Enter")
    page.wait_for_function(
        "() => document.querySelector('[data-limit=human_answers] .limit dd').textContent === '2'"
    )
    for _ in range(12):
        board.ticket()
    page.wait_for_function(
        "before => Number(document.querySelector('[data-limit=human_answers] .price dd').textContent) > 2 * before",
        arg=before,
    )
    told = board.lead("GET", "/v1/board")
    assert told["queue"]["waiting"] < waiting + 12  # fewer are worth asking about
    assert [(e["by"], e["limit"]) for e in board.events("limited")] == [("lee", {"human_answers": 2.0})]
    page.wait_for_selector("#limits .plot canvas")
    assert "The price of human_answers is" in page.get_attribute("#limits .canvas", "aria-label")
    page.click("[data-limit=human_answers] button")
    page.fill("input[name=amount]", "1e999")
    page.press("input[name=amount]", "Enter")
    assert page.evaluate("document.querySelector('input[name=amount]').checkValidity()") is False
    assert board.wrong == []


def test_a_lead_presses_stop_and_it_takes_a_second_account_to_go_on(board: Board) -> None:
    lee, mia, reader = board.looks("lee"), board.looks("mia", "admin"), board.looks("rob", "reader")
    lee.click("button.stop")
    lee.fill("input[name=reason]", "a bad model")
    lee.click("dialog button.stop")
    for page in (lee, mia, reader):
        assert sees(page, "STOP is on for everything, pressed by lee") < 2.0
    assert reader.query_selector(".stopped button") is None
    lee.click(".stopped button")
    sees(lee, "a second account has to say the same")
    assert board.lead("GET", "/v1/stops")["stopped"] == {"": "lee"}
    mia.click(".stopped button")
    for page in (lee, mia, reader):
        page.wait_for_function("() => !document.body.textContent.includes('STOP is on')")
    assert [(e["by"], e["also"]) for e in board.events("resumed")] == [("mia", "lee")]
    assert board.wrong == []


def test_a_lead_asks_why_hears_an_appeal_and_decides_with_a_reason(board: Board) -> None:
    board.ticket()
    while not board.events("decided"):
        board.heard(("ana", "ben", "cem")[len(board.events("answered"))], LABELS[2])
    page = board.looks()
    page.click("#verdicts button.link")
    page.wait_for_selector(".story li")
    assert "The verdict is" in page.text_content(".why")
    page.click("text=had nobody been asked")
    page.wait_for_selector(".heard:not(:empty)")
    page.click(f"text=without {board.events('answered')[0]['agent']}")
    page.click("dialog >> text=Appeal")
    page.click("dialog form button.main")  # a reason is needed
    assert board.events("reopened") == []
    page.fill("textarea[name=reason]", f"they appeal {RUNS}")
    page.click("dialog form button.main")
    page.wait_for_selector(".story li:has-text('reopened by'):has-text('they appeal')")
    page.click("dialog >> text=Override")
    page.select_option("select[name=label]", LABELS[1])
    page.fill("textarea[name=reason]", "read it twice")
    page.click("dialog form button.main")
    page.wait_for_selector(".story li:has-text('overridden by'):has-text('read it twice')")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")
    told = board.lead("GET", "/v1/cases/t1")
    assert (told["verdict"]["label"], told["verdict"]["by"]) == (LABELS[1], "override")
    assert [e["by"] for e in board.events("reopened", "overridden")] == ["lee", "lee"]
    page.fill("form.find input", "nothing such")
    page.press("form.find input", "Enter")
    page.wait_for_selector("dialog .wrong:has-text('nothing such')")
    assert page.evaluate("window.ran") is None
    assert [w for w in board.wrong if "404" not in w] == []


def test_a_case_that_a_person_sent_to_the_lead_is_there_to_be_decided(board: Board) -> None:
    page = board.looks()
    name = board.ticket()
    lease = board.lead("POST", "/v1/next", {"person": "ana"})
    board.lead("POST", "/v1/escalate", {"token": lease["token"], "person": "ana", "reason": "unheard of"})
    page.click(f"#cases button.link:text-is('{name}')")
    page.wait_for_selector(".story li:has-text('unheard of')")
    page.wait_for_selector("dialog h3:text-is('As a person sees it')")  # nobody decides what was not seen
    assert page.locator("dialog .facts dt:text-is('words')").count() == 1
    page.click("dialog >> text=Override")
    assert page.input_value("select[name=label]") == ""  # no label is there to be taken by mistake
    page.select_option("select[name=label]", LABELS[0])
    page.fill("textarea[name=reason]", "as last year")
    page.click("dialog form button.main")
    page.wait_for_selector(".story li:has-text('as last year')")
    page.keyboard.press("Escape")
    page.wait_for_selector("#cases button.link", state="detached")
    assert board.lead("GET", f"/v1/cases/{name}")["verdict"]["by"] == "override" and board.wrong == []


def test_a_lead_gives_a_person_none_and_takes_another_off_shift(board: Board) -> None:
    page = board.looks()
    page.click("button[aria-label='Give none: ana']")
    page.wait_for_selector("tr:has-text('ana'):has-text('gets no cases')")
    page.click("button[aria-label='Off shift: ben']")
    page.wait_for_selector("tr:has-text('ben'):has-text('off shift')")
    page.click("button[aria-label='Give cases: ana']")
    page.wait_for_selector("button[aria-label='Give none: ana']")
    agents = {a["id"]: a for a in board.lead("GET", "/v1/agents")["agents"]}
    assert agents["ana"]["active"] and not agents["ben"]["on_shift"]
    assert board.wrong == []


def test_what_if_says_how_far_it_is_and_what_it_found(board: Board) -> None:
    page = board.looks()
    page.click("text=20 % less")
    assert page.input_value("#what-if input") == "32"
    for i in range(60):
        board.ticket()
        board.lead("POST", "/v1/outcomes", {"case": f"t{i + 1}", "label": LABELS[i % 3]})
    for person in ("ana", "ben", "cem") * 4:
        board.heard(person, LABELS[2])
    page.click("text=Judge it")
    page.wait_for_selector("#what-if .says li", timeout=120_000)
    beside = page.locator("#what-if tbody th").all_text_contents()
    assert "mindshare" in beside and len(beside) > 3  # and its baselines, on the same cases
    assert "As it is" in page.text_content("#what-if .says")
    sees(page, "human_answers 32")
    assert board.wrong == []


def test_a_lead_sees_how_far_people_rely_on_advice_and_a_reader_does_not(board: Board) -> None:
    page, reader = board.looks("lee"), board.looks("rob", "reader")
    page.click("#reliance button:text('Count it')")
    page.wait_for_selector("#reliance :is(table, [role=status] p)")
    assert "Nobody has been shown what machines say." in page.text_content("#reliance")
    assert reader.query_selector("#reliance") is None and board.wrong == []


def test_the_board_comes_back_when_the_network_does(board: Board) -> None:
    page = board.looks()
    page.context.set_offline(True)
    sees(page, "The service does not answer", 20)
    missed = board.ticket()
    board.lead("POST", f"/v1/cases/{missed}/override", {"label": LABELS[1], "reason": "seen"})
    page.context.set_offline(False)
    page.wait_for_selector(".live", timeout=20_000)
    told = board.lead("GET", "/v1/board")["cases"]
    page.wait_for_function(
        "n => document.querySelector('#cases .figures dd').textContent === n", arg=str(told["arrived"])
    )
    page.wait_for_selector(f"#verdicts tr:has-text('{missed}'):has-text('overridden')")
    sees(page, f"{told['verdicts']} verdicts")


def test_behind_every_figure_is_its_json(board: Board) -> None:
    board.ticket()
    page = board.looks()
    for card in CARDS:
        page.click(f"#{card} button.json")
        page.wait_for_selector("dialog[open]")
        told = json.loads(page.text_content("pre.json"))
        assert isinstance(told, dict | list)
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog", state="detached")
    page.click("#limits button.json")
    with page.expect_download() as kept:
        page.click("text=Download")
    assert json.loads(Path(kept.value.path()).read_text())["human_answers"]["limit"] == 40
    assert board.wrong == []


def test_the_list_of_verdicts_stands_still_while_somebody_is_in_it(board: Board) -> None:
    board.lead("PATCH", "/v1/limits", {"limit": {"human_answers": 0}})
    first = board.ticket()
    page = board.looks()
    page.focus("#verdicts button.link")
    board.ticket()
    sees(page, "The list is held: 1 newer")
    assert page.text_content("#verdicts button.link") == first
    page.focus("form.find input")
    page.wait_for_function("() => document.querySelector('#verdicts button.link').textContent === 't2'")


def test_nothing_that_others_wrote_runs_on_the_board(tmp_path: Path, browser: Any) -> None:
    labels = (RUNS, "fine")
    create_service(
        tmp_path / "first",
        team_of_labels(labels),
        settings_of({"limits": BOARD_LIMITS, "cases": 50, "learn": False}, "x"),
    )
    for board in board_of(tmp_path / "first", tmp_path, browser):
        name = RUNS[:60]
        answers = [{"agent": f"bot {name}", "label": RUNS}]
        board.lead("POST", "/v1/cases", {"id": name, "features": {}, "group": RUNS[:100], "answers": answers})
        board.lead("POST", "/v1/stop", {"kind": "", "reason": RUNS})
        page = board.looks("lee")
        code = board.lead(
            "POST", "/v1/invitations", {"account": "<b>eve</b>", "role": "person", "name": RUNS}
        )
        board.lead("POST", "/v1/invitations/accept", {"code": code["code"], "password": PASSWORD})
        override = {"label": RUNS, "reason": RUNS}
        path = f"/v1/cases/{re.sub('/', '%2F', name)}/override".replace("<", "%3C").replace(" ", "%20")
        board.lead("POST", path.replace(">", "%3E").replace("'", "%27"), override)
        sees(page, "<b>eve</b>")
        page.click("#verdicts button.link")
        page.wait_for_selector(".story li:has-text('overridden')")
        page.click("dialog button.main")
        page.click("#groups button.json")
        page.wait_for_selector("dialog[open] pre.json")
        assert RUNS[:50] in page.text_content("#groups")
        assert page.evaluate("window.ran") is None
        assert page.evaluate("document.querySelectorAll('main :is(img, script, b.eve, iframe)').length") == 0
        assert board.wrong == []


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_every_state_of_the_board_is_free_of_what_axe_finds(board: Board, language: str) -> None:
    for _ in range(4):
        board.ticket(group="old")
    for person in ("ana", "ben", "cem"):
        board.heard(person, LABELS[2])
    board.lead("POST", "/v1/cases/t4/override", {"label": LABELS[1], "reason": "seen"})
    page = board.looks(locale=language)
    page.wait_for_selector("#limits canvas")
    checked = Checked(page)
    look = checked.look

    look("board")
    page.click("[data-limit=human_answers] button")
    look("limit")
    page.click("#verdicts button.link")
    page.wait_for_selector(".story li")
    page.click(".case-panel [aria-expanded] >> nth=1")
    look("case")
    page.keyboard.press("Escape")
    page.click("#people button.json")
    page.wait_for_selector("dialog[open]")
    look("json")
    page.keyboard.press("Escape")
    page.click(".heading button.stop")
    page.wait_for_selector("dialog[open]")
    look("stop")
    page.click("dialog button.stop")
    page.wait_for_selector(".stopped")
    look("stopped")
    assert checked.found == {} and board.wrong == []


def test_both_languages_have_all_words_of_the_board(board: Board) -> None:
    page = board.page()
    page.goto(f"{board.url}/board")
    page.wait_for_selector("form")
    names = page.evaluate(
        """async () => { const { known } = await import("/static/words.js");
        const all = (tree, at = "") => Object.entries(tree).flatMap(([k, v]) => typeof v === "string" ? [at + k] : all(v, at + k + "."));
        return Object.values(known).map((tree) => all(tree.board).sort()); }"""
    )
    assert len(names) == 2 and names[0] == names[1] and len(names[0]) > 150


def test_nothing_on_the_board_moves_while_figures_change(board: Board) -> None:
    page = board.looks()
    page.wait_for_selector("#limits canvas")
    page.evaluate(
        """() => { window.moved = 0; new PerformanceObserver((seen) => {
        for (const e of seen.getEntries()) if (!e.hadRecentInput) window.moved += e.value; }).observe({ type: "layout-shift" }); }"""
    )
    for _ in range(6):
        board.ticket()
    board.heard("ana", LABELS[2])
    page.wait_for_timeout(1_500)
    assert page.evaluate("window.moved") < 0.1
