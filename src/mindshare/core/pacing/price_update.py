"""How prices move from one case to the next, compiled. `pacer` says why; here is what is computed.

One rule for all: the price is what demand answers to today's pace, times what was learnt on the way.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.kernel import kernel
from mindshare.core.pacing.demand import price_on
from mindshare.core.pacing.ledger import Floats

STEP = 0.05  # over the root of the cases that stand behind a price: how fast it is learnt
LEAST_CASES = 1_000.0  # that a price is taken to last for, be its period ever so short
MOST = 0.5  # the most that one decision moves the logarithm of a price
FOLLOW = 0.5  # how a price answers its pace where demand is not known; about one over its elasticity
LOW, HIGH = -1.0, 3.0  # of the logarithm of that answer
LEAST_PACE = 0.05  # of the pace at the start: what is nearly gone moves prices no faster
FLOOR = 0.01  # of what a unit brings: from a price of nothing it would never rise in time
TOLD = 20.0  # cases that what a kind usually uses counts for
MEMORY = 200.0  # cases: of what a kind wants, of what a unit brings, of what comes back of a stock


class PriceState(NamedTuple):
    """What has been learnt of each resource; all (R,) but the last two."""

    known: NDArray[np.bool_]  # whether demand is
    base: Floats  # the price that demand answers to the pace `first`; 1 where it is not known
    log: Floats  # logarithm of what was learnt: the price is base times it, times the answer to the pace
    behind: Floats  # cases that stand behind it
    pace: Floats  # what may be spent per case
    first: Floats  # the pace that `base` is for; 0 = not yet known
    brings: Floats  # value that a unit brings, about
    back: Floats  # of a stock: what is released per case, about
    released: Floats  # of a stock: what was released since the last case
    due: Floats  # what the logarithm falls by when the case after the last one comes
    wants: Floats  # (J, R) what a case of each kind wants, about
    cases: Floats  # (J,) that have come


def price_state(price: Floats, usual: Floats, *, demand: bool | NDArray[np.bool_]) -> PriceState:
    """Prices to start from, (R,), 0 = nothing is known; what a case of each kind usually uses, (J, R), NaN = not known.

    `demand` (of all, or (R,)): it is known, so that `base` will be what it answers, and nothing is learnt yet.
    """
    count, told = len(price), ~np.isnan(usual).all(axis=1)
    with np.errstate(divide="ignore"):
        log = np.where(demand, 0.0, np.log(price))
    return PriceState(
        known=np.full(count, demand),
        base=np.ones(count),
        log=log,
        behind=np.where(demand | (price > 0), np.inf, 1.0),
        pace=np.zeros(count),
        first=np.zeros(count),
        brings=np.zeros(count),
        back=np.zeros(count),
        released=np.zeros(count),
        due=np.zeros(count),
        wants=np.nan_to_num(usual),
        cases=np.where(told, TOLD, 0.0),
    )


class Shared(NamedTuple):
    """What all cases share; (R,) but the last two."""

    limit: Floats
    used: Floats
    stock: NDArray[np.bool_]  # held and released, not spent
    price: Floats
    reserve: Floats  # kept from cases that are not mandatory
    level: Floats  # (F,) the line of demand of one resource (`Demand.line`); empty where it is not known, or of several
    bought: Floats  # (F,)


@kernel
def meet(c: PriceState, shared: Shared, kind: int, expected: Floats, lasts: float) -> None:
    """A case of `kind` has come: it is counted once, and the part of the pace that was the last one's; `follow` adds wants.

    `expected` (J, R): cases still to come. `lasts`: cases that a price is for.
    """
    for r in range(len(c.pace)):
        learn(c, r, -c.due[r])
        if shared.stock[r]:
            c.back[r] += (c.released[r] - c.back[r]) / MEMORY
            c.released[r] = 0.0
    reprice(c, shared, expected)
    for r in range(len(c.pace)):
        c.behind[r] += 1.0
        mine = c.pace[r] if shared.stock[r] else part(c, kind, expected, r)
        c.due[r] = step(c, r, lasts) * mine / c.pace[r] if c.pace[r] > 0 else 0.0
    c.cases[kind] += 1.0
    for r in range(len(c.pace)):
        c.wants[kind, r] -= c.wants[kind, r] / min(c.cases[kind], MEMORY)


@kernel
def decide(
    c: PriceState,
    shared: Shared,
    value: Floats,
    use: Floats,
    case: tuple[int, int, float, int],
    expected: Floats,
) -> tuple[int, float, int, float, int]:
    """Prices the options of a case that has come, chooses, and learns from what it wanted; returns what `choose` does.

    `case`: (kind, the lowest option that it may take, cases that a price is for, the kind of a case to `meet` before or -1).
    """
    kind, low, lasts, fresh = case
    if fresh >= 0:
        meet(c, shared, fresh, expected, lasts)
    reprice(c, shared, expected)
    told = choose(value, use, shared, low)
    if told[0] >= 0:
        follow(c, kind, use[told[4]], value[told[4]] - value[0], lasts)
    return told


@kernel
def sensible(value: Floats, use: Floats) -> bool:
    """Whether values are finite, uses finite and not negative, and the stop, option 0, uses nothing."""
    for k in range(len(value)):
        if not np.isfinite(value[k]):
            return False
        for r in range(use.shape[1]):
            if not (0.0 <= use[k, r] < np.inf) or (k == 0 and use[k, r] > 0):
                return False
    return True


@kernel
def reprice(c: PriceState, shared: Shared, expected: Floats) -> None:
    """Writes `c.pace` and the prices from what is left, what comes back and the cases `expected` (J, R)."""
    limit, used, price = shared.limit, shared.used, shared.price
    for r in range(len(price)):
        if shared.stock[r]:
            turns = c.back[r] > 0 and used[r] > 0 and limit[r] > 0
            c.pace[r] = c.back[r] * limit[r] / used[r] if turns else limit[r]
            answer = FOLLOW * np.log(used[r] / limit[r]) if turns else LOW
        else:
            pace = max(limit[r] - used[r], 0.0) / (expected[:, r].sum() + 1.0)
            c.pace[r] = max(pace, LEAST_PACE * c.first[r])
            if c.first[r] == 0:
                c.first[r] = c.pace[r]
            if len(shared.level):
                c.base[r] = price_on(shared.level, shared.bought, pace)
                answer = 0.0
            else:
                answer = FOLLOW * np.log(c.first[r] / c.pace[r]) if c.pace[r] > 0 else HIGH
        price[r] = c.base[r] * np.exp(c.log[r] + min(max(answer, LOW), HIGH))


@kernel
def choose(value: Floats, use: Floats, shared: Shared, low: int) -> tuple[int, float, int, float, int]:
    """Of options `low` and up: (best net that fits, its net, the second that fits, its net, the best net of all); -1 = none.

    The reserve is for mandatory cases: of them `low` is 1.
    """
    found, best, second, next_best, wanted, most = -1, -np.inf, -1, -np.inf, low, -np.inf
    for k in range(low, len(value)):
        fits, net = True, value[k]
        for r in range(len(shared.price)):
            if use[k, r] > 0:
                net -= shared.price[r] * use[k, r]
                kept = shared.reserve[r] if low == 0 else 0.0
                fits &= shared.used[r] + use[k, r] <= shared.limit[r] - kept
        if net > most:
            wanted, most = k, net
        if fits and net > best:
            found, best, second, next_best = k, net, found, best
        elif fits and net > next_best:
            second, next_best = k, net
    return found, best, second, next_best if second >= 0 else 0.0, wanted


@kernel
def follow(c: PriceState, kind: int, wanted: Floats, gain: float, lasts: float) -> None:
    """Learns from what a decision on a case of `kind` wanted of each resource (R,), for a `gain` of value."""
    for r in range(len(wanted)):
        c.wants[kind, r] += wanted[r] / min(c.cases[kind], MEMORY)
        if wanted[r] > 0 and gain > 0:
            first = c.brings[r] == 0
            c.brings[r] += (gain / wanted[r] - c.brings[r]) / (1.0 if first else MEMORY)
        if c.pace[r] > 0:
            learn(c, r, min(step(c, r, lasts) * wanted[r] / c.pace[r], MOST))


@kernel
def step(c: PriceState, r: int, lasts: float) -> float:
    """How far a case that wants twice its pace moves the logarithm of a price."""
    return STEP / np.sqrt(min(c.behind[r], max(lasts, LEAST_CASES)))


@kernel
def learn(c: PriceState, r: int, moved: float) -> None:
    """Moves the learnt part of a price; where demand is met at no price at all, there is nothing to learn."""
    if c.base[r] <= 0:
        return
    c.log[r] += moved
    if c.brings[r] > 0 and not c.known[r]:
        c.log[r] = max(c.log[r], np.log(FLOOR * c.brings[r]))


@kernel
def part(c: PriceState, kind: int, expected: Floats, r: int) -> float:
    """What is the part of a case of `kind` in the pace: cases of several kinds share what is left by what they want."""
    if len(c.cases) == 1 or c.cases[kind] == 0:
        return c.pace[r]
    every, coming = 0.0, 0.0
    for j in range(len(c.cases)):
        if c.cases[j] > 0:  # of kinds that nobody has seen the mean of the others is thought
            every += expected[j, r] * c.wants[j, r]
            coming += expected[j, r]
    return c.pace[r] * c.wants[kind, r] * coming / every if every > 0 else c.pace[r]


@kernel
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


@kernel(allocates=True)
def upper(seen: Floats, part: float, out: Floats) -> None:
    """Writes into `out` (R,) the quantile `part` of each column of `seen` (n, R), from above."""
    rank = min(int(np.ceil(part * len(seen))), len(seen) - 1)
    for r in range(seen.shape[1]):
        out[r] = np.sort(seen[:, r])[rank]
