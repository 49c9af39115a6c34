"""What a backtest says of each kind of case, where there are several: all of them share one pacer and its limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindshare.core.history import History
from mindshare.core.kinds import cases_of_kinds, kind_at
from mindshare.histories.book import Point
from mindshare.histories.judge import FoldResult
from mindshare.histories.tally import Worth, belief_of, join, policies_of, within_limits

Mask = NDArray[np.bool_]


def by_kind(
    history: History, results: Sequence[FoldResult], shares: tuple[float, ...], seed: int
) -> dict[str, Any] | None:
    """Kind -> its part of the result: policies at the shares of all kinds together, belief, what the limits brought."""
    if len(history.team.questions) == 1:
        return None
    cases = np.concatenate([r.cases for r in results])
    out = {}
    for places in cases_of_kinds(history):
        kind = kind_at(history, int(places[0]))
        masks = [np.isin(r.cases, places) for r in results]
        if not any(mask.any() for mask in masks):  # of this kind no truth is known
            continue
        worth = Worth(history, cases[np.concatenate(masks)], seed)
        points = {
            name: [_joined([r.points[name][i] for r in results], masks) for i in range(len(shares))]
            for name in results[0].points
        }
        limited = [r.limited for r in results if r.limited is not None]
        out[kind] = {
            "cases": worth.cases,
            "labels": len(history.team.questions[history.team.kinds.index(kind)].labels),
            "policies": policies_of(worth, points, shares),
            "limits": within_limits(worth, _joined(limited, masks)) if limited else None,
            "belief": belief_of([r.belief[kind] for r in results if kind in r.belief]),
        }
    return out


def _joined(parts: Sequence[Point], masks: Sequence[Mask]) -> Point:
    """One kind's part; what is spent is told of all kinds together only."""
    return join([Point(p.verdict[m], p.answers[m], {}) for p, m in zip(parts, masks, strict=True)])


def is_enough(history: History, past: NDArray[np.int64], now: NDArray[np.int64], least: int) -> bool:
    """Whether each kind that comes now has `least` cases in the past."""
    kinds = [kind for kind in cases_of_kinds(history) if np.isin(now, kind).any()]
    return all(np.isin(past, kind).sum() >= least for kind in kinds)


def facts_of_kinds(history: History) -> Mapping[str, Any]:
    """Names of the kinds, where there are several."""
    return {"kinds": list(history.team.kinds)} if len(history.team.questions) > 1 else {}
