"""The course of a ladder at a price: which rungs are worth their place, and at which confidence a case goes on from each.

All of it is foreseen out of fold, from what the rungs said of cases that they had not learnt from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from mindshare.machines.ladder.rungs import BatchCost, Rung
from mindshare.machines.ladder.worth import Curve, falling, going_on, pool_weights, pooled, reached
from mindshare.machines.task import Floats

FINE, ROUGH = 1.02, 1.5  # steps of a price, within which curves, and which rungs are used, stay as they are
BOUND = 1.645  # standard errors: where cases come in groups, a rung's gain must be above 0 by its lower bound (95 %, one side)
PARTS = 5  # of the groups: what is learnt from four of them is judged on the fifth
ROUNDS = 3  # of price and reach: what a case costs at a rung depends on how many others are there


class Held(NamedTuple):
    """What every rung said of cases that it had not learnt from: (K, N, L) log probabilities, (N,) truths as places of labels.

    `groups` (N,): cases of one experiment, which are no evidence for each other.
    """

    logs: Floats
    truth: NDArray[np.int64]
    groups: NDArray[Any] | None = None


class Pool(NamedTuple):
    """What some rungs believe together: their weights, and of each case how sure they were and whether right, out of fold."""

    weights: Floats
    confidence: Floats
    right: Floats


class Course(NamedTuple):
    """How a ladder goes at one price, foreseen out of fold."""

    rungs: tuple[int, ...]  # that are worth their place
    curves: list[Curve]  # of each of them but the last: net value of going on, by confidence
    reach: Floats  # of each of them the share of cases that it answers
    cost: list[BatchCost]  # of each of them
    accuracy: float
    use: Mapping[str, float]  # resource -> a case


class Courses:
    """``of(prices)``: the course at a price, computed once for each.

    `costs`: of each rung after the one before it. Where the cases held out have groups, a rung must be surely worth its place.
    """

    def __init__(self, rungs: Sequence[Rung], costs: Sequence[BatchCost], held: Held, at_once: int) -> None:
        logs, truth, groups = held
        self._rungs, self._cost, self._logs, self._truth = rungs, costs, logs, truth
        self._at_once = at_once
        self.resources = sorted({r for cost in costs for r in cost.per})
        self._known: dict[tuple[object, ...], Any] = {}
        self._code = None if groups is None else np.unique(groups, return_inverse=True)[1]
        self._others = [] if self._code is None else self._without(self._code)

    def of(self, prices: Mapping[str, float]) -> Course:
        """The course; a price is read to 2 %."""
        fine = {r: _stepped(x, FINE) for r, x in prices.items() if x > 0}
        key = ("course", *sorted(fine.items()))
        if key not in self._known:
            self._known[key] = self._follow(self._worth_their_place(fine), fine)
        return cast(Course, self._known[key])

    def _worth_their_place(self, prices: Mapping[str, float]) -> tuple[int, ...]:
        """Rungs are left out one after the other while that brings more than it loses, out of fold."""
        rough = {r: _stepped(x, ROUGH) for r, x in prices.items()}
        key = ("rungs", *sorted(rough.items()))
        if key not in self._known:
            used = tuple(range(len(self._rungs)))
            best = self._net(used, rough)
            while len(used) > 1:
                nets = [
                    (u, self._net(u, rough)) for u in (used[:i] + used[i + 1 :] for i in range(len(used)))
                ]
                fewer, less = max(nets, key=lambda found: float(found[1].mean()))
                if self._surely(best - less) > 0:
                    break
                used, best = fewer, less
            self._known[key] = used
        return cast(tuple[int, ...], self._known[key])

    def _without(self, code: NDArray[np.int64]) -> list[tuple[Courses, NDArray[np.int64]]]:
        """Courses made from some groups, and the cases of the other groups, which judge them."""
        parts = []
        for part in range(min(PARTS, int(code.max()) + 1)):
            held, kept = np.flatnonzero(code % PARTS == part), np.flatnonzero(code % PARTS != part)
            theirs = Held(self._logs[:, kept], self._truth[kept])
            parts.append((Courses(self._rungs, self._cost, theirs, self._at_once), held))
        return parts

    def _net(self, used: tuple[int, ...], prices: Mapping[str, float]) -> Floats:
        """(N,) right or not, less what was paid, along these rungs; of grouped cases where the other groups make the course."""
        if not self._others:
            return self._walk(used, prices, self._logs, self._truth)
        net = np.empty(len(self._truth))
        for course, held in self._others:
            net[held] = course._walk(used, prices, self._logs[:, held], self._truth[held])
        return net

    def _walk(
        self, used: tuple[int, ...], prices: Mapping[str, float], logs: Floats, truth: NDArray[np.int64]
    ) -> Floats:
        """(n,) right or not, less what was paid, of the cases with these log probabilities on the course along these rungs."""
        course = self._follow(used, prices)
        proba = [
            pooled(logs[list(used[: k + 1])], self.pool(used[: k + 1]).weights) for k in range(len(used))
        ]
        stop = reached(np.stack([p.max(axis=1) for p in proba], axis=1), course.curves)
        right = np.stack([p.argmax(axis=1) == truth for p in proba], axis=1)[np.arange(len(truth)), stop]
        each = (c.each(self._at_once * share) for c, share in zip(course.cost, course.reach, strict=True))
        paid = np.cumsum([sum(prices.get(r, 0.0) * x for r, x in cost.items()) for cost in each])
        return cast(Floats, right - paid[stop])

    def _surely(self, gain: Floats) -> float:
        """Its mean; of grouped cases less `BOUND` standard errors of the mean over whole groups."""
        if self._code is None:
            return float(gain.mean())
        total = np.bincount(self._code, gain - gain.mean())
        groups = len(total)
        error = math.sqrt((total**2).sum() * groups / max(groups - 1, 1)) / len(gain)
        return float(gain.mean()) - BOUND * error

    def _follow(self, used: tuple[int, ...], prices: Mapping[str, float]) -> Course:
        """The course along these rungs."""
        pools = [self.pool(used[: k + 1]) for k in range(len(used))]
        confidence = np.stack([p.confidence for p in pools], axis=1)
        right = np.stack([p.right for p in pools], axis=1)
        costs, reach = self._costs(used), np.ones(len(used))
        for _ in range(ROUNDS):
            each = [c.each(self._at_once * share) for c, share in zip(costs, reach, strict=True)]
            paid = np.array([sum(prices.get(r, 0.0) * x for r, x in cost.items()) for cost in each])
            curves = going_on(confidence, right, paid)
            stop = reached(confidence, curves)
            reach = np.array([(stop >= k).mean() for k in range(len(used))])
        use = dict.fromkeys(self.resources, 0.0)
        for cost, share in zip(each, reach, strict=True):
            for r, x in cost.items():
                use[r] += share * x
        accuracy = float(right[np.arange(len(stop)), stop].mean())
        return Course(used, curves, reach, costs, accuracy, use)

    def pool(self, used: tuple[int, ...]) -> Pool:
        """What the rungs so far believe together, out of fold."""
        key = ("pool", *used)
        if key not in self._known:
            logs = self._logs[list(used)]
            weights = pool_weights(logs, self._truth)
            proba = pooled(logs, weights)
            right = (proba.argmax(axis=1) == self._truth).astype(np.float64)
            self._known[key] = Pool(weights, proba.max(axis=1), right)
        return cast(Pool, self._known[key])

    def _costs(self, used: tuple[int, ...]) -> list[BatchCost]:
        """Of each rung after the one before it: an exit that is left out is computed all the same, on the way to a later one."""
        costs = []
        for before, k in zip((-1, *used[:-1]), used, strict=True):
            cost, at = self._cost[k], k
            while at - 1 > before and self._rungs[at].follows(self._rungs[at - 1]):
                at -= 1
                cost = self._cost[at].and_then(cost)
            costs.append(cost)
        return costs

    def gains(self, used: tuple[int, ...]) -> list[Curve]:
        """Of each rung but the first: what going up to it brings to a case that the first is so sure of."""
        key = ("gains", *used)
        if key not in self._known:
            first = self.pool(used[:1])
            pools = [self.pool(used[: k + 1]) for k in range(1, len(used))]
            self._known[key] = [falling(first.confidence, p.right - first.right) for p in pools]
        return cast(list[Curve], self._known[key])


def _stepped(price: float, step: float) -> float:
    """The nearest price on a ladder of steps."""
    return float(step ** round(math.log(price) / math.log(step)))
