"""Folds leak nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.folds import split
from mindshare.core.history import History
from mindshare.testing import made_history


def with_parents(n: int, parents: int, seed: int) -> History:
    parent = np.random.default_rng(seed).integers(0, parents, n).astype(np.int32)
    return replace(made_history(n, machines=1, people=0, seed=seed), parent=parent)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 120), st.integers(1, 40), st.integers(2, 6), st.integers(0, 99))
def test_each_case_is_tested_once_and_no_parent_is_on_both_sides(
    n: int, parents: int, folds: int, seed: int
) -> None:
    history = with_parents(n, parents, seed)
    found = split(history, folds, seed)
    if len(np.unique(history.parent)) < 2:
        assert found == []
        return
    tested = np.concatenate([test for _, test in found])
    np.testing.assert_array_equal(np.sort(tested), np.arange(n))
    for fit, test in found:
        assert not set(history.parent[fit]) & set(history.parent[test])
        assert len(fit) + len(test) == n


def test_folds_agree_in_labels() -> None:
    history = made_history(500, machines=1, people=0, labels=4)
    counts = np.array([np.bincount(history.truth[test], minlength=4) for _, test in split(history, 5, 0)])
    assert (counts.max(0) - counts.min(0) <= 1).all()


def test_cases_without_a_truth_are_spread_too() -> None:
    history = made_history(100, machines=1, people=0)
    half = replace(history, truth=np.where(np.arange(100) < 50, -1, history.truth).astype(np.int32))
    assert {int((half.truth[test] < 0).sum()) for _, test in split(half, 5, 0)} == {10}


def test_another_seed_gives_other_folds_and_the_same_seed_the_same() -> None:
    history = made_history(100, machines=1, people=0)
    one, two, other = (split(history, 5, seed)[0][1] for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, two)
    assert set(one) != set(other)
