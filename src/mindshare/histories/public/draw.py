"""Draw persons where a source holds only counts of people's answers."""

from __future__ import annotations

import numpy as np

from mindshare.core.history import IntArray


def draw_from_counts(counts: IntArray, size: int, seed: int) -> IntArray:
    """(N, L) counts -> (N, size) labels, drawn without replacement among the people who answered each case."""
    rng = np.random.default_rng(seed)
    total = counts.sum(axis=1)
    if (total < size).any():
        raise ValueError(
            f"Every case needs at least {size} answers to draw from. Got {int(total.min())} instead."
        )
    flat = counts.ravel()
    label = np.repeat(np.tile(np.arange(counts.shape[1], dtype=np.int32), len(counts)), flat)
    case = np.repeat(np.arange(len(counts)), total)
    order = np.lexsort((rng.random(len(label)), case))  # a random order of the people of each case
    first = np.concatenate([[0], np.cumsum(total)[:-1]])
    return label[order][first[:, None] + np.arange(size)]
