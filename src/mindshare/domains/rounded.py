"""Rounds probabilities for a history's table."""

from __future__ import annotations

import numpy as np

from mindshare.core.history import FloatArray


def rounded(proba: FloatArray) -> FloatArray:
    """Probabilities of four decimals that still sum to 1: the likeliest label takes what rounding left."""
    short = np.round(proba, 4)
    rows = np.arange(len(short))
    best = proba.argmax(axis=1)
    short[rows, best] = np.round(short[rows, best] + 1.0 - short.sum(axis=1), 4)
    return short
