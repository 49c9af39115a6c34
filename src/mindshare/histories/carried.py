"""Whether what describes the cases brings more than the machines: the last look for columns that are known too late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import listed
from mindshare.core.history import History, IntArray
from mindshare.histories.tells import by_others

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
CLEAR, HALF = (
    0.02,
    0.5,
)  # of all cases, and of those that answers do not explain, that columns surely bring, and bring
DRAWS = 4_000
MOST_MACHINES = 30
LEAST = 30  # answers from which a machine's accuracy counts
CELLS = 4_000_000  # cases times labels that are counted at once
RANGES = 10  # that numbers are cut into
SHOWN = 3


def carried(history: History, alone: Mapping[str, Any]) -> tuple[str, ...]:
    """A sentence where all machines, at their point `alone`, are right on far more cases than their answers explain.

    It names the columns that bring the rest. What answers explain is the larger of always saying the usual
    truth and of a pool of machines that err independently, each as accurate as it is; of one machine what its answers tell.
    """
    all_machines, low = float(alone["accuracy"]), float(alone["accuracy_ci95"][0])
    columns = [*history.features.categorical, *history.features.numeric, *history.features.text]
    cases = np.flatnonzero(history.truth >= 0)
    right = _machines(history)
    if not (columns and right and len(cases)):
        return ()
    usual = float(np.bincount(history.truth[cases]).max() / len(cases))
    explained = max(usual, _independent(sorted(right.values())[-MOST_MACHINES:], history))
    if low - explained <= CLEAR or all_machines - explained <= HALF * (1 - explained):
        return ()
    best = max(right, key=lambda k: right[k])
    carrying = _carrying(history, cases, best, right[best], all_machines)
    most = f", most of it '{_and(carrying)}'" if carrying else f" ({listed(columns)})"
    of = "the best of them" if len(right) > 1 else "the only one"
    return (
        f"All machines alone are right on {100 * all_machines:.1f} %, {of}, {history.agent_id[best]}, on"
        f" {100 * right[best]:.1f} %: what describes the cases brings the rest{most}. If it is known only after a case is"
        " decided, remove it from the cases.",
    )


def _and(names: Sequence[str]) -> str:
    return "', '".join(names[:-1]) + ("' and '" if len(names) > 1 else "") + names[-1]


def _machines(history: History) -> dict[int, float]:
    """Machine -> the share of its answers that tell the truth, each answer read as the truth that it mostly stands for."""
    a, labels = history.answers, len(history.team.labels)
    rows = np.flatnonzero((a.label >= 0) & (history.truth[a.case] >= 0) & ~history.is_person[a.agent])
    out = {}
    for k in np.flatnonzero(np.bincount(a.agent[rows], minlength=len(history.agent_id)) >= LEAST).tolist():
        mine = rows[a.agent[rows] == k]
        _, said = np.unique(a.label[mine], return_inverse=True)
        table = np.bincount(said * labels + history.truth[a.case[mine]], minlength=(said.max() + 1) * labels)
        out[k] = float(table.reshape(-1, labels).max(1).sum() / len(mine))
    return out


def _independent(accuracy: Sequence[float], history: History) -> float:
    """How often the weighted vote of machines that err independently, and in all ways alike, is right."""
    if len(accuracy) == 1:
        return accuracy[0]
    labels = max(len(question.labels) for question in history.team.questions)
    share = np.clip(accuracy, 0.01, 0.99)
    rng = np.random.default_rng(0)
    votes = np.zeros((DRAWS, labels))  # label 0 is true
    for each, weight in zip(share, np.log(share * (labels - 1) / (1 - share)), strict=True):
        said = np.where(rng.random(DRAWS) < each, 0, rng.integers(1, labels, DRAWS))
        votes[np.arange(DRAWS), said] += weight
    return float((votes.argmax(1) == 0).mean())


def _carrying(history: History, cases: I64, best: int, alone: float, all_machines: float) -> list[str]:
    """The columns that, each with the answer of the best machine, bring at least half of what is brought."""
    a = history.answers
    count = min(len(cases), max(1, CELLS // len(history.team.labels)))
    cases = cases[np.linspace(0, len(cases) - 1, count).astype(np.int64)]
    said = np.zeros(len(history), np.int64)
    rows = a.agent == best
    said[a.case[rows]] = a.label[rows] + 1
    levels = {name: codes.code for name, codes in history.features.categorical.items()}
    levels |= {name: _ranges(number) for name, number in history.features.numeric.items()}
    truth, parent, found = history.truth[cases].astype(np.int64), history.parent[cases], {}
    for name, level in levels.items():
        both = (level[cases].astype(np.int64) + 1) * (len(history.team.labels) + 1) + said[cases]
        _, place = np.unique(both, return_inverse=True)
        found[name] = float(by_others(place.astype(np.int64), truth, parent)[0].mean())
    order = sorted(found, key=lambda name: (-found[name], name))
    return [name for name in order if found[name] - alone >= (all_machines - alone) / 2][:SHOWN]


def _ranges(number: F64) -> IntArray:
    """Ten ranges with about as many cases each, -1 = empty; few values are ranges of their own."""
    filled = ~np.isnan(number)
    out = np.full(len(number), -1, np.int32)
    values = np.unique(number[filled])
    if len(values) > RANGES:
        values = np.unique(np.quantile(number[filled], np.linspace(0, 1, RANGES + 1)[1:]))
    out[filled] = np.minimum(np.searchsorted(values, number[filled]), len(values) - 1)
    return out
