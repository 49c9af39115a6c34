"""Promises of the tables of one row's sums."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.allocation.constraints import pose
from mindshare.core.allocation.subset_sums import Moves, cell_of, grid, tables, unusable


def made(seed: int, rows: int, whole: bool) -> tuple[Moves, np.ndarray]:
    """Moves of one row each, up to seven a row, some of the same case; and where each row's begin."""
    rng = np.random.default_rng(seed)
    count = rng.integers(0, 8, rows)
    row = np.repeat(np.arange(rows), count)
    change = (
        rng.choice([-2, -1, 1, 2], len(row)) / 40
        if whole
        else rng.choice([-1, 1], len(row)) * rng.random(len(row))
    )
    change[change == 0] = 0.5
    case = row * 10 + np.concatenate([np.sort(rng.integers(0, 5, c)) for c in count]).astype(np.int64)
    option = np.zeros(len(row), np.int32)
    start = np.arange(len(row) + 1)
    moves = Moves(case, option, rng.normal(0.3, 0.3, len(row)), start, row, change)
    return moves, np.searchsorted(row, np.arange(rows + 1))


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.booleans())
def test_a_row_is_filled_as_well_as_trying_every_set_of_its_moves_would_but_for_a_cell(
    seed: int, whole: bool
) -> None:
    moves, first = made(seed, 3, whole)
    rng = np.random.default_rng(seed)
    price, left = rng.random(3), rng.integers(-3, 4, 3) / 40 if whole else rng.normal(0, 0.5, 3)
    low, width, cells = grid(left, moves, 3)
    table = tables(moves, first, price, low, width, cells)
    for r in range(3):
        mine, best = range(first[r], first[r + 1]), np.inf
        for size in range(len(mine) + 1):
            for chosen in itertools.combinations(mine, size):
                cases = [moves.case[m] for m in chosen]
                rest = left[r] - sum(moves.change[m] for m in chosen)
                if (
                    len(set(cases)) == len(cases)
                    and rest >= -1e-12
                    and abs(left[r] - rest) < -low[r] - width[r]
                ):
                    best = min(best, sum(moves.loss[m] for m in chosen) + price[r] * rest)
        at = cell_of(low[r], table.inverse[r], cells, left[r])
        if table.arg[r, at] < 0:
            # sums that one cell holds are told apart by what they lose alone
            assert best == np.inf or not whole
            continue
        held = int(table.sets[r, table.arg[r, at]])
        chosen = [m for m in mine if held >> (m - first[r]) & 1]
        rest = left[r] - sum(moves.change[m] for m in chosen)
        assert len({int(moves.case[m]) for m in chosen}) == len(chosen), "a case moves once"
        assert rest >= -1e-12, "never past the limit"
        told = price[r] * left[r] + table.rest[r, at]
        assert told == pytest.approx(sum(moves.loss[m] for m in chosen) + price[r] * rest, abs=1e-9)
        assert told >= best - 1e-9
        assert told <= best + (1e-9 if whole else 9 * width[r] * price[r] + 0.05)


def test_what_whole_answers_cannot_use_of_a_limit_is_known_and_nothing_else_is_called_unusable() -> None:
    value, minutes = np.ones((9, 3)), np.array([0.5, 0.7, 1, 1, 1, 1, 1, 1, 1])
    cost = {"whole": {1: 2.0, 2: 4.0}, "one": {1: 0.1}, "uneven": {1: 2.0, 2: 3.0}, "differs": {1: minutes}}
    limit = {"whole": 7.0, "one": 0.3, "uneven": 5.5, "differs": 3.3}
    problem = pose(value, cost, limit, None, (None, None), None)
    assert unusable(problem.arrays, problem.rhs) == pytest.approx([1 / 7, 0.0, 0.0, 0.0])


def test_every_whole_multiple_of_a_step_begins_a_cell() -> None:
    for step in (0.1, 1 / 3, 1 / 7, 0.025):
        for c in range(64):
            assert cell_of(-32 * step, 1.0 / step, 64, (c - 32) * step) == c
    assert cell_of(-1.0, 32.0, 64, -9.0) == 0
    assert cell_of(-1.0, 32.0, 64, 9.0) == 63
