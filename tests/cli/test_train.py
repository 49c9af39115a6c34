"""`mindshare train`: from a table to a machine that is the best of a race, in one file."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mindshare.cli.start import run
from mindshare.machines import load_model
from tests.machines.conftest import images, texts

LIMIT = ("--limit", "cpu_s=2")


def write(place: Path, name: str, head: list[str], rows: list[list[object]]) -> None:
    with (place / name).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with tables of texts, of columns and of series."""
    rng = np.random.default_rng(0)
    X, y = texts(80, 0)
    told = [
        [f"t{i}", text, ("mail", "chat")[i % 2], ("refund", "login")[k]]
        for i, (text, k) in enumerate(zip(X, y, strict=True))
    ]
    write(tmp_path, "tickets.csv", ["id", "text", "by", "truth"], told)
    write(tmp_path, "open.csv", ["id", "text"], [[f"n{i}", text] for i, text in enumerate(texts(20, 1)[0])])
    a = rng.normal(0, 1, (80, 2))
    word = rng.choice(["chat", "mail"], 80)
    cut = np.where((a[:, 0] > 0) == (word == "mail"), "late", "in time")
    write(
        tmp_path,
        "orders.csv",
        ["case", "size", "age", "by", "truth"],
        [[f"o{i}", *a[i], word[i], cut[i]] for i in range(80)],
    )
    waves = np.sin(np.arange(24) * rng.choice([0.3, 0.9], 80)[:, None]) + rng.normal(0, 0.2, (80, 24))
    fast = np.abs(np.diff(waves, axis=1)).mean(axis=1) > 0.35
    write(
        tmp_path,
        "waves.csv",
        ["case", *[f"step{k}" for k in range(24)], "truth"],
        [[f"w{i}", *waves[i].round(3), ("slow", "fast")[int(fast[i])]] for i in range(80)],
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said_of(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run(list(words)) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run(["--json-errors", *words]) != 0
    return str(json.loads(capsys.readouterr().err)["error"]["message"])


def test_from_a_table_of_texts_to_a_machine_that_answers_new_ones(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = said_of(capsys, "train", "tickets.csv", *LIMIT)
    assert "A case is a text, read from text" in said
    assert "by is not read" in said.replace("\n", " ")
    assert "WordCounts" in said
    assert "CNN" in said
    assert "Next: mindshare answer tickets.csv --model model.npz" in said
    assert load_model("model.npz").reads == "text"
    assert "20 answers by 'model'" in said_of(
        capsys, "answer", "open.csv", "--model", "model.npz", "--out", "new"
    )


def test_columns_of_words_and_numbers_are_a_table_and_are_found_again_by_name(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = said_of(capsys, "train", "orders.csv", *LIMIT)
    assert "A case is a table, read from size, age, by" in said
    turned = [row[::-1] for row in csv.reader((here / "orders.csv").read_text().splitlines())]
    write(here, "turned.csv", turned[0], turned[1:])
    said_of(capsys, "answer", "turned.csv", "--model", "model.npz", "--trained-on", "none", "--out", "turned")
    said_of(capsys, "answer", "orders.csv", "--model", "model.npz", "--trained-on", "none", "--out", "orders")
    told = [(here / name / "answers.csv").read_text() for name in ("turned", "orders")]
    assert told[0] == told[1]
    anew = ("--folds", "2", "--limit", "cpu_s=2", "--out", "anew")
    assert "80 answers by 'model'" in said_of(capsys, "answer", "orders.csv", "--model", "model.npz", *anew)


def test_numbered_columns_are_a_series(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = said_of(capsys, "train", "waves.csv", *LIMIT)
    assert "A case is a series, read from step0, step1" in said
    assert load_model("model.npz").reads == "series"
    assert "A case is a table" in said_of(
        capsys, "train", "waves.csv", *LIMIT, "--reads", "table", "--out", "t.npz"
    )


def test_a_folder_of_images_for_each_label_is_enough(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    X, y = images(40, 0)
    for i, (pixels, k) in enumerate(zip(X, y, strict=True)):
        file = here / "bars" / ("lying", "upright")[k] / f"{i}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.clip(60 * pixels + 90, 0, 255).astype(np.uint8)).save(file)
    said = said_of(capsys, "train", "bars", *LIMIT)
    assert "A case is an image, read from case" in said
    assert "Pixels, rbf" in said
    said_of(capsys, "answer", "bars", "--model", "model.npz", "--trained-on", "none", "--out", "told")
    (here / "flat").mkdir()
    file.rename(here / "flat" / "a.png")
    assert "put those of each label into a folder called like it" in refused(capsys, "train", "flat", *LIMIT)


def test_a_bare_table_of_texts_and_labels_is_enough(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.reader((here / "tickets.csv").read_text().splitlines()))[1:]
    write(here, "bare.csv", ["message", "category"], [[row[1], row[3]] for row in rows])
    said = said_of(capsys, "train", "bare.csv", *LIMIT)
    assert "The truth is the column 'category'." in said
    assert "80 cases" in said
    write(here, "two.csv", ["message", "category", "by"], [[row[1], row[3], row[2]] for row in rows])
    told = refused(capsys, "train", "two.csv", *LIMIT)
    assert told == "two.csv: which column is the truth? Say --set truth=COLUMN, of category, by."


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("tickets.csv",), "Training needs at least one --limit"),
        (("nowhere.csv", *LIMIT), "There is no file or folder 'nowhere.csv', and no domain of that name"),
        (("tickets.csv", "--limit", "mem_mb=500"), "A race is limited in cpu_s or wall_s, not in mem_mb"),
        (("tickets.csv", *LIMIT, "--hard"), "--hard goes with a domain's name"),
        (("tickets.csv", *LIMIT, "--reads", "sound"), "--reads is one of text, series, image, table"),
        (("tickets.csv", *LIMIT, "--column", "txt"), "have no column 'txt'"),
        (("open.csv", *LIMIT), "truth"),
        (("manufacturing", *LIMIT, "--column", "a"), "--column is for cases of your own"),
        (("tickets.csv", *LIMIT, "--out", "no/model.npz"), "there is no directory no"),
    ],
)
def test_what_cannot_be_trained_is_said_in_a_sentence_before_any_work(
    here: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    assert told in refused(capsys, "train", *words)
    assert not (here / "model.npz").exists()
