"""Who says which sensor is worth a look now: rules, and machines that learnt from the days before.

Two questions: has a fall begun here that will last (`after`), and will one begin within half an hour (`before`)?
Each gives (len(at), S) how much a look is worth at that step, a chance where a machine says it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.traffic.columns import columns
from mindshare.domains.traffic.forecasts import HOUR, examples
from mindshare.domains.traffic.onsets import (
    AFTER,
    BEFORE,
    FALL_MPH,
    Flags,
    comes_soon,
    fall_so_far,
    onsets,
    seen_after,
)
from mindshare.domains.traffic.speeds import DAY, Ints, Speeds

# Chosen on the first five days, each judged by what the other four taught.
TREES: Mapping[str, Any] = {
    "max_iter": 120,
    "learning_rate": 0.05,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 60,
    "l2_regularization": 5.0,
    "max_features": 0.5,
    "early_stopping": False,
    "random_state": 0,
}
Marked = tuple[Ints, Flags | None]  # steps, and which of their sensors (len(steps), S); None: all
EVERY = 2  # of the steps that teach, each second one where there are many
WAITS = 0.5  # share of its worth that a look loses where it can wait the full time: the next step can have it as well


def falling(speeds: Speeds) -> Flags:
    """(T, S) where the speed has fallen by more than FALL_MPH, at this step or the AFTER steps before: where a fall can still be caught."""
    return _recent(fall_so_far(speeds) > FALL_MPH)


def plain_rule_after(speeds: Speeds, taught: Ints, at: Ints) -> FloatArray:
    """The largest fall so far, where it is a fall at this very step."""
    del taught
    return np.maximum(fall_so_far(speeds)[at] - FALL_MPH, 0.0)


def rule_after(speeds: Speeds, taught: Ints, at: Ints) -> FloatArray:
    """The largest fall so far, where it can still be caught: the best simple rule that was found."""
    del taught
    return np.where(falling(speeds)[at], np.maximum(fall_so_far(speeds)[at], 0.0), 0.0)


def rule_before(speeds: Speeds, taught: Ints, at: Ints) -> FloatArray:
    """How often other days have had a fall here soon after this time of day."""
    onset = onsets(speeds)
    of_day = np.zeros((speeds.days * DAY, onset.shape[1]))
    seen = examples(taught)  # what comes after them is taught too: a fall has to last
    of_day[seen] = onset[seen]
    share = np.stack([of_day[day * DAY : (day + 1) * DAY] for day in range(speeds.days)])
    soon = np.sum([np.roll(share, -k, axis=1) for k in range(BEFORE[0] - 3, BEFORE[1] + 4)], axis=0)
    sort, out = speeds.sort_of_day(), np.zeros((len(at), onset.shape[1]))
    for day in np.unique(at // DAY):
        rows, others = at // DAY == day, (sort == sort[day]) & (np.arange(speeds.days) != day)
        out[rows] = soon[others].sum(axis=0)[at[rows] % DAY]
    return out


def trees_after(speeds: Speeds, taught: Ints, at: Ints) -> FloatArray:
    """Boosted trees: the chance that a look now catches a fall, for sensors that are falling; less where the look can wait."""
    falls, seen = falling(speeds), examples(taught)
    chance = chances(speeds, taught, (seen, falls[seen]), (at, falls[at]), seen_after(onsets(speeds)))
    return chance * (1.0 - WAITS * steps_left(speeds)[at] / AFTER)


def trees_before(speeds: Speeds, taught: Ints, at: Ints) -> FloatArray:
    """Boosted trees: the chance that a look now is before a fall."""
    seen = examples(taught, EVERY)
    return chances(speeds, taught, (seen, None), (at, None), comes_soon(onsets(speeds)))


def steps_left(speeds: Speeds) -> Ints:
    """(T, S) steps for which a look may still wait, by when the fall was first to be seen: AFTER at that step, then less, to 0."""
    big = fall_so_far(speeds) > FALL_MPH
    age, left = np.full(big.shape[1], AFTER), np.zeros(big.shape, np.int64)
    for t in range(len(big)):
        begins = big[t] & ~(big[t - 1] if t else np.zeros_like(big[0]))
        age = np.where(begins & (age >= AFTER), 0, np.minimum(age + 1, AFTER))
        left[t] = AFTER - age
    return left


def chances(speeds: Speeds, taught: Ints, learn: Marked, ask: Marked, truth: Flags) -> FloatArray:
    """(len(at), S) of boosted trees: learnt from the marked sensors of some steps, said of the marked ones of others, 0 elsewhere."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    (seen, which), (at, asked) = _marked(learn, truth), _marked(ask, truth)
    out = np.zeros(asked.size)
    said = truth[seen][which]
    if not 0 < said.sum() < len(said):
        return np.full(asked.shape, float(said.any()))  # the days before had no fall, or nothing else
    with threadpool_limits(1):  # sums in one order: the same however many cores there are
        model = HistGradientBoostingClassifier(**TREES).fit(
            columns_of_falls(speeds, seen, taught)[which.ravel()], said
        )
        rows = asked.ravel()
        out[rows] = model.predict_proba(columns_of_falls(speeds, at, taught)[rows])[:, 1]
    return out.reshape(asked.shape)


def columns_of_falls(speeds: Speeds, at: Ints, taught: Ints) -> FloatArray:
    """The columns of forecasts, and how the fall came."""
    fall = fall_so_far(speeds)
    past = np.max([fall[at - k] for k in range(3, HOUR + 1)], axis=0)
    more = np.stack([steps_left(speeds)[at], fall[at], fall[at - 1], fall[at - 2], past], axis=-1)
    return np.hstack([columns(speeds, at, taught), more.reshape(-1, 5)])


def _marked(told: Marked, truth: Flags) -> tuple[Ints, Flags]:
    steps, which = told
    return steps, np.ones((len(steps), truth.shape[1]), bool) if which is None else which


def _recent(flags: Flags) -> Flags:
    out = flags.copy()
    for k in range(1, AFTER + 1):
        out[k:] |= flags[:-k]
    return out
