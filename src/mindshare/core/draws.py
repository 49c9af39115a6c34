"""Random subsets of the answers of labelled cases: what the weights of the pool are fitted on, so that any subset is known to them."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Draws(NamedTuple):
    """D draws: `case` (D,) and its rows `row[indptr[d]:indptr[d + 1]]`."""

    case: I64
    indptr: I64
    row: I64

    @staticmethod
    def stack(heads: list[I64], rows: list[tuple[I64, I64]]) -> Draws:
        """One Draws of several turns: the cases of each, and its (count a case, rows)."""
        counts = np.concatenate([count for count, _ in rows])
        return Draws(
            case=np.concatenate(heads).astype(np.int64),
            indptr=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            row=np.concatenate([row for _, row in rows]).astype(np.int64),
        )


def random_subset(
    indptr: I64,
    cases: I64,
    person: Mask,
    answered: Mask,
    machines_always: bool,
    turn: int,
    rng: np.random.Generator,
) -> tuple[I64, I64]:
    """Rows of a random subset of each case's answers: (count a case, rows)."""
    chance = rng.random(len(person))
    share = rng.random((len(cases), 2))
    # every other draw looks as the start of a decision does: all machines, few people
    share[:, 1] = share[:, 1] ** (2 if turn % 2 == 0 else 1)
    if machines_always or turn % 3 < 2:
        share[:, 0] = 1.0
    return _subset(indptr, cases, person, answered, chance, share)


@numba.njit(cache=True)
def _subset(indptr, cases, person, answered, chance, share):  # type: ignore[no-untyped-def]
    counts = np.zeros(len(cases), np.int64)
    rows = np.empty(len(chance), np.int64)
    n = 0
    for i in range(len(cases)):
        for r in range(indptr[cases[i]], indptr[cases[i] + 1]):
            if answered[r] and chance[r] < share[i, 1 if person[r] else 0]:
                rows[n] = r
                n += 1
                counts[i] += 1
    return counts, rows[:n]
