"""Promises of simple rungs in one file: they answer as before, alone, in a ladder and on the command line, and nothing in it runs."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from mindshare.core.errors import MindshareError
from mindshare.machines import load_model, save_model
from mindshare.machines.ladder.ladder import Ladder
from mindshare.machines.opened import opened
from mindshare.machines.parts.packed import read_packed, write_packed
from mindshare.machines.saving import HOME
from mindshare.machines.simple.images import Pixels
from mindshare.machines.simple.machine import Simple
from mindshare.machines.simple.rungs import simple_rungs
from mindshare.machines.simple.series import MiniRocket, Statistics
from mindshare.machines.simple.tables import Boosting, Line
from mindshare.machines.simple.texts import WordCounts
from tests.machines.conftest import images, texts, windows

pytest.importorskip("skops", reason="the extra `skops` is not installed")


def rows(n: int, seed: int) -> tuple[list[list[Any]], np.ndarray]:
    """A word, a number that is missing at times, and a truth that the word tells."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    words = np.array(["chat", "mail"])[y]
    return [[word, None if rng.random() < 0.2 else float(rng.normal())] for word in words], y


CASES: dict[str, tuple[Callable[[], Simple], Callable[[int, int], tuple[Any, Any]]]] = {
    "Pixels": (lambda: Pixels("linear"), images),
    "WordCounts": (WordCounts, texts),
    "Line": (lambda: Line(C=np.float32(0.5)), rows),  # as a search may have set it
    "Boosting": (lambda: Boosting(rounds=np.int64(5)), rows),
    "Statistics": (lambda: Statistics(rounds=5), windows),
}
if find_spec("sktime"):
    CASES["MiniRocket"] = (lambda: MiniRocket(kernels=168), windows)


@pytest.mark.parametrize("name", CASES)
def test_a_rung_from_a_file_answers_as_before_and_learns_anew(name: str, tmp_path: Path) -> None:
    make, cases = CASES[name]
    X, y = cases(40, 0)
    new = cases(10, 1)[0]
    rung = make().fit(X, y)
    again = load_model(save_model(rung, tmp_path / "rung.npz"))
    assert type(again) is type(rung)
    assert again.get_params() == rung.get_params()
    np.testing.assert_array_equal(again.classes_, rung.classes_)
    np.testing.assert_array_equal(again.predict_proba(new), rung.predict_proba(new))
    np.testing.assert_array_equal(again.cost(new)["cpu_s"], rung.cost(new)["cpu_s"])
    found = opened(tmp_path / "rung.npz")
    assert (found.reads, found.learns, found.labels) == (rung.reads, True, tuple(map(str, rung.classes_)))
    assert found.width == (2 if rung.reads == "table" else 0)


def test_a_file_tells_the_names_of_the_columns_that_taught(tmp_path: Path) -> None:
    cells, y = rows(40, 0)
    table = pl.DataFrame(cells, schema=["by", "heat"], orient="row")
    save_model(Line().fit(table, y), tmp_path / "l.npz")
    found = opened(tmp_path / "l.npz")
    assert (found.reads, found.columns, found.words) == ("named", ("by", "heat"), (0,))
    assert load_model(tmp_path / "l.npz").score(table, y) > 0.9


def test_every_rung_can_be_saved() -> None:
    kinds = ("series", "image", "text", "table")
    assert {type(make()).__name__ for kind in kinds for make in simple_rungs(kind).values()} <= HOME.keys()


def test_a_ladder_of_rungs_is_one_file_and_reads_what_they_read(tmp_path: Path) -> None:
    X, y = texts(60, 0)
    ladder = Ladder({"loose": lambda: WordCounts(0.01), "close": WordCounts}, folds=2, at_once=20).fit(X, y)
    again = load_model(save_model(ladder, tmp_path / "ladder.npz"))
    price = {"cpu_s": 0.0}
    np.testing.assert_array_equal(again.answer(X, price).proba, ladder.answer(X, price).proba)
    found = opened(tmp_path / "ladder.npz")
    assert (found.reads, found.learns, found.labels) == ("text", False, ("0", "1"))


def test_a_ladder_that_learnt_from_a_table_finds_its_columns_by_name(tmp_path: Path) -> None:
    cells, y = rows(60, 0)
    table = pl.DataFrame(cells, schema=["by", "heat"], orient="row")
    ladder = Ladder({"line": Line, "trees": lambda: Boosting(rounds=3)}, folds=2).fit(table, y)
    found = opened(save_model(ladder, tmp_path / "ladder.npz"))
    assert (found.reads, found.columns, found.words) == ("named", ("by", "heat"), (0,))
    np.testing.assert_allclose(found.model.predict_proba(cells), ladder.predict_proba(table))


def test_a_file_holds_only_what_is_part_of_its_rung(tmp_path: Path) -> None:
    X, y = texts(40, 0)
    header, arrays = read_packed(save_model(WordCounts().fit(X, y), tmp_path / "w.npz"))
    table, other = rows(40, 0)
    _, line = read_packed(save_model(Line().fit(table, other), tmp_path / "l.npz"))
    with pytest.raises(
        MindshareError, match=r"says that it is a Pixels, and holds mindshare\.machines\.parts\.words\.words"
    ):
        load_model(
            write_packed(header | {"family": "Pixels", "params": {}}, arrays, tmp_path / "no.npz"),
            trusts=["mindshare.machines.parts.words.words"],  # what somebody trusts is for their own
        )
    with pytest.raises(
        MindshareError, match="says that it is a Boosting, and what it holds is made otherwise"
    ):
        load_model(write_packed(header | {"family": "Boosting", "params": {}}, line, tmp_path / "no.npz"))
    with pytest.raises(MindshareError, match="This WordCounts has not learnt yet"):
        save_model(WordCounts(), tmp_path / "new.npz")
    assert not (tmp_path / "new.npz").exists()
    with zipfile.ZipFile(tmp_path / "w.npz") as file:
        assert all(name.endswith(".npy") for name in file.namelist())


def test_a_tree_whose_branches_lead_out_of_it_is_refused(tmp_path: Path) -> None:
    X, y = rows(40, 0)
    rung = Boosting(rounds=2).fit(X, y)
    rung.machine_.estimator_[-1].estimator_._predictors[0][0].nodes["left"][0] = 10_000
    save_model(rung, tmp_path / "b.npz")
    with pytest.raises(MindshareError, match="says that it holds trees, and holds none"):
        load_model(tmp_path / "b.npz")


@pytest.mark.skipif("MiniRocket" not in CASES, reason="the extra `series` is not installed")
def test_kernels_that_would_read_beside_a_window_are_refused(tmp_path: Path) -> None:
    X, y = windows(20, 0)
    rung = MiniRocket(kernels=84).fit(X, y)
    each, channels, *rest = rung.machine_.estimator_[0].rocket_.parameters
    rung.machine_.estimator_[0].rocket_.parameters = (each, channels + np.int32(5), *rest)
    save_model(rung, tmp_path / "m.npz")
    with pytest.raises(MindshareError, match="says that it holds kernels of MiniRocket, and holds none"):
        load_model(tmp_path / "m.npz")
