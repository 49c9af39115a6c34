"""What is seen of a road network: a speed for each sensor every five minutes, and how near sensors are to each other by road."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mindshare.core.history import FloatArray

Ints = NDArray[np.int64]
STEP_MIN, DAY = 5, 288  # minutes of a step, steps of a day


@dataclass(frozen=True, slots=True, kw_only=True)
class Speeds:
    """T steps of S sensors. Step 0 is a midnight; all steps before `new_from` teach, the others are judged."""

    speed: FloatArray  # (T, S) miles per hour
    near: FloatArray  # (S, S) 1 for the sensor itself, less the longer the road, 0 where it is far
    sensors: tuple[str, ...]
    free_days: tuple[int, ...]  # days of the set on which few people go to work
    new_from: int
    source: str

    def __len__(self) -> int:
        return len(self.speed)

    @property
    def days(self) -> int:
        return -(-len(self) // DAY)

    def sort_of_day(self) -> Ints:
        """(days,) 1 for a free day, 0 for a working day."""
        return np.isin(np.arange(self.days), self.free_days).astype(np.int64)


def moment(step: int) -> str:
    """As people read it: "day 6, 07:35"."""
    minute = STEP_MIN * (step % DAY)
    return f"day {step // DAY + 1}, {minute // 60:02d}:{minute % 60:02d}"
