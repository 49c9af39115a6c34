"""One fold of a backtest: learn on the other folds, decide these cases by every policy, say what was bought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.path import Trace, realised_gains
from mindshare.core.belief.holdout import Stage
from mindshare.core.cost import Speed, learn_speed, machine_resources
from mindshare.core.explain import SHARE as SAMPLED
from mindshare.core.explain import samples
from mindshare.core.history import History
from mindshare.core.learn import Learned, learn_held_out
from mindshare.core.limits import Rule
from mindshare.core.policies import Policies
from mindshare.histories.book import Book, Point, frontiers, held_out
from mindshare.histories.families import Family, learner

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


class Task(NamedTuple):
    """What one fold needs."""

    history: History
    fit: I64
    test: I64
    shares: tuple[float, ...]
    limits: Mapping[str, float]
    seed: int
    family: Family = "pool"  # of belief


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
    policies = Policies(learned, task.seed)
    shared = policies(stage)
    book = Book(stage, learned, speed, held_out(policies, shared))
    ours = shared["mindshare"]
    points = {
        name: [book.point(name, trace, book.at_share(name, trace, share)) for share in task.shares]
        for name, trace in shared.items()
    }
    gain, answers = realised_gains(ours, stage.history.truth, learned.model.asking.utility)
    part = len(test) / max(int((history.truth >= 0).sum()), 1)
    chosen = stepwise if set(task.limits) & set(machine_resources(history)) else learned
    limited, prices, questions = _limited(chosen, chosen.model.open(stage.history), speed, task.limits, part)
    return FoldResult(
        cases=test,
        points=points,
        frontiers=frontiers(book, stepwise, shared),
        limited=limited,
        prices=prices,
        asked=_counted(questions),
        belief=_belief(learned, stage, ours),
        promised=ours.promised,
        realised=gain,
        answers=answers,
        samples=samples(learned.model, stage, ours, book.at_share("mindshare", ours, SAMPLED)),
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
    verdict = learned.model.verdicts(stage, spent.known)
    rows = np.flatnonzero(spent.asked | rule.free(stage))
    used = {name: float(column[rows].sum()) for name, column in stage.history.cost().items()}
    used.update(zip(rule.limits, spent.used.tolist(), strict=True))
    person = stage.opened.person[rows] == 1
    served = np.zeros(len(stage.history), bool)
    served[stage.opened.case[rows[person]]] = True
    questions = np.stack([stage.opened.case[rows], stage.history.answers.agent[rows]], axis=1)
    point = Point(verdict, int(person.sum()), used, served)
    return point, prices, questions.astype(np.int64)


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
