"""Three small problems: windows with faults, digits, texts."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fitting.splits import Split, split
from mindshare.machines.nets.cnn import CNN
from mindshare.machines.nets.net import NetModel
from mindshare.machines.nets.transformer import Transformer


class Problem(NamedTuple):
    """`X`, `y` of all cases; `make` the net; how many teach, the others judge."""

    X: Any
    y: NDArray[Any]
    make: Callable[[int], NetModel]
    train: int

    def split(self, seed: int) -> Split:
        return split(self.X, self.y, self.train, seed)


def windows() -> Problem:
    """60 seconds of 4 made channels: sound, a drift, a burst, a lost link between two channels; much noise."""
    rng = np.random.default_rng(0)
    n, steps = 1_600, 60
    y = rng.integers(0, 4, n)
    common = np.cumsum(rng.normal(0, 0.3, (n, steps)), axis=1)
    X = rng.normal(0, 1.0, (n, steps, 4))
    X[:, :, 0] += common
    X[:, :, 1] += common
    for i in range(n):
        at = int(rng.integers(5, 35))
        if y[i] == 1:
            X[i, at:, 2] += np.linspace(0, 2.5, steps - at)
        elif y[i] == 2:
            X[i, at : at + 8, 3] += 1.7
        elif y[i] == 3:
            X[i, at:, 1] -= common[i, at:]
    return Problem(X.astype(np.float32), y, lambda seed: CNN(seed=seed), 800)


def digits() -> Problem:
    from sklearn.datasets import load_digits

    data = load_digits()
    return Problem(
        data.images.astype(np.float32), data.target, lambda seed: CNN(reads="image", seed=seed), 1_000
    )


def texts() -> Problem | None:
    """Spam or not, of the public set; None where it is not there."""
    path = Path(os.environ.get("MINDSHARE_DATA", "nowhere")) / "sms-spam" / "sms.tsv"
    if not path.exists():
        return None
    rows = [line.split("\t", 1) for line in path.read_text(encoding="utf-8").splitlines() if "\t" in line]
    words, y = [text for _, text in rows], np.array([label for label, _ in rows])
    return Problem(words, y, lambda seed: Transformer(width=16, depth=1, reads="text", seed=seed), 2_000)


PROBLEMS: dict[str, Callable[[], Problem | None]] = {
    "fault windows": windows,
    "digits": digits,
    "text": texts,
}
