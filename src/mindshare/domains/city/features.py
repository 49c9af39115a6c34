"""What is known of a place on a day: only what visits before that day have shown. The results of a visit are never features of itself.

Heat stays that of the day of the visit, since the file has no other: where a plan moves a visit, it is a stand-in for the heat of that day.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.city.places import NONE, before, last_visits, log_heat
from mindshare.domains.city.visits import RESULTS, YEAR, Ints, Visits, first_of_month

Columns = Mapping[str, FloatArray]
HALF_LIFE = 2 * YEAR  # days after which what an earlier visit found counts half
BACK = 3  # earlier visits that count
NEAR, WIDE = 0.05, 0.12  # how alike the heat of a neighbour is, in ranks
RECENT, FADES = 540, 270  # days for which a neighbour's visit counts, and after which it counts half
FEW = 5.0  # visits of a neighbourhood that count for nothing found beyond what is usual
SMOOTH = 20.0  # visits of all groups that stand in for a group that has had few
CAPPED = 2 * YEAR
SURPRISES = ("critical", "held_back", "minor", "serious")


def features(visits: Visits, known: Ints) -> dict[str, FloatArray]:
    """Name -> (N,) column. `known` (N,): the day on which each visit is planned; visits on it and after it are not seen."""
    last, (mean, spread) = last_visits(visits), usual(visits)
    surprise = (_shown(visits) - mean) / spread
    source = before(visits, last, known)
    earlier = np.where(source == NONE, NONE, last[source])
    columns = _of_the_place(visits, source, known)
    columns |= _of_earlier_visits(visits.day, earlier, last, surprise, known)
    columns |= _of_who_came(visits, earlier, mean[:, 0])
    return columns | _of_the_neighbourhood(visits, np.column_stack([surprise, mean[:, 0]]), known)


def usual(visits: Visits) -> tuple[FloatArray, FloatArray]:
    """(N, 4) mean and spread of SURPRISES in visits of the same group of inspectors before the month of each visit.

    A find says more where that group seldom finds anything.
    """
    shown, month = _shown(visits), first_of_month(visits.day)
    mean, spread = np.zeros_like(shown), np.ones_like(shown)
    for start in np.unique(month):
        earlier, now = visits.day < start, month == start
        if not earlier.any():
            mean[now] = shown[now]  # nothing is usual yet: no surprise
            continue
        for g in range(len(visits.groups)):
            mine = now & (visits.group == g)
            mean[mine], spread[mine] = _mean_and_spread(shown[earlier & (visits.group == g)], shown[earlier])
    return mean, spread


def _shown(visits: Visits) -> FloatArray:
    found = visits.found.astype(np.float64)
    return np.stack([found, 1.0 - visits.passed, visits.result[:, 3], visits.result[:, 2]], axis=1)


def _mean_and_spread(own: FloatArray, every: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Of a group, its few visits filled up with what all groups find."""
    count = len(own) + SMOOTH
    mean = (own.sum(axis=0) + SMOOTH * every.mean(axis=0)) / count
    square = ((own - mean) ** 2).sum(axis=0) + SMOOTH * ((every - mean) ** 2).mean(axis=0)
    return mean, np.sqrt(square / count) + 0.1


# -- groups of columns ---------------------------------------------------------------------------------------------
def _of_the_place(visits: Visits, source: Ints, known: Ints) -> dict[str, FloatArray]:
    """What the file says of the place itself, as of the day."""
    there = source != NONE
    past = np.where(there[:, None], visits.past[source], 0.0)
    last_day = np.where(there, visits.last_day[source], -1)
    age = np.maximum(known - visits.opened, 0) / YEAR
    since = np.where(last_day >= 0, np.minimum(known - last_day, CAPPED), CAPPED)
    columns = {f"last_{name}": past[:, k] for k, name in enumerate(RESULTS)}
    columns |= {
        "never_visited": (last_day < 0).astype(np.float64),
        "years_since": since / YEAR,
        "log_days_since": np.log1p(since),
        "years_open": age,
        "log_years_open": np.log1p(age),
        "new_place": np.minimum(age, 2.0),
        "old_place": (age > 4.0).astype(np.float64),
    }
    columns |= {f"heat_{k}": visits.heat[:, k] for k in range(visits.heat.shape[1])}
    return columns | {name: visits.licences[:, k] for k, name in enumerate(visits.licence_names)}


def _of_earlier_visits(
    day: Ints, back: Ints, last: Ints, surprise: FloatArray, known: Ints
) -> dict[str, FloatArray]:
    """What the last visits to this place found beyond what was usual, fading; `back` (N,) is the last one before the day."""
    count, total = np.zeros(len(day)), np.zeros((len(day), surprise.shape[1]))
    for _ in range(BACK):
        there = back != NONE
        weight = np.where(there, 0.5 ** ((known - day[back]) / HALF_LIFE), 0.0)
        count += weight
        total += weight[:, None] * surprise[back]
        back = np.where(there, last[back], NONE)
    return {f"earlier_{name}": total[:, k] for k, name in enumerate(SURPRISES)} | {"earlier_visits": count}


def _of_who_came(visits: Visits, earlier: Ints, rate: FloatArray) -> dict[str, FloatArray]:
    """Which group came last, and how often it found anything then: who comes next is often the same."""
    there = earlier != NONE
    columns = {
        f"came_{name}": (there & (visits.group[earlier] == g)).astype(np.float64)
        for g, name in enumerate(visits.groups)
    }
    return columns | {"came_rate": np.where(there, rate[earlier], 0.0)}


def _of_the_neighbourhood(visits: Visits, shown: FloatArray, known: Ints) -> dict[str, FloatArray]:
    """Where the place lies by heat, and what recent visits to places of like heat have shown (`shown` (N, 5)), fading."""
    names = ("near_critical", "near_held_back", "near_minor", "near_rate", "wide_critical")
    rank, near, heat = np.zeros_like(visits.heat), np.zeros((len(visits), len(names))), log_heat(visits)
    for day in np.unique(known):
        now = np.flatnonzero(known == day)
        recent = np.flatnonzero((visits.day < day) & (visits.day >= day - RECENT))
        if not len(recent):
            continue
        rank[now], where = ranks(heat[now], heat[recent]), ranks(heat[recent], heat[recent])
        apart = ((rank[now][:, None, :] - where[None]) ** 2).sum(axis=2)
        fade = 0.5 ** ((day - visits.day[recent]) / FADES)
        for reach, into, which in ((NEAR, slice(0, 4), [0, 1, 2, 4]), (WIDE, slice(4, 5), [0])):
            weight = np.exp(-apart / (2 * reach * reach)) * fade
            near[now, into] = weight @ shown[recent][:, which] / (weight.sum(axis=1, keepdims=True) + FEW)
    return {name: near[:, k] for k, name in enumerate(names)} | {
        f"rank_{k}": rank[:, k] for k in range(heat.shape[1])
    }


def ranks(values: FloatArray, among: FloatArray) -> FloatArray:
    """(N, C) share of `among` (M, C) that is less, column by column."""
    columns = range(values.shape[1])
    return np.stack(
        [np.searchsorted(np.sort(among[:, k]), values[:, k]) / len(among) for k in columns], axis=1
    )
