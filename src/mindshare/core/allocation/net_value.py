"""Net value: what each option of a case is worth less what it uses at given prices; in short its net.

For one case, and for blocks of cases at memory's speed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindshare.core.allocation.columns import one, whole
from mindshare.core.allocation.constraints import Arrays
from mindshare.core.allocation.request import Floats
from mindshare.core.kernel import kernel

BLOCK = 1024  # cases per block: what is kept of a block stays in the first-level cache
Paid = tuple[Any, ...]


@kernel(allocates=True)
def fold(a: Arrays, price: Floats, worth: float, kind: NDArray[Any]) -> Paid:
    """Prices times coefficients, in the type of `kind`: what a case pays for an option, constant and per column."""
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
    times = np.full(1, worth, kind.dtype)
    return (
        flat.astype(kind.dtype),
        first,
        col,
        rate.astype(kind.dtype),
        levels(a, price).astype(kind.dtype),
        times,
    )


@kernel(allocates=True)
def workplace(kind: NDArray[Any]) -> tuple[Any, ...]:
    """Best and second net, the best option, and scratch, of a block of cases."""
    size = BLOCK
    return (
        np.empty(size, kind.dtype),
        np.empty(size, kind.dtype),
        np.empty(size, np.int32),
        np.empty(size, kind.dtype),
        np.empty(size, kind.dtype),
    )


@kernel
def block_nets(a: Arrays, paid: Paid, n0: int, n1: int, out: tuple[Any, ...]) -> None:
    """Best and second net and best option of cases n0..n1, written so that the compiler takes many cases at once."""
    flat, first, col, rate, level, times = paid
    best, second, at, net, lift = out
    n_cases, m, worth = a.value.shape[1], n1 - n0, times[0]
    for i in range(m):
        best[i], second[i], at[i] = -np.inf, -np.inf, 0
    if len(a.group):
        for i in range(m):
            lift[i] = level[a.group[n0 + i]]
    for k in range(len(flat)):
        v, f = a.value[k, n0:n1], flat[k]
        levelled = len(a.group) > 0 and a.member[k]
        if first[k + 1] == first[k] + 1 and not levelled and not len(a.open):  # the usual option, in one go
            w, r = whole(a.column[col[first[k]]], a.store, n_cases)[n0:n1], rate[first[k]]
            for i in range(m):
                x, b, s = worth * v[i] - r * w[i] - f, best[i], second[i]
                low = x if x < b else b
                second[i] = low if low > s else s
                at[i] = k if x > b else at[i]
                best[i] = x if x > b else b
            continue
        for i in range(m):
            net[i] = worth * v[i] - f
        for e in range(first[k], first[k + 1]):
            w, r = whole(a.column[col[e]], a.store, n_cases)[n0:n1], rate[e]
            for i in range(m):
                net[i] -= r * w[i]
        if levelled:
            for i in range(m):
                net[i] -= lift[i]
        if len(a.open):
            _shut(a.open[k, n0:n1], net)
        for i in range(m):
            x, b, s = net[i], best[i], second[i]
            low = x if x < b else b
            second[i] = low if low > s else s
            at[i] = k if x > b else at[i]
            best[i] = x if x > b else b


@kernel
def _shut(may: NDArray[np.bool_], net: NDArray[Any]) -> None:
    for i in range(len(may)):
        net[i] = net[i] if may[i] else -np.inf


@kernel
def add_use(a: Arrays, n: int, k: int, times: float, use: Floats) -> None:
    """Adds `times` case n's use by option k to the rows of `use`."""
    for e in range(a.start[k], a.start[k + 1]):
        use[a.row[e]] += times * a.coef[e] * (one(a.column[a.col[e]], a.store, n) if a.col[e] >= 0 else 1.0)
    if len(a.group) and a.member[k]:
        g = a.group[n]
        use[a.parity_row + g] += times * a.rate[g]
        use[a.parity_row + len(a.rate) + g] -= times * a.rate[g]


@kernel
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


@kernel
def amounts(a: Arrays, n: int, w: Floats) -> None:
    """Writes into w (E,) what case n would use of each entry's row."""
    for e in range(len(w)):
        w[e] = a.coef[e] * (one(a.column[a.col[e]], a.store, n) if a.col[e] >= 0 else 1.0)


@kernel
def case_nets(a: Arrays, price: Floats, level: Floats, worth: float, n: int, w: Floats, net: Floats) -> None:
    """Writes case n's amounts into w (E,), and V - p . W of every option into net (K,), -inf where vetoed."""
    amounts(a, n, w)
    for k in range(len(net)):
        if len(a.open) and not a.open[k, n]:
            net[k] = -np.inf
            continue
        net[k] = worth * a.value[k, n]
        for e in range(a.start[k], a.start[k + 1]):
            net[k] -= price[a.row[e]] * w[e]
        if len(a.group) and a.member[k]:
            net[k] -= level[a.group[n]]


@kernel(allocates=True)
def levels(a: Arrays, price: Floats) -> Floats:
    """(G,) what a case of each group pays for an option whose share is to be level."""
    level = np.zeros(len(a.rate))
    for g in range(len(a.rate)):
        level[g] = (price[a.parity_row + g] - price[a.parity_row + len(a.rate) + g]) * a.rate[g]
    return level
