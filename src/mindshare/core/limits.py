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
from mindshare.core.pacing.demand import Demand
from mindshare.core.pacing.pacer import Pacer
from mindshare.core.pacing.replay import Index, Rows, Spent, in_order, replay_limits

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
HELD = 1_000  # held-out cases that tell prices
FIRST_PRICE = 0.002  # utility: where the search for prices begins; what does not run short stays as cheap
TURNS, FAST, LAST = 24, 8, 8  # of the search: in all, at full steps first, and those at the end that count
STEEPEST = 1.5  # most that a turn moves the logarithm of a price
LEAST_USE = 0.02  # of what a limit allows: less than that moves its price no faster
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


def demand_within(rule: Rule, per_case: F64) -> Demand:
    """What held-out cases would buy at prices near those at which they use `per_case` (R,).

    Of one resource a line: the order of questions depends on no price. Of several, demand of elasticity one at `prices_within`.
    """
    if len(per_case) > 1:
        return Demand.elastic(tuple(rule.limits), prices_within(rule, per_case), per_case)
    before, told = 0, [(np.zeros(0, np.int64), np.zeros((0, 1)), np.zeros(0))]
    for one in rule.held_out():
        case, row, worth = one.path(np.ones(1), per_unit=True)
        told.append((before + case, one.rows.expected[row], worth))
        before += one.cases
    return Demand.of(tuple(rule.limits), before, *(np.concatenate(p) for p in zip(*told, strict=True)))


def prices_within(rule: Rule, per_case: F64) -> F64:
    """(R,) prices > 0 at which held-out cases use about `per_case` (R,); they fall towards 0 where less is wanted than that.

    Turn by turn each price answers what was used at the last ones. Where all cases start alike, demand jumps from one
    agent to another at a price: then the turns go to and fro across it, and their mean is where both are worth as much.
    """
    asking = rule.held_out()
    cases, mean = sum(one.cases for one in asking), np.ones(len(per_case))
    if cases:
        mean = np.concatenate([one.rows.expected for one in asking]).mean(axis=0)
    log = np.log(FIRST_PRICE / np.maximum(mean * len(per_case), 1e-9))
    last = []
    for turn in range(TURNS if cases else 0):
        used = sum(one.rows.expected[one.path(np.exp(log))[1]].sum(axis=0) for one in asking) / cases
        # of a limit of zero the price rises until nobody wants any, and stays
        over = np.log(np.maximum(np.maximum(used, LEAST_USE * per_case), 1e-12) / np.maximum(per_case, 1e-12))
        last.append(log)
        log = log + np.clip(over, -STEEPEST, STEEPEST) / np.sqrt(1 + max(turn - FAST, 0))
    return np.asarray(np.exp(np.mean(last[-LAST:] or [log], axis=0)))


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
