"""Stories of a person at the desk, in a real browser: cases come, keys decide, nothing is lost, and nothing in a case runs."""

from __future__ import annotations

import time
from hashlib import sha256
from typing import Any

import pytest

from mindshare.web.pages import STATIC
from tests.desk.conftest import LABELS, PASSWORD, Checked, Desk


def head(page: Any) -> str:
    return str(page.text_content("main.case h1"))


def shown(page: Any, name: str) -> None:
    page.wait_for_selector(f"main.case h1:text-is('{name}')")


def changed(page: Any, before: str) -> None:
    """Another case is there."""
    page.wait_for_selector(f"main.case h1:not(:text-is('{before}'))")


def kept(desk: Desk, name: str) -> None:
    """The case is asked for ahead, and has come."""
    while name not in [e["case"] for e in desk.events("leased")]:
        time.sleep(0.1)
    time.sleep(0.3)


def test_a_person_takes_an_invitation_and_decides_case_after_case_by_keys(desk: Desk) -> None:
    page = desk.signed_in()
    for i in range(5):
        desk.case(f"T{i}")
    for i in range(4):
        shown(page, f"T{i}")
        page.keyboard.press(str(i % 4 + 1))
    shown(page, "T4")
    page.keyboard.press("x")
    page.wait_for_selector("text=No case needs you now")
    told = [(e["case"], e["agent"], e["label"]) for e in desk.events("answered")]
    assert told == [*((f"T{i}", "ana", LABELS[i % 4]) for i in range(4)), ("T4", "ana", None)]
    assert desk.wrong == []


def test_an_answer_is_taken_back_a_case_skipped_put_aside_and_noted_on(desk: Desk) -> None:
    page = desk.signed_in()
    desk.case("first")
    shown(page, "first")
    page.keyboard.press("1")
    page.wait_for_selector("text=No case needs you now")
    page.keyboard.press("u")
    page.click("text=Undo")
    shown(page, "first")
    page.keyboard.press("c")
    page.keyboard.press("c")
    page.keyboard.press("n")
    page.keyboard.type("a hard one")
    page.keyboard.press("Escape")
    page.click("main.case h1")
    page.keyboard.press("Space")
    page.wait_for_selector("text=The clock stands still")
    page.keyboard.press("2")  # decides nothing: the case is put aside
    page.keyboard.press("Space")
    shown(page, "first")
    page.keyboard.press("2")
    page.wait_for_selector("text=No case needs you now")
    undone, last = desk.events("undone"), desk.events("answered")[-1]
    assert len(undone) == 1 and last["label"] == LABELS[1] and last["confidence"] == 0.5
    desk.case("second")
    shown(page, "second")
    page.keyboard.press("s")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("2")
    page.wait_for_selector("text=Skipped: somebody else gets it.")
    assert [e["case"] for e in desk.events("skipped")] == ["second"]
    assert desk.wrong == []


def test_many_labels_are_found_by_typing(desk: Desk) -> None:
    page = desk.signed_in()
    desk.case("T0")
    shown(page, "T0")
    page.keyboard.press("/")
    page.keyboard.type("prai")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=No case needs you now")
    assert desk.events("answered")[0]["label"] == "praise"


RUNS = "<img src=x onerror='window.ran=1'><script>window.ran=1</script><svg onload='window.ran=1'>"


def test_nothing_in_a_case_runs_and_no_other_page_may_frame_the_desk(desk: Desk) -> None:
    page = desk.signed_in()
    show = [
        {"title": RUNS, "text": RUNS, "highlights": [[0, 9], [4, 2], "x"]},
        {"table": {"columns": [RUNS], "rows": [[RUNS, 1]]}},
        RUNS,
    ]
    desk.case("bad", features={RUNS[:60]: RUNS, "n": 3}, show=show)
    shown(page, "bad")
    assert RUNS in page.text_content("main.case") and page.evaluate("window.ran") is None
    assert page.evaluate("document.querySelectorAll('main.case :is(img, script, svg)').length") == 0
    with desk.real.client("admin") as http:
        policy = http.get("/desk").headers["content-security-policy"]
        assert (
            "frame-ancestors 'none'" in policy and "unsafe" not in policy and "default-src 'none'" in policy
        )
        assert (
            http.get("/static/../pages.py").status_code == 404
            and http.get("/static/%2e%2e/pages.py").status_code == 404
        )
    assert desk.wrong == []


