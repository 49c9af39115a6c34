"""Folds that leak nothing: stratified by the truth, cases with one parent together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mindshare.core.history import History

I64 = NDArray[np.int64]


def split(history: History, folds: int, seed: int) -> list[tuple[I64, I64]]:
    """`folds` pairs (fit, test) of case numbers, each case tested once; fewer where there are fewer parents.

    Parents are dealt out like cards after sorting by the truth of their first case and by size, so that folds agree
    in labels and sizes; cases without a truth are spread too.
    """
    parents, first, inverse, size = np.unique(
        history.parent, return_index=True, return_inverse=True, return_counts=True
    )
    folds = min(folds, len(parents))
    if folds < 2:
        return []
    chance = np.random.default_rng(seed).random(len(parents))
    order = np.lexsort((chance, -size, history.truth[first]))
    fold_of = np.empty(len(parents), np.int64)
    fold_of[order] = np.arange(len(parents)) % folds
    fold = fold_of[inverse.ravel()]
    return [(np.flatnonzero(fold != f), np.flatnonzero(fold == f)) for f in range(folds)]
