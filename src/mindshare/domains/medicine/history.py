"""A history of descriptions: what machines said that had learnt from others, SIMULATED doctors, and the limits of an hour.

The texts themselves are in no file: a history holds how long each is and how strange, and people see it at the desk.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.answers import agents_with, answers_with
from mindshare.domains.domain import Made
from mindshare.domains.medicine import outside
from mindshare.domains.medicine.descriptions import Descriptions
from mindshare.domains.medicine.diagnoses import utility_of
from mindshare.domains.medicine.machines import COST, machines, out_of_fold
from mindshare.domains.medicine.made import COUNT, made_descriptions
from mindshare.domains.medicine.symptoms import read_symptoms
from mindshare.histories.write import write_history
from mindshare.people.simulated import TEXT_S, Habits, names_of, simulate, team_name

NAME = "medicine"
DOCTORS = Habits(people=3, wrong=0.05, wrong_with_machines=0.2, median_s=TEXT_S)
LOOK_MIN, READ_MIN = 0.2, 0.002  # minutes of a doctor for a case, and for each of its letters; stated
CPU_A_TEXT, MINUTES_A_TEXT = 0.0015, 0.06  # of the limits: what there is for all texts together
POSSIBLE = 3  # diagnoses of the differential


def write_medicine(
    out: str | Path,
    *,
    data: str | Path | None = None,
    seed: int = 0,
    count: int = COUNT,
    embeddings: bool = False,
) -> Made:
    """Writes the history to `out`: symptom2disease under `data`, else about `count` MADE-UP descriptions.

    `embeddings`: two more machines read these, and they help to tell what is outside; that needs the extra `embeddings`.
    """
    told = made_descriptions(seed=seed, count=count) if data is None else read_symptoms(data)
    given = {name: out_of_fold(told, make, seed) for name, make in machines(seed, embeddings).items()}
    people = simulate(told.code, given["letters"], DOCTORS, np.random.default_rng(seed))
    ids, strange = (
        [f"text_{i:04d}" for i in range(len(told.text))],
        outside.out_of_fold(told, seed, embeddings),
    )
    path = write_history(
        out,
        _team(told.labels, tuple(given), people.agent_id, len(ids)),
        _cases(ids, told, strange),
        answers_with(ids, given, people, told.labels),
    )
    place, possible = {case: i for i, case in enumerate(ids)}, differential(given["letters"], told.labels)
    return Made(
        path=path,
        people=names_of(people, told.labels),
        show=lambda case: shown(told.text[place[case]], possible[place[case]], float(strange[place[case]])),
    )


def differential(proba: FloatArray, labels: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The POSSIBLE likeliest diagnoses of each text in alphabetical order, so that it is not told which one is ahead."""
    likeliest = np.argsort(-proba, axis=1, kind="stable")[:, :POSSIBLE]
    return [tuple(sorted(labels[y] for y in row)) for row in likeliest.tolist()]


def shown(text: str, possible: tuple[str, ...], strange: float) -> list[dict[str, object]]:
    """What the desk shows of a case; where machines know nothing like it, that is said in place of what they hold possible."""
    if strange >= outside.ALARM:
        told: dict[str, object] = {"title": "Machines", "text": "This is outside of what they know."}
    else:
        table = {"columns": ["in alphabetical order"], "rows": [[name] for name in possible]}
        told = {"title": "Three that machines hold possible", "table": table}
    return [{"title": "Description", "text": text}, told]


def _team(
    labels: tuple[str, ...], machine: tuple[str, ...], people: tuple[str, ...], count: int
) -> dict[str, Any]:
    minutes = {"fixed": LOOK_MIN, "per": READ_MIN, "of": "letters"}
    return {
        "name": team_name(NAME),
        "labels": list(labels),
        "utility": utility_of(labels),
        "agents": agents_with({name: COST[name] for name in machine}, people, minutes),
        "limits": {
            "cpu_s": round(CPU_A_TEXT * count, 3),
            "people.minutes": round(MINUTES_A_TEXT * count, 1),
        },
    }


def _cases(ids: list[str], told: Descriptions, strange: FloatArray) -> Any:
    """How long a text is and how strange is known before anybody diagnoses."""
    import polars as pl

    return pl.DataFrame(
        {
            "case": ids,
            "truth": list(told.diagnosis),
            "parent": [f"twins_{k:04d}" for k in told.parent.tolist()],
            "letters": [len(text) for text in told.text],
            "strange": strange,
        }
    )
