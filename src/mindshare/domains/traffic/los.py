"""Reads the loop detectors of Los Angeles (los-loop-speed): one week, every mistake in the files is one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mindshare.core.errors import MindshareError
from mindshare.core.history import FloatArray
from mindshare.domains.files import public_file, text_table
from mindshare.domains.traffic.speeds import DAY, Speeds

FOLDER, SPEED, ROADS = "los-loop-speed", "los_speed.csv.gz", "los_adj.csv.gz"
# Saturday and Sunday: by the speeds, and if the week is that of Thursday 2012-03-01; the file has no dates
FREE_DAYS = (2, 3)
TAUGHT = 5  # days that teach; the last two are judged
MOST_MPH = 120.0  # beyond it no car is measured


def los_files(data: str | Path) -> tuple[Path, Path]:
    """Where the files are, speeds and roads; raises where one is not."""
    speed, roads = (public_file(data, FOLDER, name, "a made-up network") for name in (SPEED, ROADS))
    return speed, roads


def read_los(data: str | Path) -> Speeds:
    """All sensors; the last two days are the new ones."""
    speed_file, roads_file = los_files(data)
    names, speed = _numbers(speed_file, has_header=True, most=MOST_MPH)
    _, near = _numbers(roads_file, has_header=False, most=1.0)
    if near.shape != (len(names), len(names)):
        raise MindshareError(
            f"{roads_file} has {near.shape[0]} rows and {near.shape[1]} columns; it must have one of each for the {len(names)} sensors"
            f" of {speed_file.name}."
        )
    if len(speed) < (TAUGHT + 1) * DAY:
        raise MindshareError(
            f"{speed_file} has {len(speed):,} steps; it needs {TAUGHT} days of {DAY} that teach and one more that is judged."
        )
    near = np.maximum(near, near.T)  # a road is near in both directions
    np.fill_diagonal(near, 1.0)
    return Speeds(
        speed=speed,
        near=near,
        sensors=tuple(f"sensor {name}" for name in names),
        free_days=FREE_DAYS,
        new_from=TAUGHT * DAY,
        source=f"{len(names)} loop detectors of Los Angeles, one week, real speeds",
    )


def _numbers(path: Path, *, has_header: bool, most: float) -> tuple[tuple[str, ...], FloatArray]:
    """Names of the columns, and the table; every cell is a number from 0 to `most`."""
    import polars as pl

    text = text_table(path, (), "rows", has_header=has_header)
    told = text.select(pl.all().cast(pl.Float64, strict=False)).fill_null(float("nan")).to_numpy()
    bad = np.argwhere(~((told >= 0.0) & (told <= most)))
    if len(bad):
        row, column = (int(k) for k in bad[0])
        raise MindshareError(
            f"{path}, row {row + 1 + has_header}, column {column + 1}: {text.row(row)[column] or 'empty'!r};"
            f" it must be a number from 0 to {most:g}."
        )
    return tuple(text.columns), told
