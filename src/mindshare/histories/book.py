"""What policies buy in one fold: all cut by the same replay at a share, at people's minutes, at a machine's resource."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.across_kinds import joined_demand, together
from mindshare.core.asking.path import Trace
from mindshare.core.belief.holdout import Stage
from mindshare.core.cost import human_answers
from mindshare.core.history import History
from mindshare.core.pacing.replay import Replayed, in_order
from mindshare.core.policies.cutting import ENOUGH, Cutter
from mindshare.core.records import PEOPLE_MINUTES
from mindshare.histories.side import Side

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
# of a resource's whole use, for frontiers
LEVELS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)


class Point(NamedTuple):
    """One policy at one share (or at one level of a resource) on the fold's cases."""

    verdict: I32  # (n,)
    answers: I64  # (n,) of people, bought on each case
    spent: dict[str, float]

    @property
    def bought(self) -> int:
        """Human answers."""
        return int(self.answers.sum())

    @property
    def served(self) -> NDArray[np.bool_]:
        """(n,) cases on which a person was asked."""
        return self.answers > 0


class Held(NamedTuple):
    """Held-out cases of one kind, and what the other policies would ask there."""

    side: Side
    stage: Stage
    traces: dict[str, Trace]


class Book:
    """Cuts policies on the judged cases of one fold, and keeps what questions cost; `seed` for an order of arrival."""

    def __init__(self, history: History, sides: Sequence[Side], seed: int) -> None:
        self.history, self.sides = history, list(sides)
        self.actual = {name: column.astype(np.float64) for name, column in history.cost().items()}
        self.person = history.is_person[history.answers.agent]
        self.machine_rows = np.flatnonzero(~self.person)
        self.best_rows = np.concatenate([side.best_rows() for side in sides])
        self.order = in_order(history.arrived, len(history), seed)
        self.own = [side.policies(side.stage) for side in sides]  # traces of each kind, and of all together:
        self.shared = self._joined(self.own)
        self.held = self._held_out(name for name in self.shared if name != "mindshare")
        none = np.zeros(0)
        demand = joined_demand([s.learned.model.demand for s in sides], [s.weight for s in sides])
        self._ours = Cutter(demand, none, none)
        self._others: dict[tuple[str, str], Cutter] = {}
        # by resource, what rows of the held-out cases are expected to use
        self._used: dict[str, list[F64]] = {}
        self._expected: dict[str, F64] = {}

    def _joined(self, told: Sequence[dict[str, Trace]]) -> dict[str, Trace]:
        """The traces of each policy, over all kinds."""
        parts = [side.part for side in self.sides]
        return {
            name: together(
                len(self.history), [(p, traces[name]) for p, traces in zip(parts, told, strict=True)]
            )
            for name in told[0]
        }

    def joined(self, trace_of: Callable[[Side], Trace]) -> Trace:
        """What some rule asks for on all judged cases."""
        return self._joined([{"": trace_of(side)} for side in self.sides])[""]

    def _held_out(self, names: Iterable[str]) -> list[Held]:
        others = list(names)
        return [
            Held(side, stage, side.policies(stage, others))
            for side, stage in enough(self.sides, [side.learned.holdout for side in self.sides])
        ]

    def at_share(self, name: str, share: float) -> Replayed:
        """The questions that `share` answers a case pay for."""
        trace = self.shared[name]
        most = float(np.floor(share * len(trace.start) + 1e-9))
        cutter = self._ours if name == "mindshare" else self._other(name, "human_answers")
        one = human_answers(self.history)[trace.row]
        return cutter.cut(trace, most, self.order, one, one)

    def within(self, resource: str, trace: Trace, limit: float, cutter: Cutter) -> Replayed:
        """The questions that so much of a resource pays for."""
        if resource not in self._expected:
            self._expected[resource] = self._uses(resource)
        expected = self._expected[resource][trace.row]
        return cutter.cut(trace, limit, self.order, expected, self.actual[resource][trace.row])

    def _uses(self, resource: str) -> F64:
        """(M,) what each row is expected to use."""
        out = np.zeros(len(self.person))
        for side in self.sides:
            out[side.part.rows] = side.uses(side.stage, resource)
        return out

    def minutes_cutter(self, name: str) -> Cutter:
        """How a policy is cut at people's minutes; ours follows worth per minute."""
        if name != "mindshare":
            return self._other(name, PEOPLE_MINUTES)
        held = [(side, stage) for side, stage, _ in self.held]
        return by_worth(PEOPLE_MINUTES, held, Side.minutes_path)

    def _other(self, name: str, resource: str) -> Cutter:
        if (name, resource) not in self._others:
            cases = sum(len(held.stage.history) for held in self.held)
            if resource not in self._used:
                self._used[resource] = [h.side.uses(h.stage, resource) for h in self.held]
            pairs = zip(self.held, self._used[resource], strict=True)
            told = [(h.traces[name], used[h.traces[name].row]) for h, used in pairs]
            self._others[name, resource] = Cutter.ranked(resource, cases, told)
        return self._others[name, resource]

    def point(self, name: str, trace: Trace, cut: Replayed, limited: str | None = None) -> Point:
        """What `name` decides and has spent once these questions are bought; all machines have run."""
        machines = self.machine_rows if name != "best_machine" else self.best_rows
        rows = np.concatenate([trace.row[cut.bought], machines])
        answers = np.bincount(trace.case[cut.bought], minlength=len(trace.start))
        spent = {resource: float(column[rows].sum()) for resource, column in self.actual.items()}
        if limited is not None:  # the last answer may have ended at the limit
            spent[limited] = cut.used + float(self.actual[limited][machines].sum())
        return Point(trace.verdicts(cut.heard), answers, spent)

    def part_of(self, side: Side, ours: Trace, cut: Replayed) -> Replayed:
        """What a cut of our trace over all kinds is on the trace of one."""
        if len(self.sides) == 1:
            return cut
        row, (bought, heard) = side.part.rows[ours.row], np.zeros((2, len(self.person)), bool)
        bought[self.shared["mindshare"].row] = cut.bought
        heard[self.shared["mindshare"].row] = cut.heard
        return Replayed(bought[row], heard[row], cut.used, cut.price[side.part.cases])


