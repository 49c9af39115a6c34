"""Which visits were to the same place: the chain of earlier visits that the file's own columns lead to.

The file names no places. A visit tells when the last one was and what it found, and how old the licence is; the visit of that day to a
place of that age with those findings is the last one. Where several fit, the one whose neighbourhood is most alike is taken.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.city.visits import Ints, Visits

NONE = -1
FLOOR = 0.1  # added to heat before its logarithm


def log_heat(visits: Visits) -> FloatArray:
    """(N, 3) heat on a scale on which places differ by shares."""
    return np.log(visits.heat + FLOOR)


def last_visits(visits: Visits) -> Ints:
    """(N,) row of the last visit to the same place; NONE where there was none or it is not in the file."""
    heat, last = log_heat(visits), np.full(len(visits), NONE)
    on = defaultdict[tuple[int, int], list[int]](list)
    for row in range(len(visits)):
        on[int(visits.opened[row]), int(visits.day[row])].append(row)
    for row in np.flatnonzero(visits.last_day >= 0).tolist():
        there = on.get((int(visits.opened[row]), int(visits.last_day[row])), [])
        fit = [k for k in there if np.array_equal(visits.result[k], visits.past[row])]
        if fit:
            last[row] = min(fit, key=lambda k: (float(np.abs(heat[row] - heat[k]).sum()), k))
    return last


def place_of(last: Ints, day: Ints) -> Ints:
    """(N,) a number for each place: the row of the first visit that the chain leads to."""
    place = np.arange(len(last))
    for row in np.argsort(day, kind="stable"):
        if last[row] != NONE:
            place[row] = place[last[row]]
    return place


def before(visits: Visits, last: Ints, known: Ints) -> Ints:
    """(N,) row from whose `past` the last visit before the day `known` is read: the visit's own, or of an earlier visit where the last
    one is not yet over on that day; NONE where the file does not lead further back.
    """
    source = np.arange(len(visits))
    while True:
        late = (source != NONE) & (visits.last_day[source] >= known)
        if not late.any():
            return source
        source = np.where(late, last[source], source)
