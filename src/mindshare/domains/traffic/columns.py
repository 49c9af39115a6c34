"""What is known of a sensor at a step: its last hour, that of the sensors near it, and what other days showed at this time.

Nothing of a later step is in a column. What other days showed comes from steps that teach, and never from the day itself.
"""

from __future__ import annotations

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.traffic.speeds import DAY, Ints, Speeds

LAGS = (1, 2, 3, 4, 5, 6, 9, 12)  # steps back
AHEAD = (0, 3, 6, 12)  # steps for which other days are asked
NEAREST = 4  # sensors near that have columns of their own
SMOOTH = 3  # steps to either side that count too where other days are asked


def columns(speeds: Speeds, at: Ints, taught: Ints | None) -> FloatArray:
    """(len(at) * S, C) float32, sensor after sensor for each step of `at`; `taught`: the steps from which other days are known, None for
    no columns of them. A step in `at` needs an hour before it.
    """
    v = speeds.speed
    now, parts = v[at], list[FloatArray]()
    parts += [now, *(v[at - k] - now for k in LAGS)]
    hour = np.stack([v[at - k] for k in range(13)])
    parts += [hour.min(axis=0), hour.max(axis=0), hour[:7].std(axis=0)]
    parts += _of_the_near(speeds, at)
    every = now.mean(axis=1, keepdims=True)
    before = v[at - 3].mean(axis=1, keepdims=True)
    turn = 2.0 * np.pi * (at % DAY)[:, None] / DAY
    free = speeds.sort_of_day()[at // DAY][:, None]
    parts += [
        np.broadcast_to(x, now.shape) for x in (every, every - before, np.sin(turn), np.cos(turn), free)
    ]
    if taught is not None:
        mean = np.stack([of_other_days(speeds, at, taught, ahead) for ahead in AHEAD])
        parts += [np.nan_to_num(x) for x in (mean[0] - now, *(mean[1:] - mean[0]))]  # no such day: no change
        usual = v[taught]
        parts += [
            np.broadcast_to(x, now.shape) for x in (np.quantile(usual, 0.85, axis=0), usual.std(axis=0))
        ]
    return np.stack(parts, axis=-1).reshape(-1, len(parts)).astype(np.float32)


def _of_the_near(speeds: Speeds, at: Ints) -> list[FloatArray]:
    """The mean of those near, how it has moved, and the nearest sensors one by one, less the sensor itself."""
    v, weight = speeds.speed, speeds.near.copy()
    np.fill_diagonal(weight, 0.0)
    share = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
    alone = ~(weight > 0).any(axis=1)
    share[alone, alone] = 1.0  # who has nobody near stands for its own neighbourhood
    mean = [v[at - k] @ share.T for k in (0, 1, 3, 6)]
    parts = [mean[0] - v[at], *(each - mean[0] for each in mean[1:])]
    order = np.argsort(-weight, axis=1, kind="stable")[:, :NEAREST]
    there = np.take_along_axis(weight, order, axis=1) > 0
    for k in range(order.shape[1]):
        near = np.where(there[:, k], order[:, k], np.arange(len(order)))
        parts += [v[at][:, near] - v[at], v[at - 3][:, near] - v[at][:, near]]
    lowest = np.stack([np.where(weight[s] > 0, v[at], np.inf).min(axis=1) for s in range(v.shape[1])], axis=1)
    return [*parts, np.where(np.isfinite(lowest), lowest, v[at])]


def of_other_days(speeds: Speeds, at: Ints, taught: Ints, ahead: int) -> FloatArray:
    """(len(at), S) mean speed of other days of the same sort at the same time, `ahead` steps on; nan where there is none."""
    days = speeds.days
    seen = np.zeros(days * DAY, bool)
    seen[taught] = True
    v = np.zeros((days * DAY, speeds.speed.shape[1]))
    v[: len(speeds)] = np.where(seen[: len(speeds), None], speeds.speed, 0.0)
    total, count = _smooth(v.reshape(days, DAY, -1)), _smooth(seen.reshape(days, DAY, 1).astype(np.float64))
    sort = speeds.sort_of_day()
    out = np.full((len(at), v.shape[1]), np.nan)
    for day in np.unique(at // DAY):
        rows = at // DAY == day
        others = (sort == sort[day]) & (np.arange(days) != day)
        have = count[others].sum(axis=0)
        mean = np.where(have > 0, total[others].sum(axis=0) / np.maximum(have, 1.0), np.nan)
        out[rows] = mean[(at[rows] + ahead) % DAY]  # over midnight: the same sort of day stands in
    return out


def _smooth(day: FloatArray) -> FloatArray:
    """Sums over the steps around each step of a day, (days, DAY, S)."""
    return np.sum([np.roll(day, k, axis=1) for k in range(-SMOOTH, SMOOTH + 1)], axis=0)
