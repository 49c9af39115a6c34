"""One fold of a backtest: learn on the other folds, decide these cases by every policy, say what was bought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking import Trace, realised_gains
from mindshare.core.cost import Speed, human_answers, machine_resources
from mindshare.core.cutting import Cutter, demand_of, enough
from mindshare.core.explain import SHARE as SAMPLED
from mindshare.core.explain import samples
from mindshare.core.held import Stage
from mindshare.core.history import History
from mindshare.core.learn import Learned
from mindshare.core.limits import Rule
from mindshare.core.pacing.replay import Replayed, in_order
from mindshare.core.policies import Policies, best_machine
from mindshare.core.records import PEOPLE_MINUTES
from mindshare.histories.families import Family, learner

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
# of a resource's whole use, for frontiers
LEVELS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)


class Task(NamedTuple):
    """What one fold needs."""

    history: History
    fit: I64
    test: I64
    shares: tuple[float, ...]
    limits: Mapping[str, float]
    seed: int
    family: Family = "pool"  # of belief


class Point(NamedTuple):
    """One policy at one share (or at one level of a resource) on the fold's cases."""

    verdict: I32
    bought: int  # human answers
    spent: dict[str, float]
    served: NDArray[np.bool_]  # (n,) cases on which a person was asked


class Limited(NamedTuple):
    """What the rule did under limits with one fold's `cases` (n,), numbers in the whole history."""

    cases: I64
    point: Point
    prices: dict[str, float]
    questions: I64  # (Q, 2) case, in the whole history, and agent of each answer that was bought

    @property
    def asked(self) -> dict[int, int]:
        """Agent -> answers."""
        return _counted(self.questions)


class FoldResult(NamedTuple):
    """What one fold says; `cases` (n,) are numbers in the whole history."""

    cases: I64
    points: dict[str, list[Point]]
    frontiers: dict[str, dict[str, list[Point]]]
    limited: Point | None
    prices: dict[str, float]
    asked: dict[int, int]  # agent -> answers under the limits
    belief: dict[str, Any]
    promised: F64
    realised: F64
    answers: I64
    samples: list[dict[str, Any]]


def judge(task: Task) -> FoldResult:
    """Everything about one fold; reads the labels of its cases only as answers that were paid for, and to judge."""
    history = task.history
    test = task.test[history.truth[task.test] >= 0]
    past = history.take(task.fit)
    learned = Learned(task.seed, attention=learner(task.family, task.seed)).fit(past)
    stage = learned.open(history.take(test))
    speed = Speed().fit(past)
    stepwise = _stepwise(learned, past, task)
    policies = Policies(learned, task.seed)
    shared = policies(stage)
    book = _Book(stage, learned, speed, _held_out(policies, shared))
    ours = shared["mindshare"]
    points = {
        name: [book.point(name, trace, book.at_share(name, trace, share)) for share in task.shares]
        for name, trace in shared.items()
    }
    gain, answers = realised_gains(ours, stage.history.truth, learned.utility_)
    part = len(test) / max(int((history.truth >= 0).sum()), 1)
    chosen = stepwise if set(task.limits) & set(machine_resources(history)) else learned
    limited, prices, questions = _limited(chosen, chosen.open(stage.history), speed, task.limits, part)
    return FoldResult(
        cases=test,
        points=points,
        frontiers=_frontiers(book, stepwise, shared),
        limited=limited,
        prices=prices,
        asked=_counted(questions),
        belief=_belief(learned, stage, ours),
        promised=ours.promised,
        realised=gain,
        answers=answers,
        samples=samples(learned, stage, ours, book.at_share("mindshare", ours, SAMPLED)),
    )


def under_limits(task: Task, many: Mapping[str, Mapping[str, float]]) -> dict[str, Limited]:
    """What the rule does under each of `many` limits (name -> limits for the whole history); it learns once."""
    history = task.history
    test = task.test[history.truth[task.test] >= 0]
    past = history.take(task.fit)
    learned, speed = Learned(task.seed).fit(past), Speed().fit(past)
    stepwise = _stepwise(learned, past, task)
    part = len(test) / max(int((history.truth >= 0).sum()), 1)
    out = {}
    for name, limits in many.items():
        chosen = stepwise if set(limits) & set(machine_resources(history)) else learned
        point, prices, questions = _limited(chosen, chosen.open(history.take(test)), speed, limits, part)
        assert point is not None, "a run without limits"
        questions[:, 0] = test[questions[:, 0]]
        out[name] = Limited(test, point, prices, questions)
    return out


def _stepwise(learned: Learned, past: History, task: Task) -> Learned:
    """Machines that cost something are asked one by one by a belief that knows every subset of them."""
    if not machine_resources(task.history):
        return learned
    how = None if "only" in learned.how_ else learned.how_
    return Learned(task.seed, machines_always=False, how=how).fit(past)


def _counted(questions: I64) -> dict[int, int]:
    """Agent -> answers."""
    agents, counts = np.unique(questions[:, 1], return_counts=True)
    return dict(zip(agents.tolist(), counts.tolist(), strict=True))


def _held_out(policies: Policies, names: Iterable[str]) -> list[tuple[Stage, dict[str, Trace]]]:
    """What the other policies would ask of held-out cases."""
    others = [name for name in names if name != "mindshare"]
    return [(stage, policies(stage, others)) for stage in enough(policies.learned.stages_)]


