"""One pass over the cases at given prices: what each would choose, what that uses, how use reacts to prices.

The dual bound of `max sum V[n, x_n]` within rows `use <= rhs` is, for any prices p >= 0 (Everett 1963),

    D(p) = rhs . p + sum_n max_k (V[n, k] - p . W[n, k])

A case whose best options lie within `blur` (in units of value) of each other is shared between them: the max over
the simplex of `x . net + blur / 2 * (1 - |x|^2)` (Nesterov 2005). It is never below the plain max, so every pass is
a valid bound; it is smooth, so Newton's method works on it also where everything ties.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mindshare.core.request import Floats
from mindshare.core.rows import Arrays

BLOCK = 256  # cases a block: the nets of a block stay in the first-level cache


@njit(cache=True)
def fold(a: Arrays, price: Floats) -> tuple[Any, ...]:
    """Prices times coefficients: what a case pays for an option, constant part and part per column."""
    k_options = len(a.start) - 1
    flat = np.zeros(k_options)
    first = np.zeros(k_options + 1, np.int64)
    col = np.zeros(len(a.row), np.int64)
    rate = np.zeros(len(a.row))
    m = 0
    for k in range(k_options):
        for e in range(a.start[k], a.start[k + 1]):
            paid = price[a.row[e]] * a.coef[e]
            if a.col[e] < 0:
                flat[k] += paid
            elif m > first[k] and col[m - 1] == a.col[e]:
                rate[m - 1] += paid
            else:
                col[m], rate[m] = a.col[e], paid
                m += 1
        first[k + 1] = m
    level = np.zeros(len(a.rate))
    for g in range(len(a.rate)):
        level[g] = (price[a.parity_row + g] - price[a.parity_row + len(a.rate) + g]) * a.rate[g]
    return flat, first, col, rate, level


@njit(cache=True)
def case_nets(a: Arrays, paid: tuple[Any, ...], worth: float, n: int, net: Floats) -> None:
    """Writes V - p . W of every option of case n into `net`, -inf where vetoed. `worth` = 0 leaves V out."""
    flat, first, col, rate, level = paid
    for k in range(len(flat)):
        if len(a.open) and not a.open[k, n]:
            net[k] = -np.inf
            continue
        x = worth * a.value[k, n] - flat[k]
        for e in range(first[k], first[k + 1]):
            x -= rate[e] * a.column[col[e], n]
        if len(a.group) and a.member[k]:
            x -= level[a.group[n]]
        net[k] = x


@njit(cache=True)
def block_nets(a: Arrays, paid: tuple[Any, ...], worth: float, n0: int, n1: int, out: Floats) -> None:
    """Best and second net of cases n0..n1: out[0] best, out[1] second, out[2] the best option."""
    flat, first, col, rate, level = paid
    net = out[3]
    out[0, :] = -np.inf
    out[1, :] = -np.inf
    out[2, :] = 0
    for k in range(len(flat)):
        for n in range(n0, n1):
            net[n - n0] = worth * a.value[k, n] - flat[k]
        for e in range(first[k], first[k + 1]):
            for n in range(n0, n1):
                net[n - n0] -= rate[e] * a.column[col[e], n]
        if len(a.group) and a.member[k]:
            for n in range(n0, n1):
                net[n - n0] -= level[a.group[n]]
        if len(a.open):
            for n in range(n0, n1):
                if not a.open[k, n]:
                    net[n - n0] = -np.inf
        for i in range(n1 - n0):
            if net[i] > out[0, i]:
                out[1, i], out[0, i], out[2, i] = out[0, i], net[i], k
            elif net[i] > out[1, i]:
                out[1, i] = net[i]


@njit(cache=True)
def shares(net: Floats, blur: float, x: Floats) -> float:
    """Best mix x of one case's options (Michelot 1986); returns its smoothed net, >= the plain maximum."""
    top = net.max()
    tau, count = top - blur, -1
    while True:
        total, inside = 0.0, 0
        for k in range(len(net)):
            if net[k] > tau:
                total += net[k] - top
                inside += 1
        tau = top + (total - blur) / inside
        if inside == count:
            break
        count = inside
    smooth, square = 0.0, 0.0
    for k in range(len(net)):
        x[k] = max(0.0, net[k] - tau) / blur if net[k] > tau else 0.0
        if x[k] > 0:
            smooth += x[k] * (net[k] - top)
            square += x[k] * x[k]
    return top + smooth + 0.5 * blur * (1.0 - square)


@njit(cache=True)
def add_use(a: Arrays, n: int, k: int, times: float, use: Floats) -> None:
    """Adds `times` case n's use by option k to the rows of `use`."""
    for e in range(a.start[k], a.start[k + 1]):
        use[a.row[e]] += times * a.coef[e] * (a.column[a.col[e], n] if a.col[e] >= 0 else 1.0)
    if len(a.group) and a.member[k]:
        g = a.group[n]
        use[a.parity_row + g] += times * a.rate[g]
        use[a.parity_row + len(a.rate) + g] -= times * a.rate[g]


@njit(cache=True)
def touched_rows(
    a: Arrays, n: int, k: int, rows: NDArray[np.int64], mark: NDArray[np.bool_], count: int
) -> int:
    """Appends the rows that option k of case n uses to rows[:count], each once; returns the new count."""
    for e in range(a.start[k], a.start[k + 1]):
        if not mark[a.row[e]]:
            mark[a.row[e]] = True
            rows[count] = a.row[e]
            count += 1
    if len(a.group) and a.member[k]:
        for r in (a.parity_row + a.group[n], a.parity_row + len(a.rate) + a.group[n]):
            if not mark[r]:
                mark[r] = True
                rows[count] = r
                count += 1
    return count


