"""What would be answered in the state of a case: the state's own part once, and q(a) for everyone who may be asked."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.channel import COEFFICIENTS, features, log_belief_of
from mindshare.core.asking.verdict import best_verdict

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
LOG_UNLIKELY = -6.9  # about the logarithm of what makes a label too unlikely to count
STEEPEST = 500.0  # odds beyond the exponential of this say the same


class Outlook(NamedTuple):
    """A state of a case, as all that may be asked in it share it; W the labels looked at, in `order`."""

    score: F64  # (L,)
    log_belief: F64  # (L,)
    belief: F64  # (L,)
    alone: F64  # (W,) log-odds of each answer under a truth that it misses, but for the reading
    right: F64  # (W,) the same under its own truth
    verdict: I64  # (1,) what would be decided now


@numba.njit(cache=True, error_model="numpy")
def outlook(n_labels, wide):  # type: ignore[no-untyped-def]
    """Room for a state."""
    return Outlook(
        np.zeros(n_labels),
        np.zeros(n_labels),
        np.zeros(n_labels),
        np.zeros(wide),
        np.zeros(wide),
        np.zeros(1, np.int64),
    )


@numba.njit(cache=True, error_model="numpy", forceinline=True)
def survey(out, here, g, order, channel, utility, accuracy):  # type: ignore[no-untyped-def]
    """Fill all of the outlook but its `score`, for questions to agents of kind g."""
    x = np.zeros(COEFFICIENTS)
    top, entropy, best = log_belief_of(out.score, out.log_belief, out.belief)
    out.verdict[0] = best_verdict(out.belief, utility, accuracy)
    c, votes, spoke = channel.coefficient[g], here.sums[g, 2], here.spoke[g]
    for j in range(len(order)):
        # but for the reading, an answer's features are the same under every truth that is not itself
        features(0.0, out.log_belief, top, entropy, best, votes, spoke, -1, order[j], x)
        out.alone[j] = pull(c, x)
        features(0.0, out.log_belief, top, entropy, best, votes, spoke, order[j], order[j], x)
        out.right[j] = pull(c, x)


@numba.njit(cache=True, error_model="numpy", forceinline=True)
def pull(c, x):  # type: ignore[no-untyped-def]
    """The log-odds of an answer with features x."""
    total = 0.0
    for f in range(COEFFICIENTS):
        total += c[f] * x[f]
    return total


@numba.njit(cache=True, error_model="numpy", forceinline=True)
def foresee(opened, r, line, seen, order, channel, odds, q):  # type: ignore[no-untyped-def]
    """Fill q (W,): the probability that row r answers order[j]; `odds` (W,) is scratch."""
    wide, tables, k = len(order), opened.shared.tables, opened.rows.agent[r]
    reading = channel.coefficient[opened.rows.person[r], 0]
    usual = tables.usual[tables.owner_of[k], opened.cell[opened.rows.case[r]]]
    wrong = channel.wrong[tables.table_of[k]]
    most = -np.inf
    for j in range(wide):
        odds[j] = reading * usual[order[j]] + seen.alone[j]
        most = max(most, odds[j])
    for j in range(wide):
        odds[j] = np.exp(odds[j] - most)
    mass = 0.0
    q[:] = 0.0
    for i in range(wide):
        y = order[i]
        if seen.log_belief[y] < LOG_UNLIKELY:
            continue
        right = np.exp(min(seen.right[i] + reading * (line[2, y] - line[3, y]) - most, STEEPEST))
        z = right
        for j in range(wide):
            if j != i:
                z += wrong[y, order[j]] * odds[j]
        share = seen.belief[y] / z
        mass += seen.belief[y]
        for j in range(wide):
            q[j] += share * (right if j == i else wrong[y, order[j]] * odds[j])
    for j in range(wide):
        q[j] /= mass
