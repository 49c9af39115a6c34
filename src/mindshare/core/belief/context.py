"""What is known of a case before anyone answers: the columns of the design that hold for it, and one discrete cell."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.columns import Columns, Schema
from mindshare.core.kernel import kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
MAX_LEVELS = 60  # levels of one categorical column that get a column of their own
CELL_CASES = 40  # a cell must hold this many cases on average, or it cannot say anything about an agent
QUANTILES = (0.25, 0.5, 0.75)
LEVEL, ABOVE, MISSING = (
    0,
    1,
    2,
)  # what a column of the design asks: is it this level, above this cut, missing?
MOST_KEYS = 2**62  # combinations of levels that a cell's key can tell apart


class Context(NamedTuple):
    """D yes-or-no columns of the design, and the cells; the truth and the answers are never looked at.

    A cell is a combination of levels of the `crossed` categorical columns; 0 is none of those that were met.
    """

    how: I64  # (D,) LEVEL, ABOVE or MISSING
    column: I64  # (D,) of the categorical or the numeric columns
    at: F64  # (D,) the level, or the cut
    crossed: I64  # (X,) categorical columns
    base: I64  # (X,) levels of each, and one more for none
    keys: I64  # (C - 1,) sorted

    @property
    def n_cells(self) -> int:
        return len(self.keys) + 1


def learn_context(columns: Columns, schema: Schema) -> Context:
    """One column for each frequent level and each quartile of a number; cells as far as they stay populated."""
    told: list[tuple[int, int, float]] = []
    least = max(5, len(columns.level) // 2000)
    for j, (_, names) in enumerate(schema.categorical):
        code = columns.level[:, j]
        count = np.bincount(code[code >= 0], minlength=len(names))
        frequent = np.argsort(-count, kind="stable")[:MAX_LEVELS]
        told += [(LEVEL, j, float(level)) for level in sorted(frequent.tolist()) if count[level] >= least]
    for j in range(columns.number.shape[1]):
        values = columns.number[:, j]
        known = values[~np.isnan(values)]
        cuts = sorted(set(np.quantile(known, QUANTILES).tolist())) if len(known) else []
        told += [(ABOVE, j, float(cut)) for cut in cuts]
        if 0 < len(known) < len(values):
            told.append((MISSING, j, 0.0))
    crossed, base = _crossed(columns, schema)
    keys = np.unique(_keys(columns.level, crossed, base)) if len(crossed) else np.zeros(0, np.int64)
    how, column, at = zip(*told, strict=True) if told else ((), (), ())
    return Context(
        np.array(how, np.int64), np.array(column, np.int64), np.array(at, np.float64), crossed, base, keys
    )


def _crossed(columns: Columns, schema: Schema) -> tuple[I64, I64]:
    """Cross the categorical columns greedily, fewest levels first, while cells keep CELL_CASES on average."""
    n, key = len(columns.level), np.zeros(len(columns.level), np.int64)
    chosen: list[int] = []
    combinations = 1
    sizes = [len(names) + 1 for _, names in schema.categorical]
    for j in sorted(range(len(sizes)), key=lambda j: (sizes[j], schema.categorical[j][0])):
        crossed = key * sizes[j] + columns.level[:, j] + 1
        found = np.unique(crossed)
        if len(found) > 1 and n / len(found) >= CELL_CASES and combinations * sizes[j] < MOST_KEYS:
            key = np.unique(crossed, return_inverse=True)[1].astype(np.int64)
            combinations *= sizes[j]
            chosen.append(j)
    return np.array(chosen, np.int64), np.array([sizes[j] for j in chosen], np.int64)


def _keys(level: NDArray[np.int32], crossed: I64, base: I64) -> I64:
    """(N,) one number for each combination of the crossed columns."""
    key = np.zeros(len(level), np.int64)
    for j, size in zip(crossed.tolist(), base.tolist(), strict=True):
        key = key * size + level[:, j] + 1
    return key


@kernel
def at_most(values, x):  # type: ignore[no-untyped-def]
    """How many of these sorted values are at most x."""
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) // 2
        if values[middle] <= x:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def cell_of(context, level):  # type: ignore[no-untyped-def]
    """The cell of a case with these levels (its categorical columns)."""
    if len(context.crossed) == 0:
        return 0
    key = 0
    for x in range(len(context.crossed)):
        key = key * context.base[x] + level[context.crossed[x]] + 1
    at = at_most(context.keys, key)
    return at if at > 0 and context.keys[at - 1] == key else 0


@kernel
def active(context, number, level, out):  # type: ignore[no-untyped-def]
    """Write the columns of the design that hold for a case into `out`; returns how many."""
    n = 0
    for d in range(len(context.how)):
        j = context.column[d]
        if context.how[d] == LEVEL:
            holds = level[j] == context.at[d]
        elif context.how[d] == ABOVE:
            holds = number[j] > context.at[d]
        else:
            holds = np.isnan(number[j])
        if holds:
            out[n] = d
            n += 1
    return n


@kernel(allocates=True)
def cells_of(context, level):  # type: ignore[no-untyped-def]
    """(N,) the cell of each case."""
    out = np.zeros(len(level), np.int32)
    for i in range(len(level)):
        out[i] = cell_of(context, level[i])
    return out
