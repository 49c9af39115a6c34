"""Promises of a replay: no limit is passed, nothing is read that was not bought, what the limit allows is used."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.pacing.demand import Demand
from mindshare.core.pacing.pacer import Pacer
from mindshare.core.pacing.replay import Path, Rows, in_order, replay, replay_limits


def path(seed: int, cases: int, *, surprise: bool = False) -> Path:
    """Up to three questions a case, whose worth falls."""
    rng = np.random.default_rng(seed)
    count = rng.integers(0, 4, cases)
    case = np.repeat(np.arange(cases), count)
    worth = rng.random(len(case))
    worth = worth[np.lexsort((-worth, case))]
    expected = rng.uniform(0.5, 1.5, len(case)) if surprise else np.ones(len(case))
    actual = expected * rng.lognormal(0, 0.7, len(case)) if surprise else expected
    return Path(case, worth * expected, expected, actual)


def demand_of(path: Path, cases: int) -> Demand:
    return Demand.of(("r",), cases, path.case, path.expected[:, None], path.worth)


@given(st.integers(0, 10**6), st.floats(0, 60), st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_replay_never_passes_its_limit_and_asks_each_case_in_order(
    seed: int, limit: float, surprise: bool
) -> None:
    new, n = path(seed, 30, surprise=surprise), 30
    order = np.random.default_rng(seed).permutation(n)
    told = replay(new, order, limit, demand_of(path(seed + 1, 40), 40))
    assert told.used <= limit
    assert not (told.heard & ~told.bought).any()
    assert told.used <= new.actual[told.bought].sum() + 1e-9
    assert told.used >= new.actual[told.heard].sum() - 1e-9
    for case in np.unique(new.case):
        for mine in (told.bought[new.case == case], told.heard[new.case == case]):
            assert not (np.diff(mine.astype(int)) > 0).any(), "a later question came before an earlier one"


@given(st.integers(0, 10**6), st.floats(0, 30))
@settings(max_examples=60, deadline=None)
def test_what_an_answer_uses_is_not_read_before_it_is_bought(seed: int, limit: float) -> None:
    new, order = path(seed, 30, surprise=True), np.random.default_rng(seed).permutation(30)
    sample = demand_of(path(seed + 1, 40), 40)
    told = replay(new, order, limit, sample)
    other = np.where(told.bought, new.actual, new.actual * 7)
    again = replay(new._replace(actual=other), order, limit, sample)
    np.testing.assert_array_equal(again.bought, told.bought)
    assert again.used == told.used


@pytest.mark.parametrize("wrong", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("limit", [10, 100, 600, 10**6])
def test_what_the_limit_allows_is_used_where_questions_are_worth_it(limit: int, wrong: float) -> None:
    old, new, n = path(0, 1_000), path(1, 1_000), 1_000
    sample = demand_of(old, n)._replace(worth=old.worth * wrong)
    told = replay(new, np.random.default_rng(0).permutation(n), limit, sample)
    assert told.bought.sum() >= 0.95 * min(limit, len(new.case)) - 1
    if wrong == 1.0:
        best = np.sort(new.worth)[::-1][:limit].sum()
        assert new.worth[told.bought].sum() >= 0.96 * best


def test_nobody_is_asked_whose_answer_is_worth_nothing() -> None:
    new = Path(np.arange(5), np.array([0.0, 0.3, 0.0, 0.2, 0.0]), np.ones(5), np.ones(5))
    told = replay(new, np.arange(5), 10.0, demand_of(new, 5))
    np.testing.assert_array_equal(told.bought, [False, True, False, True, False])


def test_where_all_keys_tie_the_limit_is_spent_all_the_same() -> None:
    new = Path(np.arange(500), np.full(500, 0.5), np.ones(500), np.ones(500))
    told = replay(new, np.arange(500), 100.0, demand_of(new, 500))
    assert told.used == 100.0
    assert np.ptp(np.flatnonzero(told.bought)) > 400, "not all at once"


def test_the_order_is_that_of_arrival_and_else_drawn_by_the_seed() -> None:
    np.testing.assert_array_equal(in_order(np.array([3.0, 1.0, 2.0]), 3, 0), [1, 2, 0])
    drawn = in_order(None, 50, 1)
    np.testing.assert_array_equal(np.sort(drawn), np.arange(50))
    assert (drawn != in_order(None, 50, 2)).any()


# -- several limits --------------------------------------------------------------------------------------------------
def world(seed: int, cases: int = 20) -> tuple[Rows, np.ndarray, Any]:
    """Made-up rows of two resources; what a row is worth falls with how many are known."""
    rng = np.random.default_rng(seed)
    indptr = np.concatenate([[0], np.cumsum(rng.integers(0, 5, cases))])
    size = (int(indptr[-1]), 2)
    expected = rng.exponential(1.0, size) * (rng.random(size) < 0.7)
    base, known = rng.random(size[0]) - 0.2, rng.random(size[0]) < 0.1

    def index(now: np.ndarray, rows: np.ndarray) -> np.ndarray:
        case = np.searchsorted(indptr, rows[0], side="right") - 1
        return np.asarray(base[rows] - 0.1 * now[indptr[case] : indptr[case + 1]].sum())

    rows = Rows(indptr, ~known, expected, expected * rng.lognormal(0, 0.7, size))
    return rows, known, index


@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.3, 3.0, 20.0]), st.sampled_from([0.0, 1.0, 8.0]))
@settings(max_examples=100, deadline=None)
def test_no_limit_is_passed_and_every_question_is_paid_once(seed: int, first: float, second: float) -> None:
    rows, known, index = world(seed)
    pacer = Pacer({"a": first, "b": second}, 20, {"a": 0.1, "b": 0.1})
    spent = replay_limits(rows, known, index, pacer, np.random.default_rng(seed).permutation(20))
    assert (spent.used <= [first, second]).all()
    assert len(np.unique(spent.row)) == len(spent.row)
    assert set(spent.row.tolist()) == set(np.flatnonzero(spent.asked).tolist())
    assert not (spent.asked & known).any(), "what was known was paid for"
    lost = spent.asked & ~spent.known
    assert (spent.used >= rows.actual[spent.asked & spent.known].sum(0) - 1e-9).all()
    assert (spent.used <= rows.actual[spent.asked].sum(0) + 1e-9).all()
    if lost.any():
        assert (spent.used == [first, second]).any(), "an answer was lost though there was enough"


def test_at_limits_that_do_not_bind_all_that_is_worth_anything_is_asked() -> None:
    rows, known, index = world(5)
    spent = replay_limits(
        rows, known, index, Pacer({"a": 1e9, "b": 1e9}, 20, {"a": 1e-9, "b": 1e-9}), np.arange(20)
    )
    for case in range(20):
        rest = np.arange(rows.indptr[case], rows.indptr[case + 1])
        rest = rest[~spent.known[rest]]
        assert not len(rest) or (index(spent.known, rest) <= 1e-6).all()
