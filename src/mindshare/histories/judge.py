"""One fold of a backtest: learn on the other folds, decide these cases by every policy, say what was bought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.path import realised_gains
from mindshare.core.cost import machine_resources
from mindshare.core.explain import SHARE as SAMPLED
from mindshare.core.explain import samples
from mindshare.core.history import History
from mindshare.core.limits import More, OfKind, Rule
from mindshare.histories.book import Book, Point, frontiers
from mindshare.histories.side import Side, Task, learn_sides

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


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
    belief: dict[str, dict[str, Any]]  # by kind
    promised: F64
    realised: F64
    answers: I64
    samples: list[dict[str, Any]]


def judge(task: Task) -> FoldResult:
    """Everything about one fold; reads the labels of its cases only as answers that were paid for, and to judge."""
    history, judged = task.history, task.history.take(task.told)
    sides = learn_sides(task, judged)
    book = Book(judged, sides, task.seed)
    points = {
        name: [book.point(name, trace, book.at_share(name, share)) for share in task.shares]
        for name, trace in book.shared.items()
    }
    ours, sampled = book.shared["mindshare"], book.at_share("mindshare", SAMPLED)
    gain, answers = realised_gains(ours, judged.truth, history.team.utility_matrix())
    limited, prices, questions = _limited(sides, judged, task.limits, _part(task), task.more)
    mine = [traces["mindshare"] for traces in book.own]
    told = [
        samples(side.learned.model, side.stage, one, book.part_of(side, one, sampled))
        for side, one in zip(sides, mine, strict=True)
    ]
    return FoldResult(
        cases=task.told,
        points=points,
        frontiers=frontiers(book),
        limited=limited,
        prices=prices,
        asked=_counted(questions),
        belief={side.part.kind: side.belief(one) for side, one in zip(sides, mine, strict=True)},
        promised=ours.promised,
        realised=gain,
        answers=answers,
        samples=[sample for turn in zip_longest(*told) for sample in turn if sample is not None],
    )


def under_limits(task: Task, many: Mapping[str, Mapping[str, float]]) -> dict[str, Limited]:
    """What the rule does under each of `many` limits (name -> limits for the whole history); it learns once."""
    judged = task.history.take(task.told)
    sides = learn_sides(task, judged)
    out = {}
    for name, limits in many.items():
        point, prices, questions = _limited(sides, judged, limits, _part(task), task.more)
        assert point is not None, "a run without limits"
        questions[:, 0] = task.told[questions[:, 0]]
        out[name] = Limited(task.told, point, prices, questions)
    return out


def _part(task: Task) -> float:
    """The fold's part of the cases that are judged, and so of all limits."""
    return len(task.told) / max(int((task.history.truth >= 0).sum()), 1)


def _counted(questions: I64) -> dict[int, int]:
    """Agent -> answers."""
    agents, counts = np.unique(questions[:, 1], return_counts=True)
    return dict(zip(agents.tolist(), counts.tolist(), strict=True))


def _limited(
    sides: Sequence[Side],
    judged: History,
    whole: Mapping[str, float],
    part: float,
    more: More | None = None,
) -> tuple[Point | None, dict[str, float], I64]:
    """The rule under all limits at once on this fold's part of them; (Q, 2) case and agent of each answer bought."""
    if not whole:
        return None, {}, np.zeros((0, 2), np.int64)
    limits = {name: amount * part for name, amount in whole.items()}
    stepwise = bool(set(whole) & set(machine_resources(judged)))
    known = [OfKind(s.stepwise if stepwise else s.learned, s.speed, s.weight) for s in sides]
    stages = [of.learned.model.open(side.stage.history) for of, side in zip(known, sides, strict=True)]
    placed = [(side.part, stage) for side, stage in zip(sides, stages, strict=True)]
    mine = None if more is None else more._replace(amount=more.amount * part)
    rule = Rule(known, {name: amount for name, amount in limits.items() if np.isfinite(amount)}, mine)
    spent, paid = rule.run(judged, placed, known[0].learned.model.about.seed)
    prices = dict.fromkeys(limits, 0.0) | dict(zip(rule.limits, paid.tolist(), strict=True))
    prices = prices if mine is None else mine.prices(prices)
    verdict = np.zeros(len(judged), np.int32)
    for of, (kind, stage) in zip(known, placed, strict=True):
        verdict[kind.cases] = of.learned.model.verdicts(stage, spent.known[kind.rows]) + kind.first
    rows = np.flatnonzero(spent.asked | spent.known)
    used = {name: float(column[rows].sum()) for name, column in judged.cost().items()}
    used.update(zip(rule.limits, spent.used.tolist(), strict=True))
    case, agent = judged.answers.case[rows], judged.answers.agent[rows]
    answers = np.bincount(case[judged.is_person[agent]], minlength=len(judged))
    questions = np.stack([case, agent], axis=1).astype(np.int64)
    return Point(verdict, answers, used), prices, questions
