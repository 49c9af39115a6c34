"""The verdict: the label of the highest expected utility, u(d | b) = sum_y b(y) U(y, d)."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.state import Opened, state, tally

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


def best_verdicts(opened: Opened, known: Mask, cases: I64, utility: F64) -> NDArray[np.int32]:
    """(len(cases),) the verdict of the highest expected utility, given the rows that are known."""
    return _verdicts(opened, known, cases.astype(np.int64), utility, is_accuracy(utility))


def is_accuracy(utility: F64) -> bool:
    """A verdict is worth 1 where it is the truth, else nothing."""
    return bool(np.array_equal(utility, np.eye(len(utility))))


@numba.njit(cache=True, error_model="numpy", forceinline=True)
def expected(belief, utility, accuracy, d):  # type: ignore[no-untyped-def]
    """u(d | belief)."""
    if accuracy:
        return belief[d]
    total = 0.0
    for y in range(len(belief)):
        total += belief[y] * utility[y, d]
    return total


@numba.njit(cache=True, error_model="numpy", forceinline=True)
def best_verdict(belief, utility, accuracy):  # type: ignore[no-untyped-def]
    """The verdict of the highest expected utility; `belief` need not be normalised."""
    if accuracy:
        return np.argmax(belief)
    best, top = 0, -np.inf
    for d in range(utility.shape[1]):
        u = expected(belief, utility, accuracy, d)
        if u > top:
            best, top = d, u
    return best


@numba.njit(cache=True, error_model="numpy")
def _verdicts(opened, known, cases, utility, accuracy):  # type: ignore[no-untyped-def]
    n_labels = opened.prior.shape[1]
    out = np.zeros(len(cases), np.int32)
    score, here, scratch = np.zeros(n_labels), tally(opened), np.zeros((6, n_labels))
    for k in range(len(cases)):
        state(opened, known, cases[k], score, here, scratch)
        out[k] = best_verdict(np.exp(score - score.max()), utility, accuracy)
    return out
