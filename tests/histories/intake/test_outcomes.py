"""What came out, in words that nobody answers: asked about once, and never a feature without a word."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mindshare.core.errors import MindshareError
from mindshare.histories.intake.look import look
from mindshare.histories.intake.settings import Settings

GRADES = {"benign": ("1", "2"), "malignant": ("4", "5")}
MERGED = {answer: word for word, answers in GRADES.items() for answer in answers}


def graded(folder: Path, outcome: str, **more: str) -> Path:
    """60 scans that two readers grade from 1 to 5, and what came out of each."""
    chance = random.Random(0)
    rows = [",".join(["scan_id", "reader_1", "reader_2", "size", outcome, *more])]
    for i in range(60):
        word = chance.choice(list(GRADES))
        said = (chance.choice([*GRADES[word], "3"]) for _ in range(2))
        rows.append(",".join([str(i), *said, str(i % 7 / 2), word, *more.values()]))
    (folder / "scans.csv").write_text("\n".join(rows))
    return folder / "scans.csv"


@pytest.mark.parametrize("outcome", ["biopsy", "outcome", "Final diagnosis", "result", "confirmed"])
def test_an_outcome_in_other_words_is_one_question_and_no_feature(tmp_path: Path, outcome: str) -> None:
    preview = look([graded(tmp_path, outcome)], Settings())
    assert [question.key for question in preview.open] == ["truth"]
    assert preview.open[0].options[0] == outcome and "--merge benign=1" in preview.open[0].text
    assert outcome not in preview.cases.columns
    none = look([graded(tmp_path, outcome)], Settings(set={"truth": "none"}))
    assert not none.open and outcome not in none.cases.columns
    assert "left out" in [c.taken_as for c in none.choices if c.column == outcome]


def test_it_is_the_truth_where_a_merge_says_which_answers_mean_its_words(tmp_path: Path) -> None:
    merge = {**MERGED, "3": "benign"}
    preview = look([graded(tmp_path, "biopsy")], Settings(set={"truth": "biopsy"}, merge=merge))
    assert not preview.open and preview.labels == ("benign", "malignant")


def test_a_truth_that_nobody_could_meet_is_refused_with_the_merge_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(
        MindshareError, match="it holds benign, malignant, and nobody ever answers so, but 1, 2, 3, 4, 5"
    ):
        look([graded(tmp_path, "biopsy")], Settings(set={"truth": "biopsy"}))


def test_an_outcome_that_is_set_to_be_a_feature_is_one(tmp_path: Path) -> None:
    preview = look([graded(tmp_path, "biopsy")], Settings(features=("biopsy",)))
    assert not preview.open and "biopsy" in preview.cases.columns


def test_beside_a_truth_an_outcome_is_not_asked_about(tmp_path: Path) -> None:
    file = graded(tmp_path, "outcome")
    lines = file.read_text().splitlines()
    file.write_text(
        "\n".join([f"{lines[0]},gold", *(f"{line},{'15'['malig' in line]}" for line in lines[1:])])
    )
    preview = look([file], Settings())
    assert not preview.open and "outcome" not in preview.cases.columns
