"""Where all machines are far above what their answers explain, a sentence names the columns that carry it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from mindshare.core.history import Codes, Features, History
from mindshare.histories.carried import carried
from mindshare.testing import made_history


def point(accuracy: float, low: float) -> dict[str, Any]:
    """What a backtest says of all machines alone; the upper end of the interval plays no part."""
    return {"accuracy": accuracy, "accuracy_ci95": [low, 1.0]}


def with_column(history: History, name: str, right: float) -> History:
    """And a column of words that tells the truth on this share of the cases."""
    rng, labels = np.random.default_rng(0), len(history.team.labels)
    told = np.where(
        rng.random(len(history)) < right, history.truth, rng.integers(0, labels, len(history))
    ).astype(np.int32)
    column = Codes(code=told, names=history.team.labels)
    features = Features(
        categorical={**history.features.categorical, name: column}, numeric=history.features.numeric
    )
    return replace(history, features=features)


def test_one_machine_and_a_column_that_brings_the_rest_are_named() -> None:
    history = with_column(made_history(400, machines=1, people=1), "code", 0.97)
    a = history.answers
    right = float((a.label == history.truth[a.case])[a.agent == 0].mean())
    assert carried(history, point(0.985, 0.97)) == (
        f"All machines alone are right on 98.5 %, the only one, bot_1, on {100 * right:.1f} %: what describes the cases brings"
        " the rest, most of it 'code'. If it is known only after a case is decided, remove it from the cases.",
    )


def test_machines_that_err_apart_may_be_far_above_each_of_them() -> None:
    history = made_history(400, machines=5, people=1)
    assert carried(history, point(0.92, 0.90)) == ()


def test_columns_that_help_a_weak_machine_a_little_are_not_accused() -> None:
    assert carried(with_column(made_history(400, machines=1, people=1), "hint", 0.5), point(0.85, 0.82)) == ()


def test_nothing_is_said_where_nothing_describes_the_cases_or_no_machine_answers() -> None:
    plain = replace(made_history(400, machines=1, people=1), features=Features())
    assert carried(plain, point(0.99, 0.98)) == ()
    assert carried(made_history(400, machines=0, people=2), point(0.99, 0.98)) == ()


def test_where_no_single_column_carries_it_all_are_named() -> None:
    history = made_history(400, machines=1, people=1)
    (sentence,) = carried(history, point(0.99, 0.98))
    assert "what describes the cases brings the rest (fog, size)." in sentence


def test_always_saying_the_usual_truth_needs_no_column() -> None:
    history = made_history(400, machines=1, people=1)
    rare = np.where(np.arange(400) % 20, 0, 1).astype(np.int32)
    assert carried(replace(history, truth=rare), point(0.96, 0.94)) == ()
