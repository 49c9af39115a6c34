"""Fold results put together: frontiers, paired intervals, the table of limits, promised against realised gain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindshare.core.history import History
from mindshare.core.score import FEW, Bootstrap, calibration_error, few_interval, interval
from mindshare.histories.book import LEVELS, Point
from mindshare.histories.judge import FoldResult
from mindshare.histories.words import gain_of, price_in_words

F64 = NDArray[np.float64]
BIN_CASES = 300
BINS = 8


def policies_at(
    history: History, results: Sequence[FoldResult], shares: tuple[float, ...], seed: int
) -> dict[str, Any]:
    """Every policy at every share."""
    worth = Worth(history, np.concatenate([r.cases for r in results]), seed)
    names = results[0].points
    points = {n: [join([r.points[n][i] for r in results]) for i in range(len(shares))] for n in names}
    return policies_of(worth, points, shares)


def tally(
    history: History,
    results: list[FoldResult],
    shares: tuple[float, ...],
    limits: Mapping[str, float],
    seed: int,
) -> dict[str, Any]:
    """Everything of the backtest's JSON that the folds decide."""
    cases = np.concatenate([r.cases for r in results])
    worth = Worth(history, cases, seed)
    names = list(results[0].points)
    points = {n: [join([r.points[n][i] for r in results]) for i in range(len(shares))] for n in names}
    out: dict[str, Any] = {"policies": policies_of(worth, points, shares)}
    out["frontiers"] = _frontiers(worth, results)
    out["limits"], out["prices"] = _limits(worth, results, limits, history)
    out["belief"] = belief_of([b for r in results for b in r.belief.values()])
    if len(history.team.questions) > 1:  # log-losses of other labels race in each kind
        out["belief"] |= {"family": "one for each kind", "race": {}}
    out["gain_bins"] = gain_bins(
        np.concatenate([r.promised for r in results]),
        np.concatenate([r.realised for r in results]),
        np.concatenate([r.answers for r in results]),
    )
    out["samples"] = [
        s for turn in zip_longest(*(r.samples for r in results)) for s in turn if s is not None
    ][:6]
    return out


class Worth:
    """What verdicts are worth on the judged cases."""

    def __init__(self, history: History, cases: NDArray[np.int64], seed: int) -> None:
        self.truth = history.truth[cases]
        self.utility = history.team.utility_matrix()
        self.stakes = np.ones(len(cases)) if history.stakes is None else history.stakes[cases]
        self.parent = history.parent[cases]
        self.bootstrap = Bootstrap(self.parent, seed)
        self.cases = len(cases)
        self.slack = _slack(history, cases)
        self.seconds = _answer_seconds(history)

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the most that the verdict on a case can be worth."""
        range_ = np.outer([self.utility.min(), self.utility.max()], self.stakes)
        return float(range_.min()), float(range_.max())

    def right(self, point: Point) -> NDArray[np.float32]:
        return (point.verdict == self.truth).astype(np.float32)

    def utility_of(self, point: Point) -> F64:
        """(n,) what each verdict is worth, times the case's stakes."""
        return np.asarray(self.utility[self.truth, point.verdict] * self.stakes)

    def on_time(self, point: Point) -> float | None:
        """Share of cases with a deadline whose verdict fell in time: asking takes a person's mean seconds."""
        if self.slack is None:
            return None
        due = ~np.isnan(self.slack)
        return float((np.where(point.served, self.seconds, 0.0)[due] <= self.slack[due]).mean())


def _slack(history: History, cases: NDArray[np.int64]) -> F64 | None:
    if history.deadline is None or np.isnan(history.deadline[cases]).all():
        return None
    arrived = np.zeros(len(cases)) if history.arrived is None else history.arrived[cases]
    return np.asarray(history.deadline[cases] - arrived)


def _answer_seconds(history: History) -> float:
    seconds = history.charged_seconds()[history.is_person[history.answers.agent]]
    known = seconds[~np.isnan(seconds)]
    return float(known.mean()) if len(known) else 0.0


