"""For each row: the least that it costs to bring the row to any level by moves that touch no other row.

A set of such moves is a subset sum of one number. All rows' cheapest sums are tabled once by their use, so that what a
row's leftover can still be made of is one look-up, exact but for the width of a cell.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.allocation.constraints import Arrays
from mindshare.core.allocation.request import Floats
from mindshare.core.kernel import kernel

CELLS = 32_768  # per row; fewer where there are many rows
ALL_CELLS = 2**20
MOST = 60  # moves per row: a set is a mask of 64 bits
STEEP = 3.0  # times the price: what a violation is charged while searching
EXACT = 1e-9  # of a cell: rounding


class Moves(NamedTuple):
    """Moves of cases to other options. Move i changes use of `row[start[i]:start[i + 1]]` by `change`."""

    case: NDArray[np.int64]
    option: NDArray[np.int32]
    loss: Floats  # of net, at the prices
    start: NDArray[np.int64]
    row: NDArray[np.int64]
    change: Floats


class Tables(NamedTuple):
    """What is left of row r is worth giving up `price * left + rest[cell of left]`; -1 in `arg`: it cannot be made to fit."""

    price: Floats  # (R,)
    low: Floats  # (R,) left end of cell 0
    inverse: Floats  # (R,) cells per unit of use
    rest: Floats  # (R, cells)
    worth: NDArray[np.float32]  # (R, cells) all of it, at the left end of the cell
    arg: NDArray[np.int32]  # (R, cells) the cell whose set is taken
    sets: NDArray[np.uint64]  # (R, cells) moves of that set, as bits


def unusable(a: Arrays, rhs: Floats) -> Floats:
    """(R,) what no plan can use of each row: the fraction left where every use is a whole multiple of one amount."""
    rest = np.zeros(len(rhs))
    for r in range(a.parity_row):
        mine = a.row == r
        size, least = abs(a.coef[mine]), abs(a.coef[mine]).min(initial=np.inf)
        if (
            (a.col[mine] < 0).all()
            and 0 < least < np.inf
            and np.all(abs(size / least % 1 - 0.5) > 0.5 - 1e-9)
        ):
            rest[r] = least * max(0.0, rhs[r] / least - np.floor(rhs[r] / least + 1e-6))
    return rest


def grid(left: Floats, moves: Moves, n_rows: int) -> tuple[Floats, Floats, int]:
    """(left ends, widths, cells): 0 and every whole multiple of a row's step, where it has one, begin a cell."""
    cells = max(64, min(CELLS, ALL_CELLS // max(1, n_rows)))
    reach, step = abs(left), np.full(n_rows, np.inf)
    top = np.zeros(n_rows)
    size = abs(moves.change)
    np.maximum.at(top, moves.row, size)
    np.minimum.at(step, moves.row, size)
    reach = np.where(top > 0, 2 * top + reach, 1.0)
    width = 2 * reach / (cells - 2)
    times = size / step[moves.row]
    uneven = np.zeros(n_rows)
    np.maximum.at(uneven, moves.row, abs(times - np.round(times)))
    even = (uneven < 1e-6) & np.isfinite(step) & (step > 2 * width)
    width[even] = step[even] / np.floor(step[even] / width[even])
    width[even] = np.maximum(width[even], step[even] / np.floor(step[even] / (2 * reach[even] / (cells - 2))))
    return -width * (cells // 2), width, cells


@kernel
def cell_of(low: float, inverse: float, cells: int, x: float) -> int:
    """The cell of x; the first or last one beyond the ends."""
    return min(max(int((x - low) * inverse + EXACT), 0), cells - 1)


@kernel(allocates=True)
def tables(
    moves: Moves, first: NDArray[np.int64], price: Floats, low: Floats, width: Floats, cells: int
) -> Tables:
    """Tables of rows whose single moves are `moves[first[r]:first[r + 1]]`, those of one case side by side."""
    n_rows = len(price)
    rest, worth = np.empty((n_rows, cells)), np.empty((n_rows, cells), np.float32)
    arg, sets = np.full((n_rows, cells), -1, np.int32), np.zeros((n_rows, cells), np.uint64)
    use, loss, penalty = np.zeros(cells), np.empty(cells), STEEP * price + price.mean()
    inverse = 1.0 / width
    for r in range(n_rows):
        loss[:] = np.inf
        _sums(moves, first[r], first[r + 1], (low[r], inverse[r]), use, loss, sets[r])
        best, at = np.inf, -1
        for c in range(cells):
            # from the left end of a cell on, its own set may use a little more than is left
            here = low[r] + c * width[r]
            if c > 0 and loss[c - 1] - price[r] * use[c - 1] < best:
                best, at = loss[c - 1] - price[r] * use[c - 1], c - 1
            if use[c] <= here + EXACT * width[r] and loss[c] - price[r] * use[c] < best:
                best, at = loss[c] - price[r] * use[c], c
            rest[r, c], arg[r, c] = best, at
        least = int(np.argmax(arg[r] >= 0))
        edge = low[r] + least * width[r]
        for c in range(least):
            short = edge - (low[r] + c * width[r])
            rest[r, c] = rest[r, least] + (penalty[r] + price[r]) * short
        for c in range(cells):
            worth[r, c] = price[r] * (low[r] + c * width[r]) + rest[r, c]
    return Tables(price, low, inverse, rest, worth, arg, sets)


@kernel(allocates=True)
def _sums(
    moves: Moves,
    begin: int,
    end: int,
    line: tuple[float, float],
    use: Floats,
    loss: Floats,
    held: NDArray[np.uint64],
) -> None:
    """Fills in, for each cell, the cheapest set of moves (one per case) whose use falls into it."""
    low, inverse = line
    cells = len(use)
    c0 = cell_of(low, inverse, cells, 0.0)
    use[c0], loss[c0], held[c0] = 0.0, 0.0, 0
    left, right = c0, c0
    i = begin
    while i < end:
        j = i
        while j < end and moves.case[j] == moves.case[i]:
            j += 1
        use_before, loss_before, held_before = (
            use[left : right + 1].copy(),
            loss[left : right + 1].copy(),
            held[left : right + 1].copy(),
        )
        for m in range(i, j):
            bit, by = np.uint64(1) << np.uint64(m - begin), moves.change[moves.start[m]]
            for c in range(len(loss_before)):
                if loss_before[c] == np.inf:
                    continue
                x = use_before[c] + by
                t = int(np.floor((x - low) * inverse + EXACT))
                if 0 <= t < cells and loss_before[c] + moves.loss[m] < loss[t]:
                    loss[t], use[t], held[t] = loss_before[c] + moves.loss[m], x, held_before[c] | bit
                    left, right = min(left, t), max(right, t)
        i = j
