"""The surplus of an hour: bikes hired beyond what is usual at that hour; foretold from earlier hours, learnt from earlier days.

A hire that did not take place, because no bike or no dock was free, is in no file: the surplus is what came and was served.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mindshare.core.history import FloatArray
from mindshare.domains.city.triage.hires import HOURS, Hires
from mindshare.domains.city.visits import Ints

# Days of the same sort (working or not) that the usual is the mean of, and with fewer of which it is unknown.
LAST, FEWEST = 10, 3
FEW = 20.0  # hires added to both sides of a share, so that an hour of the night says little
TREES = {
    "max_iter": 150,
    "learning_rate": 0.05,
    "max_leaf_nodes": 15,
    "l2_regularization": 5.0,
    "random_state": 0,
}
PARTS = 4  # of the months that teach: each is foretold by what the others taught


def usual(hires: Hires) -> FloatArray:
    """(D, 24) mean of the same hour on the last days of the same sort, all before the day; nan where these are too few."""
    out = np.full(hires.count.shape, np.nan)
    for day in range(len(hires)):
        before = np.flatnonzero(hires.working[:day] == hires.working[day])[-LAST:]
        known = np.isfinite(hires.count[before])
        count = known.sum(axis=0)
        mean = np.where(known, hires.count[before], 0.0).sum(axis=0) / np.maximum(count, 1)
        out[day] = np.where(count >= FEWEST, mean, np.nan)
    return out


def surplus(hires: Hires) -> FloatArray:
    """(D, 24) bikes hired beyond the usual, 0 or more: the truth of an hour; nan where the hour or its usual is not known."""
    return np.maximum(hires.count - usual(hires), 0.0)


def known_before(hires: Hires) -> FloatArray:
    """(D, 24, C) columns of each hour, all of them known before it begins: the weather is that of the hour before."""
    mean = usual(hires)
    over, ratio = hires.count - mean, (hires.count + FEW) / (mean + FEW)
    so_far = (_sum_before(hires.count, mean) + FEW) / (_sum_before(mean, hires.count) + FEW)
    columns = [
        np.broadcast_to(np.arange(float(HOURS)), mean.shape),
        np.broadcast_to(hires.working[:, None], mean.shape),
        np.broadcast_to(((hires.day + 3) % 7)[:, None], mean.shape),  # 1970-01-01 was a Thursday
        mean,
        so_far,
        *(before(hires, each, hours) for each in (over, ratio) for hours in (1, 2)),
        before(hires, ratio, HOURS),
    ]
    weather = before(hires, hires.weather, 1)
    warmer = weather[..., 0] - before(hires, hires.weather[..., 0], HOURS + 1)
    return np.stack([*columns, *np.moveaxis(weather, -1, 0), warmer], axis=-1)


def before(hires: Hires, told: FloatArray, hours: int) -> FloatArray:
    """(D, 24, ...) what was told so many hours before; nan where the file leaves out that day."""
    whole = np.full((int(hires.day[-1] - hires.day[0]) + 1, *told.shape[1:]), np.nan)
    whole[hires.day - hires.day[0]] = told
    flat = whole.reshape(-1, *told.shape[2:])
    moved = np.full_like(flat, np.nan)
    moved[hours:] = flat[:-hours]
    return moved.reshape(whole.shape)[hires.day - hires.day[0]]


def foretold(columns: FloatArray, truth: FloatArray, fit: Ints, days: Ints) -> FloatArray:
    """(len(days), 24) surplus that boosted trees foretell, taught by the hours of the days `fit`."""
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    seen, said = columns[fit].reshape(-1, columns.shape[-1]), truth[fit].ravel()
    known = np.isfinite(said)
    with threadpool_limits(1):  # sums in one order: the same figures however many cores there are
        model = HistGradientBoostingRegressor(**TREES).fit(seen[known], said[known])
        told = model.predict(columns[days].reshape(-1, columns.shape[-1]))
    return np.maximum(told, 0.0).reshape(len(days), HOURS)


def held_out(columns: FloatArray, truth: FloatArray, fit: Ints, month: Ints) -> FloatArray:
    """(len(fit), 24) what is foretold of the days that teach, each month by other months; `month` (D,)."""
    out, months = np.zeros((len(fit), HOURS)), np.unique(month[fit])
    for part in range(PARTS):
        mine = np.isin(month[fit], months[part::PARTS])
        if mine.any():
            out[mine] = foretold(columns, truth, fit[~mine], fit[mine])
    return out


def fixed_hours(hires: Hires, truth: FloatArray, fit: Ints, days: Ints, hours: int) -> NDArray[np.bool_]:
    """(len(days), 24) the same hours on each day: those that had the largest surplus on the days `fit` of the same sort."""
    out = np.zeros((len(days), HOURS), bool)
    for sort in (0.0, 1.0):
        mean = np.nanmean(truth[fit[hires.working[fit] == sort]], axis=0)
        out[np.ix_(hires.working[days] == sort, np.argsort(-mean, kind="stable")[:hours])] = True
    return out


# -- parts ---------------------------------------------------------------------------------------------------------
def _sum_before(told: FloatArray, other: FloatArray) -> FloatArray:
    """(D, 24) sum over the earlier hours of the day in which both are known."""
    both = np.where(np.isfinite(told) & np.isfinite(other), told, 0.0)
    return np.cumsum(both, axis=1) - both
