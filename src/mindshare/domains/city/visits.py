"""What a case is: the visit of an inspector to a place that sells food, and what was known of the place before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mindshare.core.history import FloatArray

Ints = NDArray[np.int64]
RESULTS = (
    "failed",
    "critical",
    "serious",
    "minor",
)  # what a visit finds; of this visit they are never features
YEAR = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """N visits, in any order. Days are whole numbers of days since 1970-01-01."""

    day: Ints  # (N,) of the visit
    result: FloatArray  # (N, 4) RESULTS of this visit: known only after it
    passed: FloatArray  # (N,) 1 if the place passed without conditions: known only after it
    group: Ints  # (N,) which group of inspectors goes there
    groups: tuple[str, ...]
    past: FloatArray  # (N, 4) RESULTS of the last visit before this one; 0 where there was none
    last_day: Ints  # (N,) of that visit; -1 where there was none, or more than two years ago
    opened: Ints  # (N,) day of the first licence
    heat: FloatArray  # (N, 3) burglaries, garbage and sanitation complaints near the place, in the 90 days up to the visit
    licences: FloatArray  # (N, L) 0 or 1: other licences and the kind of place
    licence_names: tuple[str, ...]
    new_from: int  # visits from this day on are judged; earlier ones teach
    source: str  # in words: real, or MADE-UP

    def __len__(self) -> int:
        return len(self.day)

    @property
    def found(self) -> Ints:
        """(N,) 1 where a critical violation was found: the truth of a case."""
        return (self.result[:, 1] > 0).astype(np.int64)

    @property
    def new(self) -> Ints:
        """Rows of the visits that are judged, in order of their day."""
        rows = np.flatnonzero(self.day >= self.new_from)
        return rows[np.argsort(self.day[rows], kind="stable")]

    @property
    def more_licences(self) -> FloatArray:
        """(N,) how many other licences the place holds: it has more to look at."""
        other = [i for i, name in enumerate(self.licence_names) if name not in KINDS]
        return self.licences[:, other].sum(axis=1)


KINDS = ("restaurant", "grocery")  # columns of `licences` that say what sort of place it is


def first_of_month(day: Ints) -> Ints:
    """The first day of the month in which each day lies."""
    months = day.astype("datetime64[D]").astype("datetime64[M]")
    return np.asarray(months.astype("datetime64[D]").astype(np.int64))


def day_number(text: str) -> int:
    """'2014-09-01' as days since 1970-01-01."""
    return int(np.datetime64(text, "D").astype(np.int64))


def day_text(day: int) -> str:
    """Days since 1970-01-01 as '2014-09-01'."""
    return str(np.datetime64(int(day), "D"))
