"""The rule under several limits at once, on new cases: prices from held-out cases, a ledger that is never passed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mindshare.core.allocation.allocate import allocate
from mindshare.core.asking.path import BLOCKS, in_order
from mindshare.core.belief.holdout import Stage, thinned
from mindshare.core.cost import Speed, human_answers
from mindshare.core.history import History
from mindshare.core.learn import Learned
from mindshare.core.spend import Purse, Spent, first_prices, pace, search_prices, spend

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
FALLING = (1.0, 0.8, 0.6, 0.4, 0.2, 0.0)  # of the prices: what nobody wanted dearly is offered cheaper
TRIAL = 1_500  # held-out cases that prices are searched on


class Rule:
    """`limits`: resource -> amount that `cases` cases share; ``prices`` are per unit, in utility."""

    def __init__(self, learned: Learned, speed: Speed, limits: Mapping[str, float], cases: int) -> None:
        self.learned, self.speed, self.limits, self.cases = learned, speed, dict(limits), cases

    def run(self, stage: Stage, prices: F64) -> tuple[Spent, F64]:
        """Ask under the limits, from these prices on; what is left in the end is offered at falling prices.

        Returns also the prices (R,) that were paid on the way, zero where more is left in the end than the dearest
        single answer uses: that was not scarce.
        """
        limit = np.array(list(self.limits.values()), float)
        purse, worth, free = (
            self._purse(stage.history, limit),
            Remembered(self.learned, stage),
            self.free(stage),
        )
        case = stage.opened.case.astype(np.int64)
        blocks = np.array_split(in_order(stage.history, self.learned.model.about.seed), BLOCKS)
        spent, paid = pace(case, Spent.nothing(free, len(limit)), ~free, worth, purse, prices, blocks)
        spent = spend(case, spent, ~free, worth, purse, [paid * f for f in FALLING])
        dearest = purse.expected.max(0, initial=0.0)
        return spent, np.where(limit - spent.used > dearest, 0.0, paid)

    def free(self, stage: Stage) -> Mask:
        """(M,) machines that use nothing of a limited resource: they always speak."""
        expected = self.speed.expected(stage.history)
        used = sum(
            (expected[r] > 0 for r in self.limits if r in expected), np.zeros(len(stage.history.answers), int)
        )
        return np.asarray((stage.opened.person == 0) & (used == 0))

    def _purse(self, history: History, limit: F64) -> Purse:
        expected = {**self.speed.expected(history), "human_answers": human_answers(history)}
        actual = {**history.cost(), "human_answers": human_answers(history).astype(np.float32)}
        return Purse.of(expected, actual, dict.fromkeys(self.limits, 0.0))._replace(limit=limit)

    def prices(self) -> F64:
        """(R,) prices at which held-out cases spend what the limits allow a case."""
        stages = thinned(self.learned.holdout, TRIAL)
        held = sum(len(s.history) for s in stages)
        if not held:
            return np.zeros(len(self.limits))
        per_case = np.array(list(self.limits.values()), float) / max(self.cases, 1)
        endless = np.full(len(self.limits), np.inf)
        parts = [(Remembered(self.learned, s), self._purse(s.history, endless)) for s in stages]

        def trial(price: F64) -> F64:
            used = np.zeros(len(per_case))
            for worth, purse in parts:
                case, free = worth.stage.opened.case.astype(np.int64), self.free(worth.stage)
                nothing = Spent.nothing(free, len(per_case))
                used += spend(case, nothing, ~free, worth, purse, [price]).used
            return used / held

        return search_prices(trial, per_case, self._start(parts, per_case * held))

    def _start(self, parts: list[tuple[Remembered, Purse]], limit: F64) -> F64:
        """(R,) where the search begins: the duals of one question a case, allocated as a batch within `limit`."""
        values, uses = [], []
        for worth, purse in parts:
            opened, known = worth.stage.opened, self.free(worth.stage)
            rows = np.flatnonzero(~known)
            value = np.full((opened.n_cases, 1 + len(worth.stage.history.agent_id)), -1.0)
            use = np.zeros((*value.shape, len(limit)))
            value[:, 0] = 0.0
            at = opened.case[rows], 1 + worth.stage.history.answers.agent[rows]
            value[at] = np.maximum(worth(known, rows), -1.0) if len(rows) else 0.0
            use[at] = purse.expected[rows]
            values.append(value)
            uses.append(use)
        value, use = np.concatenate(values), np.concatenate(uses)
        names = [str(r) for r in range(len(limit))]
        cost = {name: {k: use[:, k, r] for k in range(1, value.shape[1])} for r, name in enumerate(names)}
        plan = allocate(
            value, cost, {name: float(x) for name, x in zip(names, limit, strict=True) if x < np.inf}
        )
        price = np.array([plan.price.get(name, 0.0) for name in names])
        low = first_prices(np.concatenate([purse.expected for _, purse in parts]))
        return np.maximum(price, low)  # what one question leaves over, a second one may want


class Remembered:
    """``(known, rows)`` -> gated values, remembered by which answers of a case are known.

    A search for prices meets the same states again and again: values do not depend on prices.
    """

    def __init__(self, learned: Learned, stage: Stage) -> None:
        self.learned, self.stage = learned, stage
        # a state is the set of a case's known rows, told by the sum of their random tokens
        self._token = np.random.default_rng(0).integers(1, 2**62, len(stage.opened.person), dtype=np.uint64)
        self._seen: dict[tuple[int, int], F64] = {}

    def __call__(self, known: Mask, rows: I64) -> F64:
        opened = self.stage.opened
        case_of = opened.case
        cases = np.unique(case_of[rows])
        sums = np.zeros(opened.n_cases, np.uint64)
        np.add.at(sums, case_of[known], self._token[known])
        keys = list(zip(cases.tolist(), sums[cases].tolist(), strict=True))
        fresh = np.array([key[0] for key in keys if key not in self._seen], np.int64)
        if len(fresh):
            self._learn(known, fresh, sums)
        whole = np.full(len(case_of), np.nan)
        spans = [np.arange(opened.rows.indptr[c], opened.rows.indptr[c + 1]) for c in cases]
        whole[np.concatenate(spans)] = np.concatenate([self._seen[key] for key in keys])
        return whole[rows]

    def _learn(self, known: Mask, cases: I64, sums: NDArray[np.uint64]) -> None:
        opened = self.stage.opened
        wanted = np.zeros(opened.n_cases, bool)
        wanted[cases] = True
        rows = np.flatnonzero(wanted[opened.case] & ~known)
        value = np.zeros(len(opened.person))
        value[rows] = self.learned.model.worth(self.stage, known, rows)
        for c in cases.tolist():
            self._seen[(c, int(sums[c]))] = value[opened.rows.indptr[c] : opened.rows.indptr[c + 1]].copy()