def test_answers_wait_in_the_browser_while_the_network_is_away_and_come_once(desk: Desk) -> None:
    page = away_with_an_answer(desk)
    desk.case("T1")
    page.context.set_offline(False)
    shown(page, "T1")
    assert [(e["case"], e["label"]) for e in desk.events("answered")] == [("T0", LABELS[0])]


def test_signing_out_ends_the_session_and_a_lead_is_told_that_the_desk_is_for_people(desk: Desk) -> None:
    page = desk.signed_in()
    page.click("text=Sign out")
    page.wait_for_selector("input[name=account]")
    page.fill("input[name=account]", "ana")
    page.fill("input[name=password]", "wrong")
    page.keyboard.press("Enter")
    page.wait_for_selector(".wrong:not(:empty)")
    code = desk.lead("POST", "/v1/invitations", {"account": "lee", "role": "reader"})["code"]
    page.goto(f"{desk.url}/static/mark.svg")
    page.goto(f"{desk.url}/desk#code={code}")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("text=is not for the role")


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_every_state_of_the_desk_is_free_of_what_axe_finds(desk: Desk, language: str) -> None:
    code = desk.lead("POST", "/v1/invitations", {"account": "ana", "role": "person"})["code"]
    page = desk.page(locale=language)
    checked = Checked(page)
    look = checked.look

    page.goto(f"{desk.url}/desk#code={code}")
    page.wait_for_selector("form")
    look("invitation")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_selector("main[aria-busy=false] h1")
    look("waiting")
    desk.case(
        "two",
        show=[
            {"title": "Table", "table": {"columns": ["a", "b"], "rows": [[1, "x"]]}},
            {"text": "some words", "highlights": [[0, 4]]},
        ],
    )
    shown(page, "two")
    look("case")
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    look("help")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.wait_for_selector("[role=listbox]")
    look("search")
    assert checked.found == {}


def test_the_first_load_is_small_and_what_others_wrote_is_what_they_published(desk: Desk) -> None:
    vendor = STATIC / "vendor"
    for line in (vendor / "CHECKSUMS").read_text().splitlines()[2:]:
        digest, name = line.split()
        assert sha256((vendor / name).read_bytes()).hexdigest() == digest
    assert {f"LICENSE.{name}" for name in ("preact", "htm", "uplot")} <= {p.name for p in vendor.iterdir()}
    page, sizes = desk.page(), list[int]()
    page.on("response", lambda told: sizes.append(len(told.body())))
    page.goto(f"{desk.url}/desk", wait_until="networkidle")
    assert len(sizes) >= 10 and sum(sizes) <= 120_000
    with desk.real.client("admin") as http:
        tag = http.get("/static/desk.js").headers["etag"]
        assert http.get("/static/desk.js", headers={"If-None-Match": tag}).status_code == 304


def test_the_next_case_comes_back_once_the_one_before_is_answered_anew(desk: Desk) -> None:
    page = desk.signed_in()
    for name in ("first", "second"):
        desk.case(name)
    shown(page, "first")
    page.keyboard.press("1")
    shown(page, "second")
    page.keyboard.press("u")
    shown(page, "first")
    page.keyboard.press("2")
    shown(page, "second")
    page.keyboard.press("3")
    page.wait_for_selector("text=No case needs you now")
    told = [(e["case"], e["label"]) for e in desk.events("answered")]
    assert told == [("first", LABELS[0]), ("first", LABELS[1]), ("second", LABELS[2])]


