"""One fold of a backtest: learn on the other folds, decide these cases by every policy, say what was bought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.path import Trace, in_order, paced, realised_gains
from mindshare.core.belief.holdout import Stage
from mindshare.core.cost import Speed, learn_speed, machine_resources
from mindshare.core.explain import samples
from mindshare.core.history import History
from mindshare.core.learn import Learned, learn_held_out
from mindshare.core.policies import best_machine, traces
from mindshare.core.records import PEOPLE_MINUTES
from mindshare.core.rule import Rule
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
    learned = learn_held_out(
        past, seed=task.seed, machines_always=True, attention=learner(task.family, task.seed)
    )
    stage = learned.model.open(history.take(test))
    speed = learn_speed(past)
    stepwise = _stepwise(learned, past, task)
    book = _Book(stage, learned, speed)
    shared = traces(learned, stage, task.seed)
    ours = shared["mindshare"]
    points = {
        name: [
            book.point(name, trace, book.cut(trace, share, at_a_price=trace is ours)) for share in task.shares
        ]
        for name, trace in shared.items()
    }
    gain, answers = realised_gains(ours, stage.history.truth, learned.model.asking.utility)
    part = len(test) / max(int((history.truth >= 0).sum()), 1)
    chosen = stepwise if set(task.limits) & set(machine_resources(history)) else learned
    limited, prices, questions = _limited(chosen, chosen.model.open(stage.history), speed, task.limits, part)
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
        samples=samples(learned.model, stage, ours),
    )


def under_limits(task: Task, many: Mapping[str, Mapping[str, float]]) -> dict[str, Limited]:
    """What the rule does under each of `many` limits (name -> limits for the whole history); it learns once."""
    history = task.history
    test = task.test[history.truth[task.test] >= 0]
    past = history.take(task.fit)
    learned, speed = learn_held_out(past, seed=task.seed, machines_always=True), learn_speed(past)
    stepwise = _stepwise(learned, past, task)
    part = len(test) / max(int((history.truth >= 0).sum()), 1)
    out = {}
    for name, limits in many.items():
        chosen = stepwise if set(limits) & set(machine_resources(history)) else learned
        point, prices, questions = _limited(
            chosen, chosen.model.open(history.take(test)), speed, limits, part
        )
        assert point is not None, "a run without limits"
        questions[:, 0] = test[questions[:, 0]]
        out[name] = Limited(test, point, prices, questions)
    return out


def _stepwise(learned: Learned, past: History, task: Task) -> Learned:
    """Machines that cost something are asked one by one by a belief that knows every subset of them."""
    if not machine_resources(task.history):
        return learned
    how = None if learned.how.only is not None else learned.how
    return learn_held_out(past, seed=task.seed, machines_always=False, how=how)


def _counted(questions: I64) -> dict[int, int]:
    """Agent -> answers."""
    agents, counts = np.unique(questions[:, 1], return_counts=True)
    return dict(zip(agents.tolist(), counts.tolist(), strict=True))


class _Book:
    """Keeps what questions cost on one stage."""

    def __init__(self, stage: Stage, learned: Learned, speed: Speed) -> None:
        self.stage, self.learned = stage, learned
        self.actual = {name: column.astype(np.float64) for name, column in stage.history.cost().items()}
        self.expected = speed.expected(stage.history)
        self.machine_rows = np.flatnonzero(stage.opened.person == 0)
        self.best_rows = np.flatnonzero(stage.history.answers.agent == best_machine(learned, stage))
        self.order = in_order(stage.history, learned.model.about.seed)

    def cut(self, trace: Trace, share: float, at_a_price: bool) -> NDArray[np.bool_]:
        """The questions that `share` answers per case pay for: the first ones, or, `at_a_price`, paced."""
        most = int(np.floor(share * len(trace.start) + 1e-9))
        return (
            paced(trace, most, self.learned.model.price_at, self.order) if at_a_price else trace.first(most)
        )

    def point(self, name: str, trace: Trace, bought: NDArray[np.bool_]) -> Point:
        """What `name` decides and has spent once these questions are bought; all machines have run."""
        machines = self.machine_rows if name != "best_machine" else self.best_rows
        rows = np.concatenate([trace.row[bought], machines])
        served = np.zeros(len(trace.start), bool)
        served[trace.case[bought]] = True
        spent = {resource: float(column[rows].sum()) for resource, column in self.actual.items()}
        return Point(trace.verdicts(bought), int(bought.sum()), spent, served)


def _frontiers(book: _Book, stepwise: Learned, shared: dict[str, Trace]) -> dict[str, dict[str, list[Point]]]:
    """Accuracy against each resource that is not the plain human share: people's minutes, machines' costs."""
    out: dict[str, dict[str, list[Point]]] = {}
    people = book.stage.opened.person == 1
    for resource, column in book.actual.items():
        if resource == PEOPLE_MINUTES:
            whole, group = column[people].sum(), dict(shared)
            group["mindshare"] = book.learned.model.path(book.stage, book.expected[resource])
            out[resource] = {
                name: [
                    book.point(name, t, t.first(_within(column[t.row], level * whole))) for level in LEVELS
                ]
                for name, t in group.items()
            }
        elif column[book.machine_rows].sum() > 0:
            out[resource] = {"mindshare": _machine_frontier(book, stepwise, resource)}
    return out


def _machine_frontier(book: _Book, stepwise: Learned, resource: str) -> list[Point]:
    """Machines bought one by one, cheap ones first where that pays; nobody else is asked."""
    column = book.actual[resource]
    free = (book.stage.opened.person == 0) & (column == 0)
    askable = (book.stage.opened.person == 0) & (column > 0)
    trace = stepwise.model.path(
        stepwise.model.open(book.stage.history), book.expected[resource], known=free, askable=askable
    )
    whole = column[book.machine_rows].sum()
    points = []
    for level in LEVELS:
        bought = trace.first(_within(column[trace.row], level * whole))
        rows = np.concatenate([trace.row[bought], np.flatnonzero(free)])
        spent = {name: float(c[rows].sum()) for name, c in book.actual.items()}
        points.append(Point(trace.verdicts(bought), 0, spent, np.zeros(len(trace.start), bool)))
    return points


def _within(cost: F64, limit: float) -> int:
    """How many questions in a row stay within the limit."""
    return int(np.searchsorted(np.cumsum(cost), limit * (1 + 1e-12), side="right"))


def _limited(
    learned: Learned, stage: Stage, speed: Speed, whole: Mapping[str, float], part: float
) -> tuple[Point | None, dict[str, float], I64]:
    """The rule under all limits at once on this fold's part of them; (Q, 2) case and agent of each answer bought."""
    if not whole:
        return None, {}, np.zeros((0, 2), np.int64)
    limits = {name: amount * part for name, amount in whole.items()}
    rule = Rule(learned, speed, limits, len(stage.history))
    spent, prices = rule.run(stage, rule.prices())
    verdict = learned.model.verdicts(stage, spent.known)
    rows = np.flatnonzero(spent.asked | rule.free(stage))
    used = {name: float(column[rows].sum()) for name, column in stage.history.cost().items()}
    used.update({name: float(amount) for name, amount in zip(limits, spent.used, strict=True)})
    person = stage.opened.person[rows] == 1
    served = np.zeros(len(stage.history), bool)
    served[stage.opened.case[rows[person]]] = True
    questions = np.stack([stage.opened.case[rows], stage.history.answers.agent[rows]], axis=1)
    point = Point(verdict, int(person.sum()), used, served)
    return point, dict(zip(limits, prices.tolist(), strict=True)), questions.astype(np.int64)


def _belief(learned: Learned, stage: Stage, ours: Trace) -> dict[str, Any]:
    """Log-loss and calibration of the joint belief: before anyone is asked, and after the path at 0.2 a case."""
    out: dict[str, Any] = {"family": learned.model.about.family, "race": dict(learned.model.about.race)}
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