@njit(cache=True)
def add_curvature(a: Arrays, n: int, x: Floats, blur: float, work: tuple[Any, ...], curve: Floats) -> None:
    """Adds W' (I - 11'/s) W / blur over the s options that share case n: the second derivative of its part."""
    one, mean, rows, mark = work
    count, sharing = 0, 0
    for k in range(len(x)):
        if x[k] > 0:
            sharing += 1
            count = touched_rows(a, n, k, rows, mark, count)
            add_use(a, n, k, 1.0, mean)
    for k in range(len(x)):
        if x[k] > 0:
            add_use(a, n, k, 1.0, one)
            for i in range(count):
                r = rows[i]
                if one[r] != 0:
                    for j in range(count):
                        curve[r, rows[j]] += one[r] * one[rows[j]] / blur
            for i in range(count):
                one[rows[i]] = 0.0
    for i in range(count):
        for j in range(count):
            curve[rows[i], rows[j]] -= mean[rows[i]] * mean[rows[j]] / (sharing * blur)
    for i in range(count):
        mean[rows[i]], mark[rows[i]] = 0.0, False


@njit(cache=True)
def sweep(a: Arrays, price: Floats, blur: float, worth: float) -> tuple[float, Floats, Floats]:
    """Sum of (smoothed) best nets, use of every row (R,), curvature (R, R)."""
    n_cases, k_options, n_rows = a.value.shape[1], a.value.shape[0], len(price)
    use, curve, total = np.zeros(n_rows), np.zeros((n_rows, n_rows)), 0.0
    paid, out = fold(a, price), np.empty((4, BLOCK))
    net, x = np.empty(k_options), np.empty(k_options)
    work = (np.zeros(n_rows), np.zeros(n_rows), np.empty(n_rows, np.int64), np.zeros(n_rows, np.bool_))
    for n0 in range(0, n_cases, BLOCK):
        n1, part = min(n_cases, n0 + BLOCK), 0.0
        block_nets(a, paid, worth, n0, n1, out)
        for n in range(n0, n1):
            if out[0, n - n0] - out[1, n - n0] >= blur:
                part += out[0, n - n0]
                add_use(a, n, int(out[2, n - n0]), 1.0, use)
                continue
            case_nets(a, paid, worth, n, net)
            part += shares(net, blur, x)
            for k in range(k_options):
                if x[k] > 0:
                    add_use(a, n, k, x[k], use)
            add_curvature(a, n, x, blur, work, curve)
        total += part
    return total, use, curve


@njit(cache=True)
def settle(a: Arrays, price: Floats, blur: float, worth: float) -> tuple[Any, Floats]:
    """One option a case, (N,) int32, and its distance to the second best, (N,) units of value.

    Cases shared by several options are settled one by one so that what is used keeps close to what was to be used:
    the rounding error of all cases together stays about one case's use, not a random walk's.
    """
    n_cases, k_options, n_rows = a.value.shape[1], a.value.shape[0], len(price)
    choice, gap = np.empty(n_cases, np.int32), np.empty(n_cases)
    paid, out = fold(a, price), np.empty((4, BLOCK))
    net, x, ahead, trial = np.empty(k_options), np.empty(k_options), np.zeros(n_rows), np.zeros(n_rows)
    for n0 in range(0, n_cases, BLOCK):
        n1 = min(n_cases, n0 + BLOCK)
        block_nets(a, paid, worth, n0, n1, out)
        for n in range(n0, n1):
            gap[n] = out[0, n - n0] - out[1, n - n0]
            choice[n] = int(out[2, n - n0])
            if gap[n] >= blur:
                continue
            case_nets(a, paid, worth, n, net)
            shares(net, blur, x)
            for k in range(k_options):
                if x[k] > 0:
                    add_use(a, n, k, -x[k], ahead)
            least = np.inf
            for k in range(k_options):
                if x[k] > 0:
                    trial[:] = ahead
                    add_use(a, n, k, 1.0, trial)
                    off = (trial * trial).sum()
                    if off < least:
                        least, choice[n] = off, k
            add_use(a, n, choice[n], 1.0, ahead)
    return choice, gap


@njit(cache=True)
def best_nets(a: Arrays, price: Floats) -> Floats:
    """(N,) net of every case's best option."""
    n_cases, paid, out = a.value.shape[1], fold(a, price), np.empty((4, BLOCK))
    best = np.empty(n_cases)
    for n0 in range(0, n_cases, BLOCK):
        n1 = min(n_cases, n0 + BLOCK)
        block_nets(a, paid, 1.0, n0, n1, out)
        best[n0:n1] = out[0, : n1 - n0]
    return best


@njit(cache=True)
def all_nets(a: Arrays, price: Floats) -> Floats:
    """(N, K) nets, -inf where vetoed: for instances small enough to look at every entry."""
    paid, nets = fold(a, price), np.empty((a.value.shape[1], a.value.shape[0]))
    for n in range(a.value.shape[1]):
        case_nets(a, paid, 1.0, n, nets[n])
    return nets


@njit(cache=True)
def used(a: Arrays, choice: NDArray[np.int32], n_rows: int) -> Floats:
    """(R,) scaled use of the rows by a choice of every case."""
    use = np.zeros(n_rows)
    for n in range(len(choice)):
        add_use(a, n, choice[n], 1.0, use)
    return use
