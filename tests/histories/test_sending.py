"""Cases of a file as a service is sent them: what describes a case and is no feature is for people's eyes."""

from __future__ import annotations

from pathlib import Path

from mindshare.histories.init import init_history
from mindshare.histories.read import read_history
from mindshare.histories.sending import without_truth
from tests.desk.begun import write_own


def test_cases_without_a_truth_are_sent_with_the_machines_answers_and_what_people_have_to_see(
    tmp_path: Path,
) -> None:
    init_history([write_own(tmp_path / "own.csv", known=180, rows=200)], tmp_path / "history")
    cases = without_truth(read_history(tmp_path / "history"), tmp_path / "history")
    assert [case["id"] for case in cases] == [f"T{i}" for i in range(181, 201)]
    for case in cases:
        assert set(case) == {"id", "features", "answers", "show"}  # anybody may be asked: no `askable`
        assert case["features"].keys() == {"channel"} and [a["agent"] for a in case["answers"]] == ["model"]
        (text,) = case["show"]
        assert text["title"] == "message" and text["text"].startswith("Order ")


def test_a_history_whose_truths_are_all_known_has_nothing_to_send(tmp_path: Path) -> None:
    init_history([write_own(tmp_path / "own.csv", known=60, rows=60)], tmp_path / "history")
    assert without_truth(read_history(tmp_path / "history"), tmp_path / "history") == []
