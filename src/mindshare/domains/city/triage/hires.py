"""Reads the hourly bike hires of Washington (city-bikeshare): one row an hour, every mistake in the file is one sentence.

The file holds the 1st to the 19th of each month. It leaves out some hours of the night; no row has 0 hires. What was hired in such an hour
is not known, and nothing is filled in. It names no stations.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mindshare.core.errors import MindshareError
from mindshare.core.history import FloatArray
from mindshare.domains.city.visits import Ints
from mindshare.domains.files import FIRST_ROW, none_missing, numbers, public_file, text_table

if TYPE_CHECKING:
    import polars as pl

FOLDER, FILE = "city-bikeshare", "bikeshare.csv"
WEATHER = ("temp", "humidity", "windspeed", "weather")
NUMBERS = (*WEATHER, "workingday", "count")
HOURS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Hires:
    """D days in order, 24 hours each; nan where the file says nothing. Days are whole numbers of days since 1970-01-01."""

    day: Ints  # (D,) rising; days that the file leaves out are no rows
    working: FloatArray  # (D,) 1 on a working day; known beforehand
    count: FloatArray  # (D, 24) bikes hired: known only after the hour
    weather: FloatArray  # (D, 24, 4) WEATHER, as measured in the hour
    source: str

    def __len__(self) -> int:
        return len(self.day)

    @property
    def month(self) -> Ints:
        """(D,) months since 1970-01."""
        return np.asarray(self.day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64))


def read_hires(data: str | Path) -> Hires:
    """All days of the file."""
    path = public_file(data, FOLDER, FILE, "a table of your own")
    table = text_table(path, ("datetime", *NUMBERS), "hours")
    hour = _hours(table, path)
    told = {name: numbers(table, name, path) for name in NUMBERS}
    day, row = np.unique(hour // HOURS, return_inverse=True)
    count = np.full((len(day), HOURS), np.nan)
    weather = np.full((*count.shape, len(WEATHER)), np.nan)
    count[row, hour % HOURS] = told["count"]
    weather[row, hour % HOURS] = np.stack([told[name] for name in WEATHER], axis=1)
    return Hires(
        day=day,
        working=_working(row, len(day), told["workingday"], table, path),
        count=count,
        weather=weather,
        source=f"{len(hour):,} hours of bike hire in Washington, real counts",
    )


# -- parts ---------------------------------------------------------------------------------------------------------
def _hours(table: pl.DataFrame, path: Path) -> Ints:
    """(N,) hours since 1970-01-01, each at most once."""
    text = table["datetime"]
    told = text.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False)
    none_missing(told, text, path, "an hour such as 2011-01-20 15:00:00")
    hour = np.asarray(told.to_numpy().astype("datetime64[h]").astype(np.int64))
    _, first = np.unique(hour, return_index=True)
    again = np.setdiff1d(np.arange(len(hour)), first)
    if len(again):
        row = int(again[0])
        raise MindshareError(
            f"{path}, row {row + FIRST_ROW}: the hour {text[row]} is told a second time; each hour must have one row."
        )
    return hour


def _working(row: Ints, days: int, told: FloatArray, table: pl.DataFrame, path: Path) -> FloatArray:
    """(D,) what the first hour of each day says, which the others must say too."""
    working = np.zeros(days)
    working[row[::-1]] = told[::-1]
    wrong = np.flatnonzero((working[row] != told) | ~np.isin(told, (0.0, 1.0)))
    if len(wrong):
        at = int(wrong[0])
        raise MindshareError(
            f"{path}, row {at + FIRST_ROW}: workingday is {table['workingday'][at]!r}; it must be 0 or 1, and the same for all hours"
            " of a day."
        )
    return working
