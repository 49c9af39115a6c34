"""One kind of cases in one fold: what was learnt of it on the other folds, and its cases of this fold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.path import Trace
from mindshare.core.belief.holdout import Stage
from mindshare.core.cost import Speed, human_answers, learn_speed, machine_resources
from mindshare.core.errors import NotLearnable
from mindshare.core.history import History
from mindshare.core.kinds import Part, parts, rows_of
from mindshare.core.learn import Learned, learn_held_out
from mindshare.core.limits import More
from mindshare.core.policies.known import Policies
from mindshare.core.policies.simple import best_machine
from mindshare.core.records import PEOPLE_MINUTES
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
    more: More | None = None  # than the limits allow, for cases of some hours

    @property
    def told(self) -> I64:
        """Cases of the fold whose truth is known: those that are judged."""
        return self.test[self.history.truth[self.test] >= 0]


class Side(NamedTuple):
    """`part` is placed in the fold's judged cases, which may be of several kinds."""

    part: Part
    learned: Learned
    stepwise: Learned  # for machines that are asked one by one
    speed: Speed
    policies: Policies
    stage: Stage
    weight: float  # cases that were learnt from

    def uses(self, stage: Stage, resource: str) -> F64:
        """(M,) what each row of a stage is expected to use."""
        if resource == "human_answers":
            return human_answers(stage.history)
        expected = self.speed.expected(stage.history, only=resource)
        return expected.get(resource, np.zeros(len(stage.history.answers)))

    def minutes_path(self, stage: Stage) -> Trace:
        """What the rule asks of people, most worth per minute first."""
        return self.learned.model.path(stage, self.uses(stage, PEOPLE_MINUTES))

    def machine_path(self, stage: Stage, resource: str) -> Trace:
        """What the rule asks of machines that use the resource, one by one; nobody else is asked."""
        machine, cost = stage.opened.person == 0, self.uses(stage, resource)
        return self.stepwise.model.path(
            stage, cost, known=machine & (cost == 0), askable=machine & (cost > 0)
        )

    def best_rows(self) -> I64:
        """Rows of the fold's judged cases that the best machine answered."""
        mine = self.stage.history.answers.agent == best_machine(self.learned, self.stage)
        return self.part.rows[np.flatnonzero(mine)]

    def belief(self, ours: Trace) -> dict[str, Any]:
        """Log-loss and calibration of the joint belief: before anyone is asked, and after the path at 0.2 a case."""
        stage, about = self.stage, self.learned.model.about
        out: dict[str, Any] = {"family": about.family, "race": dict(about.race)}
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


def learn_sides(task: Task, judged: History) -> list[Side]:
    """What each kind that has cases among those `judged` of this fold learns on the other folds."""
    sides = (_learn(task, whole, judged) for whole in parts(task.history))
    return [side for side in sides if side is not None]


def _learn(task: Task, whole: Part, judged: History) -> Side | None:
    place = np.full(len(task.history), -1, np.int64)
    place[whole.cases] = np.arange(len(whole.cases))
    fit, test = place[task.fit], place[task.told]
    cases = np.flatnonzero(test >= 0)
    if not len(cases):
        return None
    past = whole.history.take(fit[fit >= 0])
    if not len(past):
        raise NotLearnable(
            f"Kind '{whole.kind}' cannot be judged: all its cases are in one fold, because they share one parent."
        )
    learned = learn_held_out(
        past, seed=task.seed, machines_always=True, attention=learner(task.family, task.seed)
    )
    stage = learned.model.open(whole.history.take(test[cases]))
    return Side(
        Part(whole.kind, stage.history, cases, rows_of(judged.answers, cases), whole.first),
        learned,
        _stepwise(learned, past, task),
        learn_speed(task.history.take(task.fit)),  # a person's minutes are theirs, whatever the kind
        Policies(learned, task.seed),
        stage,
        float(len(past)),
    )


def _stepwise(learned: Learned, past: History, task: Task) -> Learned:
    """Machines that cost something are asked one by one by a belief that knows every subset of them."""
    if not machine_resources(past):
        return learned
    how = None if learned.how.only is not None else learned.how
    return learn_held_out(past, seed=task.seed, machines_always=False, how=how)
