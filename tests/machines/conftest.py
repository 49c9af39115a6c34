"""Small problems that a net can learn in a second."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra `deep` is not installed")


def windows(n: int, seed: int, longest: int = 40) -> tuple[list[np.ndarray], np.ndarray]:
    """Windows of 24 to `longest` steps and 2 channels; a fault is a short burst somewhere."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    X = [rng.normal(0, 0.5, (int(rng.integers(24, longest + 1)), 2)) for _ in range(n)]
    for x, fault in zip(X, y, strict=True):
        if fault:
            at = int(rng.integers(0, len(x) - 8))
            x[at : at + 8, 0] += 3.0
    return X, np.array(["sound", "faulty"])[y]


def images(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """8 x 8 pixels with a bright bar, upright or lying."""
    rng = np.random.default_rng(seed)
    y, X = rng.integers(0, 2, n), rng.normal(0, 0.4, (n, 8, 8))
    for i, k in enumerate(rng.integers(0, 8, n)):
        X[i, :, k] += 2.0 * y[i]
        X[i, k, :] += 2.0 * (1 - y[i])
    return X, y


def texts(n: int, seed: int) -> tuple[list[str], np.ndarray]:
    """Words, of which one gives the label away."""
    rng = np.random.default_rng(seed)
    words = np.array(
        ["the", "a", "line", "order", "parcel", "today", "is", "late", "and", "we", "wait", "for", "it"]
    )
    y = rng.integers(0, 2, n)
    X = []
    for label in y:
        text = list(rng.choice(words, int(rng.integers(4, 12))))
        text.insert(int(rng.integers(0, len(text) + 1)), ["refund", "password"][label])
        X.append(" ".join(text))
    return X, y
