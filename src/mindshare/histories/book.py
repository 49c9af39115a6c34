"""What policies buy on one stage: all cut by the same replay at a share, at people's minutes, at a machine's resource."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.path import Trace
from mindshare.core.belief.holdout import Stage
from mindshare.core.cost import Speed, human_answers
from mindshare.core.cutting import Cutter, enough
from mindshare.core.learn import Learned
from mindshare.core.pacing.replay import Replayed, in_order
from mindshare.core.policies import Policies, best_machine
from mindshare.core.records import PEOPLE_MINUTES

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
# of a resource's whole use, for frontiers
LEVELS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)


class Point(NamedTuple):
    """One policy at one share (or at one level of a resource) on the fold's cases."""

    verdict: I32
    bought: int  # human answers
    spent: dict[str, float]
    served: NDArray[np.bool_]  # (n,) cases on which a person was asked


def held_out(policies: Policies, names: Iterable[str]) -> list[tuple[Stage, dict[str, Trace]]]:
    """What the other policies would ask of held-out cases."""
    others = [name for name in names if name != "mindshare"]
    return [(stage, policies(stage, others)) for stage in enough(policies.learned.holdout)]


class Book:
    """Cuts policies on one stage, and keeps what questions cost; `held`: held-out stages and the others' traces there."""

    def __init__(
        self, stage: Stage, learned: Learned, speed: Speed, held: list[tuple[Stage, dict[str, Trace]]]
    ) -> None:
        self.stage, self.learned, self.speed, self.held = stage, learned, speed, held
        self.actual = {name: column.astype(np.float64) for name, column in stage.history.cost().items()}
        self.expected = speed.expected(stage.history)
        self.machine_rows = np.flatnonzero(stage.opened.person == 0)
        self.best_rows = np.flatnonzero(stage.history.answers.agent == best_machine(learned, stage))
        self.order = in_order(stage.history.arrived, len(stage.history), learned.model.about.seed)
        none = np.zeros(0)
        self._ours = Cutter(learned.model.demand, none, none)
        self._others: dict[tuple[str, str], Cutter] = {}

    def at_share(self, name: str, trace: Trace, share: float) -> Replayed:
        """The questions that `share` answers a case pay for."""
        most = float(np.floor(share * len(trace.start) + 1e-9))
        cutter = self._ours if name == "mindshare" else self._other(name, "human_answers")
        one = human_answers(self.stage.history)[trace.row]
        return cutter.cut(trace, most, self.order, one, one)

    def within(self, name: str, trace: Trace, minutes: float, ours: Cutter) -> Replayed:
        """The questions that so many minutes of people pay for."""
        cutter = ours if name == "mindshare" else self._other(name, PEOPLE_MINUTES)
        expected, actual = self.expected[PEOPLE_MINUTES][trace.row], self.actual[PEOPLE_MINUTES][trace.row]
        return cutter.cut(trace, minutes, self.order, expected, actual)

    def _other(self, name: str, resource: str) -> Cutter:
        if (name, resource) not in self._others:
            cases = sum(len(stage.history) for stage, _ in self.held)
            told = [
                (traces[name], self.uses(stage, resource)[traces[name].row]) for stage, traces in self.held
            ]
            self._others[name, resource] = Cutter.ranked(resource, cases, told)
        return self._others[name, resource]

    def uses(self, stage: Stage, resource: str) -> F64:
        """(M,) what each row of a stage is expected to use."""
        if resource == "human_answers":
            return human_answers(stage.history)
        return self.speed.expected(stage.history).get(resource, np.zeros(len(stage.history.answers)))

    def point(self, name: str, trace: Trace, cut: Replayed, limited: str | None = None) -> Point:
        """What `name` decides and has spent once these questions are bought; all machines have run."""
        machines = self.machine_rows if name != "best_machine" else self.best_rows
        rows = np.concatenate([trace.row[cut.bought], machines])
        served = np.zeros(len(trace.start), bool)
        served[trace.case[cut.bought]] = True
        spent = {resource: float(column[rows].sum()) for resource, column in self.actual.items()}
        if limited is not None:  # the last answer may have ended at the limit
            spent[limited] = cut.used + float(self.actual[limited][machines].sum())
        return Point(trace.verdicts(cut.heard), int(cut.bought.sum()), spent, served)


def frontiers(book: Book, stepwise: Learned, shared: dict[str, Trace]) -> dict[str, dict[str, list[Point]]]:
    """Accuracy against each resource that is not the plain human share: people's minutes, machines' costs."""
    out: dict[str, dict[str, list[Point]]] = {}
    for resource, column in book.actual.items():
        if resource == PEOPLE_MINUTES:
            out[resource] = _minutes_frontier(book, shared)
        elif column[book.machine_rows].sum() > 0:
            out[resource] = {"mindshare": _machine_frontier(book, stepwise, resource)}
    return out


def _minutes_frontier(book: Book, shared: dict[str, Trace]) -> dict[str, list[Point]]:
    """All policies within people's minutes; ours follows worth per minute."""
    learned, group = book.learned, dict(shared)
    whole = book.actual[PEOPLE_MINUTES][book.stage.opened.person == 1].sum()
    group["mindshare"] = learned.model.path(book.stage, book.expected[PEOPLE_MINUTES])
    held = [(s, learned.model.path(s, book.uses(s, PEOPLE_MINUTES))) for s in enough(learned.holdout)]
    told = [(trace, book.uses(s, PEOPLE_MINUTES)[trace.row]) for s, trace in held]
    ours = Cutter.of_worths(PEOPLE_MINUTES, sum(len(s.history) for s, _ in held), told)
    return {
        name: [
            book.point(name, t, book.within(name, t, level * whole, ours), PEOPLE_MINUTES) for level in LEVELS
        ]
        for name, t in group.items()
    }


def _machine_frontier(book: Book, stepwise: Learned, resource: str) -> list[Point]:
    """Machines bought one by one, cheap ones first where that pays; nobody else is asked."""

    def traced(stage: Stage, cost: F64) -> Trace:
        machine = stage.opened.person == 0
        return stepwise.model.path(stage, cost, known=machine & (cost == 0), askable=machine & (cost > 0))

    column = book.actual[resource]
    held = [(s, traced(s, book.uses(s, resource))) for s in enough(stepwise.holdout)]
    told = [(trace, book.uses(s, resource)[trace.row]) for s, trace in held]
    cutter = Cutter.of_worths(resource, sum(len(s.history) for s, _ in held), told)
    trace = traced(stepwise.model.open(book.stage.history), column)
    free = np.flatnonzero((book.stage.opened.person == 0) & (column == 0))
    points = []
    for level in LEVELS:
        use, limit = column[trace.row], level * column[book.machine_rows].sum()
        cut = cutter.cut(trace, limit, book.order, use, use)
        rows = np.concatenate([trace.row[cut.bought], free])
        spent = {name: float(c[rows].sum()) for name, c in book.actual.items()} | {resource: cut.used}
        points.append(Point(trace.verdicts(cut.heard), 0, spent, np.zeros(len(trace.start), bool)))
    return points
