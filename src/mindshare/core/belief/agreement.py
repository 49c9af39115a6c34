"""How much the machines agree and how sure they say they are: what a person's answer weighs depends on it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.rows import Rows
from mindshare.core.kernel import kernel

F64 = NDArray[np.float64]
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


class Agreement(NamedTuple):
    """Columns of the design that ask whether the machines' agreement, or their mean confidence, is above a cut.

    Only for settings where all machines speak before anybody is asked: their answers are known by then.
    """

    agreement: F64  # cuts of the share of the machines that give the commonest label
    confidence: F64  # cuts of their mean stated confidence

    @staticmethod
    def nothing() -> Agreement:
        """No columns: machines are asked one by one."""
        return Agreement(np.zeros(0), np.zeros(0))


def learn_agreement(rows: Rows, n_labels: int) -> Agreement:
    """Cuts at quantiles of what the machines of these cases did."""
    both = _measures(rows, n_labels)
    cuts = []
    for j in range(2):
        known = both[~np.isnan(both[:, j]), j]
        cuts.append(np.unique(np.quantile(known, QUANTILES)) if len(known) else np.zeros(0))
    return Agreement(*cuts)


@kernel(allocates=True)
def _measures(rows, n_labels):  # type: ignore[no-untyped-def]
    """(N, 2) `measure` of each case."""
    out = np.empty((len(rows.indptr) - 1, 2))
    votes = np.zeros(n_labels)
    for i in range(len(out)):
        out[i, 0], out[i, 1] = measure(rows, i, votes)
    return out


@kernel
def measure(rows, i, votes):  # type: ignore[no-untyped-def]
    """Share of the machines that give the commonest label, and their mean confidence; NaN where none tells."""
    for y in range(len(votes)):
        votes[y] = 0.0
    spoke, told, total = 0, 0, 0.0
    for r in range(rows.indptr[i], rows.indptr[i + 1]):
        if rows.person[r] == 0 and rows.label[r] >= 0:
            spoke += 1
            votes[rows.label[r]] += 1.0
            sure = stated(rows, r)
            if not np.isnan(sure):
                told += 1
                total += sure
    most = 0.0
    for y in range(len(votes)):
        most = max(most, votes[y])
    agree = most / spoke if spoke > 1 else np.nan
    return agree, total / told if told > 0 else np.nan


@kernel
def stated(rows, r):  # type: ignore[no-untyped-def]
    """The confidence given with an answer, else the probability of the answered label, else NaN."""
    if not np.isnan(rows.confidence[r]):
        return np.float64(rows.confidence[r])
    if rows.proba_row[r] >= 0 and rows.label[r] >= 0:
        return np.float64(rows.proba[rows.proba_row[r], rows.label[r]])
    return np.nan


@kernel
def agreeing(agreement, rows, i, first, votes, out, n):  # type: ignore[no-untyped-def]
    """Append the columns that hold for case i, numbered from `first` on, to the `n` in `out`; returns how many there are."""
    a, b = len(agreement.agreement), len(agreement.confidence)
    if a + b == 0:
        return n
    agree, sure = measure(rows, i, votes)
    for j in range(a):
        if agree > agreement.agreement[j]:
            out[n] = first + j
            n += 1
    for j in range(b):
        if sure > agreement.confidence[j]:
            out[n] = first + a + j
            n += 1
    return n
