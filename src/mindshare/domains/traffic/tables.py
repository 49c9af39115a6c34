"""What lies beside a history: the map at the worst moment of the new days, and how well speeds and volumes were foretold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.traffic import forecasts, hours, volumes
from mindshare.domains.traffic.alarms import trees_after, trees_before
from mindshare.domains.traffic.forecasts import AHEAD
from mindshare.domains.traffic.intervals import half_widths
from mindshare.domains.traffic.metro import Hours
from mindshare.domains.traffic.picture import MAP, draw
from mindshare.domains.traffic.room import looks
from mindshare.domains.traffic.speeds import DAY, STEP_MIN, Ints, Speeds

TABLE = "forecasts.csv"
SURE = "trees"  # the machine whose intervals are shown
LOOKS, EARLIER = 3, 6  # looks on the map; steps before it in which sensors may have been looked at
TAUGHT = 0.8  # of the hours that are told


def write_tables(out: Path, speeds: Speeds, told: Hours | None) -> None:
    """Writes MAP and TABLE into the folder `out`, in place of those that were there; without `told` there are no volumes."""
    import polars as pl

    (out / MAP).write_text(_worst(speeds), encoding="utf-8", newline="\n")
    rows = [*of_speeds(speeds), *(of_volumes(told) if told is not None else ())]
    pl.DataFrame(rows).write_csv(out / TABLE, line_terminator="\n")


def of_speeds(speeds: Speeds) -> Iterator[dict[str, Any]]:
    """A row for each machine and how far ahead: the mean absolute error on the new days, in mph."""
    taught, at = np.arange(speeds.new_from), new_steps(speeds)
    past, held = taught[:-DAY], taught[-DAY - 1 : -max(AHEAD)]
    for name, machine in forecasts.MACHINES.items():
        told = machine(speeds, taught, at)
        before = machine(speeds, past, held) if name == SURE else None
        for k, ahead in enumerate(AHEAD):
            truth, row = speeds.speed[at + ahead], ("speed, mph", STEP_MIN * ahead, name)
            if before is None:
                yield _row(row, told[:, :, k], truth)
                continue
            width = half_widths(
                before[:, :, k].ravel(), speeds.speed[held + ahead].ravel(), told[:, :, k].ravel()
            )
            yield _row(row, told[:, :, k], truth, width.reshape(truth.shape))


def of_volumes(told: Hours) -> Iterator[dict[str, Any]]:
    """The same for the volume of the next hour: the first TAUGHT of the hours teach, the others are judged."""
    taught, at = parts(told, TAUGHT)
    past = taught[: int(len(taught) * TAUGHT)]
    held = taught[len(past) :]
    for name, machine in volumes.MACHINES.items():
        said, width = machine(told, taught, at), None
        if name == SURE:
            width = half_widths(machine(told, past, held), told.volume[held], said)
        yield _row(("volume, vehicles an hour", 60, name), said, told.volume[at], width)


def parts(told: Hours, share: float, until: float = 1.0) -> tuple[Ints, Ints]:
    """Hours that teach, the first `share` of those that are told, and those after it up to `until`."""
    every = np.flatnonzero(~np.isnan(told.volume))
    first, end = (int(len(every) * x) for x in (share, until))
    rows = hours.told(told)
    return rows[rows < every[first]], every[first:end]


def new_steps(speeds: Speeds) -> Ints:
    """Steps of the new days that have an hour after them."""
    return np.arange(speeds.new_from, len(speeds) - max(AHEAD))


def _row(
    what: tuple[str, int, str], told: FloatArray, truth: FloatArray, width: FloatArray | None = None
) -> dict[str, Any]:
    of, minutes, name = what
    error = np.abs(told - truth)
    return {
        "of": of,
        "minutes_ahead": minutes,
        "machine": name,
        "mean_absolute_error": round(float(error.mean()), 3),
        "covered": None if width is None else round(float((error <= width).mean()), 3),
        "mean_half_width": None if width is None else round(float(width.mean()), 2),
    }


def _worst(speeds: Speeds) -> str:
    """The step of the new days at which most sensors are slow, and the three sensors that are worth a look then."""
    at = new_steps(speeds)
    step = int(at[(speeds.speed[at] < 25.0).sum(axis=1).argmax()])
    steps, taught = np.arange(step - EARLIER, step + 1), np.arange(speeds.new_from)
    worth = trees_after(speeds, taught, steps) + trees_before(speeds, taught, steps)
    chosen = np.flatnonzero(looks(worth, LOOKS)[-1])
    return draw(speeds, step, chosen[np.argsort(-worth[-1, chosen], kind="stable")])
