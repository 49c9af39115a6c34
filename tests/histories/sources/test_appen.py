"""Full reports of Appen, which was Figure Eight and CrowdFlower, as CSV and as JSON."""

from __future__ import annotations

from pathlib import Path

import pytest

from mindshare.core.errors import HistoryError
from mindshare.histories.intake.questions import Questions
from tests.histories.sources.crowd_examples import FULL, UNITS, lines, report
from tests.histories.sources.exports import column, every, sent_in, sheets_of, taken_by, written


def test_units_contributors_times_and_gold_are_known(tmp_path: Path) -> None:
    questions = Questions()
    file = written(tmp_path, "f1.csv", FULL)
    sheets = sheets_of(file, questions)
    sheet = sheets[0]
    assert taken_by(file) == "appen" and not questions.open and every(sheets) == 4
    assert column(sheet, "case") == ["1", "1", "2"] and column(sheet, "agent") == ["7", "8", "7"]
    assert column(sheet, "answer") == ["Good", "Bad", "Bad"]
    assert column(sheet, "truth") == ["Good", "Good", None], "of several right answers none is the truth"
    assert column(sheet, "started")[0] == "2025-01-02T10:00:00Z", "the month comes first"
    assert set(sheet.frame.columns) - set(sheet.roles) == {"tweet"}
    assert sheet.said == ("1 test questions have several right answers; their truth is left empty.",)


def test_tainted_judgments_are_left_out_and_counted_unless_they_are_to_be_kept(tmp_path: Path) -> None:
    file = written(tmp_path, "f1.csv", FULL)
    assert "tainted=keep" in sheets_of(file)[0].left_out[0].why
    assert sheets_of(file, Questions({"tainted": "keep"}))[0].frame.height == 4


def test_the_time_of_a_page_is_shared_among_its_answers(tmp_path: Path) -> None:
    rows = [f"{unit}|1/2/2025 10:00:30|false|7|Good|Good|x" for unit in range(3)]
    (sheet,) = sheets_of(written(tmp_path, "f1.csv", report(*rows)))
    assert column(sheet, "seconds") == ["10.0"] * 3 and "shared" in sheet.said[0]


def test_the_json_report_gives_the_same(tmp_path: Path) -> None:
    file = written(tmp_path, "job.json", lines(UNITS))
    answers, cases = sheets_of(file)
    assert taken_by(file) == "appen" and column(answers, "answer") == ["Good"] and every([answers]) == 3
    assert column(cases, "truth") == ["Good", None] and cases.frame["tweet"].to_list() == ["sun", "rain"]
    assert set(cases.frame.columns) == {"case", "truth", "tweet"}


def test_an_aggregated_report_is_refused_with_what_to_download_instead(tmp_path: Path) -> None:
    text = "_unit_id,_golden,_unit_state,_trusted_judgments,_last_judgment_at,mood,mood:confidence,mood_gold\n1,FALSE,finalized,3,2/25/15 5:24,Good,0.66,\n"
    with pytest.raises(HistoryError, match="full report"):
        sheets_of(written(tmp_path, "a1.csv", text))


def test_without_gold_the_answers_are_what_differs_within_a_unit(tmp_path: Path) -> None:
    text = "_unit_id,_worker_id,mood,tweet\n1,7,Good,sun\n1,8,Bad,sun\n2,7,Bad,rain\n"
    (sheet,) = sheets_of(written(tmp_path, "f.csv", text))
    assert sheet.roles["mood"] == "answer" and "tweet" not in sheet.roles


def test_the_report_that_was_sent_in_is_read_without_a_question(data_dir: Path) -> None:
    questions = Questions()
    sheets = sheets_of(sent_in(data_dir, "09-crowdflower-full", "f1.csv"), questions)
    assert not questions.open and every(sheets) == 328
    assert set(sheets[0].frame.columns) - set(sheets[0].roles) == {"tweet_id", "tweet_text"}
