"""Who foretells the volume of the next hour, from the cheapest to the dearest. Each learns from the hours `taught`: (len(at),) vehicles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.traffic.hours import WEEK, known, last_known, plain, usual
from mindshare.domains.traffic.metro import Hours
from mindshare.domains.traffic.speeds import Ints

# Chosen on 64 to 80 % of the hours by what the first 64 % taught.
TREES: Mapping[str, Any] = {
    "loss": "absolute_error",
    "max_iter": 600,
    "learning_rate": 0.04,
    "max_leaf_nodes": 63,
    "min_samples_leaf": 30,
    "max_features": 0.2,
    "early_stopping": False,
}
SEEDS = 3  # trees are drawn; the mean of several errs less
RIDGE = 10.0  # how far weights are held to 0
OF_RIDGE = 0.15  # its part of `both`
Forecaster = Callable[[Hours, Ints, Ints], FloatArray]


def last(hours: Hours, taught: Ints, at: Ints) -> FloatArray:
    """The last hour that is told."""
    del taught
    return last_known(hours.volume, 1)[at]


def last_week(hours: Hours, taught: Ints, at: Ints) -> FloatArray:
    """The same hour of the last week, or of the last one that is told."""
    del taught
    rest = np.full(-len(hours.volume) % WEEK, np.nan)
    table = np.concatenate([hours.volume, rest]).reshape(-1, WEEK)
    return np.stack([last_known(table[:, k], 1) for k in range(WEEK)], axis=1).ravel()[at]


def ridge(hours: Hours, taught: Ints, at: Ints) -> FloatArray:
    """A linear model for each hour of the day, of how far earlier hours were from what is usual."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    table, common = known(hours, taught), base(hours, taught)
    out = np.zeros(len(at))
    with threadpool_limits(1):  # sums in one order: the same however many cores there are
        for hour in np.unique(at % 24):
            seen, rows = taught[taught % 24 == hour], at % 24 == hour
            if not len(seen):
                out[rows] = common[at[rows]]
                continue
            model = make_pipeline(
                SimpleImputer(keep_empty_features=True), StandardScaler(), Ridge(alpha=RIDGE)
            )
            model.fit(table[seen], hours.volume[seen] - common[seen])
            out[rows] = common[at[rows]] + model.predict(table[at[rows]])
    return out


def plain_trees(hours: Hours, taught: Ints, at: Ints) -> FloatArray:
    """Boosted trees of earlier hours, clock, calendar and weather: the opponent."""
    table = plain(hours)
    return _boosted(table[taught], hours.volume[taught], table[at], SEEDS)


def trees(hours: Hours, taught: Ints, at: Ints) -> FloatArray:
    """Boosted trees of what is beyond the usual at this hour of the week."""
    table, common = known(hours, taught), base(hours, taught)
    off = hours.volume[taught] - common[taught]
    return common[at] + _boosted(table[taught], off, table[at], SEEDS)


MACHINES: Mapping[str, Forecaster] = {
    "last": last,
    "last_week": last_week,
    "ridge": ridge,
    "plain_trees": plain_trees,
    "trees": trees,
}


def both(hours: Hours, taught: Ints, at: Ints) -> FloatArray:
    """The weighted mean of trees and ridge: they err in different ways."""
    return (1.0 - OF_RIDGE) * trees(hours, taught, at) + OF_RIDGE * ridge(hours, taught, at)


def base(hours: Hours, taught: Ints) -> FloatArray:
    """(H,) what is usual at the hour; the mean of what taught where nothing is known of it."""
    common = usual(hours)
    return np.where(np.isnan(common), hours.volume[taught].mean(), common)


def _boosted(seen: FloatArray, said: FloatArray, asked: FloatArray, seeds: int) -> FloatArray:
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # sums in one order: the same however many cores there are
        told = [
            HistGradientBoostingRegressor(**TREES, random_state=seed).fit(seen, said).predict(asked)
            for seed in range(seeds)
        ]
    return np.asarray(np.mean(told, axis=0))
