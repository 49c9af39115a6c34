"""A fall of the speed that lasts, when a look catches it, and what a rule or a machine sees of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mindshare.core.history import FloatArray
from mindshare.domains.traffic.speeds import Speeds

Flags = NDArray[np.bool_]
FALL_MPH = 20.0  # more than so much
WITHIN = 3  # steps (15 minutes) in which it falls, and after which it is still so low
APART = 6  # steps of a sensor without a fall before the next one counts as another
AFTER = 2  # a look catches a fall up to so many steps after it was first to be seen
BEFORE = (3, 8)  # or from so many steps before that: the speed has not begun to fall


def onsets(speeds: Speeds) -> Flags:
    """(T, S) the first step at which the speed is more than FALL_MPH below that WITHIN steps before, and WITHIN steps later too."""
    v, out = speeds.speed, np.zeros(speeds.speed.shape, bool)
    fallen = np.zeros_like(out)
    was, now, later = v[: -2 * WITHIN], v[WITHIN:-WITHIN], v[2 * WITHIN :]
    fallen[WITHIN:-WITHIN] = (was - now > FALL_MPH) & (was - later > FALL_MPH)
    last = np.full(v.shape[1], -APART - 1)
    for t in range(len(v)):
        out[t] = fallen[t] & (t - last > APART)
        last[fallen[t]] = t
    return out


def seen_after(onset: Flags) -> Flags:
    """(T, S) whether a look at this step catches a fall that has begun."""
    return spread(onset, range(AFTER + 1))


def comes_soon(onset: Flags) -> Flags:
    """(T, S) whether a look at this step is before a fall, by BEFORE."""
    return spread(onset, range(-BEFORE[1], -BEFORE[0] + 1))


def caught(onset: Flags, looked: Flags, *, before: bool) -> Flags:
    """(onsets,) of each onset, in the order of `np.nonzero`: was there a look that catches it?"""
    reached = spread(looked, range(BEFORE[0], BEFORE[1] + 1) if before else range(-AFTER, 1))
    return reached[np.nonzero(onset)]


def fall_so_far(speeds: Speeds) -> FloatArray:
    """(T, S) how many mph the speed is below that WITHIN steps before: the simple rule."""
    v = speeds.speed
    return np.concatenate([np.zeros((WITHIN, v.shape[1])), v[:-WITHIN] - v[WITHIN:]])


def spread(flags: Flags, steps: range) -> Flags:
    """(T, S) true where one of the flags so many steps before is (after, where negative)."""
    out = np.zeros_like(flags)
    for k in steps:
        if k >= 0:
            out[k:] |= flags[: len(flags) - k]
        else:
            out[:k] |= flags[-k:]
    return out
