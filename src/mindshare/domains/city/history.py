"""A history of planned visits: what machines said the day before the window, SIMULATED inspectors, and the limits of the window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from mindshare.core.errors import MindshareError
from mindshare.core.history import FloatArray
from mindshare.domains.answers import agents_with, answers_with
from mindshare.domains.city.chicago import read_chicago
from mindshare.domains.city.machines import MACHINES, chances
from mindshare.domains.city.made import PLACES, made_visits
from mindshare.domains.city.page import PAGE, TABLE, write_today
from mindshare.domains.city.places import last_visits, place_of
from mindshare.domains.city.schedule import areas
from mindshare.domains.city.today import Plan, area_name, plan_of, today_of
from mindshare.domains.city.visits import Visits
from mindshare.domains.domain import Made
from mindshare.histories.write import write_history
from mindshare.people.simulated import Habits, names_of, simulate, team_name

NAME, LABELS = "city", ("critical", "clean")
INSPECTORS = Habits(people=3, wrong=0.03, wrong_with_machines=0.04, label_gap=0.0, skill_sd=0.2)
LOOK_MIN, LICENCE_MIN = 40.0, 15.0  # minutes of a visit, and for each further licence of the place; stated
VISITED, READ = 0.3, 0.6  # of all visits' minutes; of the CPU that `history` takes on all of them
# Measured once for all visits of the file together and rounded: a live timing would give other bytes on every run.
CPU_S = {"rule": 0.00001, "line": 0.00002, "history": 0.0003}
UTILITY = {"critical": {"critical": 1.0, "clean": -1.0}, "clean": {"critical": 0.5, "clean": 1.0}}


def write_city(
    out: str | Path,
    *,
    data: str | Path | None = None,
    seed: int = 0,
    places: int = PLACES,
    floor: float = 0.0,
) -> Made:
    """Writes the history to `out`, and today's lists beside it: visits of Chicago's pilot under `data`, else MADE-UP ones.

    `floor`: part of its share of the open visits that each area must have in today's lists (`evenness.py`).
    """
    visits = made_visits(seed=seed, places=places) if data is None else read_chicago(data)
    plan, rows = plan_of(visits), visits.new
    today = today_of(visits, plan, seed=seed, floor=floor)
    given = _given(visits, plan)
    code = 1 - visits.found[rows].astype(np.int32)
    pool = np.mean(list(given.values()), axis=0)
    people = simulate(code, pool, INSPECTORS, np.random.default_rng(seed))
    ids = [f"visit_{k:04d}" for k in range(len(rows))]
    cases = _cases(ids, visits, plan)
    path = write_history(
        out,
        _team(people.agent_id, visits.more_licences[rows]),
        cases,
        answers_with(ids, given, people, LABELS),
    )
    try:
        write_today(path, today)
    except OSError as error:  # a full disk
        raise MindshareError(f"Today's lists could not be written to {path}: {error.strerror}.") from error
    return Made(
        path=path,
        people=names_of(people, LABELS),
        sheets={"Lists of today": PAGE, "Lists of today as a table": TABLE},
    )


def _given(visits: Visits, plan: Plan) -> dict[str, FloatArray]:
    """Machine -> (N, 2) probabilities of LABELS, for the group that is to go."""
    rows, told = visits.new, dict[str, FloatArray]()
    for name, score in MACHINES.items():
        chance = chances(score(visits, plan.columns, plan.fit), visits, plan.fit)
        critical = chance[rows, visits.group[rows]]
        told[name] = np.stack([critical, 1.0 - critical], axis=1)
    return told


def _team(people: tuple[str, ...], licences: FloatArray) -> dict[str, Any]:
    minutes = {"fixed": LOOK_MIN, "per": LICENCE_MIN, "of": "licences"}
    every = float((LOOK_MIN + LICENCE_MIN * licences).sum())
    machine = {name: {"cpu_s": cost} for name, cost in CPU_S.items()}
    return {
        "name": team_name(NAME),
        "labels": list(LABELS),
        "utility": UTILITY,
        "agents": agents_with(machine, people, minutes),
        "limits": {
            "cpu_s": round(READ * CPU_S["history"] * len(licences), 4),
            "people.minutes": round(VISITED * every, 1),
        },
    }


def _cases(ids: list[str], visits: Visits, plan: Plan) -> Any:
    """All of it is known the day before the window."""
    import polars as pl

    rows = visits.new
    place = place_of(last_visits(visits), visits.day)
    told = {name: np.round(plan.columns[name][rows], 3) for name in ("years_open", "years_since")}
    return pl.DataFrame(
        {
            "case": ids,
            "truth": [LABELS[1 - y] for y in visits.found[rows].tolist()],
            "parent": [f"place_{k:05d}" for k in place[rows].tolist()],
            "group": [area_name(a) for a in areas(plan.columns["rank_0"][rows]).tolist()],
            "inspectors": [visits.groups[g] for g in visits.group[rows].tolist()],
            "licences": visits.more_licences[rows].astype(np.int64),
            "last_critical": plan.columns["last_critical"][rows].astype(np.int64),
            "last_serious": plan.columns["last_serious"][rows].astype(np.int64),
            **told,
        }
    )
