"""The rule under several limits at once: prices from held-out cases, then new cases one by one under a `Pacer`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.holdout import Stage, thinned
from mindshare.core.cost import Speed, human_answers
from mindshare.core.history import History
from mindshare.core.kinds import Part
from mindshare.core.learn import Learned
from mindshare.core.pacing.demand import Demand, Elastic
from mindshare.core.pacing.pacer import Pacer
from mindshare.core.pacing.replay import Rows, Spent, in_order, replay_limits
from mindshare.core.wants import Asking, ByKind, Remembered, elasticity, prices_within

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
HELD = 1_000  # held-out cases that tell prices
SLACK = 0.01  # of a limit: who leaves less has used it up


class More(NamedTuple):
    """So much more of a resource than its limit, in all, for cases alone that come within `spans`."""

    resource: str
    amount: float
    spans: F64  # (K, 2) seconds, on the clock on which cases arrive, in order and apart

    @property
    def elsewhen(self) -> str:
        """The name of the limit that holds for all other cases together."""
        return f"{self.resource} elsewhen"

    @property
    def then(self) -> str:
        """The name of its price within the spans."""
        return f"{self.resource} then"

    def within(self, arrived: F64 | None, cases: int) -> Mask:
        """(N,) which cases come within the spans; of those of which nobody knows when, none does."""
        if arrived is None or not len(self.spans):
            return np.zeros(cases, np.bool_)
        at = np.searchsorted(self.spans[:, 0], arrived, side="right") - 1
        return np.asarray((at >= 0) & (arrived < self.spans[at, 1]))

    def limits(self, limits: Mapping[str, float]) -> dict[str, float]:
        """The limits on all cases, and the one that holds elsewhen."""
        own = limits[self.resource]
        return {**limits, self.resource: own + self.amount, self.elsewhen: own}

    def prices(self, told: Mapping[str, float]) -> dict[str, float]:
        """Of prices of these limits: what one more unit of the resource would bring at all times, and `then`."""
        out = {r: x for r, x in told.items() if r != self.elsewhen}
        return {
            **out,
            self.resource: told[self.resource] + told[self.elsewhen],
            self.then: told[self.resource],
        }


class OfKind(NamedTuple):
    """What is known of one kind of cases, learnt from so many."""

    learned: Learned
    speed: Speed
    cases: float


class Rule:
    """The rule within `limits`: resource -> finite amount that all new cases share, of whatever kinds they are; `more`: for some only."""

    def __init__(
        self, kinds: Sequence[OfKind], limits: Mapping[str, float], more: More | None = None
    ) -> None:
        self.kinds, self.more = list(kinds), more
        self.limits = dict(limits) if more is None else more.limits(limits)

    def run(self, history: History, placed: Sequence[tuple[Part, Stage]], seed: int) -> tuple[Spent, F64]:
        """Asks case by case in the order of arrival (by the seed where that is not known), never over a limit.

        `placed`: the cases of each kind, where they lie in `history`, in the order of `kinds`. Returns also the prices (R,)
        on the way, zero where more is left in the end than the dearest single answer uses and than SLACK of the limit:
        that was not scarce.
        """
        cases, limit = max(len(history), 1), np.array(list(self.limits.values()))
        demand = demand_within(self, limit / cases)
        pacer = Pacer(self.limits, cases, demand=demand, stocks=())
        asking = self.asking(history, placed)
        asking.path(demand.price(limit / cases))  # worths of the states that will be met, all cases at once
        order = in_order(history.arrived, len(history), seed)
        spent = replay_limits(asking.rows, asking.free, asking.worth, pacer, order)
        near = np.maximum(asking.rows.expected.max(0, initial=0.0), SLACK * limit)
        return spent, np.where(limit - spent.used > near, 0.0, spent.price)

    def asking(self, history: History, placed: Sequence[tuple[Part, Stage]]) -> Asking:
        """Who may be asked about the cases of all kinds, and at what cost."""
        parts = [part for part, _ in placed]
        told = [self._asking(of, stage) for of, (_, stage) in zip(self.kinds, placed, strict=True)]
        if len(told) == 1:
            return told[0]
        m, count = len(history.answers), len(self.limits)
        free, expected = np.zeros(m, bool), np.zeros((m, count))
        for part, one in zip(parts, told, strict=True):
            free[part.rows], expected[part.rows] = one.free, one.rows.expected
        # of all kinds together: who was timed in one kind only uses minutes in the others too
        spent: dict[str, NDArray[Any]] = {**history.cost(), "human_answers": human_answers(history)}
        actual = self._columns(spent, history)
        rows = Rows(history.answers.indptr, ~free, expected, actual)
        return Asking(rows, free, ByKind([part.rows for part in parts], [one.worth for one in told], m))

    def _asking(self, of: OfKind, stage: Stage) -> Asking:
        """The same of one kind; machines that use nothing of a limited resource always speak."""
        history = stage.history
        used = of.speed.expected(history)
        spends = sum((used[r] > 0 for r in self.limits if r in used), np.zeros(len(history.answers), int))
        free = np.asarray((stage.opened.person == 0) & (spends == 0))
        expected = {**used, "human_answers": human_answers(history)}
        actual: dict[str, NDArray[Any]] = {**history.cost(), "human_answers": human_answers(history)}
        rows = Rows(
            stage.opened.rows.indptr,
            ~free,
            self._columns(expected, history),
            self._columns(actual, history),
        )
        return Asking(rows, free, Remembered(of.learned, stage))

    def _columns(self, amount: Mapping[str, NDArray[np.floating]], history: History) -> F64:
        """(M, R) of each limit."""
        nothing = np.zeros(len(history.answers))
        out = np.stack([amount.get(r, nothing) for r in self.limits], axis=1).astype(np.float64)
        if self.more is not None:
            then = self.more.within(history.arrived, len(history))[history.answers.case]
            names = list(self.limits)
            whole = out[:, names.index(self.more.resource)]
            out[:, names.index(self.more.elsewhen)] = np.where(then, 0.0, whole)
        return out

    def held_out(self) -> list[Asking]:
        """About HELD held-out cases, of each kind in proportion."""
        total = sum(of.cases for of in self.kinds)
        return [
            self._asking(of, stage)
            for of in self.kinds
            for stage in thinned(of.learned.holdout, max(1, round(HELD * of.cases / total)))
        ]


def demand_within(rule: Rule, per_case: F64) -> Demand | Elastic:
    """What held-out cases would buy at prices near those at which they use `per_case` (R,).

    Of one resource a line: the order of questions depends on no price. Of several, `prices_within`, and how steeply demand falls there.
    """
    held = rule.held_out()
    if len(per_case) > 1:
        price = prices_within(held, per_case)
        return Elastic(tuple(rule.limits), price, per_case, elasticity(held, price))
    before, told = 0, [(np.zeros(0, np.int64), np.zeros((0, 1)), np.zeros(0))]
    for one in held:
        case, row, worth = one.path(np.ones(1), per_unit=True)
        told.append((before + case, one.rows.expected[row], worth))
        before += one.cases
    return Demand.of(tuple(rule.limits), before, *(np.concatenate(p) for p in zip(*told, strict=True)))
