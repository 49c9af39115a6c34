"""Which cases a step learns from: all of them at first, then those that still have something to tell.

A case whose loss was small when it was last looked at hardly moves the net, so it comes up again with a chance in proportion to that
loss (Selective-Backprop: Jiang et al. 2019), in one round of ten at least. Batches hold cases of like size, so that little is padding.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

LEAST = 0.1  # the chance of a case that is known by heart
NEAR = 16  # batches whose cases are put in order of size together: like in size, and still mixed


class Rounds:
    """Goes over `n = len(sizes)` cases `rounds` times. `known`: loss below which a case is taken more seldom; 0: never."""

    def __init__(
        self, sizes: NDArray[np.int64], batch: int, rounds: int, known: float, rng: np.random.Generator
    ) -> None:
        self.sizes, self.batch, self.rounds, self.known, self.rng = sizes, batch, rounds, known, rng
        self.uneven = bool(sizes.min() < sizes.max())
        self.loss = np.full(len(sizes), np.inf)  # (n,) of each case, when last looked at
        self.taken = 0  # cases so far

    def batches(self) -> Iterator[tuple[float, NDArray[np.int64]]]:
        """(share of all rounds that is done, cases of the next step). Tell `learnt` what they lost before asking for more."""
        for k in range(self.rounds):
            parts = self._parts(self._due())
            for i, at in enumerate(parts):
                self.taken += len(at)
                yield (k + i / len(parts)) / self.rounds, at

    def learnt(self, at: NDArray[np.int64], loss: NDArray[np.float32]) -> None:
        """What the cases `at` lost, before the step that they taught."""
        self.loss[at] = loss

    def _due(self) -> NDArray[np.int64]:
        order = self.rng.permutation(len(self.loss))
        if not self.known or not self.loss.min() < self.known:
            return order
        chance = np.clip(self.loss / self.known, LEAST, 1.0)[order]
        due = order[self.rng.random(len(order)) < chance]
        return due if len(due) else order[:1]

    def _parts(self, due: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Batches of nearly the same number of cases."""
        if not self.uneven:
            return np.array_split(due, -(-len(due) // self.batch))
        parts = list[NDArray[np.int64]]()
        for near in np.array_split(due, -(-len(due) // (NEAR * self.batch))):
            by_size = near[np.argsort(self.sizes[near], kind="stable")]
            parts += np.array_split(by_size, -(-len(near) // self.batch))
        return [parts[i] for i in self.rng.permutation(len(parts))]
