"""A history of windows: the machines' answers out of fold, and SIMULATED technicians beside them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.domain import Made
from mindshare.domains.manufacturing.machines.faults import machines, out_of_fold, probabilities
from mindshare.domains.manufacturing.team import team_of
from mindshare.domains.manufacturing.windows.pump import read_pump
from mindshare.domains.manufacturing.windows.rig import PER_RUN, RUNS, read_rig
from mindshare.domains.manufacturing.windows.windows import Windows
from mindshare.domains.rounded import rounded
from mindshare.histories.write import write_history
from mindshare.people.simulated import Habits, SimulatedPeople, names_of, simulate

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
        answers_with(windows, ids, given, people),
    )
    return Made(path=path, people=names_of(people, windows.labels))


def ids_of(windows: Windows, name: str) -> list[str]:
    """One id a window, in order."""
    return [f"{name}_{i:04d}" for i in range(len(windows))]


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
    """What machines and people said of every window, a row per answer."""
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