def enough(sides: Sequence[Side], holdouts: Sequence[Sequence[Stage]]) -> list[tuple[Side, Stage]]:
    """The first held-out folds of all kinds that hold ENOUGH cases together, or all: kinds stand as they came."""
    out: list[tuple[Side, Stage]] = []
    for j in range(max((len(stages) for stages in holdouts), default=0)):
        if sum(len(stage.history) for _, stage in out) >= ENOUGH:
            break
        out += [(side, stages[j]) for side, stages in zip(sides, holdouts, strict=True) if j < len(stages)]
    return out


def by_worth(
    resource: str, held: Sequence[tuple[Side, Stage]], path: Callable[[Side, Stage], Trace]
) -> Cutter:
    """A cutter from what the rule asks of held-out cases."""
    told = []
    for side, stage in held:
        trace = path(side, stage)
        told.append((trace, side.uses(stage, resource)[trace.row]))
    return Cutter.of_worths(resource, sum(len(stage.history) for _, stage in held), told)


def frontiers(book: Book) -> dict[str, dict[str, list[Point]]]:
    """Accuracy against each resource that is not the plain human share: people's minutes, machines' costs."""
    out: dict[str, dict[str, list[Point]]] = {}
    for resource, column in book.actual.items():
        if resource == PEOPLE_MINUTES:
            out[resource] = _minutes_frontier(book)
        elif column[book.machine_rows].sum() > 0:
            out[resource] = {"mindshare": _machine_frontier(book, resource)}
    return out


def _minutes_frontier(book: Book) -> dict[str, list[Point]]:
    """All policies within people's minutes; ours follows worth per minute."""
    group = dict(book.shared)
    whole = book.actual[PEOPLE_MINUTES][book.person].sum()
    group["mindshare"] = book.joined(lambda side: side.minutes_path(side.stage))
    out = {}
    for name, trace in group.items():
        cutter = book.minutes_cutter(name)
        cuts = [book.within(PEOPLE_MINUTES, trace, level * whole, cutter) for level in LEVELS]
        out[name] = [book.point(name, trace, cut, PEOPLE_MINUTES) for cut in cuts]
    return out


def _machine_frontier(book: Book, resource: str) -> list[Point]:
    """Machines bought one by one, cheap ones first where that pays; nobody else is asked."""
    held = enough(book.sides, [side.stepwise.holdout for side in book.sides])
    cutter = by_worth(resource, held, lambda side, stage: side.machine_path(stage, resource))
    trace = book.joined(lambda s: s.machine_path(s.stepwise.model.open(s.stage.history), resource))
    column = book.actual[resource]
    free = np.flatnonzero(~book.person & (column == 0))
    points = []
    for level in LEVELS:
        cut = book.within(resource, trace, level * column[book.machine_rows].sum(), cutter)
        rows = np.concatenate([trace.row[cut.bought], free])
        spent = {name: float(c[rows].sum()) for name, c in book.actual.items()} | {resource: cut.used}
        points.append(Point(trace.verdicts(cut.heard), np.zeros(len(trace.start), np.int64), spent))
    return points
