"""The gain gate: what a promised gain has been worth. Fitted out of fold, monotone, zero where nothing is shown.

A value is a promise of the belief about itself; the gate holds it to the gains that asking realised on cases the
belief had not seen. Isotonic regression of realised on promised gain, by how many people had already spoken
(Barlow et al. 1972), each bin shrunk towards the common share of the promise that is kept; where the lower bound of
the realised gain is not above zero, nobody is asked.

A promise is the price an answer is worth, and a two-step index counts on the answer after it. So what it realised is
the gain of the whole stretch that it opens (it and the questions after it that promise as much) per answer of that
stretch.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from mindshare.core.kernel import kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
ROUNDS = 4  # the gate tells this many rounds apart
BOUND = 1.0  # standard errors below the mean that still have to be above zero
ENTRY = 2.0  # the same for all first answers together: else chance opens the gate of every sixth history
LEAST_ROWS = 200  # realised gains a round needs before it gets a curve of its own
BINS = 20
DOUBT = 0.5  # how far a bin's share of its promise may stray from the common share, before data


class Gate(NamedTuple):
    """A curve for each of ROUNDS: the gain to expect of a promise, by how many people had spoken; 0 = do not ask.

    `promised` and `gained` (ROUNDS, B) are its knots, `knots` (ROUNDS,) how many; below the first one it is 0.
    """

    promised: F64
    gained: F64
    knots: I64

    @staticmethod
    def of(curves: list[tuple[F64, F64]]) -> Gate:
        """From (promised, gained) knots of each round."""
        most = max(len(x) for x, _ in curves)
        x, y = np.full((2, len(curves), most), np.inf)
        for n, (promised, gained) in enumerate(curves):
            x[n, : len(promised)], y[n, : len(promised)] = promised, gained
        return Gate(x, y, np.array([len(p) for p, _ in curves], np.int64))


def open_gate() -> Gate:
    """A gate that lets every promise through."""
    return Gate.of([(np.array([0.0, 1.0]), np.array([0.0, 1.0]))] * ROUNDS)


def learn_gate(promised: F64, realised: F64, spoke: I64, answers: I64 | None = None) -> Gate:
    """From `promised` and `realised` gains of answers that were asked; `spoke` people had answered before each.

    `answers` (Q,): how many answers brought the realised gain together; None = the one.
    """
    counted = np.ones(len(promised)) if answers is None else answers.astype(float)
    curves: list[tuple[F64, F64]] = []
    for n in range(ROUNDS):
        mine = (spoke == n) if n < ROUNDS - 1 else (spoke >= n)
        if n == 0:
            curves.append(_curve(promised[mine], realised[mine], counted[mine], ENTRY))
        elif mine.sum() >= LEAST_ROWS and np.isfinite(curves[0][0][0]):
            curves.append(_curve(promised[mine], realised[mine], counted[mine], BOUND))
        else:  # few answers, or first answers that have shown nothing: then no later one is asked either
            curves.append(curves[-1])
    return Gate.of(curves)


@kernel(allocates=True)
def passed(gate, promised, spoke):  # type: ignore[no-untyped-def]
    """(Q,) the gain to expect of each promise."""
    out = np.empty(len(promised))
    for q in range(len(promised)):
        out[q] = passes(gate, promised[q], spoke[q])
    return out


@kernel
def passes(gate, promised, spoke):  # type: ignore[no-untyped-def]
    """The gain to expect of a promise."""
    n = min(spoke, len(gate.knots) - 1)
    x, y, last = gate.promised, gate.gained, gate.knots[n] - 1
    if not promised >= x[n, 0]:
        return 0.0
    if promised >= x[n, last]:
        return y[n, last]
    b = 1
    while x[n, b] <= promised:
        b += 1
    return y[n, b - 1] + (y[n, b] - y[n, b - 1]) / (x[n, b] - x[n, b - 1]) * (promised - x[n, b - 1])


def _curve(promised: F64, realised: F64, answers: F64, bound: float) -> tuple[F64, F64]:
    """Knots of a monotone piecewise-linear curve: bins of realised gain, held to a common share of the promise."""
    nothing = np.array([np.inf, np.inf]), np.array([0.0, 0.0])
    if len(promised) < 30 or promised.sum() <= 0:
        return nothing
    hoped = promised * answers
    share = realised.sum() / hoped.sum()
    share_se = np.sqrt(((realised - share * hoped) ** 2).sum()) / hoped.sum()
    if share - bound * share_se <= 0:
        return nothing
    centre, mean, spread, count = _bins(promised, realised, answers)
    held, held_se = share * centre, DOUBT * share * centre + share_se * centre
    weight = held_se**2 / (held_se**2 + spread**2)
    level = weight * mean + (1 - weight) * held
    se = np.sqrt(weight) * spread
    level = np.asarray(IsotonicRegression().fit_transform(centre, level, sample_weight=count))
    # a bin that promises less than half a verdict on all held-out cases together is worth nobody's time
    shown = (level - BOUND * se > 0) & (level * count > 0.5)
    if not shown.any():
        return nothing
    # from the middle of the gap below the first bin that is shown to be worth something; a trace of the promise
    # keeps the order of equals; beyond the last bin the promise goes on at that bin's rate
    first = int(np.argmax(shown))
    start = 0.5 * (centre[first] + (centre[first - 1] if first else 0.0))
    centre, level = centre[first:], np.maximum(level[first:], 0.0) + 1e-6 * centre[first:]
    x = np.concatenate([[start], centre, [2 * centre[-1]]])
    y = np.concatenate([[level[0] * start / centre[0]], level, [2 * level[-1]]])
    return x, y


def _bins(promised: F64, realised: F64, answers: F64) -> tuple[F64, F64, F64, NDArray[np.int64]]:
    """Centre, realised gain an answer, its standard error and the count of bins of about equal summed root promise."""
    order = np.argsort(promised, kind="stable")
    x, g, n = promised[order], realised[order], answers[order]
    mass = np.cumsum(np.sqrt(np.maximum(x, 0)) + 1e-9)
    at = np.searchsorted(mass, np.linspace(0, mass[-1], BINS + 1)[1:-1])
    among = (np.array([0.3, 0.5, 0.7, 0.8, 0.9, 0.95]) * len(x)).astype(np.int64)
    edges = _merge_small(np.unique(np.concatenate([[0], at, among, [len(x)]])), max(30, len(x) // 1000))
    count = np.diff(edges)
    total = np.add.reduceat(n, edges[:-1])
    mean = np.add.reduceat(g, edges[:-1]) / total
    centre = np.add.reduceat(x, edges[:-1]) / count
    # a bin in which nothing happened still has the spread of one event
    spread = np.sqrt(np.add.reduceat(g * g, edges[:-1]) + 1.0) / total
    return centre, mean, spread, count


def _merge_small(edges: NDArray[np.int64], least: int) -> NDArray[np.int64]:
    kept = [int(edges[0])]
    for edge in edges[1:-1]:
        if edge - kept[-1] >= least and edges[-1] - edge >= least:
            kept.append(int(edge))
    return np.array([*kept, int(edges[-1])], np.int64)
