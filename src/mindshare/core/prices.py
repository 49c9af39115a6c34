"""What cases would buy at given prices, and the prices at which they use about a pace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.pacing.replay import Index, Rows

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
FIRST_PRICE = 0.002  # utility: where the search for prices begins; what does not run short stays as cheap
STEEPEST = 1.5  # most that a turn moves the logarithm of a price
LEAST_USE = 0.02  # of what a limit allows: less than that moves its price no faster


class Asking(NamedTuple):
    """Rows that may be asked on a stage, those that always speak, and what asking is worth."""

    rows: Rows
    free: Mask
    worth: Index

    def path(self, price: F64, *, per_unit: bool = False) -> tuple[I64, I64, F64]:
        """(Q,) cases, rows and worths of what would be asked at these prices (R,) without limits, in the order of asking.

        `per_unit`: all that is worth anything, most worth per use first.
        """
        known, case_of = self.free.copy(), np.repeat(np.arange(self.cases), np.diff(self.rows.indptr))
        priced = np.maximum(self.rows.expected @ price, 1e-12)
        told: list[tuple[I64, I64, F64]] = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
        active = np.ones(self.cases, bool)
        while True:
            rows = np.flatnonzero(self.rows.askable & ~known & active[case_of])
            worth = self.worth(known, rows) if len(rows) else np.zeros(0)
            net = worth / priced[rows] if per_unit else worth - priced[rows]
            good = (net > 0) & (worth > 0)
            if not good.any():
                break
            best = best_of_case(case_of[rows[good]], net[good])
            row = rows[good][best]
            told.append((case_of[row], row, worth[good][best]))
            known[row], active[:] = True, False
            active[case_of[row]] = True
        case, row, value = (np.concatenate(p) for p in zip(*told, strict=True))
        by_case = np.argsort(case, kind="stable")
        return case[by_case], row[by_case], value[by_case]

    @property
    def cases(self) -> int:
        return len(self.rows.indptr) - 1


def best_of_case(case: I64, net: F64) -> I64:
    """Positions of the best net of each case."""
    order = np.lexsort((-net, case))
    first = np.ones(len(order), bool)
    first[1:] = case[order][1:] != case[order][:-1]
    return np.asarray(order[first])


class Turns(NamedTuple):
    """Of a search: in all, at full steps first, and those at the end that count."""

    all: int
    fast: int
    last: int


WHOLE, AGAIN = Turns(24, 8, 8), Turns(6, 1, 4)  # the first one; one that goes on


class Searched:
    """What held-out cases would buy of several resources: prices > 0 at which they use about a pace, searched for anew for each pace.

    Turn by turn each price answers what was used at the last ones. Where all cases start alike, demand jumps from one
    agent to another at a price: then the turns go to and fro across it, and their mean is where both are worth as much. Where
    less is wanted than the pace, prices fall towards 0. A search goes on from the prices of the one before.
    """

    is_line = False

    def __init__(self, resources: tuple[str, ...], asking: Sequence[Asking]) -> None:
        self.resources, self._asking = resources, asking
        self._cases, mean = sum(one.cases for one in asking), np.ones(len(resources))
        if self._cases:
            mean = np.concatenate([one.rows.expected for one in asking]).mean(axis=0)
        self._log = np.log(FIRST_PRICE / np.maximum(mean * len(resources), 1e-9))
        self._turns = WHOLE

    def price(self, pace: F64) -> F64:
        """(R,) for a pace (R,)."""
        log, last = self._log, []
        for turn in range(self._turns.all if self._cases else 0):
            # of a limit of zero the price rises until nobody wants any, and stays
            used = np.maximum(self._used(np.exp(log)), LEAST_USE * pace)
            over = np.log(np.maximum(used, 1e-12) / np.maximum(pace, 1e-12))
            last.append(log)
            log = log + np.clip(over, -STEEPEST, STEEPEST) / np.sqrt(1 + max(turn - self._turns.fast, 0))
        self._log, self._turns = np.mean(last[-self._turns.last :] or [log], axis=0), AGAIN
        return np.asarray(np.exp(self._log))

    def brings(self) -> F64:
        """(R,) nothing is said of it: no price has a floor."""
        return np.zeros(len(self.resources))

    def tells(self) -> Mask:
        """(R,) it speaks of all resources."""
        return np.ones(len(self.resources), bool)

    def _used(self, price: F64) -> F64:
        """(R,) a case, on average."""
        used = sum(one.rows.expected[one.path(price)[1]].sum(axis=0) for one in self._asking)
        return np.asarray(used / self._cases)
