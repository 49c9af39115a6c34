"""The rule under several limits at once: prices from held-out cases, then new cases one by one under a `Pacer`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.holdout import Stage, thinned
from mindshare.core.cost import Speed, human_answers
from mindshare.core.history import History
from mindshare.core.learn import Learned
from mindshare.core.pacing.demand import Demand
from mindshare.core.pacing.pacer import Pacer
from mindshare.core.pacing.replay import Rows, Spent, in_order, replay_limits

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
HELD = 1_000  # held-out cases that tell prices
FIRST_PRICE = 0.002  # utility: where the search for prices begins; what does not run short stays as cheap
TURNS, FAST, LAST = 24, 8, 8  # of the search: in all, at full steps first, and those at the end that count
STEEPEST = 1.5  # most that a turn moves the logarithm of a price
LEAST_USE = 0.02  # of what a limit allows: less than that moves its price no faster
ROUNDS = 40  # questions a case at most, there


class Rule:
    """The rule as `learned` knows it, within `limits`: resource -> finite amount that all new cases share."""

    def __init__(self, learned: Learned, speed: Speed, limits: Mapping[str, float]) -> None:
        self.learned, self.speed, self.limits = learned, speed, dict(limits)

    def run(self, stage: Stage) -> tuple[Spent, F64]:
        """Asks case by case in the order of arrival (by the seed where that is not known), never over a limit.

        Returns also the prices (R,) on the way, zero where more is left in the end than the dearest single answer uses:
        that was not scarce.
        """
        cases, limit = max(len(stage.history), 1), np.array(list(self.limits.values()))
        demand = demand_within(self, limit / cases)
        pacer = Pacer(self.limits, cases, demand=demand, stocks=())
        asking = self.asking(stage)
        asking.path(demand.price(limit / cases))  # worths of the states that will be met, all cases at once
        order = in_order(stage.history.arrived, len(stage.history), self.learned.model.about.seed)
        spent = replay_limits(asking.rows, asking.free, asking.worth, pacer, order)
        dearest = asking.rows.expected.max(0, initial=0.0)
        return spent, np.where(limit - spent.used > dearest, 0.0, spent.price)

    def asking(self, stage: Stage) -> Asking:
        """Who may be asked on a stage, and at what cost."""
        free, history = self.free(stage), stage.history
        expected = {**self.speed.expected(history), "human_answers": human_answers(history)}
        actual: dict[str, NDArray[Any]] = {**history.cost(), "human_answers": human_answers(history)}
        rows = Rows(
            stage.opened.rows.indptr,
            ~free,
            _columns(expected, self.limits, history),
            _columns(actual, self.limits, history),
        )
        return Asking(rows, free, Remembered(self.learned, stage))

    def free(self, stage: Stage) -> Mask:
        """(M,) machines that use nothing of a limited resource: they always speak."""
        expected = self.speed.expected(stage.history)
        used = sum(
            (expected[r] > 0 for r in self.limits if r in expected), np.zeros(len(stage.history.answers), int)
        )
        return np.asarray((stage.opened.person == 0) & (used == 0))


def _columns(
    amount: Mapping[str, NDArray[np.floating]], limits: Mapping[str, float], history: History
) -> F64:
    """(M, R)"""
    nothing = np.zeros(len(history.answers))
    return np.stack([amount.get(r, nothing) for r in limits], axis=1).astype(np.float64)


class Asking(NamedTuple):
    """Rows that may be asked on a stage, those that always speak, and what asking is worth."""

    rows: Rows
    free: Mask
    worth: Remembered

    def path(self, price: F64, *, per_unit: bool = False) -> tuple[I64, I64, F64]:
        """(Q,) cases, rows and worths of what would be asked at these prices (R,) without limits, in the order of asking.

        `per_unit`: all that is worth anything, most worth per use first.
        """
        known, case_of = self.free.copy(), np.repeat(np.arange(self.cases), np.diff(self.rows.indptr))
        priced = np.maximum(self.rows.expected @ price, 1e-12)
        told: list[tuple[I64, I64, F64]] = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
        active = np.ones(self.cases, bool)
        for _ in range(ROUNDS):
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
    for one in _held_out(rule):
        case, row, worth = one.path(np.ones(1), per_unit=True)
        told.append((before + case, one.rows.expected[row], worth))
        before += one.cases
    return Demand.of(tuple(rule.limits), before, *(np.concatenate(p) for p in zip(*told, strict=True)))


def prices_within(rule: Rule, per_case: F64) -> F64:
    """(R,) prices > 0 at which held-out cases use about `per_case` (R,); they fall towards 0 where less is wanted than that.

    Turn by turn each price answers what was used at the last ones. Where all cases start alike, demand jumps from one
    agent to another at a price: then the turns go to and fro across it, and their mean is where both are worth as much.
    """
    asking = _held_out(rule)
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


def _held_out(rule: Rule) -> list[Asking]:
    return [rule.asking(stage) for stage in thinned(rule.learned.holdout, HELD)]


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
