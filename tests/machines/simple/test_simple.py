"""Simple rungs keep the promises of a machine, and each is right where it should be."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.datasets import load_digits, load_wine
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, cross_val_score

from mindshare.core.errors import MindshareError
from mindshare.machines.simple.images import Pixels
from mindshare.machines.simple.machine import Simple
from mindshare.machines.simple.rungs import simple_rungs
from mindshare.machines.simple.series import MiniRocket, Statistics
from mindshare.machines.simple.tables import Boosting, Line, Vectors
from mindshare.machines.simple.tempered import Tempered
from mindshare.machines.simple.texts import WordCounts
from mindshare.testing import check_machine
from tests.machines.conftest import images, texts, windows


def numbers(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    return rng.normal(0, 1, (n, 4)) + 2.0 * np.eye(3, 4)[y], y


CASES: dict[str, tuple[Callable[[], Simple], Callable[[int, int], tuple[Any, Any]]]] = {
    "Pixels, linear": (lambda: Pixels("linear"), images),
    "Pixels, rbf": (Pixels, images),
    "WordCounts": (WordCounts, texts),
    "Line": (Line, numbers),
    "Vectors": (Vectors, numbers),
    "Boosting": (lambda: Boosting(rounds=20), numbers),
    "Statistics": (lambda: Statistics(rounds=20), windows),
}
if find_spec("sktime"):
    CASES["MiniRocket"] = (MiniRocket, windows)


@pytest.mark.filterwarnings("ignore:.* are longer than the")  # in a fold that got the short ones
@pytest.mark.parametrize("name", CASES)
def test_a_simple_rung_keeps_the_promises_of_a_machine(name: str) -> None:
    make, cases = CASES[name]
    X, y = cases(60, 0)
    new, truth = cases(30, 1)
    check_machine(make, X, y, new)
    machine = clone(make()).fit(X, y)
    assert machine.score(new, truth) > (
        0.55 if name == "Pixels, linear" else 0.75
    )  # bars anywhere are no line
    assert machine.cost(new)["cpu_s"].min() > 0
    assert cross_val_score(make(), X, y, cv=2).shape == (2,)


def test_rungs_are_known_by_what_a_case_is() -> None:
    named = {name for kind in ("series", "image", "text", "table") for name in simple_rungs(kind)}
    assert named == set(CASES)
    assert all(isinstance(make(), Simple) for make in simple_rungs("table").values())
    with pytest.raises(ValueError, match="What a case is must be one of series, image, text, table"):
        simple_rungs("sound")  # type: ignore[arg-type]


def test_simple_rungs_need_no_torch() -> None:
    told = "import sys, mindshare.machines.simple.rungs; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", told], check=False).returncode == 0


def test_who_has_not_learnt_says_so() -> None:
    with pytest.raises(NotFittedError, match="This Line has not learnt yet: call fit"):
        Line().predict_proba([[1.0]])
    with pytest.raises(ValueError, match="All cases are of one class, '1'"):
        Line().fit([[1.0], [2.0]], [1, 1])


@pytest.mark.skipif(find_spec("sktime") is not None, reason="the extra `series` is installed")
def test_without_its_library_minirocket_says_how_to_get_it() -> None:
    X, y = windows(10, 0)
    with pytest.raises(MindshareError, match=r"pip install 'mindshare\[series\]'"):
        MiniRocket().fit(X, y)


# -- probabilities ---------------------------------------------------------------------------------------------------
def noise(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Three labels that overlap, so that a line drawn through few of them is too sure."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    return rng.normal(0, 1.5, (n, 8)) + np.eye(3, 8)[y], y


@settings(max_examples=5)
@given(st.floats(0.1, 30.0), st.integers(0, 99))
def test_a_temperature_never_changes_the_likeliest_label(C: float, seed: int) -> None:
    X, y = noise(120, seed)
    plain = LogisticRegression(C=C, max_iter=500).fit(X[:60], y[:60])
    tempered = Tempered(LogisticRegression(C=C, max_iter=500)).fit(X[:60], y[:60])
    assert (plain.predict(X[60:]) == tempered.predict(X[60:])).all()


def test_on_average_a_temperature_mends_what_is_too_sure() -> None:
    """Of one draw of 60 cases it may not; over twenty the loss falls by 0.19 on average, with a standard error of 0.04."""
    fell = []
    for seed in range(20):
        X, y = noise(400, seed)
        plain = LogisticRegression(C=30.0, max_iter=500)
        told = [m.fit(X[:60], y[:60]).predict_proba(X[60:]) for m in (plain, Tempered(plain))]
        before, after = (log_loss(y[60:], each, labels=[0, 1, 2]) for each in told)
        fell.append(before - after)
    assert np.mean(fell) > 0.05


@pytest.mark.parametrize("y", [[0, 1], [0, 0, 0, 1], [0, 0, 1, 1, 2], [0] * 9 + [1] * 2])
def test_labels_with_one_case_or_two_can_be_learnt(y: list[int]) -> None:
    X = np.arange(len(y), dtype=float)[:, None]
    proba = Tempered(LogisticRegression()).fit(X, y).predict_proba(X)
    assert np.isfinite(proba).all() and proba.shape == (len(y), len(set(y)))


# -- each where it should be right -----------------------------------------------------------------------------------
def test_digits_are_read_from_pixels() -> None:
    data = load_digits()
    X, y = data.images, data.target
    assert Pixels().fit(X[:600], y[:600]).score(X[600:], y[600:]) > 0.93
    assert Pixels("linear").fit(X[:600], y[:600]).score(X[600:], y[600:]) > 0.9


@pytest.mark.parametrize("make", [Line, Boosting])
def test_wines_are_told_by_their_numbers(make: Callable[[], Simple]) -> None:
    data = load_wine()
    new = np.arange(len(data.target)) % 3 == 0
    machine = make().fit(data.data[~new], data.target[~new])
    assert machine.score(data.data[new], data.target[new]) > 0.9


def test_texts_without_spaces_are_read() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 80)
    X = ["".join(rng.choice(list("我们的订单今天很晚了"), 9)) + ["退款", "密码"][k] + "谢谢" for k in y]
    assert WordCounts().fit(X[:60], y[:60]).score(X[60:], y[60:]) > 0.9


def test_a_blank_text_gets_an_answer_and_something_else_a_sentence() -> None:
    X, y = texts(40, 0)
    machine = WordCounts().fit(X, y)
    assert machine.predict_proba([""]).sum() == pytest.approx(1.0)
    with pytest.raises(ValueError, match="Text 1 is int, not a string"):
        machine.predict_proba(["a", 3])


def test_settings_are_searched_as_any_other() -> None:
    X, y = texts(60, 0)
    assert GridSearchCV(WordCounts(), {"C": [0.1, 1.0]}, cv=2).fit(X, y).best_params_["C"] in (0.1, 1.0)


@pytest.mark.parametrize("make", [Line, Boosting])
def test_a_table_may_hold_words_and_gaps(make: Callable[[], Simple]) -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 120)
    told = np.where(rng.random(120) < 0.1, None, np.array(["chat", "mail"])[y])
    rows = [[word, None if rng.random() < 0.2 else float(rng.normal())] for word in told]
    machine = make().fit(rows[:80], y[:80])
    assert machine.score(rows[80:], y[80:]) > 0.85
    assert machine.predict_proba([["fax", 1.0], [None, None]]).shape == (2, 2)
    with pytest.raises(
        ValueError, match="Column 1 held numbers when it was learnt from, and holds words now"
    ):
        machine.predict_proba([["chat", "many"]])
    with pytest.raises(ValueError, match="The table has 1 columns; it learnt from 2"):
        machine.predict_proba([["chat"]])


def test_a_channel_that_is_missing_and_an_image_of_another_size_get_a_sentence() -> None:
    X, y = windows(40, 0)
    with pytest.raises(ValueError, match="Window 0 has 1 channels, not 2"):
        Statistics().fit(X, y).predict_proba([x[:, :1] for x in X])
    pictures, kind = images(40, 0)
    with pytest.raises(ValueError, match=r"Images are of \(1, 8, 7\); it learnt from \(1, 8, 8\)"):
        Pixels().fit(pictures, kind).predict_proba(pictures[:, :, :7])


@pytest.mark.parametrize("steps", [1, 2, 3, 5])
def test_statistics_tell_the_shortest_windows_too(steps: int) -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 60)
    X = rng.normal(0, 0.3, (60, steps)) + y[:, None]
    assert Statistics().fit(X, y).score(X, y) > 0.8
