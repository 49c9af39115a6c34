"""Rounds of asking: who is asked next on every case, until the price stops it. Gives the whole path at once.

With one scarce resource the rule "ask while value > price x cost" is a path: run it once as far as anything is worth
asking, and keep for every question the largest price at which it would still have been asked. Any price, and so any
limit, is then a cut through the path.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.state import Opened
from mindshare.core.kernel import kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Trace(NamedTuple):
    """Questions in the order in which a falling price buys them.

    `row` (Q,) answer rows, `case` (Q,), `price` (Q,) the largest price at which it is asked, `promised` (Q,) its
    gated value, `verdict` (Q,) the verdict of the case after it, `spoke` (Q,) questions to the case before; `start` (N,) the
    verdict before anybody is asked.
    """

    start: NDArray[np.int32]
    case: I64
    row: I64
    price: F64
    promised: F64
    verdict: NDArray[np.int32]
    spoke: I64

    def verdicts(self, bought: Mask) -> NDArray[np.int32]:
        """(N,) verdicts after the questions marked in `bought` (Q,), with each also those before it on its case."""
        out = self.start.copy()
        # later questions of a case come later: the last one stays
        out[self.case[bought]] = self.verdict[bought]
        return out

    def first(self, count: int) -> Mask:
        """The first `count` questions."""
        return np.arange(len(self.row)) < count


Index = Callable[[Mask, I64], F64]  # (known, rows) -> gated value of each row
Decide = Callable[[Mask, I64], NDArray[np.int32]]  # (known, cases) -> their verdicts


def ask(opened: Opened, known: Mask, askable: Mask, index: Index, decide: Decide, cost: F64) -> Trace:
    """The path of the rule: each round asks, on every case, the row of the largest index per unit of `cost` (M,).

    Rows marked in `known` are heard before; `askable` rows may be asked. A row's label is read only after it is
    asked; cases are independent of each other.
    """
    known = known.copy()
    n = opened.n_cases
    case_of = opened.case.astype(np.int64)
    start = decide(known, np.arange(n))
    floor = np.full(n, np.inf)
    asked = np.zeros(n, np.int64)
    active = np.ones(n, bool)
    parts = []
    while True:
        rows = np.flatnonzero(askable & ~known & active[case_of])
        if not len(rows):
            break
        worth = index(known, rows)
        per_unit = worth / np.maximum(cost[rows], 1e-12)
        best = np.full(n, -1, np.int64)
        order = np.argsort(per_unit, kind="stable")
        best[case_of[rows[order]]] = order
        active[:] = False
        cases = np.flatnonzero(best >= 0)
        cases = cases[worth[best[cases]] > 0]
        if not len(cases):
            break
        chosen = rows[best[cases]]
        known[chosen] = True
        active[cases] = True
        floor[cases] = np.minimum(floor[cases], per_unit[best[cases]])
        verdict = decide(known, cases)
        parts.append((cases, chosen, floor[cases], worth[best[cases]], verdict, asked[cases].copy()))
        asked[cases] += 1
    return _ordered(start, parts)


def _ordered(start: NDArray[np.int32], parts: Sequence[tuple[NDArray[Any], ...]]) -> Trace:
    if not parts:
        none = np.zeros(0, np.int64)
        return Trace(start, none, none, none.astype(float), none.astype(float), none.astype(np.int32), none)
    case, row, price, promised, verdict, spoke = (np.concatenate(p) for p in zip(*parts, strict=True))
    order = np.lexsort((spoke, case, -price))  # a case's questions stay in the order of asking
    return Trace(start, *(a[order] for a in (case, row, price, promised, verdict, spoke)))


def realised_gains(trace: Trace, truth: NDArray[np.int32], utility: F64) -> tuple[F64, I64]:
    """(Q,) utility that each question brought with those after it on its case that promise as much, (Q,) how many."""
    order = np.lexsort((trace.spoke, trace.case))
    case, verdict = trace.case[order], trace.verdict[order]
    first = np.ones(len(case), bool)
    first[1:] = case[1:] != case[:-1]
    before = np.where(first, trace.start[case], np.concatenate([trace.start[:1], verdict[:-1]])[: len(case)])
    step = utility[truth[case], verdict] - utility[truth[case], before]
    gain, answers = np.zeros(len(case)), np.zeros(len(case), np.int64)
    gain[order], answers[order] = _stretches(case, trace.promised[order], step)
    return gain, answers


@kernel(allocates=True)
def _stretches(case, promised, step):  # type: ignore[no-untyped-def]
    """Sum of `step` and length of the run from each question on while its case and at least its promise go on."""
    gain, answers = np.zeros(len(case)), np.zeros(len(case), np.int64)
    for q in range(len(case)):
        end = q
        while end < len(case) and case[end] == case[q] and promised[end] >= promised[q]:
            gain[q] += step[end]
            end += 1
        answers[q] = end - q
    return gain, answers
