"""Simple rungs and nets race within a budget; those that are worth their place answer together, as a ladder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError
from sklearn.utils import Tags
from threadpoolctl import threadpool_limits

from mindshare.core.errors import MindshareError, OverBudget
from mindshare.core.records import Budget
from mindshare.machines.ladder.course import Held
from mindshare.machines.ladder.ladder import Ladder
from mindshare.machines.ladder.rungs import BatchCost, measured, rungs_of, some
from mindshare.machines.learn.meter import TIMED, Meter
from mindshare.machines.parts.packed import Given, State
from mindshare.machines.parts.truths import labels
from mindshare.machines.race.cases import Cases
from mindshare.machines.race.entrants import nets_for
from mindshare.machines.race.field import Field, Progress, Run
from mindshare.machines.simple.machine import Kind
from mindshare.machines.simple.rungs import simple_rungs
from mindshare.machines.task import Floats

USUAL = {"cpu_s": 60.0}
RUNGS, NETS = 0.5, 0.9  # of the budget: simple rungs end there, then nets; the rest is for timing answers
TIMED_ON = 64  # cases
TOO_SMALL = "The budget is too small for any machine to learn; raise it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """One machine of the race. `right`, `loss` (log-loss): on cases that it had not learnt from; `taught`: how many cases it learnt
    from; `answer_cpu_s`: of a case alone; `kept`: whether it is in the ladder.
    """

    name: str
    right: float
    loss: float
    taught: int
    fit_cpu_s: float
    answer_cpu_s: float
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceReport:
    """Who raced, the most often right first. `right`: of the ladder, `commonest`: of who always says the commonest label, both as
    `judged` by so many cases; `said`: what was decided.
    """

    entrants: tuple[Entrant, ...]
    right: float
    commonest: float
    judged: int
    planned: Mapping[str, float]
    total: Mapping[str, float]
    said: tuple[str, ...]


class NotLearnt(MindshareError, NotFittedError):
    """A race that has not been run is asked; scikit-learn knows it as `NotFittedError`."""


class Race(ClassifierMixin, BaseEstimator):
    """``Race("text").fit(texts, y, budget=Budget(limit={"cpu_s": 60}))``: a machine that finds out what it should be.

    `reads`: text, series, image or table. `limit`: of learning, where `fit` is given no budget; None: 60 CPU seconds. `price`:
    resource -> right verdicts that a unit of it is worth; a rung of the ladder has to be worth its price. Learned: `classes_`,
    `ladder_` (`Ladder`), `report_` (`RaceReport`).
    """

    classes_: NDArray[Any]
    ladder_: Ladder
    report_: RaceReport

    def __init__(
        self,
        reads: Kind = "table",
        *,
        limit: Mapping[str, float] | None = None,
        price: Mapping[str, float] | None = None,
        seed: int = 0,
    ) -> None:
        self.reads = reads
        self.limit = limit
        self.price = price
        self.seed = seed

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.no_validation = True  # texts, windows of unlike length, tables with words
        return tags

    def fit(
        self,
        X: Any,
        y: ArrayLike,
        groups: ArrayLike | None = None,
        *,
        budget: Budget | None = None,
        columns: Sequence[str] = (),
        progress: Progress | None = None,
    ) -> Self:
        """Simple rungs learn first, then nets with what is left; all are judged on cases that they have not learnt from.

        `groups` (N,): cases of one never teach and judge at once. `budget`: `cpu_s`, `wall_s`. `columns`: names of those of a
        table, by which others find them. A simple rung cannot be broken off: what it takes is foreseen from smaller fits.
        Errors: ValueError for cases or labels that make no sense; OverBudget where no machine could learn.
        """
        cases, nets = self._cases(X, y, groups), nets_for(self.reads)
        meter = _meter(
            budget or Budget(limit=self.limit or USUAL)
        )  # counts from now on: what is loaded once is no part of learning
        field = Field(cases, meter, self.seed, progress)
        self.classes_ = cases.classes
        if columns:
            self.feature_names_in_ = np.array(columns, object)
        with threadpool_limits(1):  # threads that wait for each other use up CPU seconds, too
            rungs = simple_rungs(self.reads)
            for left, (name, make) in zip(range(len(rungs), 0, -1), rungs.items(), strict=True):
                field.simple(name, make, field.until(RUNGS if nets else NETS, left))
            for left, (name, net) in zip(range(len(nets), 0, -1), nets.items(), strict=True):
                field.net(name, net, field.until(NETS, left))
            if not field.runs:
                raise OverBudget(TOO_SMALL)
            self._judge(field)
        return self

    def _cases(self, X: Any, y: ArrayLike, groups: ArrayLike | None) -> Cases:
        truth = labels(y, len(X))
        classes, code = np.unique(truth, return_inverse=True)
        if len(classes) < 2:
            raise ValueError(
                f"All cases are of one class, '{classes[0]}'; at least two labels are needed to learn."
            )
        of = None
        if groups is not None:
            given = np.asarray(groups)
            if given.shape != (len(truth),):
                raise ValueError(
                    f"groups must be ({len(truth)},), one for each case. Got {given.shape} instead."
                )
            found, of = np.unique(given, return_inverse=True)
            of = None if len(found) == len(truth) else of.astype(np.int64)
        return Cases(X, truth, code.astype(np.int64), classes, of)

    def _judge(self, field: Field) -> None:
        """The ladder of those that are worth their place, the cheapest first, and the report."""
        cases, judges = field.cases, field.judges
        few = some(cases.X, judges[:TIMED_ON])
        costs = {run.name: measured(rungs_of({run.name: run.model}), few)[0] for run in field.runs}
        runs = sorted(field.runs, key=lambda run: costs[run.name].each(1)["cpu_s"])
        of = None if cases.groups is None else cases.groups[judges]
        ladder = self._ladder(runs, costs, cases.code[judges], of)
        kept = [runs[k] for k in ladder.course().rungs]
        self.ladder_ = self._ladder(kept, costs, cases.code[judges], of)
        names = {run.name for run in kept}
        told = [_entrant(run, costs[run.name], cases.code[judges], run.name in names) for run in runs]
        self.report_ = RaceReport(
            entrants=tuple(sorted(told, key=lambda e: -e.right)),
            right=self.ladder_.course().accuracy,
            commonest=float(np.bincount(cases.code[judges]).max() / len(judges)),
            judged=len(judges),
            planned=dict(field.meter.limit),
            total=field.meter.total(),
            said=tuple(field.said),
        )

    def _ladder(
        self,
        runs: list[Run],
        costs: Mapping[str, BatchCost],
        truth: NDArray[np.int64],
        groups: NDArray[np.int64] | None,
    ) -> Ladder:
        held = Held(np.stack([run.logs for run in runs]), truth, groups)
        models = {run.name: run.model for run in runs}
        return Ladder.of_learnt(
            models, self.classes_, held, [costs[run.name] for run in runs], price=self.price
        )

    # -- answering: as its ladder does --
    def predict_proba(self, X: Any) -> Floats:
        """(N, L) probabilities in the order of `classes_`."""
        return self._learnt().predict_proba(X)

    def predict(self, X: Any) -> NDArray[Any]:
        """(N,) likeliest labels."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return self.classes_[likeliest]

    def cost(self, X: Any) -> Mapping[str, Floats]:
        """What a case is expected to use before any rung has looked at it."""
        return self._learnt().cost(X)

    def explain(self, X: Any) -> list[Floats]:
        """Where the rung that each case stopped at had looked; nothing where one of them shows nothing."""
        return self._learnt().explain(X)

    def _learnt(self) -> Ladder:
        if not hasattr(self, "ladder_"):
            raise NotLearnt("This Race has not learnt yet: call fit.")
        return self.ladder_

    # -- saving --
    def as_state(self) -> State:
        """Its ladder."""
        self._learnt()
        columns = [str(name) for name in getattr(self, "feature_names_in_", ())]
        header = {"how": self.get_params(), "columns": columns}
        return State(header, {"classes": self.classes_}, {"ladder": self.ladder_})

    @classmethod
    def of_saved(cls, state: State, given: Given) -> Self:  # noqa: ARG003 - its machines were handed what they need
        """Answers as before, and can learn anew; what it said of the race is gone."""
        made = cls(**state.header["how"])
        made.classes_, made.ladder_ = state.arrays["classes"], state.parts["ladder"]
        if columns := state.header["columns"]:
            made.feature_names_in_ = np.array(columns, object)
        return made


def check_limits(limit: Mapping[str, float]) -> None:
    """Refuses limits that a race cannot hold."""
    strange = [name for name in limit if name not in TIMED]
    if strange or not limit:
        raise MindshareError(
            f"A race is limited in cpu_s or wall_s{f', not in {strange[0]}' if strange else ''}."
        )


def _meter(budget: Budget) -> Meter:
    """Counts from now on."""
    check_limits(budget.limit)
    if 0.0 in budget.limit.values():
        raise OverBudget(TOO_SMALL)
    return Meter(budget)


def _entrant(run: Run, cost: BatchCost, truth: NDArray[np.int64], kept: bool) -> Entrant:
    at = np.arange(len(truth))
    return Entrant(
        name=run.name,
        right=float((run.logs.argmax(axis=1) == truth).mean()),
        loss=-float(run.logs[at, truth].mean()),
        taught=run.taught,
        fit_cpu_s=run.fit_cpu_s,
        answer_cpu_s=cost.each(1)["cpu_s"],
        kept=kept,
    )
