"""Who is good at what: skill, speed, calibration, strong and weak kinds of cases, with intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.columns import categorical
from mindshare.core.history import History
from mindshare.core.score import wilson

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
LEAST = 20  # answers before a kind of case is called strong or weak
SHOWN = 3


def agents(history: History) -> dict[str, dict[str, Any]]:
    """Agent id -> what its answers on cases of known truth show; agents without an answer are left out."""
    a = history.answers
    judged = np.flatnonzero((a.label >= 0) & (history.truth[a.case] >= 0))
    order = judged[np.argsort(a.agent[judged], kind="stable")]
    bounds = np.searchsorted(a.agent[order], np.arange(len(history.agent_id) + 1))
    given = np.bincount(a.agent, minlength=len(history.agent_id))
    confidence, columns, costs = history.stated_confidence(), _columns(history), history.cost()
    mean_seconds = _mean_seconds(history)
    out = {}
    for k, name in enumerate(history.agent_id):
        rows = order[bounds[k] : bounds[k + 1]]
        if not given[k]:
            continue
        right = (a.label[rows] == history.truth[a.case[rows]]).astype(float)
        strong, weak = _kinds(columns, a.case[rows], right)
        mine = np.flatnonzero(a.agent == k) if len(history.agent_id) <= 50 else rows
        seconds = a.seconds[rows][~np.isnan(a.seconds[rows])]
        out[name] = {
            "kind": "person" if history.is_person[k] else "machine",
            "answers": int(given[k]),
            "accuracy": float(right.mean()) if len(rows) else None,
            "ci95": wilson(float(right.sum()), len(rows)),
            "seconds": float(np.median(seconds)) if len(seconds) else None,
            "mean_seconds": None if np.isnan(mean_seconds[k]) else float(mean_seconds[k]),
            "calibration": _calibration(confidence[rows], right),
            "cost": {r: float(c[mine].mean()) for r, c in costs.items() if len(mine) and c[mine].any()},
            "strong": strong,
            "weak": weak,
        }
    return out


def _mean_seconds(history: History) -> F64:
    """(K,) what an answer of each agent is charged on average; NaN where no seconds were recorded."""
    charged, n = history.charged_seconds(), len(history.agent_id)
    rows = np.flatnonzero(~np.isnan(charged))
    agent = history.answers.agent[rows]
    count = np.bincount(agent, minlength=n)
    total = np.bincount(agent, charged[rows].astype(np.float64), n)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _calibration(said: F64, right: F64) -> dict[str, float] | None:
    known = ~np.isnan(said)
    if known.sum() < LEAST:
        return None
    return {"said": float(said[known].mean()), "right": float(right[known].mean())}


def _columns(history: History) -> list[tuple[str, NDArray[np.int32], tuple[str, ...]]]:
    columns = [(name, codes.code, codes.names) for name, codes in categorical(history).items()]
    if history.kind is not None and len(history.team.questions) > 1:
        columns.append(("kind", history.kind.code, history.kind.names))
    if history.group is not None:
        columns.append(("group", history.group.code, history.group.names))
    columns.append(("truth", history.truth, history.team.labels))
    return [c for c in columns if len(c[2]) <= 200]


def _kinds(
    columns: list[tuple[str, NDArray[np.int32], tuple[str, ...]]], cases: NDArray[np.int32], right: F64
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Levels on which the agent is surely better, or worse, than it is elsewhere."""
    if len(right) < 2 * LEAST:
        return [], []
    overall = right.mean()
    found: list[dict[str, Any]] = []
    for name, code, names in columns:
        level = code[cases]
        count = np.bincount(level[level >= 0], minlength=len(names))
        hits = np.bincount(level[level >= 0], right[level >= 0], len(names))
        for c in np.flatnonzero(count >= LEAST):
            ci = wilson(float(hits[c]), float(count[c]))
            if not ci[0] <= overall <= ci[1]:
                found.append(
                    {
                        "where": f"{name}={names[c]}",
                        "accuracy": float(hits[c] / count[c]),
                        "ci95": ci,
                        "answers": int(count[c]),
                    }
                )
    found.sort(key=lambda f: (-f["accuracy"], f["where"]))
    strong = [f for f in found if f["accuracy"] > overall][:SHOWN]
    weak = [f for f in reversed(found) if f["accuracy"] < overall][:SHOWN]
    return strong, weak
