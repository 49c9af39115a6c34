"""Reads the hourly volume of a road (metro-traffic): one row an hour, every mistake in the file is one sentence.

The file tells some hours several times, once for each weather; their volume is one. It leaves hours out, once ten months: these are gaps,
and nothing is filled in. It names a holiday at its first hour only; it holds for the whole day.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mindshare.core.errors import MindshareError
from mindshare.core.history import FloatArray
from mindshare.domains.files import FIRST_ROW, none_missing, numbers, public_file, text_table
from mindshare.domains.traffic.speeds import Ints

if TYPE_CHECKING:
    import polars as pl

FOLDER, FILE = "metro-traffic", "Metro_Interstate_Traffic_Volume.csv.gz"
NUMBERS = ("temp", "rain_1h", "snow_1h", "clouds_all", "traffic_volume")
WEATHER = NUMBERS[:4]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """H hours without a break; hour 0 is a midnight. nan where the file says nothing."""

    volume: FloatArray  # (H,) vehicles
    weather: FloatArray  # (H, 4) WEATHER, as measured in the hour
    holiday: FloatArray  # (H,) 1 on a holiday; known beforehand
    weekday: int  # of hour 0, Monday is 0
    day_of_year: FloatArray  # (H,)
    source: str


def metro_file(data: str | Path) -> Path:
    """Where the file is; raises where it is not."""
    return public_file(data, FOLDER, FILE, "a made-up network")


def read_metro(data: str | Path) -> Hours:
    """All hours of the file, from the midnight before the first one."""
    path = metro_file(data)
    table = text_table(path, ("date_time", "holiday", *NUMBERS), "hours")
    time = _times(table, path)
    hour = time.astype("datetime64[h]").astype(np.int64)
    begin = int(hour.min()) // 24 * 24
    told = {name: numbers(table, name, path) for name in NUMBERS}
    at, first = np.unique(hour - begin, return_index=True)
    _one_volume(hour - begin, told["traffic_volume"], path, table)
    whole = np.arange(int(at[-1]) + 1)
    volume = np.full(len(whole), np.nan)
    volume[at] = told["traffic_volume"][first]
    weather = np.full((len(whole), len(WEATHER)), -np.inf)
    for k, name in enumerate(WEATHER):  # the most that is told of the hour
        np.maximum.at(weather[:, k], hour - begin, told[name])
    weather[np.isinf(weather)] = np.nan
    days = (hour - begin) // 24
    free = np.unique(days[(table["holiday"].fill_null("None") != "None").to_numpy()])
    dates = (np.datetime64(begin, "h") + whole.astype("timedelta64[h]")).astype("datetime64[D]")
    return Hours(
        volume=volume,
        weather=weather,
        holiday=np.isin(whole // 24, free).astype(np.float64),
        weekday=(begin // 24 + 3) % 7,  # 1970-01-01 was a Thursday
        day_of_year=(dates - dates.astype("datetime64[Y]")).astype(np.float64),
        source=f"{len(at):,} hours of westbound I-94, real volumes",
    )


# -- parts ---------------------------------------------------------------------------------------------------------
def _times(table: pl.DataFrame, path: Path) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    text = table["date_time"]
    told = text.str.to_datetime("%Y-%m-%d %H:%M", strict=False)
    none_missing(told, text, path, "a time such as 2017-06-30 15:00")
    return told.to_numpy()


def _one_volume(hour: Ints, volume: FloatArray, path: Path, table: pl.DataFrame) -> None:
    """An hour that is told twice has one volume; else nobody knows which is right."""
    first: dict[int, float] = {}
    for row, (at, told) in enumerate(zip(hour.tolist(), volume.tolist(), strict=True)):
        if first.setdefault(at, told) != told:
            raise MindshareError(
                f"{path}, row {row + FIRST_ROW}: {table['date_time'][row]} has the volume {told:g} here and {first[at]:g} in an"
                " earlier row; an hour must have one."
            )
