"""Anytime inference: cheap rungs first, and the next one only while it is worth more than it costs.

A ladder of machines (rule, linear, small net, exits of a larger net, ensemble) answers a case from the first rung up. After each
rung it knows how sure it is; what going on has brought to cases that sure, out of fold, is held against price x cost. At price 0
every rung that helps is climbed; when a price rises (`Pacer.price` under load), fewer are. A rung that is not worth its place at a
price is left out: what it says of the cases would have cost more than it brought.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Self, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mindshare.core.errors import MindshareError, listed, nearest
from mindshare.core.pacing.pacer import Pacer
from mindshare.machines.ladder.batching import batch_within
from mindshare.machines.ladder.course import Course, Courses, Held
from mindshare.machines.ladder.rungs import (
    BatchCost,
    Rung,
    aligned,
    climb_all,
    is_paid,
    measured,
    rungs_of,
    some,
)
from mindshare.machines.ladder.worth import pooled
from mindshare.machines.parts.packed import Given, State, not_again
from mindshare.machines.parts.truths import labels
from mindshare.machines.task import Floats, TaskModel

HIGHEST = 1e9  # a price per unit at which nothing is bought


class Climbed(NamedTuple):
    """What came of some cases: (N, L) probabilities, (N,) the rung each stopped at, resource -> (N,) expected use."""

    proba: Floats
    rung: NDArray[np.int64]
    use: Mapping[str, Floats]


class Ladder:
    """``Ladder({"linear": make_linear, "net": make_net}, price={"cpu_s": 2.0})``: makers of machines, the cheapest first.

    `price`: resource -> verdicts that are right which a unit of it is worth. `at_once`: cases that are usually answered
    together. Learned: `ladder_` and `rungs_` (rungs and their names), `cost_` (a `BatchCost` a rung), `models_`, `classes_`.
    """

    def __init__(
        self,
        rungs: Mapping[str, Callable[[], TaskModel]],
        price: Mapping[str, float] | None = None,
        *,
        at_once: int = 1,
        folds: int = 3,
        seed: int = 0,
    ) -> None:
        if not rungs:
            raise ValueError("A ladder needs at least one rung.")
        if folds < 2:
            raise ValueError(
                f"folds must be at least 2: a rung is judged on cases that it has not learnt from. Got {folds}."
            )
        self.rungs, self.price = rungs, dict(price or {})
        self.at_once, self.folds, self.seed = at_once, folds, seed

    # -- learning --
    def fit(self, X: Any, y: ArrayLike, groups: ArrayLike | None = None) -> Self:
        """Every rung learns on parts of the cases and is judged on the rest, then on all. Cases of one group stay together."""
        given = labels(y, len(X))
        self.classes_, truth = np.unique(given, return_inverse=True)
        logs: Floats | None = None
        for kept, held in self._parts(truth, groups):
            if len(seen := np.unique(given[kept])) < 2:
                raise ValueError(
                    f"Without one of the {self.folds} folds there is only the label '{seen[0]}' to learn from; give more cases of others."
                )
            models = {name: make().fit(some(X, kept), given[kept]) for name, make in self.rungs.items()}
            mine = climb_all(rungs_of(models), some(X, held), self.classes_)
            if logs is None:
                logs = np.zeros((len(mine), len(given), len(self.classes_)))
            logs[:, held] = mine
        assert logs is not None
        learnt = {
            name: models[name] if is_paid(models[name]) else make().fit(X, given)  # which knows what it costs
            for name, make in self.rungs.items()
        }
        of = None if groups is None else np.unique(groups, return_inverse=True)[1]
        return self._of(learnt, Held(logs, truth, of), measured(rungs_of(learnt), X))

    @classmethod
    def of_learnt(
        cls,
        models: Mapping[str, TaskModel],
        classes: NDArray[Any],
        held: Held,
        cost: list[BatchCost],
        **how: Any,
    ) -> Self:
        """A ladder of machines that have learnt, the cheapest first. It answers, and does not learn anew.

        `classes` (L,) sorted labels; `cost` of each rung, as `measured` tells it; `how`: `price`, `at_once`.
        """
        made = cls(dict.fromkeys(models, not_again), **how)
        made.classes_ = classes
        return made._of(models, held, cost)

    def _of(self, models: Mapping[str, TaskModel], held: Held, cost: list[BatchCost]) -> Self:
        """What it is made of, and what its courses come from."""
        self.models_, self.ladder_ = dict(models), rungs_of(models)
        self.rungs_ = tuple(rung.name for rung in self.ladder_)
        self.cost_, self._held = cost, held
        self._courses = Courses(self.ladder_, self.cost_, held, self.at_once)
        return self

    def _parts(self, truth: NDArray[np.int64], groups: ArrayLike | None) -> Any:
        from sklearn.model_selection import GroupKFold, StratifiedKFold

        many = len(truth) if groups is None else len(np.unique(groups))
        if many < self.folds:
            what = "cases" if groups is None else "groups"
            raise ValueError(f"{self.folds} folds need at least {self.folds} {what}; there are {many}.")
        if groups is None:
            return StratifiedKFold(self.folds, shuffle=True, random_state=self.seed).split(truth, truth)
        return GroupKFold(self.folds, shuffle=True, random_state=self.seed).split(truth, truth, groups)

    # -- what it will do --
    def course(self, price: Mapping[str, float] | None = None) -> Course:
        """How the ladder goes at a price (None: its own), which is read to 2 %: rungs, value curves, reach, accuracy, use."""
        self._must_have_learnt()
        prices = self.price if price is None else price
        self._check(prices)
        return self._courses.of(prices)

    def price_within(self, resource: str, amount: float) -> dict[str, float]:
        """The ladder's prices, with the least price of `resource` at which a case is expected to use at most `amount` of it."""
        self._check({resource: 1.0})
        low, high = 0.0, 1e-6
        prices = {**self.price, resource: low}
        if self.course(prices).use[resource] <= amount:
            return prices
        while self.course({**prices, resource: high}).use[resource] > amount:
            if high > HIGHEST:
                least = self.course({**prices, resource: high}).use[resource]
                raise MindshareError(
                    f"The first rung alone uses {least:.3g} {resource} a case; {amount:.3g} cannot be kept."
                )
            low, high = high, 10 * high
        while high > 1.01 * max(low, 1e-12):
            middle = (max(low, high / 100) * high) ** 0.5
            low, high = (
                (low, middle)
                if self.course({**prices, resource: middle}).use[resource] <= amount
                else (middle, high)
            )
        return {**prices, resource: high}

    def batch_within(
        self, latency_s: float, arrivals_per_s: float, price: Mapping[str, float] | None = None
    ) -> int:
        """The most cases to answer at once so that none waits longer than `latency_s`, when so many come a second."""
        course = self.course(price)

        def batch_s(cases: float) -> float:
            return sum(
                cost.of(max(cases * share, 1.0))["cpu_s"] * min(cases * share, 1.0)
                for cost, share in zip(course.cost, course.reach, strict=True)
            )

        return batch_within(batch_s, latency_s, arrivals_per_s)

    # -- answering --
    def answer(self, X: Any, price: Mapping[str, float] | None = None) -> Climbed:
        """Climbs with each case as far as that is worth its price."""
        return self._climb(X, self.course(price))

    def _climb(self, X: Any, course: Course, last: int | None = None) -> Climbed:
        """Along a course, up to its rung `last` at most."""
        n, size = len(X), len(self.classes_)
        if not n:
            raise ValueError("There is no case: give at least one.")
        top = len(course.rungs) - 1 if last is None else last
        proba, stop = np.zeros((n, size)), np.zeros(n, np.int64)
        logs = np.zeros((top + 1, n, size))
        at, part, kept = np.arange(n), X, cast(Any, None)
        before: Rung | None = None
        for k in range(top + 1):
            rung = self.ladder_[course.rungs[k]]
            said, kept = rung.answer(part, kept if rung.follows(before) else None)
            logs[k, at] = aligned(rung.model, said, self.classes_)
            proba[at] = pooled(logs[: k + 1, at], self._courses.pool(course.rungs[: k + 1]).weights)
            stop[at], before = k, rung
            if k == top:
                break
            on = np.flatnonzero(course.curves[k](proba[at].max(axis=1)) > 0)
            if not len(on):
                break
            at, part = at[on], some(part, on)
            kept = None if kept is None else kept.take(on)
        return Climbed(proba, np.array(course.rungs)[stop], self._used(stop, course))

    def _used(self, stop: NDArray[np.int64], course: Course) -> dict[str, Floats]:
        use = {r: np.zeros(len(stop)) for r in self._courses.resources}
        for k, (cost, share) in enumerate(zip(course.cost, course.reach, strict=True)):
            for r, x in cost.each(self.at_once * share).items():
                use[r] += np.where(stop >= k, x, 0.0)
        return use

    def paced(self, X: Any, pacer: Pacer, *, now: float | None = None) -> Climbed:
        """Case by case under a pacer's limits: its price steers how far a case climbs, its ledger forbids what is gone.

        The pacer's options are to stop at the first rung (which is always climbed, and not the pacer's to spend) or to go up
        to one of the others; what was really climbed is what is spent. Raises OverBudget as the pacer does.
        """
        parts = [self._one_paced(some(X, np.array([i])), pacer, now) for i in range(len(X))]
        return Climbed(
            np.concatenate([p.proba for p in parts]),
            np.concatenate([p.rung for p in parts]),
            {r: np.concatenate([p.use[r] for p in parts]) for r in self._courses.resources},
        )

    def _one_paced(self, one: Any, pacer: Pacer, now: float | None) -> Climbed:
        course = self.course({r: x for r, x in pacer.price.items() if r in self._courses.resources})
        steps = [[c.each(1.0).get(r, 0.0) for r in pacer.resources] for c in course.cost]
        use = np.cumsum([[0.0] * len(pacer.resources), *steps[1:]], axis=0)
        first = self._climb(one, course, last=0)
        value = [float(gain(first.proba.max(axis=1))[0]) for gain in self._courses.gains(course.rungs)]
        pacer.arrive(now=now)
        told = pacer.decide([0.0, *value], use)
        gone = self._climb(one, course, last=told.option) if told.option else first
        spent = use[course.rungs.index(int(gone.rung[0]))]
        pacer.settle(told, dict(zip(pacer.resources, spent.tolist(), strict=True)))
        return gone

    def predict_proba(self, X: Any) -> Floats:
        """(N, L) probabilities at the ladder's own price."""
        return self.answer(X).proba

    def cost(self, X: Any) -> Mapping[str, Floats]:
        """What a case is expected to use before any rung has looked at it."""
        return {r: np.full(len(X), x) for r, x in self.course().use.items()}

    def explain(self, X: Any) -> list[Floats]:
        """Where the rung that each case stopped at had looked; nothing where one of them shows nothing."""
        stop, found = self.answer(X).rung, dict[int, Floats]()
        for k in np.unique(stop).tolist():
            at = np.flatnonzero(stop == k)
            maps = self.ladder_[k].explain(some(X, at))
            if not maps:
                return []
            found |= dict(zip(at.tolist(), maps, strict=True))
        return [found[i] for i in range(len(stop))]

    # -- saving: names, numbers and nothing that runs --
    def as_state(self) -> State:
        """Its machines, and what they said of cases held out, from which its courses come."""
        self._must_have_learnt()
        how = {"price": self.price, "at_once": self.at_once, "folds": self.folds, "seed": self.seed}
        cost = [[dict(c.fixed), dict(c.per)] for c in self.cost_]
        held = {name: x for name, x in self._held._asdict().items() if x is not None}
        return State({"how": how, "cost": cost}, {**held, "classes": self.classes_}, self.models_)

    @classmethod
    def of_saved(cls, state: State, given: Given) -> Self:  # noqa: ARG003 - its machines were handed what they need
        """Answers as before; it does not learn anew."""
        arrays = state.arrays
        held = Held(arrays["logs"], arrays["truth"], arrays.get("groups"))
        cost = [BatchCost(*each) for each in state.header["cost"]]
        return cls.of_learnt(state.parts, arrays["classes"], held, cost, **state.header["how"])

    def _check(self, prices: Mapping[str, float]) -> None:
        self._must_have_learnt()
        known = self._courses.resources
        for r, x in prices.items():
            if r not in known:
                raise MindshareError(
                    f"No rung uses '{r}', so its price would steer nothing; they use {listed(known)}.{nearest(r, known)}"
                )
            if not 0 <= x < np.inf:
                raise ValueError(f"The price of '{r}' must be a number >= 0. Got {x!r} instead.")

    def _must_have_learnt(self) -> None:
        if not hasattr(self, "cost_"):
            raise MindshareError("This ladder has not learnt yet: call fit.")


__all__ = ["BatchCost", "Climbed", "Course", "Ladder", "Rung"]
