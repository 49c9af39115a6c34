"""The demo's history: handwritten digits behind a thin link, three machines trained on the spot, simulated people.

A camera holds 1,797 images of 8 x 8 pixels (scikit-learn's load_digits; part of every installation). Half of them are
made harder, and say so in their kind. A machine sees what is sent to it: a summary of 4 x 4 pixels or the whole image,
a byte a pixel. Simulated people sit beside the camera and spend minutes only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mindshare.core.history import FloatArray, IntArray
from mindshare.histories.write import write_history
from mindshare.people.simulated import Habits, SimulatedPeople, names_of, simulate, team_name

if TYPE_CHECKING:
    import polars as pl

NAME = "digits"
LABELS = tuple("0123456789")
KINDS = ("clean", "noisy", "covered")
HARDER = (0.5, 0.25, 0.25)  # share of the images of each kind
NOISE = 6.0  # standard deviation, of 16 grey levels
PATCH = 4  # pixels a side of what covers an image
WHITE = 16.0
FOLDS = 5
SHRINKAGE = 0.1  # of the linear machines' covariance: some pixels never vary
SUMMARY_MB, IMAGE_MB = 16e-6, 64e-6  # a byte a pixel
# Measured once, an image at a time on one core, and rounded: a live timing would give other bytes on every run.
COST: Mapping[str, Mapping[str, float]] = {
    "glance": {"cpu_s": 0.0005, "net_mb": SUMMARY_MB},  # linear, on the summary
    "look": {"cpu_s": 0.0005, "net_mb": IMAGE_MB},  # linear, on the image: much to send, little to compute
    "study": {"cpu_s": 0.015, "net_mb": IMAGE_MB},  # 100 random trees on the image
}
LIMITS: Mapping[str, float] = {"cpu_s": 4.0, "net_mb": 0.13, "people.minutes": 4.0}  # for all cases together
PEOPLE = Habits(
    people=4, wrong=0.10, wrong_with_machines=0.35
)  # digits are easier for people than what they read
ABOUT = (
    "1,797 images of digits, half of them made harder; three machines trained on the spot;"
    " four SIMULATED people, so nothing here is evidence about people"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digits:
    """Where the history was written, and who the simulated people are, one line each."""

    path: Path
    people: tuple[str, ...]


def write_digits(out: str | Path, *, seed: int = 0) -> Digits:
    """Writes the history to `out`; the same seed gives the same images, machines and simulated people."""
    rng = np.random.default_rng(seed)
    images, truth, kind = harder_images(rng)
    machines = train(images, truth, seed)
    pool = np.mean(list(machines.values()), axis=0)
    people = simulate(truth, pool, PEOPLE, rng)
    path = write_history(out, _team(people), _cases(images, truth, kind), _answers(machines, people))
    return Digits(path=path, people=names_of(people, LABELS))


def harder_images(rng: np.random.Generator) -> tuple[FloatArray, IntArray, IntArray]:
    """(N, 8, 8) images, (N,) truth and kind: some images drowned in noise, some with a patch covered."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = digits.images.astype(np.float64)
    kind = rng.choice(len(KINDS), size=len(images), p=HARDER).astype(np.int32)
    noisy = np.clip(np.round(images + rng.normal(0.0, NOISE, images.shape)), 0.0, WHITE)
    corner = rng.integers(0, images.shape[1] - PATCH + 1, (len(images), 2))
    images[kind == 1] = noisy[kind == 1]
    for i in np.flatnonzero(kind == 2):
        row, column = corner[i]
        images[i, row : row + PATCH, column : column + PATCH] = 0.0
    return images, digits.target.astype(np.int32), kind


def summary(images: FloatArray) -> FloatArray:
    """(N, 16) means of 2 x 2 pixels: what a thin link can carry for every image."""
    n, side, _ = images.shape
    return images.reshape(n, side // 2, 2, side // 2, 2).mean(axis=(2, 4)).reshape(n, -1)


def train(images: FloatArray, truth: IntArray, seed: int) -> dict[str, FloatArray]:
    """Machine -> (N, 10) probabilities, each for images that the machine was not trained on."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    small, full = summary(images) / WHITE, images.reshape(len(images), -1) / WHITE
    models = {
        "glance": (LinearDiscriminantAnalysis(solver="lsqr", shrinkage=SHRINKAGE), small),
        "look": (LinearDiscriminantAnalysis(solver="lsqr", shrinkage=SHRINKAGE), full),
        "study": (ExtraTreesClassifier(100, random_state=seed), full),
    }
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    return {
        name: cross_val_predict(model, seen, truth, cv=folds, method="predict_proba")
        for name, (model, seen) in models.items()
    }


def _team(people: SimulatedPeople) -> dict[str, Any]:
    machines = {name: {"kind": "machine", "cost": dict(cost)} for name, cost in COST.items()}
    return {
        "name": team_name(NAME),
        "labels": list(LABELS),
        "utility": "accuracy",
        "agents": {**machines, **{agent: {"kind": "person"} for agent in people.agent_id}},
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

    n, none = len(people.label), pl.lit(None, pl.Float64)
    parts = []
    for agent, proba in machines.items():
        answers = {"case": _ids(n), "agent": [agent] * n, "answer": [LABELS[y] for y in proba.argmax(axis=1)]}
        columns = {f"p:{label}": column for label, column in zip(LABELS, rounded(proba).T, strict=True)}
        parts.append(pl.DataFrame(answers).with_columns(none.alias("seconds"), **columns))
    for k, agent in enumerate(people.agent_id):
        answers = {"case": _ids(n), "agent": [agent] * n, "answer": [LABELS[y] for y in people.label[:, k]]}
        empty = {f"p:{label}": none for label in LABELS}
        parts.append(pl.DataFrame(answers).with_columns(seconds=people.seconds[:, k], **empty))
    return pl.concat(parts)


def rounded(proba: FloatArray) -> NDArray[np.float64]:
    """Probabilities of four decimals that still sum to 1: the likeliest label takes what rounding left."""
    short = np.round(proba, 4)
    rows = np.arange(len(short))
    best = proba.argmax(axis=1)
    short[rows, best] = np.round(short[rows, best] + 1.0 - short.sum(axis=1), 4)
    return short
