"""`mindshare answer` with images in files, a budget for each fold, and a machine for each kind."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mindshare as ms
from mindshare.cli.start import run
from mindshare.machines import CNN, FitPlan, save_model

N, LABELS = 24, ("dark", "bright")
PLAN = FitPlan(epochs=1)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder `site` with pictures.csv, the images that it names, and eye.npz, a net that has learnt from them."""
    site, rng = tmp_path / "site", np.random.default_rng(0)
    (site / "img").mkdir(parents=True)
    truth = [LABELS[i % 2] for i in range(N)]
    images = (rng.integers(0, 100, (N, 8, 8)) + 150 * (np.arange(N) % 2)[:, None, None]).astype(np.uint8)
    for i, one in enumerate(images):
        Image.fromarray(one).save(site / "img" / f"pump_{i}.png")
    with (site / "pictures.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [["picture", "truth", "ana"], *([f"img/pump_{i}.png", y, y] for i, y in enumerate(truth))]
        )
    save_model(CNN(reads="image", width=4, depth=1).fit(images, truth, plan=PLAN), site / "eye.npz")
    monkeypatch.chdir(tmp_path)
    return site


def test_images_are_found_beside_the_cases_or_where_it_is_said(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["answer", "site/pictures.csv", "--model", "site/eye.npz"]
    assert run([*words, "--folds", "2", "--limit", "steps=2"]) == 0
    out = capsys.readouterr().out
    assert "Each fold learns within 2 steps." in out
    assert "Pixels are read as the files have them" in out
    assert len(ms.read_history("answered").answers) == 2 * N
    (here / "img").rename(here.parent / "img")
    as_it_is = [*words, "--trained-on", "none", "-o", "two"]
    assert run(as_it_is) == 2
    assert "there is no such file in site (--images names another folder)" in capsys.readouterr().err
    assert run([*as_it_is, "--images", "."]) == 0
    assert not list(Path().glob("*.part*"))


def test_a_folder_of_images_is_a_table_of_cases(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["answer", "--model", "site/eye.npz"]
    assert run([*words, "site/img"]) == 0
    assert "these are open cases" in capsys.readouterr().out
    assert len((Path("answered") / "answers.csv").read_text(encoding="utf-8").splitlines()) == N + 1
    assert run([*words, "site/img", "--column", "colour", "-o", "none"]) == 2
    assert "The cases have no column 'colour' that a machine may read" in capsys.readouterr().err
    for i in range(N):
        (here / "img" / LABELS[i % 2]).mkdir(exist_ok=True)
        (here / "img" / f"pump_{i}.png").rename(here / "img" / LABELS[i % 2] / f"{i}.png")
    assert run([*words, "site/img", "--folds", "2", "-o", "known"]) == 0
    history = ms.read_history("known")
    truth = [history.team.labels[y] for y in history.truth.tolist()]
    assert truth == [case.partition("/")[0] for case in history.case_id]
    assert history.agent_id == ("eye",)


@pytest.fixture
def kinds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A history of reviews and mails, and a machine for each of them."""
    rng = np.random.default_rng(0)
    place, cases, answers = tmp_path / "both", ["case,kind,truth,note"], ["case,agent,answer"]
    place.mkdir()
    for kind, labels, name in (("review", LABELS, "critic"), ("mail", ("no", "yes"), "clerk")):
        truth = [labels[i % 2] for i in range(N)]
        words = [f"{y} " + " ".join(rng.choice([*"abcdefghijkl"], 9)) for y in truth]
        save_model(CNN(reads="text", width=4, depth=1).fit(words, truth, plan=PLAN), tmp_path / f"{name}.npz")
        cases += [
            f"{kind}{i},{kind},{y},{text}" for i, (y, text) in enumerate(zip(truth, words, strict=True))
        ]
        answers += [f"{kind}{i},ana,{y}" for i, y in enumerate(truth)]
    team = "kinds:\n  review:\n    labels: [dark, bright]\n  mail:\n    labels: ['no', 'yes']\n"
    (place / "team.yaml").write_text(
        f"name: both\n{team}agents:\n  ana: {{kind: person}}\n", encoding="utf-8"
    )
    (place / "cases.csv").write_text("\n".join(cases) + "\n", encoding="utf-8")
    (place / "answers.csv").write_text("\n".join(answers) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "both"


def test_each_kind_has_its_machine(kinds: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["answer", "both", "--trained-on", "none"]
    assert run([*words, "--model", "review=critic.npz", "--model", "mail=clerk.npz"]) == 0
    out = capsys.readouterr().out
    assert f"{N} answers by 'critic'" in out
    assert f"{N} answers by 'clerk'" in out
    told = ms.read_history("answered")
    assert {*told.agent_id} >= {"clerk", "critic"}
    assert len(told.answers) == 4 * N
    assert not list(Path().glob("*.part*"))
    assert run([*words, "--model", "mail=clerk.npz", "-o", "half"]) == 0
    assert f"{N} cases of 'review' are not answered." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--model", "critic.npz"], "say which with --model KIND=MODEL, once for each kind"),
        (["--model", "critic.npz", "--model", "clerk.npz"], "Several machines are named: say of which kind"),
        (["--model", "mail=clerk.npz", "--model", "mail=critic.npz"], "Two machines are named for one kind"),
        (["--model", "letter=clerk.npz"], "There is no kind 'letter'; the cases are of"),
        (["--model", "mail=clerk.npz", "--name", "x"], "--name is for one machine"),
        (["--model", "mail=nowhere.npz"], "There is no model nowhere.npz"),
    ],
)
def test_what_cannot_be_of_kinds_is_refused_and_leaves_nothing(
    kinds: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    assert run(["answer", "both", "--trained-on", "none", *words]) == 2
    assert sentence in capsys.readouterr().err
    assert not list(Path().glob("answered*"))
