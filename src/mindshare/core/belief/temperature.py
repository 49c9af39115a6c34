"""How sure a belief may be: held-out log-loss chooses what its scores are multiplied by (Guo et al. 2017)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from mindshare.core.belief.weights import SPOKE

F64 = NDArray[np.float64]
LEAST = 200  # held-out scores that a temperature needs


def learn_temperature(
    pooled: Mapping[int, list[tuple[F64, NDArray[np.int32]]]], without: F64 | None = None
) -> F64:
    """(SPOKE + 1,) what scores are multiplied by when n people have spoken, from n -> [(held-out scores, truth)].

    A number that is rarely seen takes that of `without`, which was learnt without truths, else that of the number before.
    """
    temperature = np.ones(SPOKE + 1) if without is None else without.copy()
    for n in range(SPOKE + 1):
        parts = pooled.get(n, [])
        if sum(len(truth) for _, truth in parts) < LEAST:
            if without is None:
                temperature[n] = temperature[n - 1] if n else 1.0
            continue
        scores, truth = np.concatenate([s for s, _ in parts]), np.concatenate([t for _, t in parts])
        temperature[n] = _temperature(scores, truth)
    return temperature


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
