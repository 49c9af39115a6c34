"""What cases want at prices, within no limit: who is asked, what that uses, and how fast it falls as a price rises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.holdout import Stage
from mindshare.core.learn import Learned
from mindshare.core.pacing.replay import Index, Rows

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
FIRST_PRICE = 0.002  # utility: where the search for prices begins; what does not run short stays as cheap
TURNS, FAST, LAST = 24, 8, 8  # of the search: in all, at full steps first, and those at the end that count
STEEPEST = 1.5  # most that a turn moves the logarithm of a price
LEAST_USE = 0.02  # of what a limit allows: less than that moves its price no faster
AROUND = 3.0  # times a price, up and down, between which its elasticity is told
INELASTIC = 0.2  # the least elasticity that is believed


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


def prices_within(asking: Sequence[Asking], per_case: F64) -> F64:
    """(R,) prices > 0 at which held-out cases use about `per_case` (R,); they fall towards 0 where less is wanted than that.

    Turn by turn each price answers what was used at the last ones. Where all cases start alike, demand jumps from one
    agent to another at a price: then the turns go to and fro across it, and their mean is where both are worth as much.
    """
    cases, mean = sum(one.cases for one in asking), np.ones(len(per_case))
    if cases:
        mean = np.concatenate([one.rows.expected for one in asking]).mean(axis=0)
    log = np.log(FIRST_PRICE / np.maximum(mean * len(per_case), 1e-9))
    last = []
    for turn in range(TURNS if cases else 0):
        used = used_at(asking, np.exp(log)) / cases
        # of a limit of zero the price rises until nobody wants any, and stays
        over = np.log(np.maximum(np.maximum(used, LEAST_USE * per_case), 1e-12) / np.maximum(per_case, 1e-12))
        last.append(log)
        log = log + np.clip(over, -STEEPEST, STEEPEST) / np.sqrt(1 + max(turn - FAST, 0))
    return np.asarray(np.exp(np.mean(last[-LAST:] or [log], axis=0)))


def elasticity(asking: Sequence[Asking], price: F64) -> F64:
    """(R,) how fast the use of each resource falls with its price: by 10 % where that rises by 10 / e %; from INELASTIC to 1.

    Told by held-out cases at AROUND times the price and at a part of it, the other prices as they are. Agents that
    take turns at a price make it large there and nothing beside it, so it is held to 1. Where it is small, prices have to move far
    to save a little, and do so before nothing is left for the cases that come last.
    """
    out = np.ones(len(price))
    for r in range(len(price)):
        times = np.where(np.arange(len(price)) == r, AROUND, 1.0)
        more, less = used_at(asking, price / times)[r], used_at(asking, price * times)[r]
        if more > 0:
            out[r] = np.log(more / max(less, LEAST_USE * more)) / (2 * np.log(AROUND))
    return np.clip(out, INELASTIC, 1.0)


def used_at(asking: Sequence[Asking], price: F64) -> F64:
    """(R,) what the cases use at these prices without limits."""
    used = [one.rows.expected[one.path(price)[1]].sum(axis=0) for one in asking]
    return np.asarray(np.sum(used, axis=0)) if used else np.zeros(len(price))


class ByKind:
    """``(known, rows)`` -> gated values, each from those of its kind; `rows` sorted by case, at least one."""

    def __init__(self, places: Sequence[I64], worths: Sequence[Index], rows: int) -> None:
        self.places, self.worths = places, worths
        self._kind, self._own = np.zeros(rows, np.int64), np.zeros(rows, np.int64)
        for j, place in enumerate(places):
            self._kind[place], self._own[place] = j, np.arange(len(place))

    def __call__(self, known: Mask, rows: I64) -> F64:
        out = np.zeros(len(rows))
        kind = self._kind[rows]
        for j in np.unique(kind).tolist():
            mine = kind == j
            out[mine] = self.worths[j](known[self.places[j]], self._own[rows[mine]])
        return out


class Remembered:
    """``(known, rows)`` -> gated values, remembered by which answers of a case are known; `rows` sorted by case, at least one.

    Prices on the way meet the same states again and again: values do not depend on prices.
    """

    def __init__(self, learned: Learned, stage: Stage) -> None:
        self.learned, self.stage = learned, stage
        # a state is the set of a case's known rows, told by the sum of their random tokens
        self._token = np.random.default_rng(0).integers(1, 2**62, len(stage.opened.person), dtype=np.uint64)
        self._seen: dict[tuple[int, int], F64] = {}

    def __call__(self, known: Mask, rows: I64) -> F64:
        opened = self.stage.opened
        case_of, indptr = opened.case.astype(np.int64, copy=False), opened.rows.indptr
        cases = case_of[rows[:1]] if case_of[rows[0]] == case_of[rows[-1]] else np.unique(case_of[rows])
        spans = [slice(indptr[c], indptr[c + 1]) for c in cases.tolist()]
        keys = [(at.start, int(self._token[at][known[at]].sum())) for at in spans]
        fresh = [i for i, key in enumerate(keys) if key not in self._seen]
        if fresh:
            self._learn(known, cases[fresh], [keys[i] for i in fresh])
        whole = np.full(len(case_of), np.nan)
        for at, key in zip(spans, keys, strict=True):
            whole[at] = self._seen[key]
        return whole[rows]

    def _learn(self, known: Mask, cases: I64, keys: list[tuple[int, int]]) -> None:
        opened = self.stage.opened
        at = np.concatenate(
            [np.arange(opened.rows.indptr[c], opened.rows.indptr[c + 1]) for c in cases.tolist()]
        )
        rows = at[~known[at]]
        value = np.zeros(len(opened.person))
        value[rows] = self.learned.model.worth(self.stage, known, rows)
        for c, key in zip(cases.tolist(), keys, strict=True):
            self._seen[key] = value[opened.rows.indptr[c] : opened.rows.indptr[c + 1]].copy()
