"""How high the rate is and how long is learnt: found on cases that are held out, within the budget of the fit.

A few rates race over one short course each. The best one goes on in courses of twice the length (warm restarts: Loshchilov & Hutter 2017),
until two in a row bring no better held-out loss or the budget is spent. Where it was us who held cases out, room is left for all cases
to teach once more, at the rate that was found and up to LONGER times as long.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from mindshare.core.errors import OverBudget
from mindshare.machines.learn.fit import measure_steps, train
from mindshare.machines.learn.meter import TIMED, Meter
from mindshare.machines.learn.plan import Course, FitPlan, FitReport, Sink
from mindshare.machines.learn.steps import Cases, hold_out, kept
from mindshare.machines.parts.net import Net

RATES = (1e-2, 3e-3, 3e-2)  # the usual one first: where there is no room for a race, it is taken
RACE = 0.1  # of the budget: for each of them, at most
FIRST = 10  # epochs of a course of the race, at most
ENOUGH = 30  # steps of a course that the budget ended
FEW = 20  # cases: of fewer none is held out
MISSES = 2  # courses in a row that bring nothing end the search
LONGER = 16.0  # times as long as was found all cases teach, where the budget has room for it
ALMOST = 0.8  # of what was found is enough
BETTER = 1e-3  # of the held-out loss: by less it is not better
BETWEEN = 0.005  # of the budget: what copying states takes
ENDLESS = 1_000_000  # epochs: the budget ends it
NEVER = -math.inf  # a loss that no state is below: nothing is kept on the way
SAFE = 1.25  # times what all cases are expected to take once more


@dataclass(slots=True)
class Found:
    """The best so far: its state, its held-out loss, and the epochs that led to it."""

    state: dict[str, Tensor]
    loss: float
    epochs: float
    report: FitReport


def learn(
    net: Net, cases: Cases, plan: FitPlan, meter: Meter, course: Course | None = None, *, seed: int
) -> FitReport:
    """`train`, and what the plan leaves open is found first. Without a limit on time or steps all is as usual.

    Raises OverBudget where not even one step fits.
    """
    course = course or Course()
    limited = bool(meter.limit.keys() & set(TIMED)) or meter.most_steps < math.inf
    open_ = plan.rate is None or plan.epochs is None
    few = cases.held is None and len(cases.taught[1]) < FEW
    plain = not limited or not open_ or few or 0.0 in meter.limit.values()
    report = (
        train(net, cases, plan, meter, course, seed=seed)
        if plain
        else _Search(net, cases, plan, meter, course, seed).run()
    )
    net.sharpen(report.factor)
    return report


class _Search:
    """Courses one after the other, each with its part of the budget."""

    def __init__(
        self, net: Net, cases: Cases, plan: FitPlan, meter: Meter, course: Course, seed: int
    ) -> None:
        self.net, self.plan, self.meter, self.course, self.seed = net, plan, meter, course, seed
        self.all, self.own = cases, cases.held is None
        self.cases = hold_out(cases.taught, np.random.default_rng(seed)) if self.own else cases
        self.begin = kept(net)
        self.best: dict[str, Tensor] | None = None  # the tensors of the best state
        self.rates: dict[str, float] = {}
        self.steps, self.epochs, self.losses = 0, 0.0, list[float]()

    def run(self) -> FitReport:
        cases = Cases(self.all.taught, self.cases.held)
        measure_steps(self.net, cases, self.plan, self.meter, seed=self.seed)
        rate, found = self.race()
        if found is None:  # too little for a race is enough for a course, or is said to be too little
            plan = replace(self.plan, rate=rate, epochs=self.plan.epochs or ENDLESS)
            return train(self.net, self.all, plan, self.meter, self.course, seed=self.seed)
        if self.plan.epochs is not None:
            return self._told(self._as_planned(rate, self.plan.epochs, found), rate)
        found = self.go_on(rate, found)
        self.net.load_state_dict(found.state)
        report = self.once_more(rate, found) if self.own else None
        return self._told(report or found.report, rate)

    def _as_planned(self, rate: float, epochs: int, found: Found) -> FitReport:
        """All cases teach for the epochs of the plan; what the race found where nothing is left for that."""
        self.net.load_state_dict(self.begin)
        try:
            return self.part(self.all, rate, epochs, self._left(), best=found.loss)
        except OverBudget:
            self.net.load_state_dict(found.state)
            return found.report

    def race(self) -> tuple[float, Found | None]:
        """(the rate that did best, what it led to); None where a part of the budget is too little for a course."""
        best: tuple[float, Found | None] = (self.plan.rate or RATES[0], None)
        for rate in (self.plan.rate,) if self.plan.rate else RATES:
            if RACE * self.meter.most_steps < 1:
                break
            self.net.load_state_dict(self.begin)
            try:
                kept = math.inf if best[1] is None else NEVER  # the best of the race is kept when it is known
                report = self.part(self.cases, rate, FIRST, RACE, best=kept)
            except OverBudget:
                break
            if report.reason == "budget" and report.steps < ENOUGH:  # such short courses would tell chance
                self.rates.clear()
                best = RATES[0] if self.plan.rate is None else self.plan.rate, None
                break
            self.rates[f"{rate:g}"] = report.best_loss
            if best[1] is None or _loss(report) < best[1].loss:
                best = rate, self._found(report, 0.0)
        self.net.load_state_dict(self.begin if best[1] is None else best[1].state)
        if best[1] is not None and self.course.keep is not None:
            self.course.keep()
        return best

    def go_on(self, rate: float, found: Found) -> Found:
        """Longer and longer courses from the best state, while they bring something."""
        epochs, missed = FIRST, 0
        while self._left() > 0.0:
            epochs = min(2 * epochs, self._room(found.epochs)) if self.own else 2 * epochs
            if epochs < FIRST:
                found.report.reason = "budget"
                break
            self.net.load_state_dict(found.state)
            try:
                report = self.part(self.cases, rate, epochs, self._left(), best=found.loss)
            except OverBudget:
                found.report.reason = "budget"
                break
            better = _loss(report) < found.loss * (1 - BETTER)
            found, missed = (self._found(report, found.epochs), 0) if better else (found, missed + 1)
            if missed == MISSES or report.reason == "budget":
                stopped = "budget" if report.reason == "budget" else "no better validation loss"
                found.report.reason = stopped
                break
        return found

    def _room(self, before: float) -> int:
        """Epochs of the next course after which all cases can still teach for `before` and as many more."""
        an_epoch = (1.0 - self._left()) / max(self.epochs, 1e-9)
        all_of_them = SAFE * len(self.all.taught[1]) / len(self.cases.taught[1])
        return int((self._left() / an_epoch - all_of_them * before) / (1.0 + all_of_them))

    def once_more(self, rate: float, found: Found) -> FitReport | None:
        """All cases teach, as was found; None where that does not fit into what is left, or failed: those that were held out
        have taught now, so a larger loss of them than before can only mean that the course ran away.
        """
        share = found.epochs * len(self.all.taught[1]) / max(self.epochs * len(self.cases.taught[1]), 1e-9)
        if SAFE * share * (1.0 - self._left()) > self._left():
            return None
        self.net.load_state_dict(self.begin)
        epochs, report = max(1, round(LONGER * found.epochs)), None
        with suppress(OverBudget):
            everything = Cases(self.all.taught, self.cases.held)
            report = self.part(everything, rate, epochs, self._left(), last=True, best=NEVER)
        if report is None or report.epochs < ALMOST * found.epochs or not _loss(report) <= found.loss:
            # it took longer than expected, or failed: what most cases taught is sure
            self.net.load_state_dict(found.state)
            return None
        report.reason, report.best_loss, report.factor = found.report.reason, found.loss, found.report.factor
        return report

    def part(
        self,
        cases: Cases,
        rate: float,
        epochs: int,
        share: float,
        *,
        last: bool = False,
        best: float = math.inf,
    ) -> FitReport:
        """One course with `share` of the budget; a state is kept where its loss is below `best`. The `last` one is judged at its end."""
        part = self.meter.part(share)
        told = Course(
            sinks=[_Later(sink, self.steps) for sink in self.course.sinks],
            progress=self._progress if self.course.progress is not None else None,
            keep=self.course.keep,
            better_than=best,
            at_end=last,
        )
        plan = replace(self.plan, rate=rate, epochs=epochs, patience=None if last else self.plan.patience)
        try:
            report = train(self.net, cases, plan, part, told, seed=self.seed)
        finally:
            self.meter.add(part)
        self.steps, self.epochs = self.steps + report.steps, self.epochs + report.epochs
        self.losses += [] if last else report.losses  # those of cases that teach say nothing of others
        return report

    def _found(self, report: FitReport, before: float) -> Found:
        self.best = kept(self.net, self.best)
        return Found(self.best, _loss(report), before + report.best_epochs, report)

    def _left(self) -> float:
        """Share of the budget that is left, but for what lies between two courses."""
        return max(0.0, 1.0 - BETWEEN - self.meter.fraction())

    def _progress(self, _done: float, sentence: str) -> None:
        assert self.course.progress is not None
        self.course.progress(min(self.meter.fraction(), 1.0), sentence)

    def _told(self, report: FitReport, rate: float) -> FitReport:
        """One report of all courses."""
        report.planned, report.spent = dict(self.meter.planned), self.meter.spent
        report.total = self.meter.told()
        report.rate, report.rates = rate, self.rates
        report.steps, report.epochs, report.losses = self.steps, self.epochs, self.losses
        return report


class _Later:
    """A sink whose steps are counted on from those of the courses before."""

    def __init__(self, sink: Sink, steps: int) -> None:
        self.sink, self.steps = sink, steps

    def log(self, step: int, values: Mapping[str, float]) -> None:
        self.sink.log(self.steps + step, values)


def _loss(report: FitReport) -> float:
    """Held-out loss; a net that ran away has the largest."""
    return math.inf if math.isnan(report.best_loss) else report.best_loss
