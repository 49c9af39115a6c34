"""What is known of the sensors that are asked about, and of no other: the columns of falls, a row for each (step, sensor).

The room's own columns are those of all sensors at a step together. Their values are the same; the order is another.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindshare.domains.traffic.alarms import columns_of_falls, steps_left
from mindshare.domains.traffic.columns import AHEAD, LAGS, NEAREST, of_other_days
from mindshare.domains.traffic.forecasts import HOUR
from mindshare.domains.traffic.onsets import fall_so_far
from mindshare.domains.traffic.speeds import DAY, Speeds

Array = NDArray[Any]
CLOSE = 1e-3  # mph


class Asked:
    """Prepared once a day: who lies near whom, and what the days that teach have shown. X: (N, 2) steps and sensors."""

    def __init__(self, speeds: Speeds, taught: Array) -> None:
        self.speed, self.fall, self.left = speeds.speed, fall_so_far(speeds), steps_left(speeds)
        weight = speeds.near.copy()
        np.fill_diagonal(weight, 0.0)
        self.share = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
        self.is_near = weight > 0
        alone = ~self.is_near.any(axis=1)
        self.share[alone, alone] = 1.0
        order = np.argsort(-weight, axis=1, kind="stable")[:, :NEAREST]
        there = np.take_along_axis(self.is_near, order, axis=1)
        self.nearest = np.where(there, order, np.arange(len(order))[:, None])
        every = np.arange(speeds.days * DAY)
        self.other_days = of_other_days(speeds, every, taught, 0).reshape(speeds.days, DAY, -1)
        self.sort_of_day = speeds.sort_of_day()
        self.high, self.spread = np.quantile(self.speed[taught], 0.85, axis=0), self.speed[taught].std(axis=0)

    def alone(self, X: Array) -> Array:
        """(N, 26) float32: what is seen at the sensor itself, the clock, and what other days showed there."""
        step, sensor = X[:, 0], X[:, 1]
        day, here = step // DAY, sensor[:, None]
        back = step[:, None] - np.arange(HOUR + 1)
        hour, fall = self.speed[back, here], self.fall[back, here]
        usual = self.other_days[day[:, None], (step[:, None] + np.array(AHEAD)) % DAY, here]
        more = np.column_stack([usual[:, 0] - hour[:, 0], usual[:, 1:] - usual[:, :1]])
        turn = 2.0 * np.pi * (step % DAY) / DAY
        parts = [hour[:, 0], hour[:, LAGS] - hour[:, :1], hour.min(axis=1), hour.max(axis=1)]
        parts += [hour[:, :7].std(axis=1), np.sin(turn), np.cos(turn), self.sort_of_day[day]]
        parts += [np.nan_to_num(more), self.high[sensor], self.spread[sensor]]
        parts += [self.left[step, sensor], fall[:, :3], fall[:, 3:].max(axis=1)]
        return np.column_stack(parts).astype(np.float32)

    def all(self, X: Array) -> Array:
        """(N, 41) float32: that, and the sensors near and the mean of every sensor."""
        step, sensor = X[:, 0], X[:, 1]
        now, then = self.speed[step], self.speed[step - 3]
        here, rows = now[np.arange(len(X)), sensor], np.arange(len(X))[:, None]
        mean = [(self.speed[step - k] * self.share[sensor]).sum(axis=1) for k in (0, 1, 3, 6)]
        near = self.nearest[sensor]
        lowest = np.where(self.is_near[sensor], now, np.inf).min(axis=1)
        parts = [mean[0] - here, *(each - mean[0] for each in mean[1:])]
        parts += [now[rows, near] - here[:, None], then[rows, near] - now[rows, near]]
        parts += [np.where(np.isfinite(lowest), lowest, here), now.mean(axis=1)]
        parts += [now.mean(axis=1) - then.mean(axis=1)]
        return np.hstack([self.alone(X), np.column_stack(parts).astype(np.float32)])


def check_same(speeds: Speeds, taught: Array, X: Array) -> None:
    """Raises where a column here is none of the room's, or the other way round."""
    steps, place = np.unique(X[:, 0], return_inverse=True)
    room = columns_of_falls(speeds, steps, taught).reshape(len(steps), speeds.speed.shape[1], -1)[
        place, X[:, 1]
    ]
    mine = Asked(speeds, taught).all(X)
    off = np.abs(mine[:, :, None] - room[:, None, :]).max(axis=0)  # (mine, room)
    if mine.shape != room.shape or (off.min(axis=0) > CLOSE).any() or (off.min(axis=1) > CLOSE).any():
        raise AssertionError("The columns of asked.py are not those of the traffic room.")
