"""Held-out log-loss chooses: between ways to pool, and how sharp the scores should be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from mindshare.core.history import History
from mindshare.core.opened import SPOKE
from mindshare.core.pool import Pool

F64 = NDArray[np.float64]
LOOSE = 6_000  # cases up to which looser weights are tried too
LEAST = 200  # held-out scores that a temperature needs


def ways(history: History) -> dict[str, dict[str, Any]]:
    """Name -> settings of the pools worth trying on such a history: tight or loose weights, the best machine alone, with text."""
    loose = len(history) <= LOOSE
    out: dict[str, dict[str, Any]] = {"pool": {"ridge": 1.0}, "pool_tight": {"ridge": 10.0}}
    best = _best_single(history)
    if loose:
        out["pool_loose"] = {"ridge": 0.1}
        out["pool_looser"] = {"ridge": 0.01}
    if best is not None:
        out["best_machine"] = {"only": best}
    if history.features.text:
        out["pool + text"] = {"ridge": 0.1 if loose else 1.0, "text": True}
    return out


def race(
    fit: History, told: History, ways: Mapping[str, dict[str, Any]], seed: int, machines_always: bool
) -> tuple[dict[str, float], dict[str, Any]]:
    """Log-loss of each way on the cases of `told`, half before any person has spoken, half after all; the best way."""
    if len(ways) == 1:
        return {}, dict(next(iter(ways.values())))
    result = {}
    for name, how in ways.items():
        belief = Pool(seed, machines_always, **how).fit(fit)
        opened = belief.open(told)
        result[name] = sum(
            log_loss(belief.scores(opened, opened.person <= people), told.truth) / 2 for people in (0, 1)
        )
    return result, dict(ways[min(result, key=lambda name: result[name])])


def temperatures(pooled: Mapping[int, list[tuple[F64, NDArray[np.int32]]]]) -> F64:
    """(SPOKE + 1,) what scores are multiplied by when n people have spoken, from n -> [(held-out scores, truth)].

    A number that is rarely seen takes the temperature of the number before.
    """
    sharp = np.ones(SPOKE + 1)
    for n in range(SPOKE + 1):
        parts = pooled.get(n, [])
        if sum(len(truth) for _, truth in parts) < LEAST:
            sharp[n] = sharp[n - 1] if n else 1.0
            continue
        scores, truth = np.concatenate([s for s, _ in parts]), np.concatenate([t for _, t in parts])
        sharp[n] = _temperature(scores, truth)
    return sharp


def log_losses(scores: F64, truth: NDArray[np.int32]) -> F64:
    """(N,) -log of the probability of the truth."""
    top = scores.max(1)
    total = np.log(np.exp(scores - top[:, None]).sum(1)) + top
    return np.asarray(total - scores[np.arange(len(truth)), truth])


def log_loss(scores: F64, truth: NDArray[np.int32]) -> float:
    """The mean of `log_losses`."""
    return float(log_losses(scores, truth).mean())


def _temperature(scores: F64, truth: NDArray[np.int32]) -> float:
    """What the scores are multiplied by for the least log-loss."""
    found = minimize_scalar(lambda z: log_loss(np.exp(z) * scores, truth), (-1.0, 0.0), tol=1e-3)
    return float(np.exp(np.clip(found.x, -1.5, 0.7)))


def _best_single(history: History) -> int | None:
    """The machine that is right most often among those that answer often, None where there are fewer than two."""
    a = history.answers
    rows = np.flatnonzero((a.label >= 0) & (history.truth[a.case] >= 0) & ~history.is_person[a.agent])
    seen = np.bincount(a.agent[rows], minlength=len(history.agent_id))
    if (seen > 0).sum() < 2:
        return None
    right = np.bincount(a.agent[rows], a.label[rows] == history.truth[a.case[rows]], len(seen))
    return int(np.argmax(np.where(seen >= 0.5 * seen.max(), right / np.maximum(seen, 1), -1.0)))