def join(parts: Sequence[Point]) -> Point:
    """The points of several folds as one."""
    spent: dict[str, float] = {}
    for part in parts:
        for name, amount in part.spent.items():
            spent[name] = spent.get(name, 0.0) + amount
    verdict, answers = (np.concatenate(c) for c in zip(*((p.verdict, p.answers) for p in parts), strict=True))
    return Point(verdict, answers, spent)


class _Judged:
    """A figure of every policy (p) at every share (i), (n,) each and between two `ends`, with paired intervals."""

    def __init__(
        self, worth: Worth, columns: Sequence[Sequence[NDArray[np.floating[Any]]]], ends: tuple[float, float]
    ) -> None:
        self._means = np.array([[float(column.mean()) for column in row] for row in columns])
        self._columns, self._ends, self._parent = columns, ends, worth.parent
        if worth.cases >= FEW:
            together = np.stack([column for row in columns for column in row], axis=1)
            self._replicates = worth.bootstrap.means(together).reshape(-1, *self._means.shape)

    def mean(self, p: int, i: int) -> float:
        return float(self._means[p, i])

    def interval(self, p: int, i: int) -> list[float]:
        if len(self._parent) < FEW:
            return few_interval(self._columns[p][i], self._parent, self._ends)
        return interval(self._replicates[:, p, i])

    def minus(self, p: int, other: int, i: int) -> dict[str, Any]:
        """Of policy `p` minus that of policy `other`."""
        if len(self._parent) >= FEW:
            ci95 = interval(self._replicates[:, p, i] - self._replicates[:, other, i])
        else:
            apart, whole = self._columns[p][i] - self._columns[other][i], self._ends[1] - self._ends[0]
            ci95 = few_interval(apart, self._parent, (-whole, whole)) if p != other else [0.0, 0.0]
        return {"value": float(self._means[p, i] - self._means[other, i]), "ci95": ci95}


def policies_of(worth: Worth, points: dict[str, list[Point]], shares: tuple[float, ...]) -> dict[str, Any]:
    """Every policy at every share, as the JSON has it."""
    names = list(points)
    right = _Judged(worth, [[worth.right(p) for p in points[n]] for n in names], (0.0, 1.0))
    utility = _Judged(worth, [[worth.utility_of(p) for p in points[n]] for n in names], worth.ends)
    ours, machines = names.index("mindshare"), names.index("all_machines")
    out: dict[str, Any] = {}
    for j, name in enumerate(names):
        told = []
        for i, point in enumerate(points[name]):
            told.append(
                {
                    "share": shares[i],
                    "human_share": point.bought / worth.cases,
                    "spent": {r: amount / worth.cases for r, amount in sorted(point.spent.items())},
                    "accuracy": right.mean(j, i),
                    "accuracy_ci95": right.interval(j, i),
                    "utility": utility.mean(j, i),
                    "utility_ci95": utility.interval(j, i),
                    "on_time": worth.on_time(point),
                    "minus_mindshare": right.minus(j, ours, i),
                    "utility_minus_mindshare": utility.minus(j, ours, i),
                    "minus_all_machines": right.minus(j, machines, i),
                    "utility_minus_all_machines": utility.minus(j, machines, i),
                }
            )
        out[name] = {"points": told}
    return out


