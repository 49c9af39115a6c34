"""Random subsets of the answers of labelled cases: weights are fitted on them, so that any subset is a valid input."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.rows import Rows

I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Subsets(NamedTuple):
    """T subsets of the answers of each of U cases; `indptr[u]:indptr[u + 1]` are the answers of `case[u]`, machines first."""

    case: I64  # (U,)
    indptr: I64  # (U + 1,)
    row: I64  # (R,) answer rows
    drawn: Mask  # (R, T) whether the row is in the subset


def draw_subsets(
    rows: Rows, cases: I64, answered: Mask, turns: int, machines_always: bool, rng: np.random.Generator
) -> Subsets:
    """`turns` subsets of the `answered` (M,) rows of each of these cases."""
    wanted = np.zeros(len(rows.indptr) - 1, bool)
    wanted[cases] = True
    row = np.flatnonzero(answered & wanted[rows.case])
    row = row[np.lexsort((rows.person[row], rows.case[row]))]
    drawn = np.stack([random_subset(rows, cases, t, machines_always, rng)[row] for t in range(turns)], axis=1)
    count = np.bincount(rows.case[row], minlength=len(wanted))[cases]
    return Subsets(cases, np.concatenate([[0], np.cumsum(count)]).astype(np.int64), row, drawn)


def random_subset(rows: Rows, cases: I64, turn: int, machines_always: bool, rng: np.random.Generator) -> Mask:
    """(M,) a random subset of the rows of `cases`; rows of other cases are not in it."""
    chance = rng.random(len(rows.person))
    share = rng.random((len(cases), 2))
    # every other draw looks as the start of a decision does: all machines, few people
    share[:, 1] = share[:, 1] ** (2 if turn % 2 == 0 else 1)
    if machines_always or turn % 3 < 2:
        share[:, 0] = 1.0
    most = np.zeros((len(rows.indptr) - 1, 2))
    most[cases] = share
    return np.asarray(chance < most[rows.case, rows.person])
