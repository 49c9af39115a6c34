"""The rule under several limits at once: demand from held-out cases, then new cases one by one under a `Pacer`."""

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
HELD = 1_000  # held-out cases that tell demand
FIRST_PRICE = 0.02  # utility: where the search for demand begins
TURNS = 9  # of the search
FALLING = (1.0, 0.5, 0.25, 0.1, 0.0)  # of the prices: how far a path goes on
ROUNDS = 40  # questions a case at most, there


class OfKind(NamedTuple):
    """What is known of one kind of cases, learnt from so many."""

    learned: Learned
    speed: Speed
    cases: float


class Rule:
    """The rule within `limits`: resource -> finite amount that all new cases share, of whatever kinds they are."""

    def __init__(self, kinds: Sequence[OfKind], limits: Mapping[str, float]) -> None:
        self.kinds, self.limits = list(kinds), dict(limits)

    def run(self, history: History, placed: Sequence[tuple[Part, Stage]], seed: int) -> tuple[Spent, F64]:
        """Asks case by case in the order of arrival (by the seed where that is not known), never over a limit.

        `placed`: the cases of each kind, where they lie in `history`, in the order of `kinds`. Returns also the prices (R,)
        on the way, zero where more is left in the end than the dearest single answer uses: that was not scarce.
        """
        per_case = np.array(list(self.limits.values())) / max(len(history), 1)
        sample = demand_within(self, per_case)
        pacer = Pacer(self.limits, max(len(history), 1), demand=sample, stocks=())
        asking = self.asking(history, placed)
        asking.paths(
            np.maximum(sample.price(per_case), 1e-12)
        )  # worths of the states that will be met, all cases at once
        order = in_order(history.arrived, len(history), seed)
        spent = replay_limits(asking.rows, asking.free, asking.worth, pacer, order)
        dearest = asking.rows.expected.max(0, initial=0.0)
        limit = np.array(list(self.limits.values()))
        return spent, np.where(limit - spent.used > dearest, 0.0, spent.price)

    def asking(self, history: History, placed: Sequence[tuple[Part, Stage]]) -> Asking:
        """Who may be asked about the cases of all kinds, and at what cost."""
        parts = [part for part, _ in placed]
        told = [self._asking(of, stage) for of, (_, stage) in zip(self.kinds, placed, strict=True)]
        if len(told) == 1:
            return told[0]
        m, count = len(history.answers), len(self.limits)
        free, expected, actual = np.zeros(m, bool), np.zeros((m, count)), np.zeros((m, count))
        for part, one in zip(parts, told, strict=True):
            free[part.rows] = one.free
            expected[part.rows], actual[part.rows] = one.rows.expected, one.rows.actual
        rows = Rows(history.answers.indptr, ~free, expected, actual)
        return Asking(rows, free, OfKinds([part.rows for part in parts], [one.worth for one in told], m))

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
            _columns(expected, self.limits, history),
            _columns(actual, self.limits, history),
        )
        return Asking(rows, free, Remembered(of.learned, stage))

    def held_out(self) -> list[Asking]:
        """About HELD held-out cases, of each kind in proportion."""
        total = sum(of.cases for of in self.kinds)
        return [
            self._asking(of, stage)
            for of in self.kinds
            for stage in thinned(of.learned.holdout, max(1, round(HELD * of.cases / total)))
        ]


class OfKinds:
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
    worth: Index

    def paths(self, price: F64, *, per_unit: bool = False) -> tuple[I64, I64, F64]:
        """(Q,) cases, rows and worths of what would be asked without limits, in the order of asking.

        At these prices (R,) first, then at falling parts of them as far as anything is worth asking. `per_unit`: most worth
        per use first.
        """
        known, case_of = self.free.copy(), np.repeat(np.arange(self.cases), np.diff(self.rows.indptr))
        priced = np.maximum(self.rows.expected @ price, 1e-12)
        told: list[tuple[I64, I64, F64]] = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
        for part in (0.0,) if per_unit else FALLING:
            active = np.ones(self.cases, bool)
            for _ in range(ROUNDS):
                rows = np.flatnonzero(self.rows.askable & ~known & active[case_of])
                worth = self.worth(known, rows) if len(rows) else np.zeros(0)
                net = worth / priced[rows] if per_unit else worth - part * priced[rows]
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
    """What held-out cases would ask for at prices near those at which they spend `per_case` (R,).

    Which questions a case asks, and in which order, depends on the prices. So turn by turn they are asked at the prices that
    the last turn called for; along a path a question counts for what it is bought at together with those before it.
    """
    asking, count = rule.held_out(), len(per_case)
    cases = sum(one.cases for one in asking)
    mean = np.concatenate([a.rows.expected for a in asking] or [np.ones((1, count))]).mean(axis=0)
    price = FIRST_PRICE / np.maximum(mean * count, 1e-9)
    one_limit = count == 1  # then the order does not depend on the price
    for turn in range(1 if one_limit else TURNS):
        before, told = 0, [(np.zeros(0, np.int64), np.zeros((0, count)), np.zeros(0))]
        for one in asking:
            case, row, worth = one.paths(price, per_unit=one_limit)
            use = one.rows.expected[row]
            told.append((before + case, use, floors(case, worth, use @ price)))
            before += one.cases
        demand = Demand.of(tuple(rule.limits), cases, *(np.concatenate(p) for p in zip(*told, strict=True)))
        solved = demand.price(per_case)
        # half the way: where all cases start alike, demand jumps from one agent to another at a price
        price = solved if turn == 0 else np.where((price > 0) & (solved > 0), np.sqrt(price * solved), solved)
    return demand


def floors(case: I64, worth: F64, priced: F64) -> F64:
    """(Q,) worths at which each question is bought with those before it on its case, when all prices fall in proportion."""
    out, scale = worth.copy(), np.inf
    for q in range(len(case)):
        fresh = q == 0 or case[q] != case[q - 1]
        mine = worth[q] / priced[q] if priced[q] > 0 else np.inf
        scale = mine if fresh else min(scale, mine)
        if np.isfinite(scale) and priced[q] > 0:
            out[q] = scale * priced[q]
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