def _frontiers(worth: Worth, results: list[FoldResult]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for resource, group in results[0].frontiers.items():
        if any(resource not in r.frontiers for r in results):  # a fold without the kind that uses it
            continue
        out[resource] = {}
        for name in group:
            points = [join([r.frontiers[resource][name][i] for r in results]) for i in range(len(LEVELS))]
            out[resource][name] = [
                {
                    "spent": p.spent.get(resource, 0.0) / worth.cases,
                    "accuracy": float(worth.right(p).mean()),
                    "utility": float(worth.utility_of(p).mean()),
                }
                for p in points
            ]
    return out


def _limits(
    worth: Worth, results: list[FoldResult], limits: Mapping[str, float], history: History
) -> tuple[dict[str, Any] | None, dict[str, float]]:
    if not limits:
        return None, {}
    point = join([r.limited for r in results if r.limited is not None])
    prices = {name: price_of(results, name) for name in limits}
    unit = gain_of(history.team)
    table = [
        {
            "resource": name,
            "limit": float(amount),
            "spent": point.spent.get(name, 0.0),
            "price": prices[name],
            "words": price_in_words(name, prices[name], point.spent.get(name, 0.0), float(amount), unit),
        }
        for name, amount in limits.items()
    ]
    asked: dict[str, int] = {}
    for result in results:
        for agent, count in result.asked.items():
            name = history.agent_id[agent]
            asked[name] = asked.get(name, 0) + count
    alone = join([r.points["all_machines"][0] for r in results])
    return {
        "table": table,
        **within_limits(worth, point),
        "without": {
            "accuracy": float(worth.right(alone).mean()),
            "utility": float(worth.utility_of(alone).mean()),
            "what": "all machines on every case, without limits and without people",
        },
        "asked": dict(sorted(asked.items())),
    }, prices


def price_of(results: Sequence[FoldResult], name: str) -> float:
    """The mean over folds; 0 where a fold leaves more of its part than one answer uses: then the limit is not used up."""
    told = [r.prices[name] for r in results]
    return float(np.average(told, weights=[len(r.cases) for r in results])) if min(told) > 0 else 0.0


def within_limits(worth: Worth, point: Point) -> dict[str, Any]:
    """What verdicts under limits are worth, with intervals, and how many answers of people they took."""
    right = _Judged(worth, [[worth.right(point)]], (0.0, 1.0))
    utility = _Judged(worth, [[worth.utility_of(point)]], worth.ends)
    return {
        "accuracy": right.mean(0, 0),
        "accuracy_ci95": right.interval(0, 0),
        "utility": utility.mean(0, 0),
        "utility_ci95": utility.interval(0, 0),
        "human_share": point.bought / worth.cases,
    }


def belief_of(told: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Log-loss of the machines' belief; calibration of the joint one after 0.2 answers per case, all folds together."""
    loss = np.concatenate([one["machines"][2] for one in told])
    race: dict[str, list[float]] = {}
    for one in told:
        for name, value in one["race"].items():
            race.setdefault(name, []).append(value)
    families = [one["family"] for one in told]
    return {
        "family": max(sorted(set(families)), key=families.count),
        "log_loss": float(loss.mean()),
        "log_loss_joint": float(np.concatenate([one["joint"][2] for one in told]).mean()),
        "ece": _pooled_ece(told, "joint"),
        "ece_machines": _pooled_ece(told, "machines"),
        "race": {name: float(np.mean(values)) for name, values in race.items()},
    }


def _pooled_ece(told: Sequence[Mapping[str, Any]], stage: str) -> float:
    said, right = (np.concatenate([one[stage][i] for one in told]) for i in (0, 1))
    return calibration_error(said, right)


def gain_bins(promised: F64, realised: F64, answers: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Bins of at least BIN_CASES questions by promised gain (fewer only where there are fewer in all).

    All per answer: `realised` (Q,) is what `answers` (Q,) brought together (`realised_gains`).
    """
    order = np.argsort(promised, kind="stable")
    count = max(1, min(BINS, len(order) // BIN_CASES))
    out = []
    for part in np.array_split(order, count):
        if len(part):
            total = answers[part].sum()
            hoped = float((promised[part] * answers[part]).sum() / total)
            mean = float(realised[part].sum() / total)
            missed = realised[part] - mean * answers[part]
            out.append(
                {
                    "promised": hoped,
                    "realised": mean,
                    "cases": len(part),
                    "se": float(np.sqrt((missed**2).sum()) / total),
                }
            )
    return out
