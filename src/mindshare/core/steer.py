"""How prices move from one case to the next, compiled. `pace` says why; here is what is reckoned."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mindshare.core.ledger import Floats

STEP = 0.05  # over the root of the cases that stand behind a price: how fast it is learnt
LEAST_CASES = 1_000.0  # that a price is taken to last for, be its period ever so short
MOST = 0.5  # the most that one case moves the logarithm of a price
FOLLOW = 0.5  # how a price answers its pace; about one over the elasticity of demand
LOW, HIGH = -1.0, 3.0  # of the logarithm of that answer
LEAST_PACE = 0.05  # of the pace at the start: what is nearly gone moves prices no faster
FLOOR = 0.01  # of what a unit brings: from a price of nothing it would never rise in time
TOLD = 20.0  # cases that what a kind usually uses counts for
MEMORY = 200.0  # cases: of what a kind wants, of what a unit brings, of what comes back of a stock


class Course(NamedTuple):
    """What has been learnt of each resource; all (R,) but the last two."""

    log: Floats  # logarithm of the learnt part of the price
    behind: Floats  # cases that stand behind it
    pace: Floats  # what may be spent a case
    first: Floats  # the same when the period began; 0 = not yet known
    brings: Floats  # value that a unit brings, about
    back: Floats  # of a stock: what is released a case, about
    released: Floats  # of a stock: what was released since the last case
    wants: Floats  # (J, R) what a case of each kind wants, about
    cases: Floats  # (J,) that have come


def course(price: Floats, usual: Floats) -> Course:
    """Prices to start from, (R,), 0 = nothing is known; what a case of each kind usually uses, (J, R), NaN = not known."""
    count, told = len(price), ~np.isnan(usual).all(axis=1)
    with np.errstate(divide="ignore"):
        log = np.log(price)
    return Course(
        log=log,
        behind=np.where(price > 0, np.inf, 1.0),
        pace=np.zeros(count),
        first=np.zeros(count),
        brings=np.zeros(count),
        back=np.zeros(count),
        released=np.zeros(count),
        wants=np.nan_to_num(usual),
        cases=np.where(told, TOLD, 0.0),
    )


class Pool(NamedTuple):
    """What all cases share; all (R,)."""

    limit: Floats
    used: Floats
    stock: NDArray[np.bool_]  # held and released, not spent
    price: Floats
    reserve: Floats  # kept from cases that need not be served


@njit(cache=True)
def take(
    c: Course, pool: Pool, value: Floats, use: Floats, case: tuple[int, bool, float], expected: Floats
) -> tuple[int, float, int, float, int]:
    """Prices the case, chooses, spends, and learns from what it wanted; returns what `choose` does.

    `case`: (kind, must be served, cases that a price is for). `expected` (J, R): cases still to come.
    """
    kind, must, lasts = case
    reprice(c, expected, pool)
    told = choose(value, use, pool, 1 if must else 0)
    if told[0] >= 0:
        wanted = told[4]
        follow(c, expected, kind, use[wanted], value[wanted] - value[0], pool.stock, lasts)
        for r in range(len(pool.used)):
            pool.used[r] += use[told[0], r]
    return told


@njit(cache=True)
def sensible(value: Floats, use: Floats) -> bool:
    """Whether values are finite, uses finite and not negative, and the stop, option 0, uses nothing."""
    for k in range(len(value)):
        if not np.isfinite(value[k]):
            return False
        for r in range(use.shape[1]):
            if not (0.0 <= use[k, r] < np.inf) or (k == 0 and use[k, r] > 0):
                return False
    return True


@njit(cache=True)
def reprice(c: Course, expected: Floats, pool: Pool) -> None:
    """Writes `c.pace` and the prices from what is left, what comes back and the cases `expected` (J, R)."""
    limit, used, stock, price = pool.limit, pool.used, pool.stock, pool.price
    for r in range(len(price)):
        if stock[r]:
            c.back[r] += (c.released[r] - c.back[r]) / MEMORY
            c.released[r] = 0.0
            turns = c.back[r] > 0 and used[r] > 0 and limit[r] > 0
            c.pace[r] = c.back[r] * limit[r] / used[r] if turns else limit[r]
            answer = FOLLOW * np.log(used[r] / limit[r]) if turns else LOW
        else:
            coming = max(expected[:, r].sum(), 1.0)
            c.pace[r] = max(max(limit[r] - used[r], 0.0) / coming, LEAST_PACE * c.first[r])
            if c.first[r] == 0:
                c.first[r] = c.pace[r]
            answer = FOLLOW * np.log(c.first[r] / c.pace[r]) if c.pace[r] > 0 else HIGH
        price[r] = np.exp(c.log[r] + min(max(answer, LOW), HIGH))


@njit(cache=True)
def choose(value: Floats, use: Floats, pool: Pool, low: int) -> tuple[int, float, int, float, int]:
    """Of options `low` and up: (best net that fits, its net, the second that fits, its net, the best net of all); -1 = none.

    The reserve is for those who must be served: of them `low` is 1.
    """
    found, best, second, next_best, wanted, most = -1, -np.inf, -1, -np.inf, low, -np.inf
    for k in range(low, len(value)):
        fits, net = True, value[k]
        for r in range(len(pool.price)):
            if use[k, r] > 0:
                net -= pool.price[r] * use[k, r]
                kept = pool.reserve[r] if low == 0 else 0.0
                fits &= pool.used[r] + use[k, r] <= pool.limit[r] - kept
        if net > most:
            wanted, most = k, net
        if fits and net > best:
            found, best, second, next_best = k, net, found, best
        elif fits and net > next_best:
            second, next_best = k, net
    return found, best, second, next_best if second >= 0 else 0.0, wanted


@njit(cache=True)
def follow(
    c: Course,
    expected: Floats,
    kind: int,
    wanted: Floats,
    gain: float,
    stock: NDArray[np.bool_],
    lasts: float,
) -> None:
    """Learns from what a case of `kind` wanted of each resource (R,), for a `gain` of value; `lasts`: cases a price is for."""
    kinds = len(c.cases)
    c.cases[kind] += 1.0
    for r in range(len(wanted)):
        c.wants[kind, r] += (wanted[r] - c.wants[kind, r]) / min(c.cases[kind], MEMORY)
        c.behind[r] += 1.0
        if wanted[r] > 0 and gain > 0:
            first = c.brings[r] == 0
            c.brings[r] += (gain / wanted[r] - c.brings[r]) / (1.0 if first else MEMORY)
        if c.pace[r] <= 0:
            continue
        mine = c.pace[r]
        if kinds > 1 and not stock[r]:
            every, coming = 0.0, 0.0
            for j in range(kinds):
                if c.cases[j] > 0:  # of kinds that nobody has seen the mean of the others is thought
                    every += expected[j, r] * c.wants[j, r]
                    coming += expected[j, r]
            if every > 0:
                mine *= c.wants[kind, r] * coming / every
        step = STEP / np.sqrt(min(c.behind[r], max(lasts, LEAST_CASES)))
        moved = c.log[r] + min(step * (wanted[r] - mine) / c.pace[r], MOST)
        c.log[r] = max(moved, np.log(FLOOR * c.brings[r])) if c.brings[r] > 0 else moved


@njit(cache=True)
def least_use(use: Floats, limit: Floats, out: Floats) -> None:
    """Writes into `out` (R,) what the option uses that takes the least part of any limit; the stop is none."""
    found, least = -1, np.inf
    for k in range(1, len(use)):
        part = 0.0
        for r in range(len(limit)):
            if use[k, r] > 0:
                part = max(part, use[k, r] / limit[r] if limit[r] > 0 else np.inf)
        if part < least:
            found, least = k, part
    for r in range(len(out)):
        out[r] = use[found, r] if found >= 0 else 0.0


@njit(cache=True)
def upper(seen: Floats, part: float, out: Floats) -> None:
    """Writes into `out` (R,) the quantile `part` of each column of `seen` (n, R), from above."""
    rank = min(int(np.ceil(part * len(seen))), len(seen) - 1)
    for r in range(seen.shape[1]):
        out[r] = np.sort(seen[:, r])[rank]
