"""The demo's history: handwritten digits behind a thin link, three machines trained on the spot, simulated people.

A camera holds 1,797 images of 8 x 8 pixels (scikit-learn's load_digits; part of every installation). Half of them are
made harder, and say so in their kind. A machine sees what is sent to it: a summary of 4 x 4 pixels or the whole image,
a byte per pixel. Simulated people sit beside the camera and spend minutes only.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mindshare.core.history import FloatArray, IntArray
from mindshare.domains.answers import agents_with, answers_with
from mindshare.domains.digits.images import KINDS, LABELS, SIZE, grey, harder_images
from mindshare.domains.digits.machines import COST, train
from mindshare.domains.domain import Made
from mindshare.histories.write import write_history
from mindshare.people.simulated import Habits, SimulatedPeople, names_of, simulate, team_name

if TYPE_CHECKING:
    import polars as pl

NAME = "digits"
LIMITS: Mapping[str, float] = {"cpu_s": 4.0, "net_mb": 0.13, "people.minutes": 4.0}  # for all cases together
# digits are easier for people than what they read
PEOPLE = Habits(people=4, wrong=0.10, wrong_with_machines=0.35)


def write_digits(out: str | Path, *, seed: int = 0) -> Made:
    """Writes the history to `out`; the same seed gives the same images, machines and simulated people."""
    rng = np.random.default_rng(seed)
    images, truth, kind = harder_images(rng)
    machines = train(images, truth, seed)
    pool = np.mean(list(machines.values()), axis=0)
    people = simulate(truth, pool, PEOPLE, rng)
    path = write_history(out, _team(people), _cases(images, truth, kind), _answers(machines, people))
    shown = dict(zip(_ids(len(truth)), images, strict=True))
    return Made(
        path=path,
        people=names_of(people, LABELS),
        show=lambda case: {"title": SIZE, "pixels": grey(shown[case])},
    )


def _team(people: SimulatedPeople) -> dict[str, Any]:
    return {
        "name": team_name(NAME),
        "labels": list(LABELS),
        "utility": "accuracy",
        "agents": agents_with(COST, people.agent_id),
        "limits": dict(LIMITS),
    }


def _ids(n: int) -> list[str]:
    return [f"{NAME}_{i:04d}" for i in range(n)]


def _cases(images: FloatArray, truth: IntArray, kind: IntArray) -> pl.DataFrame:
    """The camera knows the kind of damage, how much ink there is and how rough it is; nobody was asked for that."""
    import polars as pl

    rough = np.abs(np.diff(images, axis=1)).mean(axis=(1, 2)) + np.abs(np.diff(images, axis=2)).mean(
        axis=(1, 2)
    )
    return pl.DataFrame(
        {
            "case": _ids(len(truth)),
            "truth": [LABELS[y] for y in truth],
            "kind": [KINDS[k] for k in kind],
            "ink": np.round(images.mean(axis=(1, 2)), 3),
            "rough": np.round(rough, 3),
        }
    )


def _answers(machines: Mapping[str, FloatArray], people: SimulatedPeople) -> pl.DataFrame:
    """Every agent answered every case, so that every agent can be asked about it."""
    import polars as pl

    n = len(people.label)
    seconds = [np.full((n, len(machines)), np.nan), people.seconds]
    rows = answers_with(_ids(n), machines, people, LABELS)
    return rows.insert_column(3, pl.Series("seconds", np.hstack(seconds).T.ravel()).fill_nan(None))
