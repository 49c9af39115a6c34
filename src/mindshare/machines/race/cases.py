"""The cases of a race: in which order they teach, and which of them judge."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.machines.ladder.rungs import some

MOST_JUDGED = 5_000  # cases: more would not tell machines apart any better
I64 = NDArray[np.int64]


class Cases(NamedTuple):
    """`X`, labels `y` (N,), their places `code` (N,) in `classes`, and `groups` (N,) or None."""

    X: Any
    y: NDArray[Any]
    code: I64
    classes: NDArray[Any]
    groups: I64 | None

    @property
    def of(self) -> I64:
        """(N,) the group of each case; without groups each is its own."""
        return np.arange(len(self.y)) if self.groups is None else self.groups

    def take(self, at: I64) -> Cases:
        """The cases `at`, which may lack labels; `classes` stay."""
        groups = None if self.groups is None else self.groups[at]
        return Cases(some(self.X, at), self.y[at], self.code[at], self.classes, groups)

    def shuffled(self, seed: int) -> I64:
        """(N,) an order in which whole groups follow each other, two groups of every label first: any beginning of it can teach."""
        rng, of = np.random.default_rng(seed), self.of
        place = rng.permutation(int(of.max()) + 1)
        order = np.argsort(place[of], kind="stable")
        first = np.zeros(int(of.max()) + 1, np.bool_)
        for k in range(len(self.classes)):
            groups = of[order][self.code[order] == k]
            first[list(dict.fromkeys(groups.tolist()))[:2]] = True
        return order[np.argsort(~first[of[order]], kind="stable")]

    def judges(self, seed: int) -> I64:
        """Those that judge: all, or `MOST_JUDGED` drawn of them."""
        n = len(self.y)
        if n <= MOST_JUDGED:
            return np.arange(n)
        return np.sort(np.random.default_rng(seed).choice(n, MOST_JUDGED, replace=False))
