"""What came out, in words that nobody answers: asked about once, and never a feature without a word."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mindshare.core.errors import MindshareError
from mindshare.histories.intake.look import look
from mindshare.histories.intake.settings import Settings
from mindshare.histories.intake.words import merge_example

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
    assert preview.open[0].options[0] == outcome and "--merge benign=WORD" in preview.open[0].text
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


def answered(folder: Path, columns: str, said: str = "ok,bad", *, truth: str = "") -> Path:
    """40 cases that two annotators answer in the words `said`, and a last column that tells the truth in the words `truth`."""
    chance, rows = random.Random(1), [columns]
    words, true = said.split(","), (truth or said).split(",")
    for i in range(40):
        which = chance.randrange(len(words))
        first, second = (words[which if chance.random() < 0.8 else 1 - which] for _ in range(2))
        rows.append(f"{i},{first},{second.upper()},{true[which]}")
    (folder / "answered.csv").write_text("\n".join(rows))
    return folder / "answered.csv"


@pytest.mark.parametrize("called", ["Auflösung", "resolution", "majority_vote"])
def test_a_column_that_holds_the_answers_words_is_asked_about_whatever_its_name_or_letter_case(
    tmp_path: Path, called: str
) -> None:
    file = answered(tmp_path, f"Fall,annotator_1,annotator_2,{called}", truth="Ok,Bad")
    preview = look([file], Settings())
    assert [question.key for question in preview.open] == ["truth"]
    assert preview.open[0].options[0] == called
    assert look([file], Settings(set={"truth": called})).cases["truth"].null_count() == 0


def test_a_truth_in_words_of_its_own_is_asked_about_and_never_dropped_without_a_word(tmp_path: Path) -> None:
    file = answered(tmp_path, "id,annotator_1,annotator_2,gold", truth="1,0")
    preview = look([file], Settings())
    assert [question.key for question in preview.open] == ["truth"]
    assert preview.open[0].options[0] == "gold" and "--merge 0=WORD" in preview.open[0].text
    merge = {"ok": "1", "OK": "1", "bad": "0", "BAD": "0"}
    right = look([file], Settings(set={"truth": "gold"}, merge=merge))
    assert not right.open and right.labels == ("0", "1")
    long = tmp_path / "long.csv"
    rows = [f"{i},{who},{'ok' if i % 3 else 'bad'},{i % 2}" for i in range(40) for who in ("ann", "ben")]
    long.write_text("\n".join(["id,annotator,label,gold", *rows]))
    asked = look([long], Settings())
    assert [question.options[0] for question in asked.open] == ["gold"]
    assert [c.taken_as for c in asked.choices if c.column == "gold"] == ["left out"]


def test_yes_and_no_of_all_languages_are_two_labels(tmp_path: Path) -> None:
    file = answered(tmp_path, "Fall,Gutachter 1,Gutachter 2,Wahrheit", "ja,nein", truth="WAHR,FALSCH")
    preview = look([file], Settings())
    assert preview.labels == ("FALSCH", "WAHR") and preview.answers.height == 80 and not preview.open
    with pytest.raises(MindshareError, match="answers ja, nein, which is never the truth"):
        look([file], Settings(set={"spellings": "keep"}))


def test_only_columns_that_could_be_the_truth_are_offered(tmp_path: Path) -> None:
    file = tmp_path / "scored.csv"
    rows = [
        f"{i},{'ok' if i % 3 else 'bad'},{i * 7},0.{i % 9 + 1}5,{'ok' if i % 2 else 'bad'}" for i in range(40)
    ]
    file.write_text("\n".join(["id,annotator_1,words,size,what came", *rows]))
    assert look([file], Settings()).open[0].options == ("what came", "annotator_1", "majority", "none")


def test_a_table_that_nobody_answers_is_a_question_even_where_a_column_is_called_like_an_outcome(
    tmp_path: Path,
) -> None:
    file = tmp_path / "cases.csv"
    file.write_text("id,outcome\n1,a\n2,b\n3,a\n")
    assert [question.key for question in look([file], Settings()).open] == ["layout"]


def test_the_example_of_a_merge_is_a_word_that_means_the_same_or_leaves_it_open() -> None:
    assert merge_example(["Ja", "Nein"], ["0", "1"]) == "--merge Ja=1"
    assert (
        merge_example(["cat", "dog"], ["false", "true"]) == "--merge cat=WORD, where WORD is what means 'cat'"
    )
    assert merge_example(["malignant", "benign"], ["malignat", "x"]) == "--merge malignant=malignat"
