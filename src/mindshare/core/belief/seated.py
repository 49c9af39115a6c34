"""Whom tables are held to while little is known: agents to their kind, a seat that is shown what machines say to the same person alone.

`alone` (K,) names that other seat; of everybody else it is the own number, and None means that nobody has two seats. Where nothing
was counted of such a seat, its tables are those of the person alone; nothing goes the other way.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.counts import Counts
from mindshare.core.belief.response import logit

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


def held_tables(counts: Counts, of_kind: F64, held: F64, alone: I64 | None) -> F64:
    """(K, L, L) p(answer | truth) of each agent, which borrows `held` (K,) answers a row."""
    borrowed, total = held[:, None, None], counts.own.sum(2, keepdims=True)
    table = (counts.own + borrowed * of_kind) / (total + borrowed)
    if alone is not None:
        mine = _shown(alone)
        part = counts.own[mine] + borrowed[mine] * table[alone[mine]]
        table[mine] = part / (total[mine] + borrowed[mine])
    return table


def held_counts(right: F64, count: F64, of_kind: F64, held: F64, alone: I64 | None) -> F64:
    """(K,) of `held` answers that each agent borrows, how many are right; `right` of its own `count` are."""
    if alone is None:
        return of_kind
    rate = (right + of_kind) / (count + held)
    return np.where(_shown(alone), held * rate[alone], of_kind)


def held_in_cells(counts: Counts, here: F64, held: float, alone: I64 | None) -> None:
    """What agents did in each cell moves their log-odds `here` (K, C) of being right there; a cell borrows `held` answers."""
    if alone is not None:
        mine, moved = _shown(alone), here.copy()
        held_in_cells(counts, moved, held, None)
        here[mine] += (moved - here)[alone[mine]]
    (seen, hits), pair = counts.own_cell, np.unravel_index(counts.pair, here.shape)
    back = 1 / (1 + np.exp(-here[pair]))
    here[pair] = logit((hits + held * back) / (seen + held))


def _shown(alone: I64) -> NDArray[np.bool_]:
    return np.asarray(alone != np.arange(len(alone)))
