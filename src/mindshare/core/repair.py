"""From prices to one option a case: move as few cases as possible, at the least loss, until everything fits.

What must fall with every move is the total relative violation of all rows. A rule that forbids every move into a
full row deadlocks as soon as two rows are over; this one does not. What is left free afterwards is filled by single
moves and by exchanges of two cases, each worth more than before and within every row.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mindshare.core.dual import add_use, case_nets, fold, touched_rows, used
from mindshare.core.request import Floats
from mindshare.core.rows import Arrays, Problem

Choice = NDArray[np.int32]
Cases = NDArray[np.int64]
PAIRS = 700  # moves that are tried against each other in an exchange
SWEEPS = 400
MEND, FILL = True, False  # what a move must do: lower the total violation, or add value within every row


def repair(problem: Problem, price: Floats, choice: Choice, gap: Floats, rhs: Floats) -> bool:
    """Changes `choice` in place until every row holds. False when no move of one or two cases gets nearer.

    `gap` (N,): how near each case's second option is; the nearest cases are tried first, then more.
    """
    a = problem.arrays
    use, reach = used(a, choice, len(rhs)), rhs + problem.slip
    for cases in _nearest(gap, choice.size):
        for _ in range(SWEEPS):
            if not np.any(use > reach):
                return True
            to, score = single_moves(a, price, cases, choice, use, reach, MEND)
            order = np.argsort(score, kind="stable")
            order = order[np.isfinite(score[order])]
            if not apply_moves(a, cases[order], to[order], choice, use, reach, MEND) and not _exchange(
                problem, price, cases, choice, use, reach, MEND
            ):
                break
    return not np.any(use > reach)


def improve(problem: Problem, price: Floats, choice: Choice, gap: Floats, rhs: Floats, spare: float) -> None:
    """Fills and exchanges in place while it adds value; `spare` is the value that is at most still to be had."""
    a = problem.arrays
    use, reach = used(a, choice, len(rhs)), rhs + problem.slip
    cases = next(iter(_nearest(gap, choice.size)))
    for _ in range(20):
        to, score = single_moves(a, price, cases, choice, use, reach, FILL)
        order = np.argsort(score, kind="stable")
        order = order[score[order] < -1e-12 * spare]
        moved = apply_moves(a, cases[order], to[order], choice, use, reach, FILL)
        if not moved and not _exchange(problem, price, cases, choice, use, reach, FILL):
            break


def _nearest(gap: Floats, n: int) -> list[Cases]:
    """Growing sets of cases, those nearest to another option first."""
    nearest = [np.sort(np.argpartition(gap, size)[:size]) for size in (4096, 65536) if size < n]
    return [*nearest, np.arange(n)]


def _exchange(
    problem: Problem, price: Floats, cases: Cases, choice: Choice, use: Floats, reach: Floats, mend: bool
) -> int:
    """One round of exchanges of two cases; returns how many were made."""
    a = problem.arrays
    if len(use) == 0 or len(cases) > 70000:
        return 0
    n, k, loss = near_moves(a, price, cases, choice)
    if len(n) > PAIRS:
        keep = np.sort(np.argpartition(loss, PAIRS)[:PAIRS])
        n, k, loss = n[keep], k[keep], loss[keep]
    order = np.argsort(loss, kind="stable")
    return int(exchange(a, n[order], k[order], choice, use, reach, mend))


@njit(cache=True)
def over(use: Floats, reach: Floats) -> float:
    """Total relative violation of all rows."""
    total = 0.0
    for r in range(len(use)):
        total += max(0.0, use[r] - reach[r])
    return total


@njit(cache=True)
def shift(a: Arrays, n: int, old: int, new: int, work: tuple[Any, ...]) -> int:
    """Writes into work what use changes when case n moves from one option to another; returns the rows touched."""
    change, rows, mark = work
    count = touched_rows(a, n, old, rows, mark, 0)
    count = touched_rows(a, n, new, rows, mark, count)
    add_use(a, n, old, -1.0, change)
    add_use(a, n, new, 1.0, change)
    return count


@njit(cache=True)
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


@njit(cache=True)
def workspace(n_rows: int) -> tuple[Floats, NDArray[np.int64], NDArray[np.bool_]]:
    """(change of use, rows touched, whether touched), all clear."""
    return np.zeros(n_rows), np.empty(n_rows, np.int64), np.zeros(n_rows, np.bool_)


@njit(cache=True)
def single_moves(
    a: Arrays, price: Floats, cases: Cases, choice: Choice, use: Floats, reach: Floats, mend: bool
) -> tuple[Choice, Floats]:
    """The best move of each case: option and what to sort by, +inf where there is none.

    To mend: loss of net per fall of the violation. To fill: minus the value gained, within every row.
    """
    to, score = np.zeros(len(cases), np.int32), np.full(len(cases), np.inf)
    paid, net, work = fold(a, price), np.empty(a.value.shape[0]), workspace(len(use))
    for i in range(len(cases)):
        n = cases[i]
        old = choice[n]
        case_nets(a, paid, 1.0, n, net)
        tiny = 1e-12 * (abs(net[old]) + 1e-300)
        for k in range(len(net)):
            gain = float(a.value[k, n]) - float(a.value[old, n])
            if k == old or net[k] == -np.inf or (not mend and gain <= 0.0):
                continue
            fall, fits = verdict(use, reach, work, shift(a, n, old, k, work))
            if mend and fall < -1e-14:
                rank = (net[old] - net[k] + tiny) / -fall
            elif not mend and fits:
                rank = -gain
            else:
                continue
            if rank < score[i]:
                to[i], score[i] = k, rank
    return to, score


@njit(cache=True)
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


@njit(cache=True)
def near_moves(a: Arrays, price: Floats, cases: Cases, choice: Choice) -> tuple[Cases, Choice, Floats]:
    """All moves that cost no more net than the 700th cheapest case's cheapest: (case, option, loss of net)."""
    k_options = a.value.shape[0]
    paid, net, cheapest = fold(a, price), np.empty(k_options), np.full(len(cases), np.inf)
    for i in range(len(cases)):
        case_nets(a, paid, 1.0, cases[i], net)
        for k in range(k_options):
            if k != choice[cases[i]]:
                cheapest[i] = min(cheapest[i], net[choice[cases[i]]] - net[k])
    bar = np.sort(cheapest)[min(700, len(cases) - 1)]
    count = 0
    ns, ks, losses = np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0)
    for turn in range(2):
        if turn == 1:
            ns, ks, losses = np.empty(count, np.int64), np.empty(count, np.int32), np.empty(count)
            count = 0
        for i in range(len(cases)):
            if cheapest[i] > bar or cheapest[i] == np.inf:
                continue
            n = cases[i]
            case_nets(a, paid, 1.0, n, net)
            for k in range(k_options):
                loss = net[choice[n]] - net[k]
                if k != choice[n] and loss <= bar and loss < np.inf:
                    if turn == 1:
                        ns[count], ks[count], losses[count] = n, k, loss
                    count += 1
    return ns, ks, losses


