"""A history of the control room: sensors to look at, machines that learnt from the days before, SIMULATED operators, and limits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from mindshare.core.errors import MindshareError
from mindshare.core.history import FloatArray
from mindshare.domains.answers import agents_with, answers_with
from mindshare.domains.domain import Made
from mindshare.domains.traffic.layout import areas, layout
from mindshare.domains.traffic.los import read_los
from mindshare.domains.traffic.made import ALONG, made_speeds
from mindshare.domains.traffic.metro import read_metro
from mindshare.domains.traffic.onsets import fall_so_far
from mindshare.domains.traffic.picture import MAP, around
from mindshare.domains.traffic.signals.shown import PICTURE as SIGNALS
from mindshare.domains.traffic.signals.shown import write_signals
from mindshare.domains.traffic.speeds import DAY, STEP_MIN, Ints, Speeds, moment
from mindshare.domains.traffic.tables import write_tables
from mindshare.domains.traffic.watch import LISTED, Watch, machines_say, watch_list
from mindshare.histories.write import write_history
from mindshare.people.simulated import Habits, names_of, simulate, team_name

NAME, LABELS = "traffic", ("fall", "steady")
OPERATORS = Habits(people=3, wrong=0.08, wrong_with_machines=0.25, median_s=20.0, label_gap=0.0)
LOOK_MIN, NEAR_MIN = 0.5, 0.05  # minutes of an operator at a sensor, and for each sensor near it; stated
LOOKED, READ = 0.15, 0.6  # of all cases' minutes; of the CPU that `trees` take for all of them
# Measured once for all sensors of a step together and rounded: a live timing would give other bytes on every run.
CPU_S = {"rule": 0.00001, "line": 0.00005, "trees": 0.0002}
UTILITY = {"fall": {"fall": 1.0, "steady": -1.0}, "steady": {"fall": 0.5, "steady": 1.0}}
SHOWN = 24  # steps that an operator sees


def write_traffic(
    out: str | Path,
    *,
    data: str | Path | None = None,
    seed: int = 0,
    along: int = ALONG,
    listed: int = LISTED,
    signals_s: int = 0,
) -> Made:
    """Writes the history to `out`, and a map and a table of forecasts beside it: Los Angeles under `data`, else a MADE-UP network.

    With `signals_s` signals of a MADE-UP network run in SUMO for so many seconds (signals.csv, signals.svg).
    """
    speeds = made_speeds(seed=seed, along=along) if data is None else read_los(data)
    hours = None if data is None else read_metro(data)
    watch = watch_list(speeds, seed=seed, listed=listed)
    given = machines_say(speeds, watch)
    code = np.where(watch.falls, 0, 1).astype(np.int32)
    pool = np.mean([given[name] for name in ("line", "trees")], axis=0)
    people = simulate(code, pool, OPERATORS, np.random.default_rng(seed))
    ids = [f"look_{k:04d}" for k in range(len(code))]
    near = (speeds.near > 0).sum(axis=1) - 1
    path = write_history(
        out,
        _team(people.agent_id, near[watch.sensor]),
        _cases(ids, speeds, watch, near),
        answers_with(ids, given, people, LABELS),
    )
    try:
        write_tables(path, speeds, hours)
        if signals_s:
            write_signals(path, seed=seed, span_s=signals_s)
    except OSError as error:  # a full disk
        raise MindshareError(f"Map and tables could not be written to {path}: {error.strerror}.") from error
    return Made(
        path=path,
        people=names_of(people, LABELS),
        show=_show(ids, speeds, watch),
        sheets={"Map of the network": MAP} | ({"Signals": SIGNALS} if signals_s else {}),
    )


def _team(people: tuple[str, ...], near: Ints) -> dict[str, Any]:
    minutes = {"fixed": LOOK_MIN, "per": NEAR_MIN, "of": "near"}
    every = float((LOOK_MIN + NEAR_MIN * near).sum())
    machine = {name: {"cpu_s": cost} for name, cost in CPU_S.items()}
    return {
        "name": team_name(NAME),
        "labels": list(LABELS),
        "utility": UTILITY,
        "agents": agents_with(machine, people, minutes),
        "limits": {
            "cpu_s": round(READ * CPU_S["trees"] * len(near), 4),
            "people.minutes": round(LOOKED * every, 1),
        },
    }


def _cases(ids: list[str], speeds: Speeds, watch: Watch, near: Ints) -> Any:
    """All of it is known at the step."""
    import polars as pl

    step, sensor = watch.step, watch.sensor
    area = areas(layout(speeds.near))
    return pl.DataFrame(
        {
            "case": ids,
            "truth": [LABELS[0] if falls else LABELS[1] for falls in watch.falls.tolist()],
            # what happens within an hour belongs together: a jam goes from sensor to sensor
            "parent": [moment(int(s) // 12 * 12) for s in step],
            "hour": (step % DAY * STEP_MIN // 60).astype(np.int64),
            "area": [f"area {a + 1}" for a in area[sensor].tolist()],
            "near": near[sensor].astype(np.int64),
            "speed": np.round(speeds.speed[step, sensor], 1),
            "fallen": np.round(fall_so_far(speeds)[step, sensor], 1),
            "when": [moment(int(s)) for s in step],
            "where": [speeds.sensors[k] for k in sensor],
        }
    )


def _show(ids: list[str], speeds: Speeds, watch: Watch) -> Callable[[str], object]:
    """What only people see of a case: the last two hours, and the map of its moment."""
    places, row = layout(speeds.near), {case: k for k, case in enumerate(ids)}

    def show(case: str) -> object:
        step, sensor = int(watch.step[row[case]]), int(watch.sensor[row[case]])
        return [_series(speeds, step, sensor), around(speeds, places, step, sensor)]

    return show


def _series(speeds: Speeds, step: int, sensor: int) -> dict[str, object]:
    """The last two hours as the desk draws them: here, and the sensors near."""
    rows = slice(max(step - SHOWN + 1, 0), step + 1)
    weight = speeds.near[sensor].copy()
    weight[sensor] = 0.0
    here = speeds.speed[rows, sensor]
    channels = {"here, mph": _rounded(here)}
    if weight.any():
        channels["sensors near, mph"] = _rounded(speeds.speed[rows] @ weight / weight.sum())
    # a reading every five: the desk's axis counts minutes then, which is told, and not seconds
    return {
        "title": "Speed over the last two hours, in minutes",
        "window": {"hz": 1 / STEP_MIN, "channels": channels},
    }


def _rounded(values: FloatArray) -> list[float]:
    told: list[float] = np.round(values, 1).tolist()
    return told
