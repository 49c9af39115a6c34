"""What is known of an hour before it begins: earlier hours, the clock, the calendar, and the weather of the hour before."""

from __future__ import annotations

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.traffic.metro import Hours
from mindshare.domains.traffic.speeds import Ints

WEEK = 168  # hours
WEEKS = 8  # back, that tell what is usual
FIRST = WEEK * WEEKS  # the first hour that has them all
BACK = (1, 2, 3, 4, 5, 6, 12, 24)  # hours back
FADES = 0.75  # what a week counts beside the next one
FEW = 50.0  # vehicles below which a share of what is usual says nothing


def usual(hours: Hours) -> FloatArray:
    """(H,) the weighted mean of this hour of the week in the WEEKS before, holidays left out; nan where there is none."""
    volume = np.where(hours.holiday > 0, np.nan, hours.volume)
    total, weight = np.zeros(len(volume)), np.zeros(len(volume))
    for k in range(1, WEEKS + 1):
        past = back(volume, WEEK * k)
        there = ~np.isnan(past)
        total += np.where(there, FADES**k * past, 0.0)
        weight += FADES**k * there
    return np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), np.nan)


def back(values: FloatArray, hours: int) -> FloatArray:
    """The same, so many hours ago; nan before the first one."""
    return np.concatenate([np.full(hours, np.nan), values[: len(values) - hours]])


def plain(hours: Hours) -> FloatArray:
    """(H, C) columns of each hour: earlier hours, clock, calendar, weather of the hour before; nan where nothing is known."""
    v, at = hours.volume, np.arange(len(hours.volume))
    weekday = (at // 24 + hours.weekday) % 7
    parts = [*(back(v, k) for k in (*BACK, WEEK - 1, WEEK, 2 * WEEK)), at % 24, weekday, hours.day_of_year]
    parts += [hours.holiday, *(back(hours.weather[:, k], 1) for k in range(hours.weather.shape[1]))]
    return np.stack([np.asarray(part, np.float64) for part in parts], axis=1)


def known(hours: Hours, taught: Ints) -> FloatArray:
    """(H, C) the same, and what is usual at this hour of the week, of late and in the hours `taught`: how far earlier hours were off."""
    v, common, free = hours.volume, usual(hours), hours.holiday
    off, share = v - common, np.clip(v / np.maximum(common, FEW), 0.0, 3.0)
    weeks = np.stack([back(v, WEEK * k) for k in range(1, WEEKS + 1)])
    parts = [*(back(off, k) for k in BACK), *(back(share, k) for k in (1, 2, 3, 24))]
    parts += [common, common - back(common, 1), ahead(common, 1) - common, back(v, 1) - back(common, 1)]
    parts += [common * (back(share, k) - 1.0) for k in (1, 2)]
    parts += [back(free, 24), ahead(free, 24), back(v, 24) - back(v, 25), back(v, WEEK) - back(v, WEEK + 1)]
    for steps in (range(1, 4), range(1, 25), range(24, 169, 24), range(WEEK, 3 * WEEK + 1, WEEK)):
        parts.append(_mean([back(off, k) for k in steps]))
    parts += [
        np.fmin.reduce(weeks) - common,
        np.fmax.reduce(weeks) - common,
        _mean(list(np.abs(weeks - common))),
    ]
    week = of_the_week(hours, taught)
    parts += [week - common, *(back(v - week, k) for k in (1, 2, 24)), np.arange(len(v), dtype=np.float64)]
    parts += [
        *(back(v, k) for k in range(3, 25)),
        *(back(v, WEEK * k + j) for k in (1, 2, 3) for j in (-2, -1, 1)),
    ]
    return np.column_stack([plain(hours), *parts])


def of_the_week(hours: Hours, taught: Ints) -> FloatArray:
    """(H,) the median of this hour of the week over the hours that teach, holidays left out."""
    place = (np.arange(len(hours.volume)) + 24 * hours.weekday) % WEEK
    seen = taught[hours.holiday[taught] == 0]
    told = [hours.volume[seen[place[seen] == k]] for k in range(WEEK)]
    return np.array([np.median(each) if len(each) else np.nan for each in told])[place]


def _mean(parts: list[FloatArray]) -> FloatArray:
    """The mean of what is there; nan where nothing is."""
    there = np.sum([~np.isnan(part) for part in parts], axis=0)
    total = np.sum([np.nan_to_num(part) for part in parts], axis=0)
    return np.where(there > 0, total / np.maximum(there, 1), np.nan)


def ahead(values: FloatArray, hours: int) -> FloatArray:
    """The same, so many hours on: only for what the calendar or earlier weeks tell."""
    return np.concatenate([values[hours:], np.full(hours, np.nan)])


def last_known(values: FloatArray, hours: int) -> FloatArray:
    """The last value that is told so many hours before or earlier, however old; nan before the first one."""
    shifted = back(values, hours)
    row = np.maximum.accumulate(np.where(np.isnan(shifted), 0, np.arange(len(values))))
    return shifted[row]


def told(hours: Hours) -> Ints:
    """Hours of which the file tells a volume, from the first that has WEEKS before it."""
    at = np.flatnonzero(~np.isnan(hours.volume))
    return at[at >= FIRST]
