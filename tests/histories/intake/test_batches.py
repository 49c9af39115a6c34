"""Ids that begin again in each file: asked about where they are other cases, never where they are answered again."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mindshare.histories.intake.look import Preview, look
from mindshare.histories.intake.settings import Settings

LABELS = ("billing", "bug", "refund")
PEOPLE = ("ana", "ben", "eva")


def batch(
    folder: Path, name: str, seed: int, *, cases: int = 0, told: bool = True, people: tuple[str, ...] = PEOPLE
) -> Path:
    """25 cases with ids 0 to 24, of which `cases` seeds the texts and truths and `seed` what people make of them."""
    world, chance = random.Random(cases), random.Random(seed)
    rows = ["id,annotator,label" + (",text,truth" if told else "")]
    for i in range(25):
        truth, text = world.choice(LABELS), f"ticket {world.random():.6f}"
        for who in people:
            label = truth if chance.random() < 0.8 else chance.choice(LABELS)
            rows.append(f"{i},{who},{label}" + (f",{text},{truth}" if told else ""))
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join(rows))
    return folder / name


def asked(preview: Preview) -> bool:
    return [question.key for question in preview.open] == ["ids"]


@pytest.mark.parametrize("told", [True, False])
def test_other_cases_of_the_same_ids_are_asked_about(tmp_path: Path, told: bool) -> None:
    files = [batch(tmp_path, f"b{n}.csv", seed=n, cases=n, told=told) for n in (1, 2, 3)]
    assert asked(look(files, Settings()))
    apart = look(files, Settings(set={"ids": "per-file"}))
    assert not apart.open and apart.cases.height == 75 and apart.answers.height == apart.found == 225
    assert "b2.csv/7" in apart.cases["case"].to_list()
    assert look(files, Settings(set={"ids": "shared"})).answers.height == 75


@pytest.mark.parametrize("told", [True, False])
def test_the_same_cases_answered_again_are_not_asked_about(tmp_path: Path, told: bool) -> None:
    files = [batch(tmp_path, f"b{n}.csv", seed=n, told=told) for n in (1, 2)]
    preview = look(files, Settings())
    assert not preview.open and preview.cases.height == 25


def test_the_same_cases_answered_by_others_are_not_asked_about(tmp_path: Path) -> None:
    files = [batch(tmp_path, f"b{n}.csv", seed=n, people=who) for n, who in enumerate([("ana",), ("ben",)])]
    preview = look(files, Settings())
    assert not preview.open and preview.answers.height == 50


def test_other_cases_of_the_same_ids_answered_by_others_are_asked_about(tmp_path: Path) -> None:
    files = [
        batch(tmp_path, f"b{n}.csv", n, cases=n, people=who) for n, who in enumerate([("ana",), ("ben",)])
    ]
    assert asked(look(files, Settings()))


def test_ids_that_a_file_of_cases_tells_of_are_shared(tmp_path: Path) -> None:
    files = [batch(tmp_path, f"b{n}.csv", seed=n, cases=n, told=False) for n in (1, 2)]
    (tmp_path / "cases.csv").write_text("id,size\n" + "".join(f"{i},{i % 7}\n" for i in range(25)))
    assert not look([*files, tmp_path / "cases.csv"], Settings()).open


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    files = [batch(tmp_path, f"week{n}/answers.csv", seed=n, cases=n) for n in (1, 2)]
    assert asked(look(files, Settings()))
    apart = look(files, Settings(set={"ids": "per-file"}))
    assert {case.rpartition("/")[0] for case in apart.cases["case"]} == {
        "week1/answers.csv",
        "week2/answers.csv",
    }


def test_wide_batches_are_asked_about_too(tmp_path: Path) -> None:
    chance = random.Random(0)
    for n in (1, 2):
        rows = [
            ",".join([str(i), chance.choice(LABELS), chance.choice(LABELS), f"w{chance.random()} x"])
            for i in range(25)
        ]
        (tmp_path / f"w{n}.csv").write_text("\n".join(["id,rater_1,rater_2,text", *rows]))
    assert asked(look([tmp_path / "w1.csv", tmp_path / "w2.csv"], Settings()))
