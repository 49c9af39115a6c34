"""Manufacturing: windows of sensor readings, machines beside the sensor and in the plant room, SIMULATED technicians.

A missed fault costs more than a false alarm. Beside the sensors stands a small computer (the article's 4 cores); a thin
link leads to the plant room. Who attends to a window is limited in four resources at once:
    cpu_s           of the small computer: rule, linear model and CNN run there; the CNN takes 200 ms and 0.2 ms a reading
    net_mb          which windows are sent in full: to the trees in the plant room, and to a technician's screen
    disk_mb         which windows are kept: those that a technician has judged, for whoever learns from them later
    people.minutes  of technicians, who read a longer window for longer
A backtest counts what is kept over the run as spent: nothing is deleted while it runs, so held and spent are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.digits import rounded
from mindshare.domains.fault_machines import machines, out_of_fold, probabilities
from mindshare.domains.pump import read_pump
from mindshare.domains.rig import read_rig
from mindshare.domains.windows import SOUND, Windows
from mindshare.histories.write import write_history
from mindshare.people.simulated import Habits, SimulatedPeople, names_of, simulate, team_name

if TYPE_CHECKING:
    import polars as pl

    from mindshare.machines.task import TaskModel

NAME = "manufacturing"
RIG_FOLDS, PUMP_FOLDS = 3, 5
NUMBER_MB = 4e-6  # a reading is sent and kept in four bytes
RIGHT, FALSE_ALARM, WRONG_FAULT, MISSED = 1.0, 0.0, 0.5, -2.0  # what a verdict is worth
TECHNICIANS = Habits(people=3, wrong=0.10, wrong_with_machines=0.30)
LOOK_MIN, READ_MIN = (
    0.2,
    0.002,
)  # minutes of a technician: to open a window, and for each reading of a channel
# Of the answers to all windows, what the limits pay for. cpu_s: 40 windows come a second, and the article's 4 cores
# have 4 seconds of processor for them.
CORES, WINDOWS_A_SECOND = 4.0, 40.0
SENT, KEPT, MINUTES_A_WINDOW = 0.4, 0.08, 0.05  # of all readings; of all readings; of technicians
ABOUT = (
    "900 windows of a SIMULATED rig, 32 to 256 readings long, three kinds of fault; a missed fault costs three times a"
    " false alarm; machines trained on the spot; three SIMULATED technicians, so nothing here is evidence about people"
)
ABOUT_PUMP = (
    "2,444 windows of SKAB's water pump, real readings; machines trained on other experiments; three SIMULATED"
    " technicians, so nothing here is evidence about people"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manufacturing:
    """Where the history was written, who the simulated technicians are, and the lengths of windows, shortest first."""

    path: Path
    people: tuple[str, ...]
    lengths: tuple[int, ...]


def write_manufacturing(out: str | Path, *, data: str | Path | None = None, seed: int = 0) -> Manufacturing:
    """Writes the history to `out`: the pump's windows under `data`, else those of the simulated rig."""
    rng = np.random.default_rng(seed)
    windows = read_rig(seed=seed) if data is None else read_pump(data)
    name = "rig" if data is None else "pump"
    folds = RIG_FOLDS if data is None else PUMP_FOLDS
    given = out_of_fold(windows, machines(seed), folds=folds, seed=seed)
    pool = np.mean([proba for agent, proba in given.items() if agent != "rule"], axis=0)
    people = simulate(windows.code.astype(np.int32), pool, TECHNICIANS, rng)
    ids = ids_of(windows, name)
    path = write_history(
        out,
        team_of(windows, tuple(given), people.agent_id),
        cases_of(windows, ids),
        answers_with(windows, ids, given, people),
    )
    lengths = tuple(sorted(set(windows.steps.tolist())))
    return Manufacturing(path=path, people=names_of(people, windows.labels), lengths=lengths)


def ids_of(windows: Windows, name: str) -> list[str]:
    """One id a window, in order."""
    return [f"{name}_{i:04d}" for i in range(len(windows))]


