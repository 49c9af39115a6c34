"""Ask under several limits at once: prices steer, the ledger forbids.

Round by round every case puts forward the agent of the best net (value less price times expected cost); the best nets
are served first while the ledger allows. A question whose cost turns out larger than what is left ends at the limit:
what is left is spent and the answer is lost. Prices are searched on held-out cases, so that spending meets the limits
there; on the new ones they follow what is spent, block by block, and the ledger holds whatever happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
Index = Callable[[Mask, I64], F64]  # (known, rows) -> gated value of each row
ROUNDS = 40
FIRST_PRICE = 0.02  # utility
MOST = 1.5  # times its part that a block may spend


class Spent(NamedTuple):
    """`known` (M,) answers in, `asked` (M,) questions paid for, `used` (R,), the rows that were asked in order."""

    known: Mask
    asked: Mask
    used: F64
    row: I64

    @staticmethod
    def nothing(known: Mask, resources: int) -> Spent:
        """Before the first question."""
        return Spent(known.copy(), np.zeros(len(known), bool), np.zeros(resources), np.zeros(0, np.int64))


class Purse(NamedTuple):
    """(M, R) expected and actual cost of each row, (R,) limits (inf = none)."""

    expected: F64
    actual: F64
    limit: F64

    @staticmethod
    def of(
        expected: Mapping[str, F64], actual: Mapping[str, NDArray[np.float32]], limits: Mapping[str, float]
    ) -> Purse:
        size = len(next(iter(actual.values()))) if actual else 0
        zero = np.zeros(size)
        return Purse(
            np.stack([expected.get(r, zero) for r in limits], axis=1).astype(np.float64),
            np.stack([actual.get(r, zero) for r in limits], axis=1).astype(np.float64),
            np.array(list(limits.values()), np.float64),
        )


def spend(
    case_of: I64, before: Spent, askable: Mask, index: Index, purse: Purse, falling: Sequence[F64]
) -> Spent:
    """Ask at each of the `falling` (R,) prices until no net is positive or nothing fits; never over a limit."""
    known, asked, used = before.known.copy(), before.asked.copy(), before.used.copy()
    rows = [before.row]
    for prices in falling:
        priced = purse.expected @ prices
        rows += _rounds(case_of, known, asked, askable, index, purse, priced, used)
    return Spent(known, asked, used, np.concatenate(rows))


def pace(
    case_of: I64, before: Spent, askable: Mask, index: Index, purse: Purse, prices: F64, blocks: Sequence[I64]
) -> tuple[Spent, F64]:
    """Ask block by block of cases: one that spends more than its part of what is left makes the next one dearer.

    Prices that were found on other cases fit these only about. And where all cases start alike, demand jumps from
    one agent to another at a price: going to and fro across it is what mixes them. Returns also
    the mean of the blocks' prices, (R,).
    """
    spent, offered, left = before, [], sum(map(len, blocks))
    dearest = purse.expected.max(0, initial=0.0)
    first = first_prices(purse.expected)
    for block in (b for b in blocks if len(b)):
        mine = np.zeros(int(case_of.max(initial=-1)) + 1, bool)
        mine[block] = True
        part = (purse.limit - spent.used) * (len(block) / left)
        left -= len(block)
        most = np.minimum(purse.limit, spent.used + MOST * part + dearest)
        after = spend(case_of, spent, askable & mine[case_of], index, purse._replace(limit=most), [prices])
        over = (after.used - spent.used) / np.maximum(part, 1e-300)
        spent = after
        offered.append(prices)
        moved = prices * np.sqrt(np.clip(over, 1 / MOST, MOST))
        prices = np.where((prices == 0) & (over > 1), first, moved)
    return spent, np.mean(offered, axis=0) if offered else prices


def _rounds(
    case_of: I64, known: Mask, asked: Mask, askable: Mask, index: Index, purse: Purse, priced: F64, used: F64
) -> Iterator[I64]:
    """Rounds at one price: marks `known` and `asked`, adds to `used`, gives the rows that were served."""
    active = np.ones(int(case_of.max(initial=-1)) + 1, bool)
    for _ in range(ROUNDS):
        fits = (purse.expected <= purse.limit - used + 1e-12).all(1)
        rows = np.flatnonzero(askable & ~asked & fits & active[case_of])
        if not len(rows):
            break
        net = index(known, rows) - priced[rows]
        rows, net = rows[net > 0], net[net > 0]
        if not len(rows):
            break
        best = _best_of_case(case_of[rows], net)
        best = best[np.argsort(-net[best], kind="stable")]
        outcome = _serve(purse.expected[rows[best]], purse.actual[rows[best]], purse.limit, used)
        served = best[outcome > 0]
        if not len(served):
            break
        asked[rows[served]] = True
        known[rows[best[outcome == 2]]] = True
        active[:] = False
        active[case_of[rows]] = True
        yield rows[served]


def first_prices(expected: F64) -> F64:
    """(R,) low prices to begin with: of each resource an answer's mean use costs an even part of FIRST_PRICE."""
    mean = expected.mean(0) if len(expected) else np.ones(expected.shape[1])
    return np.asarray(FIRST_PRICE / np.maximum(mean * expected.shape[1], 1e-9))


def search_prices(
    trial: Callable[[F64], F64], limit: F64, start: F64, steps: int = 14, tolerance: float = 0.02
) -> F64:
    """Prices at which `trial(prices)` (R,) spends about `limit` (R,): a multiplicative dual search.

    A resource that stays under its limit at price zero keeps price zero.
    """
    limit = np.minimum(limit, 1e300)  # infinity is no limit
    binding = trial(np.zeros(len(limit))) > limit
    price = np.where(binding, start, 0.0)
    within: F64 | None = None
    for step in range(steps):
        if not binding.any():
            return price
        used = trial(price)
        # at a limit of zero the price rises until nobody wants any, and stays
        ratio = np.log(np.maximum(np.maximum(used, 0.02 * limit), 1e-12) / np.maximum(limit, 1e-12))
        if np.all(used <= limit * (1 + tolerance)):
            within = price if within is None or price @ limit < within @ limit else within
        if np.all(np.abs(ratio[binding]) < tolerance):
            break
        price = np.where(binding, price * np.exp(np.clip(ratio / (1 + 0.15 * step), -2.0, 2.0)), 0.0)
    # where everyone wants the same, demand jumps: better a little too dear than a limit that is gone at once
    return price if within is None else within


def _best_of_case(case: I64, net: F64) -> I64:
    """Positions of the best net of each case."""
    order = np.lexsort((-net, case))
    first = np.ones(len(order), bool)
    first[1:] = case[order][1:] != case[order][:-1]
    return order[first]


@numba.njit(cache=True)
def _serve(expected, actual, limit, used):  # type: ignore[no-untyped-def]
    """Serve questions in order; adds to `used`. 0 = did not fit, 1 = ended at the limit unanswered, 2 = answered."""
    out = np.zeros(len(expected), np.int8)
    for q in range(len(expected)):
        fits, whole = True, True
        for r in range(len(limit)):
            if expected[q, r] > limit[r] - used[r] + 1e-12:
                fits = False
            if used[r] + actual[q, r] > limit[r]:
                whole = False
        if not fits:
            continue
        out[q] = 2 if whole else 1
        for r in range(len(limit)):
            used[r] = used[r] + actual[q, r] if whole else min(limit[r], used[r] + actual[q, r])
    return out