class _Book:
    """Cuts policies on one stage, and keeps what questions cost; `held`: held-out stages and the others' traces there."""

    def __init__(
        self, stage: Stage, learned: Learned, speed: Speed, held: list[tuple[Stage, dict[str, Trace]]]
    ) -> None:
        self.stage, self.learned, self.speed, self.held = stage, learned, speed, held
        self.actual = {name: column.astype(np.float64) for name, column in stage.history.cost().items()}
        self.expected = speed.expected(stage.history)
        self.machine_rows = np.flatnonzero(stage.opened.person == 0)
        self.best_rows = np.flatnonzero(stage.opened.sheet.agent == best_machine(learned, stage))
        self.order = in_order(stage.history.arrived, len(stage.history), learned.seed)
        none = np.zeros(0)
        self._ours = Cutter(demand_of(learned), none, none)
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


def _frontiers(book: _Book, stepwise: Learned, shared: dict[str, Trace]) -> dict[str, dict[str, list[Point]]]:
    """Accuracy against each resource that is not the plain human share: people's minutes, machines' costs."""
    out: dict[str, dict[str, list[Point]]] = {}
    for resource, column in book.actual.items():
        if resource == PEOPLE_MINUTES:
            out[resource] = _minutes_frontier(book, shared)
        elif column[book.machine_rows].sum() > 0:
            out[resource] = {"mindshare": _machine_frontier(book, stepwise, resource)}
    return out


def _minutes_frontier(book: _Book, shared: dict[str, Trace]) -> dict[str, list[Point]]:
    """All policies within people's minutes; ours follows worth per minute."""
    learned, group = book.learned, dict(shared)
    whole = book.actual[PEOPLE_MINUTES][book.stage.opened.person == 1].sum()
    group["mindshare"] = learned.path(book.stage, book.expected[PEOPLE_MINUTES])
    held = [(s, learned.path(s, book.uses(s, PEOPLE_MINUTES))) for s in enough(learned.stages_)]
    told = [(trace, book.uses(s, PEOPLE_MINUTES)[trace.row]) for s, trace in held]
    ours = Cutter.of_worths(PEOPLE_MINUTES, sum(len(s.history) for s, _ in held), told)
    return {
        name: [
            book.point(name, t, book.within(name, t, level * whole, ours), PEOPLE_MINUTES) for level in LEVELS
        ]
        for name, t in group.items()
    }


def _machine_frontier(book: _Book, stepwise: Learned, resource: str) -> list[Point]:
    """Machines bought one by one, cheap ones first where that pays; nobody else is asked."""

    def traced(stage: Stage, cost: F64) -> Trace:
        machine = stage.opened.person == 0
        return stepwise.path(stage, cost, known=machine & (cost == 0), askable=machine & (cost > 0))

    column = book.actual[resource]
    held = [(s, traced(s, book.uses(s, resource))) for s in enough(stepwise.stages_)]
    told = [(trace, book.uses(s, resource)[trace.row]) for s, trace in held]
    cutter = Cutter.of_worths(resource, sum(len(s.history) for s, _ in held), told)
    trace = traced(stepwise.open(book.stage.history), column)
    free = np.flatnonzero((book.stage.opened.person == 0) & (column == 0))
    points = []
    for level in LEVELS:
        use, limit = column[trace.row], level * column[book.machine_rows].sum()
        cut = cutter.cut(trace, limit, book.order, use, use)
        rows = np.concatenate([trace.row[cut.bought], free])
        spent = {name: float(c[rows].sum()) for name, c in book.actual.items()} | {resource: cut.used}
        points.append(Point(trace.verdicts(cut.heard), 0, spent, np.zeros(len(trace.start), bool)))
    return points


def _limited(
    learned: Learned, stage: Stage, speed: Speed, whole: Mapping[str, float], part: float
) -> tuple[Point | None, dict[str, float], I64]:
    """The rule under all limits at once on this fold's part of them; (Q, 2) case and agent of each answer bought."""
    if not whole:
        return None, {}, np.zeros((0, 2), np.int64)
    limits = {name: amount * part for name, amount in whole.items()}
    rule = Rule(learned, speed, {name: amount for name, amount in limits.items() if np.isfinite(amount)})
    spent, paid = rule.run(stage)
    prices = dict.fromkeys(limits, 0.0) | dict(zip(rule.limits, paid.tolist(), strict=True))
    verdict = learned.verdicts(stage, spent.known)
    rows = np.flatnonzero(spent.asked | rule.free(stage))
    used = {name: float(column[rows].sum()) for name, column in stage.history.cost().items()}
    used.update(zip(rule.limits, spent.used.tolist(), strict=True))
    person = stage.opened.person[rows] == 1
    served = np.zeros(len(stage.history), bool)
    served[stage.opened.sheet.case[rows[person]]] = True
    questions = np.stack([stage.opened.sheet.case[rows], stage.opened.sheet.agent[rows]], axis=1)
    point = Point(verdict, int(person.sum()), used, served)
    return point, prices, questions.astype(np.int64)


def _belief(learned: Learned, stage: Stage, ours: Trace) -> dict[str, Any]:
    """Log-loss and calibration of the joint belief: before anyone is asked, and after the path at 0.2 a case."""
    out: dict[str, Any] = {"family": learned.family, "race": dict(learned.race_)}
    truth = stage.history.truth
    for name, first in (("machines", 0), ("joint", int(0.2 * len(truth)))):
        known = stage.machines()
        known[ours.row[:first]] = True
        scores = stage.belief.scores(stage.opened, known)
        belief = np.exp(scores - scores.max(1, keepdims=True))
        belief /= belief.sum(1, keepdims=True)
        out[name] = (
            belief.max(1),
            belief.argmax(1) == truth,
            -np.log(belief[np.arange(len(truth)), truth] + 1e-12),
        )
    return out


def shares_of(shares: Sequence[float]) -> tuple[float, ...]:
    """The asked shares with 0 and 1, sorted, each once."""
    return tuple(sorted({0.0, 1.0, *map(float, shares)}))
