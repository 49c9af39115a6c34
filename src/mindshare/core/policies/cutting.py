"""Cuts every policy at a limit by the same means: its questions come case by case, at prices of the `Pacer`'s rule.

A policy tells in which order it would buy its questions: by a key, the larger the sooner. How many questions have a key so
large is learnt on held-out cases, as demand is. Our keys are worths, in utility; those of the others are brought to numbers
above 0 by where they stand among the policy's own keys on the held-out cases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.path import Trace
from mindshare.core.pacing.demand import Demand
from mindshare.core.pacing.replay import Path, Replayed, replay

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
ENOUGH = 1_500  # held-out cases that tell how keys lie


class Cutter(NamedTuple):
    """How one policy is cut: what it would buy of held-out cases, and how its keys become worths per unit of use."""

    demand: Demand
    key: F64  # (F,) rising keys on held-out cases; empty: keys are worths already
    rank: F64  # (F,) of them, in (0, 1)

    @staticmethod
    def ranked(resource: str, cases: int, held: Sequence[tuple[Trace, F64]]) -> Cutter:
        """By ranks; `held`: traces on held-out `cases` in all, with (Q,) what each question is expected to use."""
        keys = np.concatenate([t.price for t, _ in held] or [np.zeros(0)])
        key, count = np.unique(keys, return_counts=True)
        rank = (np.cumsum(count) - count / 2 + 0.5) / (len(keys) + 1)  # that of the middle, of equal keys
        if not len(keys):
            key, rank = np.zeros(1), np.ones(1)  # nothing is known: all are worth the same
        cutter = Cutter(Demand.of((resource,), 0, *_none()), key, rank)
        return cutter._replace(demand=_joined(resource, cases, held, cutter.worth))

    @staticmethod
    def of_worths(resource: str, cases: int, held: Sequence[tuple[Trace, F64]]) -> Cutter:
        """By worths in utility."""
        none = np.zeros(0)
        return Cutter(_joined(resource, cases, held, lambda key: key), none, none)

    def worth(self, key: F64) -> F64:
        """(Q,) worth of a unit of use."""
        return np.asarray(np.interp(key, self.key, self.rank)) if len(self.key) else key

    def cut(self, trace: Trace, limit: float, order: I64, expected: F64, actual: F64) -> Replayed:
        """What of the trace is bought when its cases come in `order`; `expected`, `actual` (Q,) use of each question."""
        path = Path(trace.case, self.worth(trace.price) * expected, expected, actual)
        return replay(path, order, limit, self.demand)


def _none() -> tuple[I64, F64, F64]:
    return np.zeros(0, np.int64), np.zeros((0, 1)), np.zeros(0)


def _joined(
    resource: str, cases: int, held: Sequence[tuple[Trace, F64]], worth: Callable[[F64], F64]
) -> Demand:
    """One sample of all held-out traces, the questions of a case together."""
    before, parts = 0, [_none()]
    for trace, use in held:
        by_case = np.argsort(trace.case, kind="stable")
        told = worth(trace.price[by_case]) * use[by_case]
        parts.append((before + trace.case[by_case], use[by_case, None], told))
        before += len(trace.start)
    case, used, value = (np.concatenate(p) for p in zip(*parts, strict=True))
    return Demand.of((resource,), cases, case, used, value)
