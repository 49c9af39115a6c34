"""Promises of the search over sets of moves."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.allocation.allocate import allocate
from mindshare.core.allocation.beam_search import (
    changes,
    combine,
    extend,
    fill,
    fits,
    most_promising,
    names,
    search_sets,
)
from mindshare.core.allocation.certificate import exceeded, found_by, worth_of
from mindshare.core.allocation.constraints import Problem, pose
from mindshare.core.allocation.dual import settle, used
from mindshare.core.allocation.subset_sums import Moves, Tables, tables
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


def few(seed: int, count: int, *, cells: int = 64) -> tuple[Moves, Tables, np.ndarray]:
    """Moves that touch two of three rows each, tables of single moves in these rows, and what is left of each row."""
    rng = np.random.default_rng(seed)
    low, width = np.full(3, -1.0), np.full(3, 2.0 / cells)

    def moves(touched: int, case: np.ndarray) -> Moves:
        n = len(case)
        row = np.concatenate([rng.choice(3, touched, replace=False) for _ in range(n)])
        change = rng.integers(-8, 9, n * touched) * width[0] / 2 + width[0] / 8
        at = np.arange(0, n * touched + 1, touched)
        return Moves(case, np.zeros(n, np.int32), rng.normal(0.1, 0.2, n), at, row, change)

    single = moves(1, np.arange(9))
    single = single._replace(row=np.repeat(np.arange(3), 3))
    table = tables(single, np.array([0, 3, 6, 9]), rng.random(3) + 0.5, low, width, cells)
    left = (rng.integers(-3, 12, 3) + 0.5) * width[0]
    return moves(2, 10 + np.arange(count) // 2), table, left


def test_a_move_changes_use_by_what_its_case_uses_after_less_before_and_names_no_row_that_stays() -> None:
    problem, rng = made(5, n=40, both=True), np.random.default_rng(5)
    choice, to = rng.integers(0, 7, 40).astype(np.int32), rng.integers(0, 7, 40).astype(np.int32)
    start, row, change = changes(problem.arrays, np.arange(40), to, choice, 3)
    assert len(row) == len(change) == start[-1]
    assert (abs(change) > 1e-15).all()
    for n in range(40):
        moved, mine = choice.copy(), slice(start[n], start[n + 1])
        moved[n] = to[n]
        by = np.zeros(3)
        by[row[mine]] = change[mine]
        expected = used(problem.arrays, moved, 3) - used(problem.arrays, choice, 3)
        np.testing.assert_allclose(by, expected, atol=1e-12)


@pytest.mark.parametrize("seed", range(12))
def test_a_search_that_leaves_nothing_out_finds_the_best_set_of_moves(seed: int) -> None:
    moves, table, left = few(seed, 6)
    sets = [s for size in range(4) for s in itertools.combinations(range(6), size)]
    sets = [s for s in sets if len({int(moves.case[m]) for m in s}) == len(s)]

    def worth(made: tuple[int, ...]) -> float:
        after = left.copy()
        for m in made:
            mine = slice(moves.start[m], moves.start[m + 1])
            after[moves.row[mine]] -= moves.change[mine]
        filled = sum(fill(table, r, after[r]) for r in range(3))
        return float(moves.loss[list(made)].sum() + filled) if fits(table, after) else np.inf

    best = min(map(worth, sets))
    found = search_sets(moves, table, left, np.inf, (200, 3))
    if best == np.inf:
        assert found.tolist() == [-2]
        return
    assert worth(tuple(found[found >= 0])) == pytest.approx(best, abs=1e-9)
    none_better = search_sets(moves, table, left, best - 1e-9, (200, 3))
    assert none_better.tolist() == [-2]


@pytest.mark.parametrize("seed", range(4))
def test_a_move_is_foreseen_to_be_worth_what_filling_the_rows_after_it_brings_but_for_a_cell(
    seed: int,
) -> None:
    moves, table, left = few(seed, 30)
    rng = np.random.default_rng(seed)
    state = left + rng.integers(-40, 41, (20, 3)) * (2.0 / 64)  # some lie beyond the last cell
    rank, score = rng.normal(size=20), np.empty((30, 20), np.float32)
    extend(moves, table, state, rank, score)
    for i in range(30):
        mine = slice(moves.start[i], moves.start[i + 1])
        for b in range(20):
            expected = rank[b] + moves.loss[i]
            for r, by in zip(moves.row[mine], moves.change[mine], strict=True):
                within = np.clip([state[b, r], state[b, r] - by], -1.0, 1.0 - 1.0 / 64)
                expected += fill(table, r, within[1]) - fill(table, r, within[0])
            assert score[i, b] == pytest.approx(expected, abs=2 * table.price.sum() * 2.0 / 64)


def test_the_most_promising_sets_are_those_of_least_score_least_first() -> None:
    score = np.random.default_rng(0).normal(size=1_000).astype(np.float32)
    near = most_promising(score, 50)
    assert 50 <= len(near) <= 55
    np.testing.assert_array_equal(near, np.argsort(score, kind="stable")[: len(near)])


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
