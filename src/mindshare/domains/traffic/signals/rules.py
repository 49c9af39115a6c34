"""The cheap rule of a signal: the phase that lets most vehicles go (max-pressure, by movement), and what is known about it.

P. Varaiya, "Max pressure control of a network of signalized intersections" (2013). Counted are those who are at the line within a given
time: with the 5 seconds of a step that is whom the next step can let go, with ALL_S whoever is on the road.
"""

from __future__ import annotations

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.core.kernel import kernel
from mindshare.domains.traffic.speeds import Ints

ALL_S = 12.0  # seconds: 150 m at the speed of towns
WAITS_COUNTS = 0.3  # a vehicle that must wait for oncoming, beside one that need not
STAYS = 1e-3  # of two equal phases the one that is on
SPANS = (5.0, 10.0, 15.0)  # seconds that the features look ahead
FEATURES = 14


@kernel(allocates=True)
def pressure(
    arrive: FloatArray, link: Ints, head: Ints, tail: Ints, shows: Ints, within: float
) -> FloatArray:
    """(P,) how many vehicles each phase lets go, of those who are at the line within `within` seconds."""
    total = np.zeros(shows.shape[0])
    for lane in range(len(head)):
        for n in range(head[lane], tail[lane]):
            if arrive[n] >= within:
                break
            for p in range(shows.shape[0]):
                s = shows[p, link[n]]
                total[p] += 1.0 if s == 2 else WAITS_COUNTS if s == 1 else 0.0
    return total


@kernel(allocates=True)
def fullest(
    arrive: FloatArray,
    link: Ints,
    head: Ints,
    tail: Ints,
    first: Ints,
    shows: Ints,
    phases: Ints,
    before: Ints,
    within: float,
) -> Ints:
    """(C,) the phase of each crossing with the most vehicles; of equal ones the one that is on."""
    chosen = np.empty(len(phases), np.int64)
    for c in range(len(phases)):
        a, b = first[c], first[c + 1]
        score = pressure(arrive, link, head[a:b], tail[a:b], shows[c, : phases[c]], within)
        score[before[c]] += STAYS
        chosen[c] = score.argmax()
    return chosen


@kernel(allocates=True)
def above(score: FloatArray, k: int) -> float:
    """How far the best other one is above the k-th."""
    best = -np.inf
    for p in range(len(score)):
        if p != k:
            best = max(best, score[p])
    return best - score[k]


@kernel(allocates=True)
def described(
    arrive: FloatArray,
    link: Ints,
    head: Ints,
    tail: Ints,
    first: Ints,
    shows: Ints,
    phases: Ints,
    before: Ints,
    chosen: Ints,
) -> FloatArray:
    """(C, FEATURES) what is known before a rollout: whom the rule's phase, the one that is on and others serve now, soon, later."""
    told = np.empty((len(phases), FEATURES))
    for c in range(len(phases)):
        a, b = first[c], first[c + 1]
        old, new = before[c], chosen[c]
        known = (arrive, link, head[a:b], tail[a:b], shows[c, : phases[c]])
        now, soon, later = pressure(*known, SPANS[0]), pressure(*known, SPANS[1]), pressure(*known, SPANS[2])
        here, coming = 0.0, 0.0
        for lane in range(a, b):
            for n in range(head[lane], tail[lane]):
                here += arrive[n] < SPANS[0]
                coming += arrive[n] < SPANS[2]
        row = told[c]
        row[0], row[1], row[2] = now[new], now[old], now[new] - now[old]
        row[3], row[4] = soon[new] - soon[old], later[new] - later[old]
        row[5], row[6], row[7] = above(now, new), above(soon, new), above(later, new)
        row[8], row[9], row[10] = here, coming, 1.0 if new == old else 0.0
        row[11], row[12], row[13] = soon[old] - now[old], soon[new] - now[new], here - now[new]
    return told
