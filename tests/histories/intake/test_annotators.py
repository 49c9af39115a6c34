"""Who answers in a table with a row per case: nobody who is called so becomes a feature without a question."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mindshare.core.errors import MindshareError
from mindshare.histories.intake.look import look
from mindshare.histories.intake.settings import Settings

GRADES = ("1 - bad", "2 - fair", "3 - good")


def written(folder: Path, header: str, rows: list[str]) -> Path:
    (folder / "table.csv").write_text("\n".join([header, *rows]))
    return folder / "table.csv"


def graded(folder: Path, second: str) -> Path:
    """40 cases that r1 grades in words, and `second` in numbers."""
    chance = random.Random(0)
    said = [(chance.choice(GRADES), chance.choice(GRADES), chance.choice(GRADES)) for _ in range(40)]
    return written(
        folder, f"id,r1,{second},gold", [f"{i},{a},{b[0]},{t}" for i, (a, b, t) in enumerate(said)]
    )


@pytest.mark.parametrize("second", ["r2", "reviewer"])
def test_an_annotator_with_words_of_its_own_is_asked_about_and_needs_a_merge(
    tmp_path: Path, second: str
) -> None:
    file = graded(tmp_path, second)
    asked = {question.key: question for question in look([file], Settings(set={"machines": "none"})).open}
    assert asked["annotators"].text.startswith(f"{second} is called like an annotator, but says 1, 2, 3")
    chosen = {"annotators": f"r1,{second}", "machines": "none"}
    with pytest.raises(MindshareError, match=f"'{second}' answers 1, 2, 3, which is never the truth"):
        look([file], Settings(set=chosen))
    merge = {grade[0]: grade for grade in GRADES}
    assert look([file], Settings(set=chosen, merge=merge)).labels == GRADES


@pytest.mark.parametrize("extra", ["", "resnet,"])
def test_lesions_of_a_patient_are_cases_and_the_patient_is_their_parent(tmp_path: Path, extra: str) -> None:
    chance = random.Random(0)
    rows = []
    for i in range(40):
        words = [chance.choice(("benign", "malignant")) for _ in range(2 + bool(extra))]
        rows.append(f"P{i // 2},L{i},{','.join(words)}")
    preview = look([written(tmp_path, f"patient_id,lesion,{extra}dermatologist,biopsy", rows)], Settings())
    assert not preview.open and [c.taken_as for c in preview.choices if c.column == "biopsy"] == ["truth"]
    assert set(preview.kinds) == {"dermatologist", *([extra[:-1]] if extra else [])}
    assert preview.cases.height == 40 and preview.cases["parent"].n_unique() == 20


def test_rows_of_a_patient_without_a_name_of_their_own_are_cases_too(tmp_path: Path) -> None:
    chance = random.Random(0)
    rows = [
        f"P{i // 2},{','.join(chance.choice(('benign', 'malignant')) for _ in range(3))}" for i in range(40)
    ]
    preview = look([written(tmp_path, "patient_id,resnet,dermatologist,biopsy", rows)], Settings())
    assert preview.kinds == {"resnet": "machine", "dermatologist": "person"}
    assert preview.cases.height == 40 and preview.cases["parent"].n_unique() == 20
