"""The verdict: the label of the highest expected utility, u(d | b) = sum_y b(y) U(y, d)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.state import Opened, scores_of
from mindshare.core.kernel import kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


def best_verdicts(opened: Opened, known: Mask, cases: I64, utility: F64) -> NDArray[np.int32]:
    """(len(cases),) the verdict of the highest expected utility, given the rows that are known."""
    return best_of(scores_of(opened, known, cases.astype(np.int64, copy=False)), utility)


def best_of(scores: F64, utility: F64) -> NDArray[np.int32]:
    """(N,) the same of the log beliefs `scores` (N, L)."""
    chosen: NDArray[np.int32] = _best_of(scores, utility)
    return chosen


@kernel
def is_accuracy(utility):  # type: ignore[no-untyped-def]
    """A verdict is worth 1 where it is the truth, else nothing."""
    for y in range(utility.shape[0]):
        for d in range(utility.shape[1]):
            if utility[y, d] != (1.0 if y == d else 0.0):
                return False
    return True


@kernel
def expected(belief, utility, accuracy, d):  # type: ignore[no-untyped-def]
    """u(d | belief)."""
    if accuracy:
        return belief[d]
    total = 0.0
    for y in range(len(belief)):
        total += belief[y] * utility[y, d]
    return total


@kernel
def best_verdict(belief, utility, accuracy):  # type: ignore[no-untyped-def]
    """The verdict of the highest expected utility; `belief` need not be normalised."""
    best, top = 0, -np.inf
    for d in range(utility.shape[1]):
        u = expected(belief, utility, accuracy, d)
        if u > top:
            best, top = d, u
    return best


@kernel(allocates=True)
def _best_of(scores, utility):  # type: ignore[no-untyped-def]
    out, belief = np.zeros(len(scores), np.int32), np.empty(scores.shape[1])
    accuracy = is_accuracy(utility)
    for i in range(len(scores)):
        top = scores[i, 0]
        for y in range(len(belief)):
            top = max(top, scores[i, y])
        for y in range(len(belief)):
            belief[y] = np.exp(scores[i, y] - top)
        out[i] = best_verdict(belief, utility, accuracy)
    return out
