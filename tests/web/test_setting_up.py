"""What setting a service up asks for over HTTP: what it is, its first cases, files that are read, its log to take away."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

from mindshare.engine.folder import FIRST_CASES
from mindshare.histories.read import read_history
from tests.tickets import LABELS
from tests.web.conftest import Live


def test_a_service_tells_what_it_asks_and_an_example_that_it_takes(live: Live) -> None:
    told = live.ask("person", "GET", "/v1/service").json()
    (asks,) = told["kinds"]
    assert (
        asks["labels"] == list(LABELS) and asks["guidelines"] == "Read it twice." and told["simulated"] == []
    )
    case = {
        "id": "x",
        "features": asks["example"],
        "answers": [{"agent": asks["machines"][0], "label": LABELS[0]}],
    }
    assert live.ask("lead", "POST", "/v1/cases", case).status_code == 202
    assert (
        live.ask("lead", "GET", "/v1/settings").json()["settings"]["limits"]["human_answers"]["limit"] == 50
    )


def test_first_cases_are_there_until_they_are_put_away(live: Live) -> None:
    none = {"count": 0, "cases": []}
    assert live.ask("lead", "GET", "/v1/first-cases").json() == none
    (live.service.folder / FIRST_CASES).write_text(json.dumps([{"id": "T1", "features": {}}]))
    told = live.ask("lead", "GET", "/v1/first-cases").json()
    assert told["count"] == 1 and live.ask("lead", "POST", "/v1/cases", told["cases"]).status_code == 207
    for _ in range(2):
        assert live.ask("lead", "DELETE", "/v1/first-cases").json() == {"done": True}
    assert live.ask("lead", "GET", "/v1/first-cases").json() == none


def test_a_file_of_new_cases_is_read_and_nothing_is_sent(live: Live) -> None:
    text = f"ticket,by,words,large_bot\nn1,chat,40,{LABELS[0]}\nn2,mail,7,{LABELS[1]}\n"
    told = live.ask("lead", "POST", "/v1/read-cases", {"name": "../../new.csv", "text": text}).json()
    assert told["file"] == "new.csv" and told["count"] == 2 and told["rows"] == 2
    assert {c["column"]: c["taken_as"] for c in told["columns"]}["ticket"] == "case"
    assert live.ask("lead", "GET", "/v1/cases").json()["cases"] == []
    sent = live.ask("lead", "POST", "/v1/cases", told["cases"])
    assert [part["id"] for part in sent.json()] == ["n1", "n2"]


def test_a_file_that_is_no_table_of_cases_is_refused_in_a_sentence(live: Live) -> None:
    for name, text, why in (
        ("x.pdf", "a", "A file of cases ends in .csv"),
        ("x.json", "{", "x.json"),
        ("x.csv", "", "x.csv"),
    ):
        told = live.ask("lead", "POST", "/v1/read-cases", {"name": name, "text": text})
        assert told.status_code == 400 and why in told.json()["error"]["message"], told.text
    many = "case,by\n" + "".join(f"c{i},chat\n" for i in range(10_001))
    told = live.ask("lead", "POST", "/v1/read-cases", {"name": "many.csv", "text": many})
    assert told.status_code == 400 and "10,000 cases at most" in told.json()["error"]["message"]


def test_what_is_taken_away_is_a_history(live: Live, tmp_path: Path) -> None:
    for _ in range(3):
        live.case()
    packed = live.ask("lead", "GET", "/v1/export")
    assert packed.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        archive.extractall(tmp_path)
    history = read_history(tmp_path / "history")
    assert sorted(history.case_id) == ["n1", "n2", "n3"] and set(history.agent_id) == {
        "large_bot",
        "small_bot",
    }
