"""Several labels in a cell: a case per label, whether a row is an answer or a case."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from mindshare.core.errors import MindshareError
from mindshare.histories.intake.look import Preview, look
from mindshare.histories.intake.settings import Settings

LABELS = ("fire", "flood", "quake")
PEOPLE = ("rater_1", "rater_2")
WRITTEN: dict[str, Callable[[list[str]], str]] = {
    ";": ";".join,
    "|": " | ".join,
    "[]": json.dumps,
    ", ": ", ".join,
    ",": ",".join,
    " / ": " / ".join,
    "line": "\n".join,
}
DOUBTFUL = (", ", ",", " / ", "line")


def written(folder: Path, how: str, *, wide: bool, truth: bool = True) -> Path:
    """40 cases, each of one or two labels, a third of the answers wrong."""
    chance, cell = random.Random(0), WRITTEN[how]
    rows: list[list[str]] = []
    for i in range(40):
        true = chance.sample(LABELS, chance.choice((1, 2)))
        said = [true if chance.random() < 0.7 else chance.sample(LABELS, 1) for _ in PEOPLE]
        aside = [cell(true)] if truth else []
        if wide:
            rows.append([f"c{i}", *map(cell, said), "10", *aside])
        else:
            rows += [[f"c{i}", who, cell(mine), *aside] for who, mine in zip(PEOPLE, said, strict=True)]
    names = ["id", *PEOPLE, "rater_1_seconds"] if wide else ["id", "annotator", "label"]
    with (folder / "several.csv").open("w", newline="") as file:
        csv.writer(file).writerows([[*names, *(["gold"] if truth else [])], *rows])
    return folder / "several.csv"


def said(preview: Preview) -> set[tuple[str, ...]]:
    return set(preview.answers.select("case", "agent", "answer").rows())


@pytest.mark.parametrize("truth", [True, False])
@pytest.mark.parametrize("how", [how for how in WRITTEN if how not in DOUBTFUL])
def test_a_wide_table_tells_the_same_as_a_long_one(tmp_path: Path, how: str, truth: bool) -> None:
    wide, long = (look([written(tmp_path, how, wide=w, truth=truth)], Settings()) for w in (True, False))
    assert not wide.open and not long.open
    assert said(wide) == said(long) and len(said(wide)) == 40 * 2 * 3 and set(wide.labels) == {"yes", "no"}
    assert set(wide.cases.select("case", "truth", "kind", "parent").rows()) == set(
        long.cases.select("case", "truth", "kind", "parent").rows()
    )
    assert wide.answers["seconds"].drop_nulls().unique().round(3).to_list() == [3.333]


def test_such_answers_can_be_left_out_and_are_counted(tmp_path: Path) -> None:
    preview = look([written(tmp_path, ";", wide=True)], Settings(set={"several": "leave-out"}))
    gone = sum(left.number for left in preview.left_out if left.what == "answer")
    assert gone > 0 and preview.found == preview.answers.height + gone == 80
    assert set(preview.labels) == set(LABELS)


def test_a_slip_of_the_pen_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MindshareError, match="Did you mean 'leave-out'"):
        look([written(tmp_path, ";", wide=True)], Settings(set={"several": "leave-outs"}))


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("how", DOUBTFUL)
def test_a_mark_that_may_be_part_of_a_label_is_asked_about(tmp_path: Path, how: str, wide: bool) -> None:
    sure = look([written(tmp_path, ";", wide=wide)], Settings())
    file = written(tmp_path, how, wide=wide)
    (question,) = look([file], Settings()).open
    assert (question.key, question.options) == ("several", ("per-label", "leave-out", "one-label"))
    assert said(look([file], Settings(set={"several": "per-label"}))) == said(sure)
    as_one = look([file], Settings(set={"several": "one-label"}))
    assert as_one.answers.height == 80 and len(as_one.labels) > 3


def test_a_mark_within_labels_is_not_asked_about(tmp_path: Path) -> None:
    labels = ("Yes, fully", "Yes, partly", "No", "4,5", "n/a here")
    rows = "".join(f'c{i},r{k},"{labels[(i + k) % 5]}"\n' for i in range(40) for k in range(2))
    (tmp_path / "a.csv").write_text("id,rater,label\n" + rows)
    preview = look([tmp_path / "a.csv"], Settings())
    assert not preview.open and set(preview.labels) == set(labels)
