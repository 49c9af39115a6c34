"""What going on is worth: pools of the rungs so far, and the gain of being right that the rest of a ladder brings, out of fold.

The belief after rung k is a log-opinion pool, softmax(sum_j w_kj log p_j), j <= k, with weights >= 0 that make the held-out
log-loss least (Genest & Zidek 1986; of one rung alone it is its temperature: Guo et al. 2017). The value of going on at k is
what it brought to cases that nobody had learnt from, counted with the rungs that it led to, as a curve that falls with
confidence (isotonic regression: Barlow et al. 1972), solved from the last rung back (Longstaff & Schwartz 2001).
"""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.isotonic import IsotonicRegression

from mindshare.machines.task import Floats

HOLD = 1e-3  # per weight and case: pulls a weight towards an even share, where the held-out cases say nothing


class Curve(NamedTuple):
    """Gain by confidence, never rising."""

    x: Floats
    y: Floats

    def __call__(self, confidence: Floats) -> Floats:
        return np.interp(confidence, self.x, self.y)


def falling(confidence: Floats, gain: Floats) -> Curve:
    """The curve of a gain that falls with confidence, and is nothing where every case is certain."""
    fit = IsotonicRegression(increasing=False, out_of_bounds="clip").fit(confidence, gain)
    return Curve(np.asarray(fit.X_thresholds_, np.float64), np.asarray(fit.y_thresholds_, np.float64))


def pool_weights(logs: Floats, truth: NDArray[np.int64]) -> Floats:
    """(K,) weights of the rungs' (K, N, L) held-out log probabilities, each >= 0."""
    even, n = np.full(len(logs), 1.0 / len(logs)), len(truth)

    def loss(w: Floats) -> tuple[float, Floats]:
        pooled = log_softmax(np.tensordot(w, logs, axes=1), axis=1)
        off = np.exp(pooled)
        value = -pooled[np.arange(n), truth].mean() + HOLD * ((w - even) ** 2).sum()
        off[np.arange(n), truth] -= 1.0
        slope = np.array([(off * log).sum() / n for log in logs]) + 2 * HOLD * (w - even)
        return float(value), slope

    found = minimize(loss, even, jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * len(logs))
    return cast(Floats, found.x)


def pooled(logs: Floats, weights: Floats) -> Floats:
    """(N, L) belief of the rungs so far, (k, N, L) log probabilities."""
    return cast(Floats, softmax(np.tensordot(weights, logs, axes=1), axis=1))


def going_on(confidence: Floats, right: Floats, price: Floats) -> list[Curve]:
    """For each rung but the last the net value of going on, by confidence there.

    `confidence`, `right` (N, K): of each case at each rung, out of fold. `price` (K,): of being answered by a rung, in verdicts.
    """
    ahead, curves = np.zeros(len(right)), list[Curve]()
    for k in range(right.shape[1] - 2, -1, -1):
        realised = right[:, k + 1] - right[:, k] - price[k + 1] + ahead
        curve = falling(confidence[:, k], realised)
        ahead = np.where(curve(confidence[:, k]) > 0, realised, 0.0)
        curves.append(curve)
    return curves[::-1]


def reached(confidence: Floats, curves: list[Curve]) -> NDArray[np.int64]:
    """(N,) the rung at which each case stops."""
    stop, open_ = np.zeros(len(confidence), np.int64), np.ones(len(confidence), bool)
    for k, curve in enumerate(curves):
        open_ &= curve(confidence[:, k]) > 0
        stop[open_] = k + 1
    return stop
