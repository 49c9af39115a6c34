"""Cases without a truth teach too: what a first fit is sure of becomes a truth, label by label; a guard takes it back where it harms.

Pseudo-labels (Lee 2013) with thresholds that are lower for labels that are learnt less well (FlexMatch: Zhang et al. 2021). A case is
judged in a weak disguise and taught in a strong one (FixMatch: Sohn et al. 2020).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mindshare.machines.learn.learner import M
from mindshare.machines.learn.meter import part_of
from mindshare.machines.learn.plan import Within
from mindshare.machines.settings import check_names

SURE = 0.95  # of the best-known label; less of others
FIRST = 0.4  # of the budget, for the fit on truths alone
Windows = list[NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Added:
    """What cases without a truth did: how many were taken by label, both validation losses, and whether they were kept."""

    taken: Mapping[Any, int]
    loss_before: float
    loss_after: float
    kept: bool


def fit_semi(
    model: M,
    X: Sequence[Any],
    y: ArrayLike,
    unlabelled: Sequence[Any],
    *,
    validation: tuple[Any, ArrayLike],
    **within: Unpack[Within],
) -> tuple[M, Added]:
    """(the better of two fits of `model` by validation loss: on truths alone, and with cases of `unlabelled`; what was added).

    Reads series. `within`: `budget` and `plan`, as in `fit`; without a budget both fits make all epochs of the plan.
    """
    check_names(within, Within, "fit_semi")
    budget, plan = within.get("budget"), within.get("plan")
    if model.reads != "series":
        raise ValueError(
            f"Only series can be disguised so far; this {type(model).__name__} reads {model.reads}."
        )
    if model.task != "classify":
        raise ValueError(
            f"Only labels can be guessed for cases without a truth; this model is to {model.task}."
        )
    rng = np.random.default_rng(model.seed)
    again = type(model)(**model.get_params())
    first = model.fit(X, y, budget=part_of(budget, FIRST), plan=plan, validation=validation)
    proba = first.predict_proba(weak(unlabelled, rng))
    at, label = accepted(proba)
    taken = {first.classes_[k].item(): int((label == k).sum()) for k in range(len(first.classes_))}
    before = first.report_.best_loss
    if not len(at):
        return first, Added(taken, before, before, kept=False)
    more = strong([unlabelled[i] for i in at], rng)
    both = [*list(X), *more], np.concatenate([np.asarray(y), first.classes_[label]])
    second = again.fit(*both, budget=part_of(budget, 1 - FIRST), plan=plan, validation=validation)
    after = second.report_.best_loss
    kept = bool(after < before)
    return second if kept else first, Added(taken, before, after, kept)


def accepted(proba: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(cases, labels) that are sure enough. A label's threshold is SURE times how well it is learnt, beside the best learnt."""
    label, sure = proba.argmax(axis=1), proba.max(axis=1)
    learnt = np.bincount(label[sure >= SURE], minlength=proba.shape[1]).astype(np.float64)
    share = learnt / max(learnt.max(), 1.0)
    threshold = np.maximum(SURE * share / (2 - share), 1.5 / proba.shape[1])  # never hardly above chance
    at = np.flatnonzero(sure >= np.minimum(threshold, SURE)[label])
    return at, label[at]


def weak(X: Sequence[Any], rng: np.random.Generator) -> Windows:
    """A twentieth of each channel's spread as noise."""
    return [x + 0.05 * _spread(x) * rng.standard_normal(np.shape(x)) for x in map(np.asarray, X)]


def strong(X: Sequence[Any], rng: np.random.Generator) -> Windows:
    """Louder or quieter by a fifth, more noise, and a tenth of the steps flat at the mean."""
    out = []
    for x in map(np.asarray, X):
        louder = x.mean(axis=0) + (x - x.mean(axis=0)) * rng.lognormal(0, 0.2)
        louder = louder + 0.1 * _spread(x) * rng.standard_normal(x.shape)
        length = max(1, len(x) // 10)
        start = int(rng.integers(0, len(x) - length + 1))
        louder[start : start + length] = x.mean(axis=0)
        out.append(louder)
    return out


def _spread(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(x, np.float64).std(axis=0)
