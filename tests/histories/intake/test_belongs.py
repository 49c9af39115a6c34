"""What is told of an annotator's answer belongs to it, however the columns are called; people's answers are never dropped."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mindshare.histories.intake.belongs import belongs_to, short_name
from mindshare.histories.intake.look import look
from mindshare.histories.intake.settings import Settings


def table(folder: Path, columns: str) -> Path:
    """40 cases: a column that is called like a time or a grade holds numbers, any other one a label."""
    chance, rows = random.Random(0), [columns]
    for i in range(40):
        numbers = {"id": str(i), "s": f"{chance.uniform(5, 50):.1f}", "c": f"{chance.uniform(0.5, 1):.2f}"}
        kind = {c: "id" if c == "id" else "s" if "sec" in c else "c" if "conf" in c or "score" in c else ""
                for c in columns.split(",")}  # fmt: skip
        rows.append(",".join(numbers.get(kind[c], chance.choice(("ok", "bad"))) for c in columns.split(",")))
    (folder / "table.csv").write_text("\n".join(rows))
    return folder / "table.csv"


@pytest.mark.parametrize(
    ("machine", "human"),
    [
        ("prediction_label", "human_label"),
        ("model_label", "expert_label"),
        ("prediction.label", "human.label"),
    ],
)
def test_a_person_beside_a_prediction_answers(tmp_path: Path, machine: str, human: str) -> None:
    preview = look([table(tmp_path, f"id,{machine},{human},gold")], Settings())
    assert preview.kinds == {machine: "machine", human: "person"} and not preview.open


def test_what_an_expert_says_is_asked_about_where_no_truth_is_known(tmp_path: Path) -> None:
    preview = look([table(tmp_path, "id,model_label,reviewer_label,expert_label")], Settings())
    assert [question.key for question in preview.open] == ["truth"]
    assert preview.open[0].options[0] == "expert_label"


@pytest.mark.parametrize(
    "columns",
    [
        "id,annotator_Ann,annotator_Bob,secs_Ann,secs_Bob,conf_Bob,truth",
        "id,annotator_1,annotator_2,secs_1,secs_2,conf_2,truth",
        "id,ann@x.org,bob@x.org,ann_seconds,bob_seconds,score_bob,truth",
        "id,prediction.label,human.label,prediction.conf,human.seconds,gold",
    ],
)
def test_times_and_grades_of_an_annotator_are_of_its_answers(tmp_path: Path, columns: str) -> None:
    preview = look([table(tmp_path, columns)], Settings())
    assert set(preview.cases.columns) == {"case", "truth"} and not preview.open
    assert {"seconds", "confidence"} <= set(preview.answers.columns)


def test_a_column_is_named_after_an_annotator_of_whom_it_holds_the_name() -> None:
    annotators = ["annotator_ann", "bob@x.org", "rater_1", "label"]
    assert belongs_to("points_ann", annotators) == "annotator_ann"
    assert short_name("comment_bob", "bob@x.org", annotators) == "comment"
    assert short_name("secs_1", "rater_1", annotators) == "secs"
    assert short_name("sentence_1", "rater_1", annotators) == ""
    assert belongs_to("human_label", annotators) == "" and belongs_to("label_seconds", annotators) == "label"
