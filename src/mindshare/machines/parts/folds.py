"""Folds for judging a machine on cases that it has not learnt from: every label teaches, and cases of one group stay together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

I64 = NDArray[np.int64]


def groups_of_labels(code: I64, of: I64) -> I64:
    """(L,) in how many groups each label is; `code`, `of` (N,): places of labels and of groups."""
    pairs = np.unique(np.stack([code, of]), axis=1)
    return np.bincount(pairs[0], minlength=int(code.max()) + 1)


def left_out(code: I64, groups: I64 | None, folds: int, seed: int) -> Iterator[tuple[I64, I64]]:
    """(who teaches, who is left out). A label with fewer than `folds` groups (None: each case is one) teaches in every fold, and
    judges in none. A fold that would leave a label without a teacher is not given.
    """
    of = np.arange(len(code)) if groups is None else groups
    dealt = np.flatnonzero((groups_of_labels(code, of) >= folds)[code])
    if not len(dealt):
        return
    labels = len(np.unique(code))
    if groups is None:
        parts = StratifiedKFold(folds, shuffle=True, random_state=seed).split(dealt, code[dealt])
    else:
        deal = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
        parts = deal.split(dealt, code[dealt], of[dealt])
    for _, out in parts:
        away = dealt[out]
        kept = np.flatnonzero(~np.isin(of, of[away]))
        if len(away) and len(np.unique(code[kept])) == labels:
            yield kept, away
