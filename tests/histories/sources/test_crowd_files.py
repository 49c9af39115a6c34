"""Files of crowd-kit, Toloka, Potato and Zooniverse."""

from __future__ import annotations

from pathlib import Path

import pytest

from mindshare.core.errors import HistoryError
from mindshare.histories.intake.questions import Questions
from tests.histories.sources.crowd_examples import POTATO, TOLOKA, zooniverse
from tests.histories.sources.exports import column, every, sent_in, sheets_of, taken_by, written


def test_crowd_kits_answers_are_known_and_a_file_without_workers_is_the_truth_if_its_name_says_so(
    tmp_path: Path,
) -> None:
    (answers,) = sheets_of(
        written(tmp_path, "crowd_labels.csv", "task,worker,label\nt1,w1,cat\nt1,,dog\n,w1,dog\n")
    )
    assert answers.layout == "long" and column(answers, "agent") == ["w1"] and every([answers]) == 3
    for name in ("gt.csv", "relevance2_gt.csv", "ground_truth.tsv", "gold-labels.csv"):
        text = "task,label\nt1,cat\n"
        file = written(tmp_path, name, text.replace(",", "\t") if name.endswith("tsv") else text)
        (truth,) = sheets_of(file)
        assert truth.layout == "cases" and column(truth, "truth") == ["cat"] and name in truth.said[0]


def test_a_file_of_task_and_label_with_another_name_stays_open(tmp_path: Path) -> None:
    for name in ("second.csv", "bright.csv"):
        (sheet,) = sheets_of(written(tmp_path, name, "task,label\nt1,cat\n"))
        assert sheet.layout is None and sheet.roles == {"task": "case"}


def test_toloka_knows_tasks_workers_and_control_answers(tmp_path: Path) -> None:
    questions = Questions({"field": "result"})
    file = written(tmp_path, "assignments.tsv", TOLOKA)
    (sheet,) = sheets_of(file, questions)
    assert taken_by(file) == "toloka" and column(sheet, "case") == ["t1", "t2", "t2"] and every([sheet]) == 5
    assert column(sheet, "answer") == ["cat", "dog", "cat"] and column(sheet, "truth") == ["cat", None, None]
    assert column(sheet, "seconds") == ["15.0", "15.0", "8.0"], "two tasks were on one page"
    assert set(sheet.frame.columns) - set(sheet.roles) == {"image", "size"}
    assert [one.number for one in sheet.left_out] == [1, 1]
    assert sheets_of(file, Questions({"field": "result", "rejected": "keep"}))[0].frame.height == 4


def test_toloka_without_task_ids_names_the_case_by_what_was_put_in(tmp_path: Path) -> None:
    text = (
        "INPUT:image\tINPUT:size\tOUTPUT:result\tASSIGNMENT:worker_id\na.png\t1\tcat\tw1\na.png\t1\tdog\tw2\n"
    )
    (sheet,) = sheets_of(written(tmp_path, "a.tsv", text))
    assert column(sheet, "case") == ["a.png | 1"] * 2


def test_aggregated_results_of_toloka_are_refused(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="not the aggregated ones"):
        sheets_of(
            written(tmp_path, "a.tsv", "INPUT:image\tOUTPUT:result\tCONFIDENCE:result\na.png\tcat\t99.1%\n")
        )


def test_potatos_boxes_become_one_answer(tmp_path: Path) -> None:
    questions = Questions()
    file = written(tmp_path, "annotated_instances.csv", POTATO)
    (sheet,) = sheets_of(file, questions)
    assert taken_by(file) == "potato" and questions.open[0].options == ("mood", "why")
    assert column(sheet, "answer") == ["bad", "good", None] and every([sheet]) == 4
    assert sheet.frame.columns == ["user", "instance_id", "displayed_text", "mood"]
    (worded,) = sheets_of(file, Questions({"field": "why"}))
    assert column(worded, "answer") == ["wet", None, "hm", None]


def test_zooniverse_gives_single_answers_and_counts_the_others(tmp_path: Path) -> None:
    questions = Questions()
    file = written(tmp_path, "galaxies-classifications.csv", zooniverse())
    answers, cases = sheets_of(file, questions)
    assert taken_by(file) == "zooniverse" and not questions.open
    assert column(answers, "answer") == ["Smooth", "Disk", None] and column(answers, "case") == [
        "77",
        "77",
        "78",
    ]
    assert column(answers, "started")[0] == "2018-02-20T10:41:13.381Z" and every([answers]) == 4
    assert cases.frame.columns == ["case", "file"] and cases.frame.height == 2


def test_a_zooniverse_workflow_of_drawings_is_refused(tmp_path: Path) -> None:
    rows = zooniverse().splitlines()
    with pytest.raises(HistoryError, match="drawings"):
        sheets_of(written(tmp_path, "c.csv", "\n".join([rows[0], rows[4]]) + "\n"))


def test_what_was_sent_in_is_read_without_a_question(data_dir: Path) -> None:
    questions = Questions()
    (answers,) = sheets_of(sent_in(data_dir, "04-crowdkit-two-files", "crowd_labels.csv"), questions)
    (truth,) = sheets_of(sent_in(data_dir, "04-crowdkit-two-files", "gt.csv"), questions)
    (potato,) = sheets_of(sent_in(data_dir, "10-potato", "annotated_instances.csv"), questions)
    assert answers.layout == "long" and truth.layout == "cases" and not questions.open
    assert set(column(potato, "answer")) == {"positive", "negative", "neutral"}
