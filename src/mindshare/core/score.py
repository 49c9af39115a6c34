"""Joint performance P and attention spent R, with intervals: accuracy, utility, share on time, calibration.

Intervals are paired cluster bootstraps: whole parents are drawn (Poisson weights, Hanley and MacGibbon 2006), the
same draws for every policy, so that differences keep what the policies share.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
REPLICATES = 300
FEW = 50  # cases below which drawing them again shows too little of what might have come
BINS = 15


class Bootstrap:
    """Replicates of a mean over cases; `parent` (N,) cases with one parent are drawn together."""

    def __init__(self, parent: NDArray[np.int32], seed: int, replicates: int = REPLICATES) -> None:
        _, self._of = np.unique(parent, return_inverse=True)
        self._parents = int(self._of.max(initial=-1)) + 1
        self._seed, self._replicates = seed, replicates

    def means(self, columns: NDArray[np.floating[Any]]) -> F64:
        """(replicates, C) means of (N, C) columns, the same draws for every column."""
        rng = np.random.default_rng(self._seed)
        sums = np.zeros((self._parents, columns.shape[1]))
        np.add.at(sums, self._of, columns)
        size = np.bincount(self._of, minlength=self._parents).astype(float)
        out = np.empty((self._replicates, columns.shape[1]))
        for b in range(self._replicates):
            weight = rng.poisson(1.0, self._parents)
            out[b] = weight @ sums / max(float(weight @ size), 1.0)
        return out


def interval(replicates: F64) -> list[float]:
    """The central 95 %."""
    low, high = np.quantile(replicates, (0.025, 0.975))
    return [float(low), float(high)]


def few_interval(
    values: NDArray[np.floating[Any]], parent: NDArray[np.int32], ends: tuple[float, float]
) -> list[float]:
    """The central 95 % for the mean of few values between two `ends`, cases of one `parent` taken as one.

    As if two more had been seen at each end (Agresti and Coull 1998): five that are all right do not prove that all are.
    """
    _, of = np.unique(parent, return_inverse=True)
    means = np.bincount(of, values) / np.bincount(of)
    seen = np.concatenate([means, np.repeat(ends, 2)])
    half = 1.96 * seen.std() / np.sqrt(len(seen))
    return [max(float(seen.mean() - half), ends[0]), min(float(seen.mean() + half), ends[1])]


def wilson(right: float, count: float) -> list[float]:
    """95 % interval of a share (Wilson 1927)."""
    if count <= 0:
        return [0.0, 1.0]
    z, p = 1.96, right / count
    centre = (p + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * np.sqrt(p * (1 - p) / count + z * z / (4 * count * count))
    return [max(0.0, float(centre - half)), min(1.0, float(centre + half))]


def calibration_error(said: F64, right: NDArray[np.bool_]) -> float:
    """Expected calibration error in BINS equal bins of confidence (Naeini et al. 2015).

    `said` (N,) probability of the likeliest label, `right` (N,) whether it was true; a share of cases, 0 = calibrated.
    """
    if not len(said):
        return 0.0
    bins = np.minimum((said * BINS).astype(int), BINS - 1)
    gap = np.abs(np.bincount(bins, said, BINS) - np.bincount(bins, right, BINS))
    return float(gap.sum() / len(said))
