"""The rule under several limits at once, on new cases: prices from held-out cases, a ledger that is never passed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mindshare.core.cost import Speed, human_answers
from mindshare.core.history import History
from mindshare.core.learn import Learned, Stage, thinned
from mindshare.core.spend import Purse, Spent, search_prices, spend

F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]
TRIAL = 2_500  # held-out cases that prices are searched on


class Rule:
    """`limits`: resource -> amount for the cases of one run; ``prices`` are per unit, in utility."""

    def __init__(self, learned: Learned, speed: Speed, limits: Mapping[str, float], cases: int) -> None:
        """`cases` share the `limits`."""
        self.learned, self.speed, self.limits, self.cases = learned, speed, dict(limits), cases

    def run(self, stage: Stage, prices: F64) -> Spent:
        """Ask under the limits at these prices."""
        purse = self._purse(stage.history, np.array(list(self.limits.values()), float))
        return self._spend(stage, purse, prices)

    def _spend(self, stage: Stage, purse: Purse, prices: F64) -> Spent:
        free = self.free(stage)
        return spend(
            stage.opened.sheet.case.astype(np.int64),
            free,
            ~free,
            lambda known, rows: self.learned.worth(stage, known, rows),
            purse,
            prices,
        )

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
        names = dict.fromkeys(self.limits, 0.0)
        purse = Purse.of(expected, actual, names)
        return purse._replace(limit=limit)

    def prices(self) -> F64:
        """(R,) prices at which held-out cases spend what the limits allow a case."""
        stages = thinned(self.learned.stages_, TRIAL)
        held = sum(len(s.history) for s in stages)
        if not held:
            return np.zeros(len(self.limits))
        per_case = np.array(list(self.limits.values()), float) / max(self.cases, 1)
        endless = np.full(len(self.limits), np.inf)
        purses = [self._purse(s.history, endless) for s in stages]

        def trial(price: F64) -> F64:
            used = [self._spend(s, p, price).used for s, p in zip(stages, purses, strict=True)]
            return np.asarray(np.sum(used, axis=0) / held)

        mean = np.concatenate([p.expected for p in purses]).mean(0)
        start = 0.02 / np.maximum(mean * len(self.limits), 1e-9)
        return search_prices(trial, per_case, start)
