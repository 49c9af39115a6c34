"""A history of windows: the machines' answers out of fold, and SIMULATED technicians beside them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mindshare.domains.answers import answer_rows, answers_with
from mindshare.domains.domain import Made
from mindshare.domains.manufacturing.machines.faults import machines, out_of_fold, probabilities
from mindshare.domains.manufacturing.team import team_of
from mindshare.domains.manufacturing.windows.pump import read_pump
from mindshare.domains.manufacturing.windows.rig import PER_RUN, RUNS, read_rig
from mindshare.domains.manufacturing.windows.windows import Windows
from mindshare.histories.write import write_history
from mindshare.people.simulated import Habits, names_of, simulate

if TYPE_CHECKING:
    import polars as pl

    from mindshare.machines.task import TaskModel

RIG_FOLDS, PUMP_FOLDS = 3, 5
TECHNICIANS = Habits(people=3, wrong=0.10, wrong_with_machines=0.30)


def write_manufacturing(
    out: str | Path,
    *,
    data: str | Path | None = None,
    seed: int = 0,
    runs: int = RUNS,
    per_run: int = PER_RUN,
) -> Made:
    """Writes the history to `out`: the pump's windows under `data`, else `runs * per_run` of the simulated rig."""
    rng = np.random.default_rng(seed)
    windows = read_rig(seed=seed, runs=runs, per_run=per_run) if data is None else read_pump(data)
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
        answers_with(ids, given, people, windows.labels),
    )
    place = {case: i for i, case in enumerate(ids)}
    return Made(
        path=path,
        people=names_of(people, windows.labels),
        show=lambda case: _series(windows, place[case]),
    )


def ids_of(windows: Windows, name: str) -> list[str]:
    """One id a window, in order."""
    return [f"{name}_{i:04d}" for i in range(len(windows))]


def answers_of(model: TaskModel, windows: Windows, ids: list[str], agent: str) -> pl.DataFrame:
    """What a trained model says of these windows, as rows of a history's answers. Give it windows that it has not learnt from."""
    return answer_rows(ids, agent, probabilities(model, windows), windows.labels)


def _series(windows: Windows, i: int) -> dict[str, object]:
    """A window as the desk draws it: a row for each channel, a reading a step."""
    rows = np.round(windows.values[i], 4).T.tolist()
    channels = dict(zip(windows.channels, rows, strict=True))
    return {"title": "Readings", "window": {"channels": channels}}


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
