"""Promises of a machine that says nothing about cases unlike all that it has learnt from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from mindshare.core.errors import MindshareError
from mindshare.machines.agents.estimator import Estimator
from mindshare.machines.agents.wary import Strangeness, Wary
from mindshare.testing import check_machine
from tests.machines.conftest import images


def flat(X: Any) -> Any:
    return np.asarray(X).reshape(len(X), -1)


def linear() -> Estimator:
    return Estimator(make_pipeline(FunctionTransformer(flat), LogisticRegression()))


def grouped(groups: int, seed: int, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """20 cases a group of 4 numbers; groups differ by their middle, the first number tells the label."""
    rng = np.random.default_rng(seed)
    group, y = np.repeat(np.arange(groups), 20), np.tile([0, 1], 10 * groups)
    X = rng.normal(0, 1, (len(y), 4)) + 0.5 * rng.normal(0, 1, (groups, 4))[group] + shift
    X[:, 0] += 4 * y
    return X, y, group


def test_a_wary_machine_keeps_the_promises_of_a_machine() -> None:
    X, y = images(60, 0)
    check_machine(lambda: Wary(linear(), flat), X, y, images(20, 1)[0])


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1_000))
def test_new_groups_of_a_known_kind_are_seldom_strange(seed: int) -> None:
    X, _, group = grouped(30, seed)
    p = Strangeness(flat).fit(X, group).p_values(grouped(30, seed + 5_000)[0])
    assert (p < 0.05).mean() < 0.15
    assert p.min() > 0
    assert p.max() <= 1


def test_about_cases_of_another_kind_all_labels_get_the_same_chance_and_others_are_answered_as_ever() -> None:
    X, y, group = grouped(12, 0)
    machine = Wary(linear(), flat).fit(X, y, group)
    far = grouped(3, 1, shift=12.0)[0]
    assert np.unique(machine.predict_proba(far)).tolist() == [0.5]
    assert machine.machine.predict_proba(far).max(axis=1).min() > 0.9, "alone it would have been sure"
    known = machine.strangeness_.p_values(X) >= 0.05
    np.testing.assert_array_equal(machine.predict_proba(X)[known], machine.machine.predict_proba(X)[known])


def test_what_a_new_group_looks_like_takes_two_groups_and_a_group_for_each_case() -> None:
    X, y, group = grouped(2, 0)
    with pytest.raises(
        ValueError, match="All cases are of one group; what a new group looks like takes at least two"
    ):
        Wary(linear(), flat).fit(X, y, np.zeros(len(y)))
    with pytest.raises(ValueError, match="No two cases of a group differ, so nobody can say what far is"):
        Strangeness(flat).fit(X, np.arange(len(X)))
    with pytest.raises(ValueError, match="There are 40 cases and 39 groups; give one for each case"):
        Strangeness(flat).fit(X, group[:-1])
    with pytest.raises(MindshareError, match="has not learnt yet: call fit"):
        Strangeness(flat).p_values(X)
    with pytest.raises(MindshareError, match="has not learnt yet: call fit"):
        Wary(linear(), flat).predict_proba(X)
