"""What a rollout is worth at a crossing, foretold from what the cheap rule knows: ridge regression on features and their products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.core.kernel import kernel

PENALTIES = (1.0, 10.0, 100.0, 1000.0)


@dataclass(frozen=True, slots=True)
class Worth:
    """Seconds of waiting that a rollout is expected to save, as a square form of the features: `constant + x a + x B x`."""

    constant: float
    linear: FloatArray
    square: FloatArray

    def __call__(self, features: FloatArray) -> FloatArray:
        """(N,) seconds for `features` (N, F); below 0 where it expects a loss."""
        told: FloatArray = _values(features, self.constant, self.linear, self.square)
        return told


@kernel(allocates=True)
def _values(x: FloatArray, constant: float, linear: FloatArray, square: FloatArray) -> FloatArray:
    told = np.full(len(x), constant)
    for n in range(len(x)):
        for i in range(x.shape[1]):
            inner = linear[i]
            for j in range(i, x.shape[1]):
                inner += square[i, j] * x[n, j]
            told[n] += x[n, i] * inner
    return told


def learnt(features: FloatArray, saved: FloatArray) -> Worth:
    """From decisions with a rollout: `features` (N, F), and the seconds (N,) that the rollout would have saved."""
    from sklearn.linear_model import RidgeCV

    count = features.shape[1]
    rows, columns = np.triu_indices(count)
    terms = np.concatenate([features, features[:, rows] * features[:, columns]], axis=1)
    spread = np.where(terms.std(axis=0) > 0, terms.std(axis=0), 1.0)
    fit = RidgeCV(PENALTIES).fit(terms / spread, saved)
    weights = fit.coef_ / spread
    square = np.zeros((count, count))
    square[rows, columns] = weights[count:]
    return Worth(float(fit.intercept_), weights[:count].copy(), square)
