"""Promises of the search over sets of moves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.allocation.allocate import allocate
from mindshare.core.allocation.beam_search import combine, names
from mindshare.core.allocation.certificate import exceeded, found_by, worth_of
from mindshare.core.allocation.constraints import Problem, pose
from mindshare.core.allocation.dual import settle
from mindshare.core.allocation.warm_start import find_prices


def made(
    seed: int, n: int = 150, k: int = 7, rows: int = 3, both: bool = False, whole: bool = False
) -> Problem:
    """Option 0 is a free stop; every other option uses one row, or two."""
    rng = np.random.default_rng(seed)
    value, minutes = rng.random((n, k)), rng.lognormal(0, 0.5, (n, k))
    if whole:
        value, minutes = np.round(value, 1), np.ceil(minutes)
    value[:, 0] = 0.0
    cost: dict[str, dict[int, np.ndarray]] = {f"r{r}": {} for r in range(rows)}
    for o in range(1, k):
        cost[f"r{o % rows}"][o] = minutes[:, o]
        if both:
            cost[f"r{(o + 1) % rows}"][o] = minutes[:, o] * 0.5
    return pose(value, cost, dict.fromkeys(cost, float(n // 5)), None, (None, None), None)


@settings(deadline=None, max_examples=6)
@given(st.integers(0, 10**6), st.booleans(), st.booleans())
def test_a_combined_plan_keeps_every_limit_is_never_worse_than_the_bound_says_and_the_same_each_time(
    seed: int, both: bool, whole: bool
) -> None:
    problem = made(seed, both=both, whole=whole)
    price = find_prices(problem, problem.eps, {}).sharp
    wanted, cases = settle(problem.arrays, price, 0.0, 1.0)[0], np.arange(problem.n_cases)
    before = wanted.copy()
    plan = combine(problem, price, wanted, cases, problem.rhs, np.inf)
    again = combine(problem, price, wanted, cases, problem.rhs, np.inf)
    np.testing.assert_array_equal(wanted, before)
    if (
        plan is None
    ):  # sets of moves as small as these find no plan within the limits: the caller keeps its own
        assert again is None
        return
    np.testing.assert_array_equal(plan, again)
    assert exceeded(problem, found_by(problem, plan)) is None
    assert (found_by(problem, plan).use <= 1 + 1e-12).all()


def test_cases_that_are_not_to_move_stay() -> None:
    problem = made(1)
    price = find_prices(problem, problem.eps, {}).sharp
    wanted, cases = settle(problem.arrays, price, 0.0, 1.0)[0], np.arange(0, problem.n_cases, 2)
    plan = combine(problem, price, wanted, cases, problem.rhs, np.inf)
    assert plan is not None
    np.testing.assert_array_equal(plan[1::2], wanted[1::2])


def test_the_search_ends_once_the_aim_is_reached() -> None:
    problem = made(2)
    price = find_prices(problem, problem.eps, {}).sharp
    wanted, cases = settle(problem.arrays, price, 0.0, 1.0)[0], np.arange(problem.n_cases)
    first = combine(problem, price, wanted, cases, problem.rhs, -1e9)
    best = combine(problem, price, wanted, cases, problem.rhs, np.inf)
    assert first is not None
    assert best is not None
    assert worth_of(problem, first) <= worth_of(problem, best)


def test_where_no_plan_is_near_none_is_made_up() -> None:
    problem = pose(np.ones((4, 1)), {"m": {0: 2.0}}, {"m": 7.0}, None, (None, None), None)
    price = np.ones(1)
    assert combine(problem, price, np.zeros(4, np.int32), np.arange(4), problem.rhs, np.inf) is None


def test_no_two_moves_share_a_name() -> None:
    name = names(4_000)
    assert len(np.unique(name)) == len(np.unique(name[:-1] ^ name[1:])) + 1 == 4_000


def test_a_hundred_cases_of_a_row_are_combined_to_within_a_thousandth_of_the_bound() -> None:
    rng, n, k = np.random.default_rng(3), 1_000, 20
    hard = rng.normal(0, 1, n)
    value = 1 / (1 + np.exp(hard[:, None] + rng.normal(0, 0.7, k) + 0.7 * rng.standard_normal((n, k))))
    value[:, 0] = 0.0
    minutes = rng.lognormal(0, 0.6, (n, k))
    cost = {f"r{r}": {o: minutes[:, o] for o in range(1, k) if o % 10 == r} for r in range(10)}
    plan = allocate(value, cost, dict.fromkeys(cost, 38.0))
    assert plan.gap <= 5e-4


@pytest.mark.parametrize("rows", ["shares", "parity"])
def test_shares_and_parity_hold_where_sets_of_cases_are_moved(rows: str) -> None:
    rng, n = np.random.default_rng(4), 400
    value, minutes = rng.random((n, 6)), rng.lognormal(0, 0.6, (n, 6))
    value[:, 0] = 0.0
    cost = {f"r{r}": {o: minutes[:, o] for o in range(1, 6) if o % 3 == r} for r in range(3)}
    group = np.arange(n) % 4
    if rows == "shares":
        plan = allocate(value, cost, dict.fromkeys(cost, 60.0), min_share={1: 0.2}, max_share={0: 0.4})
        assert np.mean(plan.choice == 1) >= 0.2
        assert np.mean(plan.choice == 0) <= 0.4
    else:
        plan = allocate(value, cost, dict.fromkeys(cost, 60.0), parity=(group, [1, 2], 0.02))
        share = [np.isin(plan.choice[group == g], [1, 2]).mean() for g in range(4)]
        assert plan.parity_eps == pytest.approx(0.02)
        assert max(share) - min(share) <= plan.parity_eps
    assert all(plan.usage[name] <= 60.0 for name in cost)
    assert plan.gap <= 5e-3