@njit(cache=True)
def exchange(
    a: Arrays, cases: Cases, to: Choice, choice: Choice, use: Floats, reach: Floats, mend: bool
) -> int:
    """Pairs of moves (of two cases): each move with its best partner, made at once when the pair mends or gains."""
    m, n_rows, made = len(cases), len(use), 0
    change, gain, moved = np.zeros((m, n_rows)), np.empty(m), np.zeros(m, np.bool_)
    old = np.empty(m, np.int32)
    for i in range(m):
        old[i] = choice[cases[i]]
        add_use(a, cases[i], old[i], -1.0, change[i])
        add_use(a, cases[i], to[i], 1.0, change[i])
        gain[i] = float(a.value[to[i], cases[i]]) - float(a.value[old[i], cases[i]])
    for i in range(m):
        if moved[i] or choice[cases[i]] != old[i]:
            continue
        partner, best, before = -1, 0.0 if not mend else -1e-14, over(use, reach)
        for j in range(m):
            if cases[j] == cases[i] or choice[cases[j]] != old[j]:
                continue
            if mend:
                rank = pair_over(use, change[i], change[j], reach) - before
            else:
                rank = -(gain[i] + gain[j])
                if rank < best and not pair_fits(use, change[i], change[j], reach):
                    continue
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


@njit(cache=True)
def pair_over(use: Floats, one: Floats, two: Floats, reach: Floats) -> float:
    """Total relative violation after two changes of use."""
    total = 0.0
    for r in range(len(use)):
        total += max(0.0, use[r] + one[r] + two[r] - reach[r])
    return total


@njit(cache=True)
def pair_fits(use: Floats, one: Floats, two: Floats, reach: Floats) -> bool:
    """Whether two changes together leave every row that they add to within reach."""
    for r in range(len(use)):
        both = one[r] + two[r]
        if both > 0 and use[r] + both > reach[r]:
            return False
    return True
