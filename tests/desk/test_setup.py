"""Stories of a lead at the setup page, in a real browser: people, cases of files, limits, rules, and what is taken away."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from mindshare.engine.settings import settings_of
from tests.desk.begun import write_own
from tests.desk.conftest import LABELS, PASSWORD, Checked, Desk
from tests.desk.test_desk import RUNS


def lead(desk: Desk, account: str = "lea", **how: Any) -> Any:
    """The setup page as a lead (or an admin) has it, signed in by a link."""
    code = desk.lead("POST", "/v1/links", {"account": account})["code"]
    page = desk.page(**how)
    page.goto(f"{desk.url}/setup#link={code}")
    page.wait_for_selector("#away .card")
    page.wait_for_selector("#rules .card")
    page.wait_for_selector("#limits .card")
    page.wait_for_selector("#people .card")
    return page


def test_a_lead_invites_a_person_who_takes_the_link_and_closes_the_account(desk: Desk) -> None:
    page = lead(desk)
    page.fill("#people input[name=account]", "dora")
    page.click("#people button:text('Make a link')")
    page.wait_for_selector("text=Send this link to dora")
    assert page.query_selector_all("#people option[value=lead]") == []  # a lead makes no second lead
    link = page.input_value("#people .copy input")
    assert link.startswith(f"{desk.url}/desk#code=")
    person = desk.page()
    person.goto(link)
    person.fill("input[name=password]", PASSWORD)
    person.press("input[name=password]", "Enter")
    person.wait_for_selector("text=No case needs you now")
    page.click("button[aria-label='Close: dora']")  # who came meanwhile is there by itself
    page.wait_for_selector("tr:has-text('dora') td:text('closed')")
    person.reload()
    person.wait_for_selector("input[name=account]")
    page.click("button[aria-label='Open: dora']")
    page.wait_for_selector("button[aria-label='Close: dora']")
    assert [e["active"] for e in desk.events("agent") if e["agent"] == "dora"] == [True, False, True]


def test_a_file_is_read_first_and_sent_at_a_click_and_a_bad_one_is_refused_in_a_sentence(
    desk: Desk, tmp_path: Path
) -> None:
    page = lead(desk)
    file = write_own(tmp_path / "new.csv", known=0, rows=30)
    text = file.read_text(encoding="utf-8").replace("bug", "praise").replace("model", "machine_1")
    file.write_text(text, encoding="utf-8")
    page.set_input_files("input[type=file]", file)
    page.wait_for_selector("text=new.csv: 30 rows, 30 cases. Nothing is sent yet.")
    rows = [tr.inner_text().split("\t")[:2] for tr in page.query_selector_all("#cases tbody tr")]
    assert ["ticket_id", "case"] in rows and ["machine_1", "answers of machine_1"] in rows
    assert desk.lead("GET", "/v1/cases")["cases"] == []
    page.click("text=Send 30 cases")
    page.wait_for_selector("text=30 sent")
    assert len(desk.lead("GET", "/v1/cases")["cases"]) == 30
    page.set_input_files("input[type=file]", {"name": "bad.pdf", "mimeType": "text/plain", "buffer": b"x"})
    page.wait_for_selector("text=A file of cases ends in .csv")
    page.set_input_files("input[type=file]", {"name": "bad.json", "mimeType": "text/plain", "buffer": b"{"})
    page.wait_for_selector("#cases .wrong:has-text('bad.json')")
    old = "case,words\nn1,caf\u00e9\n".encode("cp1252")
    page.set_input_files("input[type=file]", {"name": "old.csv", "mimeType": "text/csv", "buffer": old})
    page.wait_for_selector("text=The file is no UTF-8, so it is read as windows-1252")
    assert "caf\u00e9" in page.text_content("#cases pre")
    assert [m for m in desk.wrong if "400" not in m] == []


def test_nothing_in_a_file_or_its_name_runs(desk: Desk, tmp_path: Path) -> None:
    page = lead(desk)
    rows = f'case,"{RUNS.replace(chr(34), chr(34) * 2)}"\n' + "".join(
        f'n{i},"{RUNS} {i}"\n' for i in range(3)
    )
    name = "<img src=x onerror=window.ran=1>.csv"
    page.set_input_files("input[type=file]", {"name": name, "mimeType": "text/csv", "buffer": rows.encode()})
    page.wait_for_selector("text=Nothing is sent yet")
    page.click("text=The first case as it is sent")
    assert RUNS in page.text_content("#cases") and page.evaluate("window.ran") is None
    assert page.evaluate("document.querySelectorAll('main :is(img, script)').length") == 0
    assert desk.wrong == []


def test_a_program_is_shown_lines_that_work_with_a_token_that_is_made_at_a_click(desk: Desk) -> None:
    page = lead(desk)
    page.click("text=Make a token")
    page.wait_for_selector("text=It is shown this once")
    curl, python = (box.input_value() for box in page.query_selector_all("#cases .copy textarea"))
    token = curl.partition("Bearer ")[2].partition('"')[0]
    assert desk.url in curl and token in python and LABELS[0] in curl
    sent: dict[str, Any] = {}
    lines = python.replace("print(", "sent.update(state=").replace(".state)", ".state)")
    exec(compile(lines, "setup", "exec"), {"sent": sent})
    assert sent["state"] in ("waiting", "provisional")
    body = curl.splitlines()[0].partition("-d '")[2].removesuffix("'")
    assert json.loads(body)["id"] == "case-1" and desk.lead("GET", "/v1/cases/case-1")["id"] == "case-1"


def test_a_limit_moves_by_its_slider_and_holds_at_a_click(desk: Desk) -> None:
    page = lead(desk)
    page.fill("#limits .card input[type=number] >> nth=0", "40")
    page.keyboard.press("Tab")
    page.click("text=Apply now")
    page.wait_for_selector("text=40 in all; 40 left")
    assert desk.lead("GET", "/v1/limits")["limits"]["human_answers"]["limit"] == 40
    page.click("text=Find out")
    page.wait_for_selector("text=The log has 0 cases with an outcome; a what-if needs 50 at least.")


def test_lines_for_service_yaml_are_what_a_service_reads(desk: Desk) -> None:
    page = lead(desk)
    page.click("text=Write a shift")
    page.click("text=Add a limit")
    told: dict[str, Any] = {}
    for box in page.query_selector_all("textarea[aria-label^='service.yaml']"):
        told |= yaml.safe_load(box.input_value())
    made = settings_of(told, "service.yaml")
    assert made.limits["people.minutes"].limit == 60
    assert made.limits["human_answers"].limit == 10_000 and made.people["default"]["week"] == {
        "mon-fri": "09:00-17:00"
    }


def test_the_log_is_taken_away_as_a_history_and_as_events(desk: Desk, tmp_path: Path) -> None:
    desk.case("T1", answers=[{"agent": "machine_1", "label": LABELS[0]}])
    page = lead(desk)
    with page.expect_download() as packed:
        page.click("text=Download history.zip")
    with zipfile.ZipFile(io.BytesIO(Path(packed.value.path()).read_bytes())) as archive:
        assert sorted(archive.namelist()) == [
            f"history/{n}" for n in ("answers.csv", "cases.csv", "team.yaml", "why.csv")
        ]
        assert "T1" in archive.read("history/cases.csv").decode()
    with page.expect_download() as events:
        page.click("text=Download events.jsonl")
    lines = Path(events.value.path()).read_text(encoding="utf-8").splitlines()
    assert "received" in [json.loads(line)["is"] for line in lines]
    assert desk.wrong == []


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_the_setup_page_is_free_of_what_axe_finds_and_fits(desk: Desk, tmp_path: Path, language: str) -> None:
    page = lead(desk, "admin", locale=language)
    file = write_own(tmp_path / "new.csv", known=0, rows=5)
    file.write_text(file.read_text(encoding="utf-8").replace("model", "machine_1"), encoding="utf-8")
    page.set_input_files("input[type=file]", file)
    page.wait_for_selector("#cases tbody tr")
    page.fill("#people input[name=account]", "dora")
    page.press("#people input[name=account]", "Enter")
    page.wait_for_selector("#people .copy")
    page.select_option("#rules form.wide select", "audit_share")
    for summary in page.query_selector_all("summary"):
        summary.click()
    checked = Checked(page)
    checked.look("setup")
    assert checked.found == {}


def test_both_languages_have_all_words_of_setup(desk: Desk) -> None:
    page = desk.page()
    page.goto(f"{desk.url}/setup")
    names = page.evaluate(
        """async () => { await import("/static/setup/words.js"); await import("/static/setup/rules_words.js"); await import("/static/guidelines.js"); const { known } = await import("/static/words.js");
        const all = (tree, at = "") => Object.entries(tree).flatMap(([k, v]) => typeof v === "string" ? [at + k] : all(v, at + k + "."));
        return Object.values(known).map((tree) => all(tree).sort()); }"""
    )
    assert len(names) == 2 and names[0] == names[1] and len(names[0]) > 120
