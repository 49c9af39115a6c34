"""Files of crowd-kit, Toloka, Potato and Zooniverse."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from mindshare.core.errors import HistoryError
from mindshare.histories.intake.questions import Questions
from mindshare.histories.sources.crowd_kit import CrowdKit
from mindshare.histories.sources.potato import Potato
from mindshare.histories.sources.source import Source
from mindshare.histories.sources.toloka import Toloka
from mindshare.histories.sources.zooniverse import Zooniverse
from mindshare.testing import check_source
from tests.histories.sources.exports import column, every, sent_in, sheets_of, taken_by, written

TOLOKA = (
    "INPUT:image\tINPUT:size\tOUTPUT:result\tOUTPUT:comment\tGOLDEN:result\tHINT:text\tASSIGNMENT:link\tASSIGNMENT:task_id"
    "\tASSIGNMENT:assignment_id\tASSIGNMENT:worker_id\tASSIGNMENT:status\tASSIGNMENT:started\tASSIGNMENT:submitted\n"
    "a.png\t1\tcat\tfine\tcat\t\tx\tt1\tp1\tw1\tAPPROVED\t2021-03-03T10:00:00.000\t2021-03-03T10:00:30.000\n"
    "b.png\t2\tdog\t\t\t\tx\tt2\tp1\tw1\tAPPROVED\t2021-03-03T10:00:00.000\t2021-03-03T10:00:30.000\n"
    "a.png\t1\tdog\t\tcat\t\tx\tt1\tp2\tw2\tREJECTED\t2021-03-03T10:00:00.000\t2021-03-03T10:00:09.000\n"
    "b.png\t2\t\t\t\t\tx\tt2\tp3\tw3\tSKIPPED\t2021-03-03T10:00:00.000\t\n"
    "b.png\t2\tcat\tso\t\t\tx\tt2\tp4\tw4\tSUBMITTED\t2021-03-03T10:00:00.000\t2021-03-03T10:00:08.000\n"
)
POTATO = (
    "user,instance_id,displayed_text,mood:::good,mood:::bad,why:::text_box\n"
    "u1,i1,it rains,,1,wet\nu2,i1,it rains,1,,\nu1,i2,the sun,1,1,hm\nu2,i2,the sun,,,\n"
)


def classification(number: int, user: str, subject: str, *tasks: tuple[str, Any]) -> list[str]:
    said = [{"task": task, "task_label": "Which?", "value": value} for task, value in tasks]
    when = {"started_at": "2018-02-20T10:41:13.381Z", "finished_at": "2018-02-20T10:41:20.381Z"}
    data = {subject: {"retired": None, "file": f"{subject}.png", "#hidden": "x"}}
    middle = ["", "iphash", "612", "Galaxies", "28.30", "2018-02-20 10:44:42 UTC", "", ""]
    return [str(number), user, *middle, json.dumps(when), json.dumps(said), json.dumps(data), subject]


def zooniverse() -> str:
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["classification_id", "user_name", "user_id", "user_ip", "workflow_id", "workflow_name", "workflow_version", "created_at", "gold_standard", "expert", "metadata", "annotations", "subject_data", "subject_ids"])  # fmt: skip
    rows.writerow(classification(1, "ann", "77", ("T0", "Smooth"), ("T1", ["bar"])))
    rows.writerow(classification(2, "not-logged-in-1", "77", ("T0", "Disk")))
    rows.writerow(classification(3, "ann", "78", ("T0", None)))
    rows.writerow(classification(4, "ben", "78", ("T2", [{"x": 1.5, "y": 2.5}])))
    return out.getvalue()


@pytest.mark.parametrize(
    ("source", "examples"),
    [
        (
            CrowdKit(),
            {"labels.csv": "task,worker,label\nt1,w1,cat\nt1,w2,dog\n", "gt.csv": "task,label\nt1,cat\n"},
        ),
        (Toloka(), {"assignments.tsv": TOLOKA}),
        (Potato(), {"annotated_instances.csv": POTATO}),
        (Zooniverse(), {"classifications.csv": zooniverse()}),
    ],
    ids=lambda value: value.name if not isinstance(value, dict) else "",
)
def test_each_keeps_the_promises_of_a_source(source: Source, examples: dict[str, str]) -> None:
    check_source(source, {name: text.encode() for name, text in examples.items()})


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