def away_with_an_answer(desk: Desk) -> Any:
    """A page without a network, on which an answer to T0 waits."""
    page = desk.signed_in()
    desk.case("T0")
    shown(page, "T0")
    page.context.set_offline(True)
    page.keyboard.press("1")
    page.wait_for_selector("text=The service does not answer")
    return page


def sign_in(page: Any) -> None:
    page.fill("input[name=account]", "ana")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("text=No case needs you now")


def test_answers_that_wait_outlive_the_tab_and_cannot_be_read_from_where_they_lie(desk: Desk) -> None:
    page = away_with_an_answer(desk)
    lies = page.evaluate(
        """() => new Promise((done) => { const opening = indexedDB.open("mindshare");
        opening.onsuccess = () => { const asked = opening.result.transaction("unsent").objectStore("unsent").get("ana");
          asked.onsuccess = () => done({ text: new TextDecoder().decode(asked.result.data), out: asked.result.key.extractable }); } })"""
    )
    assert LABELS[0] not in lies["text"] and lies["out"] is False
    assert page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])").count(LABELS[0]) == 0
    again = page.context.new_page()
    page.close()
    page.context.set_offline(False)
    again.goto(f"{desk.url}/desk")
    sign_in(again)
    assert [(e["case"], e["label"]) for e in desk.events("answered")] == [("T0", LABELS[0])]


def test_whoever_signs_out_is_asked_first_and_leaves_nothing_behind(desk: Desk) -> None:
    page = away_with_an_answer(desk)
    page.once("dialog", lambda asked: asked.dismiss())
    page.click("text=Sign out")
    page.wait_for_selector("text=The service does not answer")
    page.once("dialog", lambda asked: asked.accept())
    page.click("text=Sign out")
    page.wait_for_selector("input[name=account]")
    count = """() => new Promise((done) => { const opening = indexedDB.open("mindshare"); opening.onsuccess = () => {
        const asked = opening.result.transaction("unsent").objectStore("unsent").count(); asked.onsuccess = () => done(asked.result); } })"""
    assert page.evaluate(count) == 0
    page.context.set_offline(False)
    page.fill("input[name=account]", "ana")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    shown(page, "T0")  # nobody has answered it


def test_a_minute_without_a_network_in_mid_work_loses_nothing_and_brings_nothing_twice(desk: Desk) -> None:
    page = desk.signed_in()
    for i in range(6):
        desk.case(f"T{i}")
    shown(page, "T0")
    kept(desk, "T1")
    page.context.set_offline(True)
    page.keyboard.press("1")
    shown(page, "T1")  # it is there already
    page.keyboard.press("2")
    page.wait_for_selector("text=The service does not answer")
    page.wait_for_timeout(60_000)
    page.context.set_offline(False)
    for i in range(2, 6):
        shown(page, f"T{i}")
        page.keyboard.press("3")
    page.wait_for_selector("text=No case needs you now")
    told = [(e["case"], e["label"]) for e in desk.events("answered")]
    assert told == [("T0", LABELS[0]), ("T1", LABELS[1]), *((f"T{i}", LABELS[2]) for i in range(2, 6))]


def test_a_case_that_was_decided_meanwhile_gives_way_to_the_next_one(desk: Desk) -> None:
    page = desk.signed_in()
    for i in range(3):
        desk.case(f"T{i}")
    shown(page, "T0")
    kept(desk, "T1")
    desk.lead("POST", "/v1/cases/T1/override", {"label": "bug", "reason": "so it is"})
    page.keyboard.press("1")
    shown(page, "T2")
    page.keyboard.press("2")
    page.wait_for_selector("text=No case needs you now")
    assert [e["case"] for e in desk.events("answered")] == ["T0", "T2"]


