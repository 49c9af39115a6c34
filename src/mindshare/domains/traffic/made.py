"""A MADE-UP network: three roads that meet, sensors along them, rush hours whose jams begin at a few places and travel backwards.

It stands in for real detectors where these are not at hand. What a machine reaches on it says nothing about real roads.
"""

from __future__ import annotations

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.traffic.speeds import DAY, STEP_MIN, Ints, Speeds

ROADS, ALONG, DAYS, TAUGHT = 3, 14, 7, 5  # roads, sensors along one, days, days that teach
FREE_MPH, JAM_MPH = 65.0, 20.0
NARROW = 5  # places where jams begin
RUSH = (8.0, 17.5)  # hours
RARE = 3  # jams a day that come at any place and time


def made_speeds(*, seed: int, along: int = ALONG, days: int = DAYS) -> Speeds:
    """The same seed gives the same week, of which the last two days are judged; days 3 and 4 are free."""
    rng = np.random.default_rng(seed)
    sensors = ROADS * along
    road, place = np.divmod(np.arange(sensors), along)
    apart = np.where(road[:, None] == road, np.abs(place[:, None] - place), 2 + place[:, None] + place)
    free = tuple(d for d in range(days) if d % 7 in (2, 3))
    slow = np.zeros((days * DAY, sensors))
    narrow = rng.choice(sensors, NARROW, replace=False)
    for day in range(days):
        for start, where, minutes in _jams(day in free, narrow, sensors, rng):
            _add(slow, apart, day * DAY + start, where, minutes)
    usual = FREE_MPH - 6.0 * rng.random(sensors)
    noise = rng.normal(0.0, 1.5, slow.shape)
    speed = usual - (usual - JAM_MPH) * np.clip(slow, 0.0, 1.0) + noise
    return Speeds(
        speed=np.clip(speed, 3.0, 75.0).round(2),
        near=np.where(apart <= 4, np.exp(-((apart / 3.0) ** 2)), 0.0),
        sensors=tuple(f"road {'ABC'[r]}, mile {p + 1}" for r, p in zip(road, place, strict=True)),
        free_days=free,
        new_from=TAUGHT * DAY,
        source=f"{sensors} sensors of a MADE-UP network",
    )


def _jams(free: bool, narrow: Ints, sensors: int, rng: np.random.Generator) -> list[tuple[int, int, float]]:
    """Step of the day, sensor, and minutes of each jam of a day: mostly at the same places and hours, some anywhere."""
    jams = [
        (int((60 * hour + rng.normal(0.0, 20.0)) // STEP_MIN), int(where), float(rng.uniform(60, 150)))
        for where in narrow
        for hour in RUSH
        if rng.random() < (0.15 if free else 0.85)
    ]
    jams += [
        (int(rng.integers(DAY // 4, DAY - 24)), int(rng.integers(sensors)), float(rng.uniform(30, 80)))
        for _ in range(RARE)
    ]
    return jams


def _add(slow: FloatArray, apart: Ints, start: int, where: int, minutes: float) -> None:
    """A jam reaches a sensor two steps later for each mile, weaker, and ends there at the same time."""
    for sensor in np.flatnonzero(apart[where] <= 3).tolist():
        far = int(apart[where, sensor])
        begin, end = start + 2 * far, start + int(minutes // STEP_MIN)
        steps = np.arange(max(begin, 0), min(end + 4, len(slow)))
        rise = np.minimum((steps - begin + 1) / 3.0, 1.0) * np.clip((end + 4 - steps) / 4.0, 0.0, 1.0)
        slow[steps, sensor] = np.maximum(slow[steps, sensor], rise * 0.85**far)
