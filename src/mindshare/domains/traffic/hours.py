"""What is known of an hour before it begins: earlier hours, the clock, the calendar, and the weather of the hour before."""

from __future__ import annotations

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.traffic.metro import Hours
from mindshare.domains.traffic.speeds import Ints

WEEK, WEEKS, FIRST = 168, 8, 168 * 8  # hours of a week; weeks back that tell what is usual; the first hour that has them all
BACK = (1, 2, 3, 4, 5, 6, 12, 24)  # hours back
FADES = 0.75  # what a week counts beside the next one


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


def known(hours: Hours) -> FloatArray:
    """(H, C) columns of each hour, nan where nothing is known; nothing of the hour itself but clock and calendar."""
    v, common = hours.volume, usual(hours)
    off = v - common  # how far an hour was from what is usual
    free, at = hours.holiday, np.arange(len(v))
    parts = [back(v, k) for k in BACK] + [back(off, k) for k in BACK]
    parts += [common, back(v, WEEK), back(v, 2 * WEEK), common - back(common, 1), ahead(common, 1) - common]
    parts += [v_before(v, k) for k in (1,)]
    parts += [at % 24, (at // 24 + hours.weekday) % 7, (at + 24 * hours.weekday) % WEEK, hours.day_of_year]
    parts += [free, back(free, 24), ahead(free, 24), back(v, 24) - back(v, 25), back(v, WEEK) - back(v, WEEK + 1)]
    parts += [back(hours.weather[:, k], 1) for k in range(hours.weather.shape[1])]
    return np.stack([np.asarray(part, np.float64) for part in parts], axis=1)


def ahead(values: FloatArray, hours: int) -> FloatArray:
    """The same, so many hours on: only for what the calendar or earlier weeks tell."""
    return np.concatenate([values[hours:], np.full(hours, np.nan)])


def v_before(values: FloatArray, hours: int) -> FloatArray:
    """The last value that is known an hour before, however old."""
    shifted = back(values, hours)
    row = np.maximum.accumulate(np.where(np.isnan(shifted), 0, np.arange(len(values))))
    return shifted[row]


def told(hours: Hours) -> Ints:
    """Hours of which the file tells a volume, from the first that has WEEKS before it."""
    at = np.flatnonzero(~np.isnan(hours.volume))
    return at[at >= FIRST]
