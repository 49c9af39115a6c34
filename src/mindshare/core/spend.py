"""Ask under several limits at once: prices steer, the ledger forbids.

Round by round every case puts forward the agent of the best net (value less price times expected cost); the best nets
are served first while the ledger allows. A question whose cost turns out larger than what is left ends at the limit:
what is left is spent and the answer is lost. Prices are searched on held-out cases, so that spending meets the limits
there; the ledger holds on the new ones whatever happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
Index = Callable[[Mask, I64], F64]  # (known, rows) -> gated value of each row
ROUNDS = 40


class Spent(NamedTuple):
    """`known` (M,) answers in, `asked` (M,) questions paid for, `used` (R,), the questions in order with their numbers."""

    known: Mask
    asked: Mask
    used: F64
    row: I64
    value: F64
    net: F64


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


def spend(case_of: I64, known: Mask, askable: Mask, index: Index, purse: Purse, falling: list[F64]) -> Spent:
    """Ask at each of the `falling` prices until no net is positive or nothing fits; never over a limit."""
    known, asked = known.copy(), np.zeros(len(known), bool)
    used = np.zeros(len(purse.limit))
    rows_in_order, values, nets = [], [], []
    for prices in falling:
        priced = purse.expected @ prices
        for round_ in _rounds(case_of, known, asked, askable, index, purse, priced, used):
            rows_in_order.append(round_[0])
            values.append(round_[1])
            nets.append(round_[2])
    empty = [np.zeros(0)]
    return Spent(
        known,
        asked,
        used,
        np.concatenate(rows_in_order or empty).astype(np.int64),
        np.concatenate(values or empty),
        np.concatenate(nets or empty),
    )


def _rounds(
    case_of: I64, known: Mask, asked: Mask, askable: Mask, index: Index, purse: Purse, priced: F64, used: F64
) -> Iterator[tuple[I64, F64, F64]]:
    """Rounds at one price: marks `known` and `asked`, adds to `used`, gives (rows, values, nets) that were served."""
    active = np.ones(int(case_of.max(initial=-1)) + 1, bool)
    for _ in range(ROUNDS):
        fits = (purse.expected <= purse.limit - used + 1e-12).all(1)
        rows = np.flatnonzero(askable & ~asked & fits & active[case_of])
        if not len(rows):
            break
        value = index(known, rows)
        net = value - priced[rows]
        rows, value, net = rows[net > 0], value[net > 0], net[net > 0]
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
        yield rows[served], value[served], net[served]


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
