"""Windows without a truth teach the trunk of a net: a span is hidden, and what it held is to be told. Kept only where it helps.

Masked modelling (Devlin et al. 2018) for series: the mean and the spread of every channel over the hidden span, from the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mindshare.machines.learn.learner import M
from mindshare.machines.learn.meter import part_of
from mindshare.machines.learn.plan import Within
from mindshare.machines.settings import check_names

HIDDEN = 0.25  # of a window
SHARE = 0.3  # of the budget, for windows without a truth


@dataclass(frozen=True, slots=True)
class Pretrained:
    """Both validation losses, and whether the pretrained trunk was kept."""

    loss_without: float
    loss_with: float
    kept: bool


def fit_pretrained(
    model: M,
    X: Sequence[Any],
    y: ArrayLike,
    unlabelled: Sequence[Any],
    *,
    validation: tuple[Any, ArrayLike],
    **within: Unpack[Within],
) -> tuple[M, Pretrained]:
    """(the better of two fits by validation loss: from nothing with half of the budget, and from a pretrained trunk; both losses).

    `within`: `budget` and `plan`, as in `fit`.
    """
    check_names(within, Within, "fit_pretrained")
    if model.reads != "series":
        raise ValueError(
            f"Only series can be hidden in parts so far; this {type(model).__name__} reads {model.reads}."
        )
    params = model.get_params()
    half, plan = part_of(within.get("budget"), 0.5), within.get("plan")
    plain = model.fit(X, y, budget=half, plan=plan, validation=validation)
    masked, told = hidden(unlabelled, np.random.default_rng(model.seed))
    trunk = type(model)(**{**params, "task": "regress"})
    trunk.fit(masked, told, budget=part_of(half, SHARE), plan=plan)
    later = type(model)(**params)
    start = {
        name: x
        for name, x in trunk.net_.state_dict().items()
        if not name.startswith(("head.", "out_", "mean", "scale"))
    }
    later.fit(X, y, start=start, budget=part_of(half, 1 - SHARE), plan=plan, validation=validation)
    without, with_ = plain.report_.best_loss, later.report_.best_loss
    kept = bool(with_ < without)
    return later if kept else plain, Pretrained(without, with_, kept)


def hidden(
    X: Sequence[Any], rng: np.random.Generator
) -> tuple[list[NDArray[np.float64]], NDArray[np.float64]]:
    """(windows with a span at the channel's mean, (N, 2 C) mean and spread of what was there)."""
    windows, told = [], []
    for x in (np.atleast_2d(np.asarray(x, np.float64).T).T.copy() for x in X):
        length = max(2, int(HIDDEN * len(x)))
        start = int(rng.integers(0, max(1, len(x) - length + 1)))
        span = x[start : start + length]
        told.append(np.concatenate([span.mean(axis=0), span.std(axis=0)]))
        x[start : start + length] = x.mean(axis=0)
        windows.append(x)
    return windows, np.array(told)
