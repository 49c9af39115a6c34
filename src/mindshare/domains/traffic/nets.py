"""The dear forecasters: a GRU reads the steps before, one after the other, and looks back with attention over time and over sensors near.

One net for all sensors (`machines/nets/neighbours.py`); beside the steps it knows the columns of the trees. It learns by absolute error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.traffic.columns import columns, of_other_days
from mindshare.domains.traffic.forecasts import AHEAD, HOUR, changes, examples
from mindshare.domains.traffic.hours import WEEK, known
from mindshare.domains.traffic.metro import Hours
from mindshare.domains.traffic.speeds import Ints, Speeds
from mindshare.domains.traffic.volumes import base

if TYPE_CHECKING:
    from mindshare.machines.nets.neighbours import Neighbours, Seen

# Chosen on day 5 by what days 1 to 4 taught.
SPEEDS_S = 240.0  # CPU seconds in which speeds are learnt, at most
OF_SPEEDS: Mapping[str, Any] = {"epochs": 8, "rate": 3e-3, "batch": 2}
OF_NET = 0.5  # its part of the mean with trees
# Chosen on 64 to 80 % of the hours by what the first 64 % taught.
VOLUMES_S = 120.0
OF_VOLUMES: Mapping[str, Any] = {"epochs": 12, "rate": 3e-3, "batch": 64}
OF_NET_VOLUMES = 0.3  # its part of the mean with `both`
MPH, VEHICLES = 10.0, 500.0  # units in which a net reads and answers
NEAR = 8  # sensors near that are looked at, at most
BACK = 24  # hours before the one that is foretold


def gru_speeds(
    speeds: Speeds, taught: Ints, at: Ints, *, cpu_s: float = SPEEDS_S, seed: int = 0
) -> FloatArray:
    """As a forecaster of `forecasts.py`, learnt within so many CPU seconds: (len(at), S, 3) mph."""
    net = net_of_speeds(speeds, taught, cpu_s=cpu_s, seed=seed)
    return speeds_by(net, speeds, at, taught)


def speeds_by(net: Neighbours, speeds: Speeds, at: Ints, taught: Ints) -> FloatArray:
    """(len(at), S, 3) mph of a net that `net_of_speeds` gave."""
    return speeds.speed[at][:, :, None] + MPH * net.predict(last_hour(speeds, at, taught))


def net_of_speeds(speeds: Speeds, taught: Ints, *, cpu_s: float, seed: int, most: int = NEAR) -> Neighbours:
    """It has learnt from the steps `taught` and answers what `last_hour` reads: the change of each sensor, in units of MPH.

    Of the sensors near a sensor the `most` nearest are looked at.
    """
    from mindshare.machines.nets.neighbours import Neighbours

    seen = examples(taught)
    truth = changes(speeds, seen).reshape(len(seen), -1, len(AHEAD)) / MPH
    net = Neighbours(speeds.near, most=most, seed=seed)
    return net.fit(last_hour(speeds, seen, taught), truth, cpu_s=cpu_s, **OF_SPEEDS)


def last_hour(speeds: Speeds, at: Ints, taught: Ints) -> Seen:
    """What a net reads of each sensor at the steps `at`: the columns, and for each step of the last hour how far the speed was below
    the free one, how far off other days, and what these showed an hour later.
    """
    from mindshare.machines.nets.neighbours import Seen

    v, first = speeds.speed, int(at.min()) - HOUR
    span = np.arange(first, int(at.max()) + 1)
    free = np.quantile(v[taught], 0.85, axis=0)
    off, later = v[span] - of_other_days(speeds, span, taught, 0), of_other_days(speeds, span, taught, HOUR)
    told = np.nan_to_num(np.stack([v[span] - free, off, later - free], axis=-1)) / MPH  # no such day: nothing
    steps = told.astype(np.float32)[at[:, None] - first + np.arange(-HOUR, 1)].transpose(0, 2, 1, 3)
    known = columns(speeds, at, taught).reshape(len(at), v.shape[1], -1)
    return Seen(np.ascontiguousarray(steps), known.astype(np.float32, copy=False))


def gru_volumes(
    hours: Hours, taught: Ints, at: Ints, *, cpu_s: float = VOLUMES_S, seed: int = 0
) -> FloatArray:
    """As a forecaster of `volumes.py`, learnt within so many CPU seconds: (len(at),) vehicles. One road: attention is over time alone."""
    from mindshare.machines.nets.neighbours import Neighbours

    common = base(hours, taught)
    off = (hours.volume - common)[taught] / VEHICLES
    net = Neighbours(np.ones((1, 1)), seed=seed)
    net.fit(last_day(hours, taught, taught), off[:, None, None], cpu_s=cpu_s, **OF_VOLUMES)
    return common[at] + VEHICLES * net.predict(last_day(hours, at, taught))[:, 0, 0]


def last_day(hours: Hours, at: Ints, taught: Ints) -> Seen:
    """What a net reads of the hours `at`: the BACK hours before each, and what is known when it begins."""
    from sklearn.impute import SimpleImputer

    from mindshare.machines.nets.neighbours import Seen

    v, every = hours.volume, np.arange(len(hours.volume))
    common, place = base(hours, taught), (every + 24 * hours.weekday) % WEEK
    parts = [np.nan_to_num(v - common) / VEHICLES, np.isnan(v), (common - 3_000.0) / 2_000.0]
    steps = np.stack(parts, axis=1)[at[:, None] + np.arange(-BACK, 0)].astype(np.float32)
    table = known(hours, taught)
    filled = SimpleImputer(keep_empty_features=True).fit(table[taught]).transform(table[at])
    clock = np.concatenate([np.eye(24)[place[at] % 24], np.eye(7)[place[at] // 24]], axis=1)
    told = np.concatenate([filled, clock], axis=1)
    return Seen(steps[:, None], told[:, None].astype(np.float32))
