"""From prices to one option a case: move as few cases as possible, at the least loss, until everything fits.

What must fall with every move is the total relative violation of all rows. A rule that forbids every move into a
full row deadlocks as soon as two rows are over; this one does not. What is left free afterwards is filled by single
moves and by exchanges of two cases, each worth more than before and within every row.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindshare.core.allocation.constraints import Arrays, Problem
from mindshare.core.allocation.dual import used
from mindshare.core.allocation.net_value import add_use, case_nets, levels, touched_rows
from mindshare.core.allocation.request import Floats
from mindshare.core.kernel import kernel

Choice = NDArray[np.int32]
Cases = NDArray[np.int64]
Moves = tuple[Cases, Choice, Floats]  # (case, option, loss of net), cheapest first
MOVES = 1_000  # moves that are tried first
PAIRS = 400  # moves that are tried against each other in an exchange
SWEEPS = 400  # over the moves, at most
MEND, FILL = True, False  # what a move must do: lower the total violation, or add value within every row


def repair(
    problem: Problem, price: Floats, choice: Choice, gap: NDArray[Any], rhs: Floats, thorough: bool = True
) -> bool:
    """Changes `choice` in place until every row holds. False when no move of one or two cases gets nearer.

    `gap` (N,): how near each case's second option is; the nearest moves are tried first, then more cases.
    """
    a = problem.arrays
    use, reach = used(a, choice, len(rhs)), rhs + problem.slip
    if not np.any(use > reach):
        return True
    for most in (MOVES, 8 * MOVES, 64 * MOVES):
        moves = near_moves(a, price, near_ties(gap, most), choice, most)
        if _work(a, moves, choice, use, reach, MEND):
            return True
    for cases in (near_ties(gap, size) for size in (4096, 65536, choice.size) if thorough):
        for _ in range(SWEEPS):
            if not np.any(use > reach):
                return True
            to, score = single_moves(a, price, cases, choice, use, reach)
            order = np.argsort(score, kind="stable")
            order = order[np.isfinite(score[order])]
            if not apply_moves(a, cases[order], to[order], choice, use, reach, MEND) and not _exchange(
                a, price, cases, choice, use, reach
            ):
                break
    return not np.any(use > reach)


def improve(
    problem: Problem, price: Floats, choice: Choice, gap: NDArray[Any], rhs: Floats, rounds: int
) -> None:
    """Fills and exchanges in place while it adds value, over the moves that cost least net."""
    a = problem.arrays
    use, reach = used(a, choice, len(rhs)), rhs + problem.slip
    for _ in range(rounds):
        moves = near_moves(a, price, near_ties(gap, MOVES), choice, MOVES)
        before = choice.copy()
        _work(a, moves, choice, use, reach, FILL)
        if (before == choice).all():
            break


def near_ties(gap: NDArray[Any], size: int) -> Cases:
    """About `size` cases, those nearest to another option, in their order."""
    if size >= gap.size:
        return np.arange(gap.size)
    some = gap[:: max(1, gap.size // 65536)]
    rank = min(some.size - 1, math.ceil(1.1 * size * some.size / gap.size))
    near = np.flatnonzero(gap <= np.partition(some, rank)[rank])
    return near if near.size <= 2 * size else near[:: near.size // size]  # of equals any will do


def _work(a: Arrays, moves: Moves, choice: Choice, use: Floats, reach: Floats, mend: bool) -> bool:
    """Makes single moves and exchanges until none of these `moves` mends (or gains) any more; whether every row holds."""
    n, k, loss = moves
    for _ in range(SWEEPS):
        if mend and not np.any(use > reach):
            return True
        score = rank_moves(a, n, k, loss, choice, use, reach, mend)
        order = np.argsort(score, kind="stable")
        order = order[np.isfinite(score[order])]
        if apply_moves(a, n[order], k[order], choice, use, reach, mend):
            continue
        if len(use) == 0 or not exchange(a, n[:PAIRS], k[:PAIRS], choice, use, reach, mend):
            break
    return not np.any(use > reach)


def _exchange(a: Arrays, price: Floats, cases: Cases, choice: Choice, use: Floats, reach: Floats) -> int:
    """One round of exchanges of two cases that mend; returns how many were made."""
    if len(use) == 0 or len(cases) > 70000:
        return 0
    n, k, _ = near_moves(a, price, cases, choice, PAIRS)
    return int(exchange(a, n[:PAIRS], k[:PAIRS], choice, use, reach, MEND))


@kernel
def over(use: Floats, reach: Floats) -> float:
    """Total relative violation of all rows."""
    total = 0.0
    for r in range(len(use)):
        total += max(0.0, use[r] - reach[r])
    return total


@kernel
def shift(a: Arrays, n: int, old: int, new: int, work: tuple[Any, ...]) -> int:
    """Writes into work what use changes when case n moves from one option to another; returns the rows touched."""
    change, rows, mark = work
    count = touched_rows(a, n, old, rows, mark, 0)
    count = touched_rows(a, n, new, rows, mark, count)
    add_use(a, n, old, -1.0, change)
    add_use(a, n, new, 1.0, change)
    return count


@kernel
def verdict(use: Floats, reach: Floats, work: tuple[Any, ...], count: int) -> tuple[float, bool]:
    """(change of the total violation, whether no touched row is over afterwards); clears work."""
    change, rows, mark = work
    fall, fits = 0.0, True
    for i in range(count):
        r = rows[i]
        after = use[r] + change[r] - reach[r]
        fall += max(0.0, after) - max(0.0, use[r] - reach[r])
        if change[r] > 0 and after > 0:
            fits = False
        change[r], mark[r] = 0.0, False
    return fall, fits


@kernel(allocates=True)
def workspace(n_rows: int) -> tuple[Floats, NDArray[np.int64], NDArray[np.bool_]]:
    """(change of use, rows touched, whether touched), all clear."""
    return np.zeros(n_rows), np.empty(n_rows, np.int64), np.zeros(n_rows, np.bool_)


@kernel(allocates=True)
def rank_moves(
    a: Arrays, cases: Cases, to: Choice, loss: Floats, choice: Choice, use: Floats, reach: Floats, mend: bool
) -> Floats:
    """What to sort moves by, +inf where one does not help.

    To mend: loss of net per fall of the violation. To fill: minus the value gained, within every row.
    """
    score, work = np.full(len(cases), np.inf), workspace(len(use))
    for i in range(len(cases)):
        n, k, old = cases[i], to[i], choice[cases[i]]
        gain = float(a.value[k, n]) - float(a.value[old, n])
        if k == old or (not mend and gain <= 0.0):
            continue
        fall, fits = verdict(use, reach, work, shift(a, n, old, k, work))
        if mend and fall < -1e-14:
            score[i] = (loss[i] + 1e-300) / -fall
        elif not mend and fits:
            score[i] = -gain
    return score


@kernel(allocates=True)
def single_moves(
    a: Arrays, price: Floats, cases: Cases, choice: Choice, use: Floats, reach: Floats
) -> tuple[Choice, Floats]:
    """The move of each case that mends best: option and loss of net per fall of the violation, +inf where none does."""
    to, score = np.zeros(len(cases), np.int32), np.full(len(cases), np.inf)
    net, w, level = np.empty(a.value.shape[0]), np.empty(len(a.row)), levels(a, price)
    work = workspace(len(use))
    for i in range(len(cases)):
        n = cases[i]
        old = choice[n]
        case_nets(a, price, level, 1.0, n, w, net)
        tiny = 1e-12 * (abs(net[old]) + 1e-300)
        for k in range(len(net)):
            if k == old or net[k] == -np.inf:
                continue
            fall, _ = verdict(use, reach, work, shift(a, n, old, k, work))
            if fall < -1e-14 and (net[old] - net[k] + tiny) / -fall < score[i]:
                to[i], score[i] = k, (net[old] - net[k] + tiny) / -fall
    return to, score


@kernel(allocates=True)
def apply_moves(
    a: Arrays, cases: Cases, to: Choice, choice: Choice, use: Floats, reach: Floats, mend: bool
) -> int:
    """Makes the moves in order, each only if it still mends (or still fits); returns how many were made."""
    work, made = workspace(len(use)), 0
    for i in range(len(cases)):
        n = cases[i]
        fall, fits = verdict(use, reach, work, shift(a, n, choice[n], to[i], work))
        if (mend and fall < -1e-14) or (not mend and fits):
            add_use(a, n, choice[n], -1.0, use)
            add_use(a, n, to[i], 1.0, use)
            choice[n] = to[i]
            made += 1
            if mend and over(use, reach) == 0.0:
                break
    return made


@kernel(allocates=True)
def near_moves(
    a: Arrays, price: Floats, cases: Cases, choice: Choice, most: int
) -> tuple[Cases, Choice, Floats]:
    """The moves of these cases that cost least net, about `most`, cheapest first: (case, option, loss of net)."""
    k_options = a.value.shape[0]
    net, w, level = np.empty(k_options), np.empty(len(a.row)), levels(a, price)
    losses = np.full((len(cases), k_options), np.inf)
    for i in range(len(cases)):
        case_nets(a, price, level, 1.0, cases[i], w, net)
        for k in range(k_options):
            if k != choice[cases[i]]:
                losses[i, k] = net[choice[cases[i]]] - net[k]
    flat = losses.ravel()
    bar = np.partition(flat, min(most, flat.size - 1))[min(most, flat.size - 1)]
    near = np.flatnonzero((flat <= bar) & (flat < np.inf))
    order = near[np.argsort(flat[near], kind="mergesort")][:most]
    return cases[order // k_options], (order % k_options).astype(np.int32), flat[order]


@kernel(allocates=True)
def exchange(
    a: Arrays, cases: Cases, to: Choice, choice: Choice, use: Floats, reach: Floats, mend: bool
) -> int:
    """Pairs of moves (of two cases): each move with its best partner, made at once when the pair mends or gains."""
    m, n_rows, made = len(cases), len(use), 0
    change, gain = np.zeros((m, n_rows)), np.empty(m)
    old = np.empty(m, np.int32)
    for i in range(m):
        old[i] = choice[cases[i]]
        add_use(a, cases[i], old[i], -1.0, change[i])
        add_use(a, cases[i], to[i], 1.0, change[i])
        gain[i] = float(a.value[to[i], cases[i]]) - float(a.value[old[i], cases[i]])
    dearest = np.argsort(-gain)  # to fill, the first partner that fits is the best
    for i in range(m):
        if (not mend and gain[i] <= 0.0) or choice[cases[i]] != old[i] or to[i] == old[i]:
            continue
        partner, best, before = -1, 0.0 if not mend else -1e-14, over(use, reach)
        for j in dearest:
            if not mend and gain[i] + gain[j] <= 0.0:
                break
            if cases[j] == cases[i] or choice[cases[j]] != old[j]:
                continue
            if not mend:
                if pair_fits(use, change[i], change[j], reach):
                    partner = j
                    break
                continue
            rank = pair_over(use, change[i], change[j], reach) - before
            if rank < best - 1e-15 * abs(best):
                partner, best = j, rank
        if partner >= 0:
            for s in (i, partner):
                choice[cases[s]] = to[s]
                use += change[s]
            made += 1
            if mend and over(use, reach) == 0.0:
                break
    return made


@kernel
def pair_over(use: Floats, one: Floats, two: Floats, reach: Floats) -> float:
    """Total relative violation after two changes of use."""
    total = 0.0
    for r in range(len(use)):
        total += max(0.0, use[r] + one[r] + two[r] - reach[r])
    return total


@kernel
def pair_fits(use: Floats, one: Floats, two: Floats, reach: Floats) -> bool:
    """Whether two changes together leave every row that they add to within reach."""
    for r in range(len(use)):
        both = one[r] + two[r]
        if both > 0 and use[r] + both > reach[r]:
            return False
    return True