def costs(channels: int) -> dict[str, dict[str, Any]]:
    """Agent or pattern -> resource -> cost of an answer; `steps` is the length of the window."""
    full = {"fixed": 0.0, "per": NUMBER_MB * channels, "of": "steps"}
    return {
        "rule": {"cpu_s": 0.001},
        "linear": {"cpu_s": 0.004},
        "trees": {"net_mb": full},
        "cnn": {"cpu_s": {"fixed": 0.2, "per": 0.0002, "of": "steps"}},
        "person": {
            "people.minutes": {"fixed": LOOK_MIN, "per": READ_MIN, "of": "steps"},
            "net_mb": full,
            "disk_mb": full,
        },
    }


def limits_of_shift(windows: Windows) -> dict[str, float]:
    """The limits for all windows together."""
    readings_mb = NUMBER_MB * len(windows.channels) * float(windows.steps.sum())
    return {
        "cpu_s": round(CORES * len(windows) / WINDOWS_A_SECOND, 1),
        "net_mb": round(SENT * readings_mb, 3),
        "disk_mb": round(KEPT * readings_mb, 3),
        "people.minutes": round(MINUTES_A_WINDOW * len(windows), 1),
    }


def utility_of(labels: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Truth -> verdict -> value: a missed fault is the dearest mistake, a false alarm a walk to the machine."""

    def worth(truth: str, verdict: str) -> float:
        if truth == verdict:
            return RIGHT
        if truth == SOUND:
            return FALSE_ALARM
        return MISSED if verdict == SOUND else WRONG_FAULT

    return {truth: {verdict: worth(truth, verdict) for verdict in labels} for truth in labels}


def team_of(windows: Windows, agents: tuple[str, ...], people: tuple[str, ...]) -> dict[str, Any]:
    """team.yaml: machines, technicians, what a verdict is worth, the limits of the shift."""
    cost = costs(len(windows.channels))
    machine = {name: {"kind": "machine", "cost": cost.get(name, {})} for name in agents}
    person = {name: {"kind": "person", "cost": cost["person"]} for name in people}
    return {
        "name": team_name(NAME) if people else NAME,
        "labels": list(windows.labels),
        "utility": utility_of(windows.labels),
        "agents": {**machine, **person},
        "limits": limits_of_shift(windows),
    }


def answers_of(model: TaskModel, windows: Windows, ids: list[str], agent: str) -> pl.DataFrame:
    """What a trained model says of these windows, as rows of a history's answers. Give it windows that it has not learnt from."""
    return _rows(ids, agent, probabilities(model, windows), windows.labels)


def cases_of(windows: Windows, ids: list[str]) -> pl.DataFrame:
    """The sensor knows how long a window is and how restless; nobody was asked for that."""
    import polars as pl

    spread = np.stack([window.std(axis=0) for window in windows.values])
    restless = (spread / np.maximum(np.median(spread, axis=0), 1e-12)).mean(axis=1)
    return pl.DataFrame(
        {
            "case": ids,
            "truth": windows.truth.tolist(),
            "parent": windows.parent.tolist(),
            "steps": windows.steps,
            "restless": np.round(restless, 3),
        }
    )


def answers_with(
    windows: Windows, ids: list[str], given: Mapping[str, FloatArray], people: SimulatedPeople
) -> pl.DataFrame:
    """What machines and people said of every window, a row an answer."""
    import polars as pl

    labels = windows.labels
    parts = [_rows(ids, agent, proba, labels) for agent, proba in given.items()]
    for k, agent in enumerate(people.agent_id):
        said = np.eye(len(labels))[people.label[:, k]]
        parts.append(_rows(ids, agent, said, labels))
    return pl.concat(parts)


def _rows(ids: list[str], agent: str, proba: FloatArray, labels: tuple[str, ...]) -> pl.DataFrame:
    """Rows of answers; who says 0 or 1 of everything (a rule, a person) has no probabilities. The same chance for all
    labels is no answer, and has no row.
    """
    import polars as pl

    told = np.flatnonzero(np.ptp(proba, axis=1) > 0)
    ids, proba = [ids[i] for i in told], proba[told]

    sure = bool(np.isin(proba, (0.0, 1.0)).all())
    columns = dict(zip(labels, rounded(proba).T, strict=True))
    return pl.DataFrame(
        {
            "case": ids,
            "agent": [agent] * len(ids),
            "answer": [labels[y] for y in proba.argmax(axis=1)],
            **{f"p:{label}": [None] * len(ids) if sure else column for label, column in columns.items()},
        },
        schema_overrides={f"p:{label}": pl.Float64 for label in labels},
    )
