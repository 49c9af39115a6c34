"""The factor of scores with which their softmax is most believable: the inverse of a temperature (Guo et al. 2017)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from mindshare.machines.task import Floats

WIDEST = 6.0  # log of the largest and the smallest factor of scores


def best_factor(scores: Floats, code: NDArray[np.int64]) -> float:
    """The factor of the least log-loss. One case more is taken to be of any label (after Platt 1999): without it,
    held-out cases without a mistake would make it infinite.
    """
    n, unsure, size = len(code), 1.0 / (len(code) + 1), max(float(np.abs(scores).mean()), 1e-12)

    def loss(log: float) -> float:
        told = log_softmax(np.exp(log) * scores / size, axis=1)
        sure = told[np.arange(n), code]
        return -float(((1 - unsure) * sure + unsure * told.mean(axis=1)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-WIDEST, WIDEST), method="bounded").x)) / size
