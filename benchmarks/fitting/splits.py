"""Cases that teach and cases that judge."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Split = tuple[Any, NDArray[Any], Any, NDArray[Any]]


def split(X: Any, y: NDArray[Any], train: int, seed: int) -> Split:
    """(X, y, X, y): `train` cases that teach, drawn by the seed, and the others, which judge."""
    order = np.random.default_rng(seed).permutation(len(y))
    at, new = order[:train], order[train:]
    return _some(X, at), y[at], _some(X, new), y[new]


def _some(X: Any, at: NDArray[np.int64]) -> Any:
    return X[at] if isinstance(X, np.ndarray) else [X[i] for i in at.tolist()]
