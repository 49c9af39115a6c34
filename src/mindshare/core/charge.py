"""What an answer of a person is charged: the seconds recorded, but at most those that this person works on one.

A browser tab left open overnight is no attention. The most that a person is charged is `exp(centre + REACH * spread)` of
their log seconds. The centre is their own median. The spread is read off the upper tail, from the median to where 5 % of
the answers (and at least two) take longer, as the standard deviation that a normal would have there: what one answer in
twenty takes is a manner of working, whatever the median says. A person's spread is held to the team's while few of their
answers have seconds. Log-normal seconds keep 99.6 % of their mean, up to a sigma of 1.2.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from mindshare.core.history import FloatArray, History

I64 = NDArray[np.int64]
REACH = 3.5  # spreads above the centre
LEAST_SPREAD = 0.5  # of log seconds: nothing up to e^1.75 = 5.8 times a person's median is ever cut
TEAM_WEIGHT = 30.0  # answers that the team's spread counts as
TAIL, TAIL_ANSWERS = 0.05, 2  # the largest, by share and by number, that the spread does not look at
OWN = 3  # answers from which a person has a median of their own that one outlier does not move
FLOAT32 = 80.0  # e^88 is the largest number in which seconds are kept
LEAST_ANSWERS = 20  # of the whole team; below, nobody can tell what is usual


def with_most_seconds(history: History, charged: NDArray[np.bool_]) -> History:
    """The history with `most_seconds`; `charged` (K,) are the people whose answers cost the seconds that they took."""
    a = history.answers
    rows = np.flatnonzero(charged[a.agent] & (a.seconds > 0))
    if len(rows) < LEAST_ANSWERS:
        return history
    most = most_seconds(a.seconds[rows].astype(np.float64), a.agent[rows].astype(np.int64), len(charged))
    return replace(history, most_seconds=np.where(charged, most, np.inf))


def most_seconds(seconds: FloatArray, agent: I64, agents: int) -> FloatArray:
    """(agents,) the most seconds that an answer of each is charged; `seconds` (m,) > 0 by `agent` (m,), m > 0.

    Whoever has fewer than three of them is held to what all people take. Twice the seconds give twice the most.
    """
    log = np.log(seconds)
    order = np.argsort(agent, kind="stable")
    ends = np.searchsorted(agent[order], np.arange(agents + 1))
    own = [np.sort(log[order[low:high]]) for low, high in pairwise(ends)]
    together = np.sort(log)
    out = np.full(agents, _median(together) + REACH * _spread(together))
    known = [k for k in range(agents) if len(own[k]) >= OWN]
    if known:
        team = _spread(np.sort(np.concatenate([own[k] - _median(own[k]) for k in known])))
        for k in known:
            weight = len(own[k]) / (len(own[k]) + TEAM_WEIGHT)
            spread = np.sqrt(weight * _spread(own[k], team) ** 2 + (1 - weight) * team**2)
            out[k] = _median(own[k]) + REACH * spread
    return np.asarray(np.exp(np.minimum(out, FLOAT32)))


def _median(ordered: FloatArray) -> float:
    """The lower one of two: it is an answer that was given."""
    return float(ordered[(len(ordered) - 1) // 2])


def _spread(ordered: FloatArray, otherwise: float = LEAST_SPREAD) -> float:
    """The standard deviation by the upper tail; `otherwise` where too few are left to tell it."""
    n = len(ordered)
    place = n - 1 - max(TAIL_ANSWERS, int(np.ceil(TAIL * (n - 1))))
    share = (place + 0.5) / n
    if share < 0.7:
        return otherwise
    return max(float(ordered[place] - _median(ordered)) / NormalDist().inv_cdf(share), LEAST_SPREAD)