def test_a_person_decides_500_cases_by_keyboard_alone(desk: Desk) -> None:
    page = desk.signed_in()
    for start in range(0, 500, 100):
        part = [
            {"id": f"T{i}", "features": {"words": f"Ticket {i}"}, "stakes": 10}
            for i in range(start, start + 100)
        ]
        desk.lead("POST", "/v1/cases", part)
    shown(page, "T0")
    given: dict[str, str] = {}
    for i in range(500):
        name = head(page)
        page.keyboard.press(str(i % 4 + 1))
        given[name] = LABELS[i % 4]
        if i < 499:
            changed(page, name)
    page.wait_for_selector("text=No case needs you now")
    told = [(e["case"], e["label"]) for e in desk.events("answered")]
    assert dict(told) == given and len(told) == len(given) == 500
    assert desk.wrong == []


def test_an_answer_waits_for_the_sign_of_life_under_way(desk: Desk) -> None:
    page = desk.signed_in()
    beats: list[Any] = []

    def held(route: Any) -> None:
        beats.append(route)

    page.route("**/v1/beat", held)
    page.add_init_script("const at = setInterval; setInterval = (call, ms) => at(call, Math.min(ms, 500));")
    page.reload()
    desk.case("T0")
    shown(page, "T0")
    while not beats:
        page.wait_for_timeout(50)
    page.keyboard.press("1")
    page.wait_for_timeout(300)
    assert desk.events("answered") == []  # else the beat would be refused: the lease would be over
    while beats:
        beats.pop().continue_()
        page.wait_for_timeout(100)
    page.wait_for_selector("text=No case needs you now")
    assert [e["case"] for e in desk.events("answered")] == ["T0"] and desk.wrong == []


def test_both_languages_have_all_words(desk: Desk) -> None:
    page = desk.page()
    page.goto(f"{desk.url}/desk")
    names = page.evaluate(
        """async () => { const { known } = await import("/static/words.js");
        const all = (tree, at = "") => Object.entries(tree).flatMap(([k, v]) => typeof v === "string" ? [at + k] : all(v, at + k + "."));
        return Object.values(known).map((tree) => all(tree).sort()); }"""
    )
    assert len(names) == 2 and names[0] == names[1] and len(names[0]) > 40


def test_a_browser_that_keeps_nothing_is_said_so_and_work_goes_on(desk: Desk) -> None:
    page = desk.page()
    page.add_init_script("IDBFactory.prototype.open = () => { throw new Error('not here'); };")
    code = desk.lead("POST", "/v1/invitations", {"account": "ana", "role": "person"})["code"]
    page.goto(f"{desk.url}/desk#code={code}")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_selector("text=This browser keeps nothing.")
    desk.case("T0")
    shown(page, "T0")
    page.keyboard.press("1")
    page.wait_for_selector("text=No case needs you now")
    assert [e["case"] for e in desk.events("answered")] == ["T0"] and desk.wrong == []


def test_chinese_sentences_have_chinese_punctuation(desk: Desk) -> None:
    page = desk.page()
    page.goto(f"{desk.url}/desk")
    found = page.evaluate(
        """async () => { const { known } = await import("/static/words.js");
        for (const name of ["cases", "evidence", "picture", "points", "series", "board_words", "setup/words"]) await import(`/static/${name}.js`);
        const all = (tree) => Object.values(tree).flatMap((v) => (typeof v === "string" ? [v] : all(v)));
        const half = /[\\u4e00-\\u9fff”）][,:;?!()]|[,:;!()][\\u4e00-\\u9fff“（]|\\}[,:;?!]|\\}\\)|\\(\\{/;
        return all(known.zh).filter((words) => half.test(words)); }"""
    )
    assert found == []


@pytest.mark.parametrize("high", [600, 800])
def test_what_a_person_may_do_is_in_reach_beside_a_long_case(desk: Desk, high: int) -> None:
    page = desk.signed_in(viewport={"width": 1280, "height": high})
    desk.case("long", features={"words": "A long letter of complaint. " * 2_000})
    shown(page, "long")
    for button in ("billing", "Cannot tell", "Skip", "My figures", "Keys"):
        box = page.locator(f".answers button:has-text('{button}')").bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= high, button
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    assert page.evaluate("document.querySelector('dialog').scrollTop") == 0
    assert page.locator("dialog h2").first.bounding_box()["y"] >= 0
