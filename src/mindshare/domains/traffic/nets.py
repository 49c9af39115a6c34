"""The dear forecasters: a GRU that reads the steps before one after the other and looks back at all of them with attention.

Sensors near are channels beside the sensor itself: the attention is over time, and only the net's first layer weighs neighbours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.core.records import Budget
from mindshare.domains.traffic.columns import NEAREST, of_other_days
from mindshare.domains.traffic.forecasts import AHEAD, HOUR, changes, examples
from mindshare.domains.traffic.hours import WEEK
from mindshare.domains.traffic.metro import Hours
from mindshare.domains.traffic.speeds import DAY, Ints, Speeds
from mindshare.domains.traffic.volumes import base

if TYPE_CHECKING:
    from mindshare.machines.nets.gru import GRU

WIDTH, RATE, EPOCHS, BATCH = 48, 0.01, 40, 64
EVERY = 4  # of the steps that teach, each fourth one
MPH, VEHICLES = 10.0, 500.0  # units in which a net reads and answers
BACK = 24  # hours before the one that is foretold


def gru_speeds(speeds: Speeds, taught: Ints, at: Ints, cpu_s: float) -> FloatArray:
    """As a forecaster of `forecasts.py`, learnt within so many CPU seconds: (len(at), S, 3) mph."""
    seen = examples(taught, EVERY)
    net = _fitted(_last_hour(speeds, seen, taught), changes(speeds, seen) / MPH, cpu_s)
    now = speeds.speed[at]
    told = np.concatenate([net.predict(_last_hour(speeds, part, taught)) for part in np.array_split(at, 10)])
    return now[:, :, None] + MPH * told.reshape(*now.shape, len(AHEAD))


def gru_volumes(hours: Hours, taught: Ints, at: Ints, cpu_s: float) -> FloatArray:
    """As a forecaster of `volumes.py`, learnt within so many CPU seconds: (len(at),) vehicles."""
    common = base(hours, taught)
    off = (hours.volume - common) / VEHICLES
    net = _fitted(_last_day(hours, common, taught), off[taught], cpu_s)
    return common[at] + VEHICLES * net.predict(_last_day(hours, common, at)).reshape(len(at))


def _fitted(windows: FloatArray, truth: FloatArray, cpu_s: float) -> GRU:
    from mindshare.machines import GRU, FitPlan

    plan = FitPlan(rate=RATE, epochs=EPOCHS, batch=BATCH)
    net = GRU(width=WIDTH, task="regress", dropout=0.05)
    return net.fit(windows, truth, budget=Budget(limit={"cpu_s": cpu_s}), plan=plan)


def _last_hour(speeds: Speeds, at: Ints, taught: Ints) -> FloatArray:
    """(len(at) * S, HOUR + 1, C) float32: the sensor, those near it, and what other days showed then and an hour later."""
    v, weight = speeds.speed, speeds.near.copy()
    np.fill_diagonal(weight, 0.0)
    order = np.argsort(-weight, axis=1, kind="stable")[:, :NEAREST]
    there = np.take_along_axis(weight, order, axis=1) > 0
    near = [np.where(there[:, k], order[:, k], np.arange(len(order))) for k in range(order.shape[1])]
    share = (weight + 1e-9) / (weight + 1e-9).sum(axis=1, keepdims=True)
    now, steps = v[at], []
    usual = {ahead: np.nan_to_num(of_other_days(speeds, at, taught, ahead) - now) for ahead in (0, *AHEAD)}
    for back in range(HOUR, -1, -1):
        past = v[at - back]
        parts = [past - now, past @ share.T - now, *(past[:, each] - now for each in near)]
        turn = np.broadcast_to((2.0 * np.pi * ((at - back) % DAY) / DAY)[:, None], now.shape)
        parts += [(now - 55.0), *usual.values(), MPH * np.sin(turn), MPH * np.cos(turn)]
        steps.append(np.stack(parts, axis=-1).reshape(now.size, -1) / MPH)
    return np.stack(steps, axis=1).astype(np.float32)


def _last_day(hours: Hours, common: FloatArray, at: Ints) -> FloatArray:
    """(len(at), BACK + 1, C) float32: earlier hours, and of the last one, which is foretold, only clock and calendar."""
    v, every = hours.volume, np.arange(len(hours.volume))
    turn = 2.0 * np.pi * (every % 24) / 24
    free = ((every + 24 * hours.weekday) % WEEK) // 24 >= 5
    known = [
        np.nan_to_num(v - common) / VEHICLES,
        np.isnan(v),
        np.nan_to_num(hours.weather[:, 1]).clip(0.0, 5.0),
    ]
    calendar = [(common - 3_000.0) / 2_000.0, np.sin(turn), np.cos(turn), free, hours.holiday]
    windows = np.stack([*known, *calendar], axis=1)[at[:, None] + np.arange(-BACK, 1)].astype(np.float32)
    windows[:, -1, : len(known)] = (0.0, 1.0, 0.0)
    return windows
