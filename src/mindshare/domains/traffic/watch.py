"""The cases: sensors that a control room might look at, every quarter of an hour; does the speed fall here?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.traffic.alarms import chances, columns_of_falls, rule_before
from mindshare.domains.traffic.forecasts import examples
from mindshare.domains.traffic.onsets import (
    AFTER,
    BEFORE,
    FALL_MPH,
    WITHIN,
    Flags,
    fall_so_far,
    onsets,
    spread,
)
from mindshare.domains.traffic.speeds import Ints, Speeds

QUARTER = 3  # steps from one list to the next
LISTED, DRAWN = 6, 2  # sensors of a list by rank, and drawn from the others


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """N cases: a sensor at a step."""

    step: Ints  # (N,)
    sensor: Ints  # (N,)
    falls: Flags  # (N,) a fall was first to be seen in the last 15 minutes, or will be within 40


def falls_here(speeds: Speeds) -> Flags:
    """(T, S) what is asked about."""
    return spread(onsets(speeds), range(-BEFORE[1], AFTER + 1))


def watch_list(speeds: Speeds, *, seed: int, listed: int = LISTED, drawn: int = DRAWN) -> Watch:
    """Of each quarter of an hour of the new days: the sensors that two rules rank first, and some drawn from all others.

    Who is on the list is known at its step. The last hour is left out: nobody knows yet what comes after it.
    """
    rng, truth = np.random.default_rng(seed), falls_here(speeds)
    taught = np.arange(speeds.new_from)
    steps = np.arange(speeds.new_from, len(speeds) - BEFORE[1] - WITHIN, QUARTER)
    rank = fall_so_far(speeds)[steps] / FALL_MPH + rule_before(speeds, taught, steps)
    chosen = []
    for k in range(len(steps)):
        order = np.argsort(-rank[k], kind="stable")
        chosen.append(np.sort(np.concatenate([order[:listed], rng.permutation(order[listed:])[:drawn]])))
    step, sensor = np.repeat(steps, [len(each) for each in chosen]), np.concatenate(chosen)
    return Watch(step=step, sensor=sensor, falls=truth[step, sensor])


def machines_say(speeds: Speeds, watch: Watch) -> dict[str, FloatArray]:
    """Machine -> (N, 2) chances that the speed falls here and that it does not; learnt from the days before."""
    taught = np.arange(speeds.new_from)
    steps, place = np.unique(watch.step, return_inverse=True)
    seen, truth = examples(taught, QUARTER), falls_here(speeds)
    rows = (place, watch.sensor)
    told = {
        "rule": (fall_so_far(speeds)[watch.step, watch.sensor] > FALL_MPH / 2).astype(np.float64),
        "line": _line(speeds, taught, seen, steps, truth)[rows],
        "trees": chances(speeds, taught, (seen, None), (steps, None), truth)[rows],
    }
    return {name: np.stack([chance, 1.0 - chance], axis=1) for name, chance in told.items()}


def _line(speeds: Speeds, taught: Ints, seen: Ints, at: Ints, truth: Flags) -> FloatArray:
    """Logistic regression of the columns of falls: (len(at), S)."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    said = truth[seen].ravel()
    shape = (len(at), truth.shape[1])
    if not 0 < said.sum() < len(said):
        return np.full(shape, float(said.any()))  # the days before had no fall, or nothing else
    with threadpool_limits(1):  # sums in one order: the same bytes however many cores there are
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))
        model.fit(columns_of_falls(speeds, seen, taught), said)
        return np.asarray(model.predict_proba(columns_of_falls(speeds, at, taught))[:, 1]).reshape(shape)
