"""Who foretells speeds 15, 30 and 60 minutes ahead, from the cheapest to the dearest; how sure they may be is in `intervals.py`.

Each learns from the steps `taught` and foretells at the steps `at`, from what is known there: (len(at), S, 3) mph, one for each of AHEAD.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.traffic.columns import columns, of_other_days
from mindshare.domains.traffic.speeds import Ints, Speeds

AHEAD = (3, 6, 12)  # steps: 15, 30 and 60 minutes
HOUR = 12  # steps before a step that its columns need
EVERY = 2  # of the steps that teach trees, each second one: the next is nearly the same
# Chosen on the fifth day by what the first four taught.
TREES: Mapping[str, Any] = {
    "loss": "absolute_error",
    "learning_rate": 0.05,
    "max_leaf_nodes": 63,
    "min_samples_leaf": 50,
    "max_features": 0.3,
    "early_stopping": False,
    "random_state": 0,
}
ROUNDS, FEW_ROUNDS, FEW = 400, 100, 50_000  # trees of a machine; where fewer examples than FEW teach it
RIDGE = 10.0  # how far weights are held to 0
Forecaster = Callable[[Speeds, Ints, Ints], FloatArray]


def last(speeds: Speeds, taught: Ints, at: Ints) -> FloatArray:
    """The speed stays what it is."""
    del taught
    return np.repeat(speeds.speed[at][:, :, None], len(AHEAD), axis=2)


def other_days(speeds: Speeds, taught: Ints, at: Ints) -> FloatArray:
    """What days of the same sort showed at that time of day; the last value where there is no such day."""
    told = np.stack([of_other_days(speeds, at, taught, ahead) for ahead in AHEAD], axis=-1)
    return np.where(np.isnan(told), last(speeds, taught, at), told)


def ridge(speeds: Speeds, taught: Ints, at: Ints) -> FloatArray:
    """A linear model of all columns."""
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    seen = examples(taught)
    with threadpool_limits(1):  # sums in one order: the same however many cores there are
        model = make_pipeline(StandardScaler(), Ridge(alpha=RIDGE))
        model.fit(columns(speeds, seen, taught), changes(speeds, seen))
        told = model.predict(columns(speeds, at, taught))
    return _as_speeds(speeds, at, told)


def plain_trees(speeds: Speeds, taught: Ints, at: Ints) -> FloatArray:
    """Boosted trees of the last hour, the sensors near and the clock: the opponent."""
    return told_by(boosted(speeds, taught, None), speeds, at, None)


def trees(speeds: Speeds, taught: Ints, at: Ints) -> FloatArray:
    """The same, and what other days showed at this time and later."""
    return told_by(boosted(speeds, taught, taught), speeds, at, taught)


MACHINES: Mapping[str, Forecaster] = {
    "last": last,
    "other_days": other_days,
    "ridge": ridge,
    "plain_trees": plain_trees,
    "trees": trees,
}


def examples(taught: Ints, every: int = 1) -> Ints:
    """Steps that teach, each `every`th one: the hour before and the hour after are taught too."""
    there = np.zeros(int(taught.max()) + 1 + HOUR, bool)
    there[taught] = True
    seen = taught[taught >= HOUR]
    for k in range(-HOUR, max(AHEAD) + 1):
        seen = seen[there[seen + k]]
    return seen[::every]


def changes(speeds: Speeds, at: Ints) -> FloatArray:
    """(len(at) * S, 3) what is to be foretold: by how much the speed changes."""
    v = speeds.speed
    return np.stack([(v[at + ahead] - v[at]).ravel() for ahead in AHEAD], axis=1)


def _as_speeds(speeds: Speeds, at: Ints, told: FloatArray) -> FloatArray:
    now = speeds.speed[at]
    return np.asarray(now[:, :, None] + told.reshape(*now.shape, len(AHEAD)), np.float64)


def boosted(speeds: Speeds, taught: Ints, others: Ints | None) -> list[Any]:
    """A machine for each of AHEAD, learnt from the steps `taught`: `predict` of `columns(speeds, at, others)` gives the change, in mph."""
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    seen = examples(taught, EVERY)
    said, answer = columns(speeds, seen, others), changes(speeds, seen)
    rounds = ROUNDS if len(said) > FEW else FEW_ROUNDS
    with threadpool_limits(1):  # sums in one order: the same however many cores there are
        return [
            HistGradientBoostingRegressor(**TREES, max_iter=rounds).fit(said, answer[:, k])
            for k in range(len(AHEAD))
        ]


def told_by(machines: Sequence[Any], speeds: Speeds, at: Ints, others: Ints | None) -> FloatArray:
    """(len(at), S, 3) mph of machines that `boosted` gave."""
    from threadpoolctl import threadpool_limits

    asked = columns(speeds, at, others)
    with threadpool_limits(1):
        told = [machine.predict(asked) for machine in machines]
    return _as_speeds(speeds, at, np.stack(told, axis=1))
