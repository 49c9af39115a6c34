"""MADE-UP visits: places with habits, four groups of inspectors of whom some find more, two and a half years.

They stand in for the inspections of Chicago where these are not at hand. What an order reaches on them says nothing about real places.
"""

from __future__ import annotations

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.city.visits import RESULTS, Visits, day_number

PLACES, BEGIN, NEW, END = 1_200, "2024-01-01", "2026-05-01", "2026-06-30"
GROUPS, STRICT = ("group a", "group b", "group c", "group d"), (0.7, 0.2, -0.2, -0.7)
BETWEEN = (120, 320)  # days from one visit of a place to the next
LICENCES = ("serves on the premises", "tobacco", "packaged goods", "outdoor seats", "restaurant", "grocery")
HABIT, CRITICAL, SERIOUS = (
    1.1,
    -2.0,
    -1.0,
)  # spread of habits between places; log-odds of a find at a usual place


def made_visits(*, seed: int, places: int = PLACES) -> Visits:
    """Visits to so many places; the same seed gives the same."""
    rng = np.random.default_rng(seed)
    begin, end = day_number(BEGIN), day_number(END)
    area, habit = rng.normal(size=places), HABIT * rng.normal(size=places)
    opened = begin - rng.integers(30, 4_000, places)
    home = rng.integers(len(GROUPS), size=places)
    licences = (rng.random((places, len(LICENCES))) < (0.5, 0.2, 0.2, 0.2, 0.8, 0.15)).astype(np.float64)
    rows: list[tuple[int, int, int]] = []  # place, day, the day before it or -1
    for place in range(places):
        day, last = _weekday(begin + int(rng.integers(BETWEEN[1]))), -1
        while day <= end:
            rows.append((place, day, last))
            day, last = _weekday(day + int(rng.integers(*BETWEEN))), day
    where, days, last_day = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    group = np.where(rng.random(len(rows)) < 0.7, home[where], rng.integers(len(GROUPS), size=len(rows)))
    result = _results(habit[where] + 0.3 * area[where] + np.array(STRICT)[group], rng)
    past = np.where(
        (last_day >= 0)[:, None], np.roll(result, 1, axis=0), 0.0
    )  # rows of a place follow each other
    return Visits(
        day=days,
        result=result,
        passed=1.0 - np.minimum(result[:, 0] + (rng.random(len(rows)) < 0.1), 1.0),
        group=group,
        groups=GROUPS,
        past=past,
        last_day=last_day,
        opened=opened[where],
        heat=np.exp(area[where, None] + 0.2 * rng.normal(size=(len(rows), 3)) + 2.5),
        licences=licences[where],
        licence_names=LICENCES,
        new_from=day_number(NEW),
        source="MADE-UP visits",
    )


def _weekday(day: int) -> int:
    """The same day, or the Monday after a weekend."""
    return day + {5: 2, 6: 1}.get((day + 3) % 7, 0)  # 1970-01-01 was a Thursday


def _results(likely: FloatArray, rng: np.random.Generator) -> FloatArray:
    """(N, 4) RESULTS: the same habits show in all of them."""

    def hit(base: float) -> FloatArray:
        return (rng.random(len(likely)) < 1.0 / (1.0 + np.exp(-(base + likely)))).astype(np.float64)

    critical, serious = hit(CRITICAL), hit(SERIOUS)
    minor = rng.poisson(np.exp(1.0 + 0.2 * likely)).astype(np.float64)
    failed = np.maximum(critical * (rng.random(len(likely)) < 0.7), serious * (rng.random(len(likely)) < 0.3))
    told = {"failed": failed, "critical": critical, "serious": serious, "minor": minor}
    return np.stack([told[name] for name in RESULTS], axis=1)
