"""Batches of Amazon Mechanical Turk, in the shapes that its pages have had."""

from __future__ import annotations

from pathlib import Path

import pytest

from mindshare.core.errors import HistoryError, MindshareError
from mindshare.histories.intake.questions import Questions
from mindshare.histories.sources.mturk import MTurk
from mindshare.testing import check_source
from tests.histories.sources.exports import column, every, sent_in, sheets_of, taken_by, written

HEAD = "HITId,HITTypeId,Title,Reward,CreationTime,MaxAssignments,AssignmentId,WorkerId,AssignmentStatus,AcceptTime,SubmitTime,WorkTimeInSeconds,LifetimeApprovalRate"
WHEN = "Mon Mar 03 10:00:00 PST 2025,Mon Mar 03 10:00:30 PST 2025,30,100% (25/25)"


def batch(
    *rows: tuple[str, str, str, str], more: str = "Input.text,Input.gold_label,Answer.sentiment.label"
) -> str:
    """(HIT, worker, status, the cells of `more`)."""
    lines = [f"{HEAD},{more},Approve,Reject"]
    for n, (hit, worker, status, cells) in enumerate(rows):
        lines.append(f"{hit},3T,Judge,$0.05,x,3,3ASG{n},{worker},{status},{WHEN},{cells},,")
    return "\n".join(lines) + "\n"


PLAIN = batch(
    ("H1", "A1", "Approved", "it rains,bad,bad"),
    ("H1", "A2", "Submitted", "it rains,bad,good"),
    ("H2", "A1", "Approved", "the sun,good,good"),
    ("H2", "A3", "Rejected", "the sun,good,bad"),
)
BOXES = batch(
    ("H1", "A1", "Approved", "it rains,true,false,false"),
    ("H1", "A2", "Approved", "it rains,false,false,true"),
    ("H2", "A1", "Approved", "the sun,true,true,false"),
    ("H2", "A2", "Approved", "the sun,false,false,false"),
    more="Input.text,Answer.category.positive,Answer.category.negative,Answer.category.neutral",
)
FORM = batch(
    ("H1", "A1", "Approved", '"it rains","[{""mood"":{""good"":true,""bad"":false},""note"":""so""}]"'),
    ("H1", "A2", "Approved", '"it rains","[{""mood"":{""good"":false,""bad"":true},""note"":""oh""}]"'),
    ("H2", "A1", "Approved", '"the sun","[{""mood"":{""label"":""good""},""note"":""ah""}]"'),
    ("H2", "A2", "Approved", '"the sun","[{""mood"":{""labels"":[""good"",""bad""]}}]"'),
    more="Input.text,Answer.taskAnswers",
)


def test_a_batch_keeps_the_promises_of_a_source() -> None:
    examples = {"plain.csv": PLAIN.encode(), "boxes.csv": BOXES.encode(), "form.csv": FORM.encode()}
    check_source(MTurk(), examples, given={})


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
