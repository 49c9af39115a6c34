"""The machines that have run so far, and what each said of the cases that judge and that it had not learnt from."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import OverBudget
from mindshare.core.records import Budget
from mindshare.machines.ladder.ensemble import Ensemble
from mindshare.machines.ladder.rungs import LEAST, aligned, some
from mindshare.machines.learn.meter import Meter
from mindshare.machines.parts.folds import left_out
from mindshare.machines.parts.inputs import LONG
from mindshare.machines.race.cases import Cases
from mindshare.machines.race.within import learn_within
from mindshare.machines.simple.machine import Simple
from mindshare.machines.task import Floats, TaskModel

FOLDS = 3  # members of a net
QUICK = 0.01  # of the part of a net: for timing answers
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Run:
    """One machine: what it said (N, L) log probabilities of the cases that judge, how many taught it, its CPU seconds."""

    name: str
    model: TaskModel
    logs: Floats
    taught: int
    fit_cpu_s: float


class Field:
    """``simple(...)`` and ``net(...)`` let one machine learn until a share of the budget is gone; `runs`, `said`."""

    def __init__(self, cases: Cases, meter: Meter, seed: int, progress: Progress | None) -> None:
        self.cases, self.meter, self.seed = cases, meter, seed
        self.judges = cases.judges(seed)
        self.runs: list[Run] = []
        self.said: list[str] = []
        self._progress = progress

    def until(self, share: float, left: int) -> float:
        """Up to which share of the budget the next of `left` machines may learn, so that each has as much until `share` is spent."""
        gone = self.meter.fraction()
        return gone + max(share - gone, 0.0) / left

    def simple(self, name: str, make: Callable[[], Simple], until: float) -> None:
        """A simple rung learns from all cases, or from as many as there is time for."""
        with self._timed() as took:
            learnt = learn_within(make, self.cases, self.meter, until, self.seed)
            if learnt is None:
                self.said.append(f"{name} did not race: the budget was spent before.")
                return
            rung, taught = learnt
            proba = self._nothing()
            proba[taught] = np.exp(aligned(rung, rung.held_out_, self.cases.classes))
            rest = np.setdiff1d(self.judges, taught)
            if len(rest):
                proba[rest] = self._told(rung, rest)
        self._ran(name, rung, proba, len(taught), took[0])

    def net(self, name: str, make: Callable[[int], Any], until: float) -> None:
        """A net for each fold learns from the other folds, and is judged on its own; together they are one machine."""
        folds = list(left_out(self.cases.code, self.cases.groups, FOLDS, self.seed))
        if not folds:
            self.said.append(f"{name} did not race: a net needs {FOLDS} cases or groups of a label at least.")
            return
        proba, members = self._nothing(), list[Any]()
        with self._timed() as took:
            for k, (kept, away) in enumerate(folds):
                part = self.meter.part(max(until - self.meter.fraction(), 0.0) / (len(folds) - k))
                mine = np.intersect1d(away, self.judges)
                teach, held = self.cases.take(kept), self.cases.take(mine)
                try:
                    net = make(self.seed + k).fit(
                        teach.X, teach.y, budget=Budget(limit=part.limit), validation=(held.X, held.y)
                    )
                except OverBudget:
                    self.said.append(f"{name} did not race: the budget is too small for it.")
                    return
                net.time_answers(QUICK * min(part.limit.values()))
                members.append(net)
                proba[mine] = self._told(net, mine)
                self._tell(f"{name}, {k + 1} of {len(folds)}")
        machine = Ensemble.of_learnt(members, self.cases.classes)
        self._ran(name, machine, proba, len(self.cases.y), took[0])

    def _nothing(self) -> Floats:
        shape = len(self.cases.y), len(self.cases.classes)
        return np.full(shape, 1.0 / shape[1])

    def _told(self, model: TaskModel, at: NDArray[np.int64]) -> Floats:
        said: Floats = np.exp(aligned(model, model.predict_proba(some(self.cases.X, at)), self.cases.classes))
        return said

    def _ran(self, name: str, model: TaskModel, proba: Floats, taught: int, took: float) -> None:
        logs = np.log(np.maximum(proba[self.judges], LEAST))
        self.runs.append(Run(name, model, logs, taught, took))
        if taught < len(self.cases.y):
            self.said.append(
                f"{name} learnt from {taught:,} of {len(self.cases.y):,} cases: there was no time for more."
            )
        self._tell(name)

    @contextmanager
    def _timed(self) -> Iterator[list[float]]:
        """CPU seconds of what runs inside. What libraries warn of concerns smaller fits and folds, not the cases; but for texts
        that are cut, which is said once.
        """
        took, began = [0.0], self.meter.total()["cpu_s"]
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            yield took
        cut = [str(w.message) for w in told if f"longer than {LONG} words" in str(w.message)]
        if cut and not any(f"longer than {LONG} words" in sentence for sentence in self.said):
            self.said.append(
                f"Texts are longer than {LONG} words and signs; what comes after that nets do not read."
            )
        took[0] = self.meter.total()["cpu_s"] - began

    def _tell(self, what: str) -> None:
        if self._progress is not None:
            self._progress(min(self.meter.fraction(), 1.0), what)
