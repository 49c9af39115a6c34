"""Which cases to move together: a beam search over sets of moves, each set worth what no other one makes up.

At the prices, bound - value = regrets + price . leftover, exactly; so the set that makes this sum least is the best plan.
Moves that touch several rows are tried in sets, the most promising ones first (Lowerre 1976); what they leave of each row is
then filled from that row's table of single moves. Deterministic: bounded by what is looked at, not by the clock.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mindshare.core.allocation.constraints import Arrays, Problem
from mindshare.core.allocation.dual import account
from mindshare.core.allocation.repair import Cases, Choice, near_moves, shift, workspace
from mindshare.core.allocation.request import Floats
from mindshare.core.allocation.subset_sums import EXACT, MOST, Moves, Tables, cell_of, grid, tables
from mindshare.core.kernel import kernel

MOVES = 800  # of least loss that are looked at; as many more as there are rows above ten
WORK = 2_000_000  # look-ups per level
MIN_WIDTH = 3  # of hundreds of rows: wider ones find no more
WIDEST = 2_000  # sets kept per level
DEPTH = 10  # moves across rows in a set; as many as rows where these are more
PLENTY = 4  # times as many moves are looked through
LIKE, LIKE_ALL = 10, 3_200  # moves between the same two options: at least, and between all
TURNS = 10
TINY = 1e-8  # of the value: less is no gain
SAMPLE = 40_000  # of all sets of a level, from which the bar to pass is read


def combine(
    problem: Problem, price: Floats, wanted: Choice, cases: Cases, rhs: Floats, aim: float
) -> Choice | None:
    """The best plan found by moving sets of `cases`; None when none is found that fits. Ends early at the value `aim`.

    Turns start in turn from `wanted`, what the prices alone call for, and from the best plan so far. Where `wanted` fits
    they start from the best one only, and end when one finds nothing.
    """
    a, best = problem.arrays, wanted
    worth, use = account(a, wanted, len(rhs))
    plan = bool(np.all(use <= rhs + problem.slip))
    value = worth if plan else -np.inf
    for turn in range(max(2, TURNS * 10 // max(10, len(rhs)))):
        base = best if plan or turn % 2 else wanted
        worth, use = account(a, base, len(rhs))
        moves, left = moves_of(a, price, cases, base, len(rhs)), rhs - use
        least = worth - value + float(price @ left) - TINY * abs(worth)
        made = _one_turn(moves, price, left, turn, least)
        if len(made):
            best = base.copy()
            best[moves.case[made]] = moves.option[made]
            value = account(a, best, len(rhs))[0]
        elif plan:
            break
        if value >= aim or value == -np.inf:
            break
    return best if value > -np.inf else None


def moves_of(a: Arrays, price: Floats, cases: Cases, choice: Choice, n_rows: int) -> Moves:
    """The moves of least loss, cheapest first; not too many between the same two options, where thousands tie."""
    k, most = len(a.value), MOVES * max(10, n_rows) // 10
    n, to, loss = near_moves(a, price, cases, choice, PLENTY * most)
    pair = choice[n].astype(np.int64) * k + to
    order = np.argsort(pair, kind="stable")
    rank = np.empty(len(pair), np.int64)
    rank[order] = np.arange(len(pair)) - np.searchsorted(pair[order], pair[order])
    kept = np.flatnonzero(rank < max(LIKE, LIKE_ALL // (k * k)))[:most]
    n, to = n[kept], to[kept]
    return Moves(n, to, loss[kept], *changes(a, n, to, choice, n_rows))


@kernel(allocates=True)
def changes(
    a: Arrays, cases: Cases, to: Choice, choice: Choice, n_rows: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """(start, row, change) of use by each move; rows whose use stays are left out."""
    work, start = workspace(n_rows), np.zeros(len(cases) + 1, np.int64)
    row, change = np.empty(len(cases) * n_rows, np.int64), np.empty(len(cases) * n_rows)
    by, rows, mark = work
    end = 0
    for i in range(len(cases)):
        count = shift(a, cases[i], choice[cases[i]], to[i], work)
        for j in range(count):
            r = rows[j]
            if abs(by[r]) > 1e-15:
                row[end], change[end] = r, by[r]
                end += 1
            by[r], mark[r] = 0.0, False
        start[i + 1] = end
    return start, row[:end], change[:end]


def taken(moves: Moves, at: NDArray[np.int64]) -> Moves:
    """The moves `at`, in that order."""
    count = np.diff(moves.start)[at]
    start = np.concatenate([[0], np.cumsum(count)])
    entry = np.repeat(moves.start[at] - start[:-1], count) + np.arange(start[-1])
    return Moves(
        moves.case[at], moves.option[at], moves.loss[at], start, moves.row[entry], moves.change[entry]
    )


def _one_turn(moves: Moves, price: Floats, left: Floats, turn: int, best: float) -> NDArray[np.int64]:
    """The moves to make, of which none where no set is better than `best`."""
    single, across, first = part(moves, len(price), turn)
    low, width, cells = grid(left, moves, len(price))
    table = tables(taken(moves, single), first, price, low, width, cells)
    wide = taken(moves, across)
    depth = max(DEPTH, len(price))
    states = WORK * DEPTH // (depth * max(1, len(wide.row)))
    found = search_sets(wide, table, left, best, (max(MIN_WIDTH, min(WIDEST, states)), depth))
    if found[0] == -2:
        return np.zeros(0, np.int64)
    made = across[found[found >= 0]]
    after = left - np.bincount(
        np.concatenate([moves.row[moves.start[m] : moves.start[m + 1]] for m in made]) if len(made) else [],
        np.concatenate([moves.change[moves.start[m] : moves.start[m + 1]] for m in made])
        if len(made)
        else [],
        len(price),
    )
    fill = []
    for r in range(len(price)):
        held = table.sets[r, table.arg[r, cell_of(low[r], table.inverse[r], cells, after[r])]]
        fill += [single[first[r] + b] for b in range(first[r + 1] - first[r]) if int(held) >> b & 1]
    return np.concatenate([made, np.array(fill, np.int64)])


def part(
    moves: Moves, n_rows: int, turn: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """(single moves by row and case, all others, where each row's begin): every case is in one of both.

    A case goes where its cheapest move is; from the second turn on every other one that could be in both changes sides.
    """
    touches = np.diff(moves.start)
    row = np.where(touches == 1, np.append(moves.row, 0)[moves.start[:-1]], -1)
    cases, head, of = np.unique(moves.case, return_index=True, return_inverse=True)
    home = row[head]  # cheapest first, so the first one of a case
    if turn:
        other = np.full(len(cases), -1)
        np.maximum.at(other, of, row)
        mixed = np.bincount(of, row < 0, len(cases)) > 0
        flip = ((cases * 2654435761 + turn * 40503) >> 9 & 1 > 0) & mixed & (other >= 0)
        home = np.where(flip, np.where(home < 0, other, -1), home)
    mine = (row >= 0) & (row == home[of])
    order = np.flatnonzero(mine)
    rank = order[np.argsort(row[order], kind="stable")]
    place = np.arange(len(rank)) - np.searchsorted(row[rank], row[rank])
    rank = rank[place < MOST]
    single = rank[np.lexsort((moves.case[rank], row[rank]))]
    across = np.flatnonzero(home[of] < 0)
    across = across[np.argsort(np.append(moves.row, 0)[moves.start[across]], kind="stable")]  # near in memory
    return single, across, np.searchsorted(row[single], np.arange(n_rows + 1))


@kernel(allocates=True)
def search_sets(
    moves: Moves, table: Tables, left: Floats, best: float, shape: tuple[int, int]
) -> NDArray[np.int64]:
    """The set that is worth most once all rows are filled, padded by -1; [-2] where none is better than `best`."""
    m, n_rows = len(moves.case), len(left)
    width, most = shape
    state, rank, mark = np.empty((width, n_rows)), np.zeros(width), np.zeros(width, np.uint64)
    then, rank_then, mark_then = np.empty((width, n_rows)), np.zeros(width), np.zeros(width, np.uint64)
    sets, sets_then = np.full((width, most), -1, np.int64), np.full((width, most), -1, np.int64)
    score = np.empty(width * m, np.float32)
    name = names(m)
    state[0], count, found = left, 1, np.full(1, -2, np.int64)
    for r in range(n_rows):
        rank[0] += fill(table, r, left[r])
    if rank[0] < best and fits(table, left):
        best, found = rank[0], sets[0].copy()
    for depth in range(most if m else 0):  # of no moves there is no score to read a bar from
        extend(moves, table, state[:count], rank, score[: m * count].reshape(m, count))
        kept = 0
        seen = {np.uint64(0)}
        for i in most_promising(score[: count * m], width * (min(depth, DEPTH) + 2)):
            move, b = i // count, i % count
            here = mark[b] ^ name[move]
            if kept == width:
                break
            if here in seen or moved(moves, sets[b, :depth], move):
                continue
            seen.add(here)
            then[kept], rank_then[kept] = state[b], rank[b] + moves.loss[move]
            for e in range(moves.start[move], moves.start[move + 1]):
                r = moves.row[e]
                then[kept, r] -= moves.change[e]
                rank_then[kept] += fill(table, r, then[kept, r]) - fill(table, r, state[b, r])
            mark_then[kept], sets_then[kept] = here, sets[b]
            sets_then[kept, depth] = move
            if rank_then[kept] < best and fits(table, then[kept]):
                best, found = rank_then[kept], sets_then[kept].copy()
            kept += 1
        state, then, rank, rank_then = then, state, rank_then, rank
        mark, mark_then, sets, sets_then, count = mark_then, mark, sets_then, sets, kept
        if count == 0:
            break
    return found


@kernel(allocates=True)
def names(count: int) -> NDArray[np.uint64]:
    """A number for each move, so that the exclusive or of them names a set (Zobrist 1970; numbers by splitmix64)."""
    name = np.empty(count, np.uint64)
    for i in range(count):
        z = np.uint64(i + 1) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        name[i] = z ^ (z >> np.uint64(31))
    return name


@kernel
def moved(moves: Moves, done: NDArray[np.int64], move: int) -> bool:
    """Whether one of the moves done is of the same case."""
    same = False
    for other in done:
        same |= moves.case[other] == moves.case[move]
    return same


@kernel
def fill(table: Tables, r: int, left: float) -> float:
    """What the leftover of row r costs when the row is filled as well as can be."""
    c = cell_of(table.low[r], table.inverse[r], table.rest.shape[1], left)
    return table.price[r] * max(left, table.low[r]) + table.rest[r, c]


@kernel
def fits(table: Tables, left: Floats) -> bool:
    """Whether every row can be filled without passing its limit."""
    good = True
    for r in range(len(left)):
        good &= table.arg[r, cell_of(table.low[r], table.inverse[r], table.rest.shape[1], left[r])] >= 0
    return good


@kernel(allocates=True)
def extend(moves: Moves, table: Tables, state: Floats, rank: Floats, score: NDArray[np.float32]) -> None:
    """Writes into score (moves, states) what every state with every further move is worth, to the width of a cell.

    Here the time goes: leftovers are reckoned in cells, and the inner loop runs over states, many at once.
    """
    count, n_rows = state.shape
    last = np.int32(table.worth.shape[1] - 1)
    place, filled = np.empty((n_rows, count), np.float32), np.empty((n_rows, count), np.float32)
    for r in range(n_rows):
        for b in range(count):
            place[r, b] = np.float32((state[b, r] - table.low[r]) * table.inverse[r] + EXACT)
            filled[r, b] = table.worth[r, max(np.int32(0), min(np.int32(place[r, b]), last))]
    for i in range(len(moves.case)):
        out, loss = score[i], np.float32(moves.loss[i])
        for b in range(count):
            out[b] = np.float32(rank[b]) + loss
        for e in range(moves.start[i], moves.start[i + 1]):
            r = moves.row[e]
            at, now, worth = place[r], filled[r], table.worth[r]
            step = np.float32(moves.change[e] * table.inverse[r])
            for b in range(count):
                c = max(np.int32(0), min(np.int32(at[b] - step), last))
                out[b] += worth[np.uint32(c)] - now[b]


@kernel(allocates=True)
def most_promising(score: NDArray[np.float32], most: int) -> NDArray[np.int64]:
    """About the `most` least scores, least first; the bar is read from a sample."""
    step = max(1, len(score) // SAMPLE)
    some = score[::step].copy()
    rank = min(len(some) - 1, most // step + 1)
    near = np.flatnonzero(score <= np.partition(some, rank)[rank])
    return near[np.argsort(score[near], kind="mergesort")]
