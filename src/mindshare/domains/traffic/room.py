"""The control room: every five minutes there are a few minutes of people, and the allocation says which sensors get them.

A look is one minute of a person at the cameras of one sensor. A sensor is mute for half an hour after a look. What a look is worth, a rule
or a machine says (`alarms.py`).
"""

from __future__ import annotations

import numpy as np

from mindshare.core.allocation.allocate import allocate
from mindshare.core.history import FloatArray
from mindshare.domains.traffic.onsets import Flags

MUTE = 6  # steps after a look
LOOK_MIN = 1.0  # minutes of a person
MINUTES = "people.minutes"


def looks(value: FloatArray, minutes: float) -> Flags:
    """(T, S) who is looked at, decided step after step; `value` (T, S) of a look is known at its step.

    Never more than `minutes` in a step, never a mute sensor, never a look that is worth nothing.
    """
    steps, sensors = value.shape
    looked, mute = np.zeros((steps, sensors), bool), np.zeros(sensors, np.int64)
    for t in range(steps):
        ready = np.flatnonzero((mute <= t) & (value[t] > 0))
        if len(ready):
            worth = np.stack([np.zeros(len(ready)), value[t, ready]], axis=1)
            plan = allocate(worth, {MINUTES: {1: LOOK_MIN}}, {MINUTES: minutes})
            chosen = ready[plan.choice == 1]
            looked[t, chosen] = True
            mute[chosen] = t + MUTE
    return looked
