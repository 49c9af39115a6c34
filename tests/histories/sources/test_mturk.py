"""Batches of Amazon Mechanical Turk, in the shapes that its pages have had."""

from __future__ import annotations

from pathlib import Path

import pytest

from mindshare.core.errors import HistoryError, MindshareError
from mindshare.histories.intake.questions import Questions
from tests.histories.sources.crowd_examples import BOXES, FORM, PLAIN, batch
from tests.histories.sources.exports import column, every, sent_in, sheets_of, taken_by, written


def test_hits_workers_and_times_are_known_and_inputs_describe_the_case(tmp_path: Path) -> None:
    file = written(tmp_path, "Batch_1_batch_results.csv", PLAIN)
    questions = Questions()
    (sheet,) = sheets_of(file, questions)
    assert taken_by(file) == "mturk" and not questions.open and sheet.layout == "long"
    assert column(sheet, "case") == ["H1", "H1", "H2"] and column(sheet, "agent") == ["A1", "A2", "A1"]
    assert column(sheet, "answer") == ["bad", "good", "good"] and column(sheet, "seconds") == ["30"] * 3
    told = set(sheet.roles)
    assert {"text", "gold_label"} <= set(sheet.frame.columns) - told, (
        "the names of inputs tell the next stage"
    )


def test_rejected_assignments_are_left_out_and_counted_unless_they_are_to_be_kept(tmp_path: Path) -> None:
    file = written(tmp_path, "b.csv", PLAIN)
    sheets = sheets_of(file)
    (left,) = sheets[0].left_out
    assert (left.number, left.what) == (1, "answer") and "rejected" in left.why and every(sheets) == 4
    (kept,) = sheets_of(file, Questions({"rejected": "keep"}))
    assert kept.frame.height == 4 and not kept.left_out
    with pytest.raises(MindshareError, match="'yes' is no setting of rejected"):
        sheets_of(file, Questions({"rejected": "yes"}))


def test_boxes_become_one_answer_and_several_ticks_are_left_out(tmp_path: Path) -> None:
    sheets = sheets_of(written(tmp_path, "b.csv", BOXES))
    assert column(sheets[0], "answer") == ["positive", "neutral", None], "no tick is an empty answer"
    assert [one.why for one in sheets[0].left_out] == [
        "several labels are chosen, and an answer is one label"
    ]
    assert every(sheets) == 4


def test_the_form_of_crowd_html_elements_is_read_and_the_field_asked(tmp_path: Path) -> None:
    questions = Questions()
    sheets = sheets_of(written(tmp_path, "b.csv", FORM), questions)
    (question,) = questions.open
    assert question.key == "field" and question.options == ("mood", "note") and question.meanwhile == "mood"
    assert column(sheets[0], "answer") == ["good", "bad", "good"] and every(sheets) == 4
    (noted,) = sheets_of(tmp_path / "b.csv", Questions({"field": "note"}))
    assert column(noted, "answer") == ["so", "oh", "ah", None]


def test_the_same_input_published_as_several_hits_is_one_case(tmp_path: Path) -> None:
    rows = [(f"H{n}", f"A{n % 2}", "Approved", f"t{n // 2},it rains {n // 2},,ok") for n in range(4)]
    more = "Input.text_id,Input.text,Input.gold_label,Answer.label"
    (sheet,) = sheets_of(written(tmp_path, "b.csv", batch(*rows, more=more)))
    assert column(sheet, "case") == ["t0", "t0", "t1", "t1"] and "Input.text_id" in sheet.said[0]


def test_a_damaged_form_is_refused_with_its_column(tmp_path: Path) -> None:
    file = written(tmp_path, "b.csv", FORM.replace("}]", "}"))
    with pytest.raises(HistoryError, match=r"Answer.taskAnswers.*not whole JSON"):
        sheets_of(file)


def test_the_batch_that_was_sent_in_is_read_without_a_question(data_dir: Path) -> None:
    questions = Questions()
    sheets = sheets_of(sent_in(data_dir, "05-mturk-batch", "Batch_1_batch_results.csv"), questions)
    assert not questions.open and sheets[0].left_out[0].number == 20
    assert {"sentence", "gold_label"} == set(sheets[0].frame.columns) - set(sheets[0].roles)
