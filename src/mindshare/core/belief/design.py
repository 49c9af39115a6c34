"""The design of cases: which yes-or-no columns hold for each, so that a weighted sum over columns is a sum of a few numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mindshare.core.belief.agreement import Agreement, agreeing
from mindshare.core.belief.columns import Columns
from mindshare.core.belief.context import Context, active
from mindshare.core.belief.rows import Rows
from mindshare.core.kernel import kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


class Design(NamedTuple):
    """`of[at[i]:at[i + 1]]` are the columns that hold for case i."""

    at: I64  # (N + 1,)
    of: I64

    def matrix(self, width: int) -> sparse.csr_matrix:
        """(N, width) of 0 and 1."""
        shape = (len(self.at) - 1, width)
        return sparse.csr_matrix((np.ones(len(self.of), np.float32), self.of, self.at), shape=shape)

    def take(self, cases: I64) -> Design:
        """That of these cases alone."""
        parts = [self.of[self.at[i] : self.at[i + 1]] for i in cases.tolist()]
        at = np.concatenate([[0], np.cumsum([len(p) for p in parts])]).astype(np.int64)
        return Design(at, np.concatenate([np.zeros(0, np.int64), *parts]))


def describe(context: Context, agreement: Agreement, columns: Columns, rows: Rows, n_labels: int) -> Design:
    """The design of these cases; the columns of the agreement come after those of the context."""
    at, of = _describe(context, agreement, columns.number, columns.level, rows, n_labels)
    return Design(at, of[: at[-1]].copy())


def width_of(context: Context, agreement: Agreement) -> int:
    """How many columns a design has."""
    return len(context.how) + len(agreement.agreement) + len(agreement.confidence)


@kernel(allocates=True)
def _describe(context, agreement, number, level, rows, n_labels):  # type: ignore[no-untyped-def]
    n = len(level)
    first = len(context.how)
    most = first + len(agreement.agreement) + len(agreement.confidence)
    at, votes, held = np.zeros(n + 1, np.int64), np.zeros(n_labels), np.zeros(most, np.int64)
    of = np.zeros(max(64, 4 * n), np.int64)
    for i in range(n):
        count = active(context, number[i], level[i], held)
        count = agreeing(agreement, rows, i, first, votes, held, count)
        at[i + 1] = at[i] + count
        if at[i + 1] > len(of):
            more = np.zeros(max(2 * len(of), at[i + 1]), np.int64)
            for d in range(at[i]):
                more[d] = of[d]
            of = more
        for d in range(count):
            of[at[i] + d] = held[d]
    return at, of


@kernel(allocates=True)
def summed(design, matrix):  # type: ignore[no-untyped-def]
    """(N, W) the sum of the rows of `matrix` (D, W) whose columns hold for each case."""
    out = np.zeros((len(design.at) - 1, matrix.shape[1]))
    for i in range(len(out)):
        for d in range(design.at[i], design.at[i + 1]):
            for w in range(matrix.shape[1]):
                out[i, w] += matrix[design.of[d], w]
    return out
