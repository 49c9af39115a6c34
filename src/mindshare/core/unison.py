"""How much the machines agree and how sure they say they are: what a person's answer weighs depends on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mindshare.core.history import History
from mindshare.core.manner import stated_confidence

F64 = NDArray[np.float64]
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


class Unison:
    """``design(history)`` (N, D) in {0, 1}: is the machines' agreement, or mean confidence, above each cut?

    Only for settings where all machines speak before anybody is asked: their answers are known by then.
    """

    def fit(self, history: History) -> Unison:
        self.cuts_ = [
            sorted(set(np.quantile(known, QUANTILES).tolist())) if len(known) else []
            for known in (values[~np.isnan(values)] for values in _measures(history))
        ]
        return self

    def design(self, history: History) -> sparse.csr_matrix:
        columns = [
            values > cut for values, cuts in zip(_measures(history), self.cuts_, strict=True) for cut in cuts
        ]
        if not columns:
            return sparse.csr_matrix((len(history), 0), dtype=np.float32)
        return sparse.csr_matrix(np.stack(columns, axis=1).astype(np.float32))


def _measures(history: History) -> tuple[F64, F64]:
    """(N,) share of the machines that give the commonest label; (N,) mean confidence; NaN where no machine spoke."""
    a = history.answers
    rows = np.flatnonzero(~history.is_person[a.agent] & (a.label >= 0))
    n, n_labels = len(history), len(history.team.labels)
    case = a.case[rows].astype(np.int64)
    spoke = np.bincount(case, minlength=n).astype(float)
    pairs, votes = np.unique(case * n_labels + a.label[rows], return_counts=True)
    most = np.zeros(n)
    np.maximum.at(most, pairs // n_labels, votes)
    sure = stated_confidence(history)[rows]
    known = ~np.isnan(sure)
    told = np.bincount(case[known], minlength=n).astype(float)
    mean = np.bincount(case[known], sure[known], n)
    with np.errstate(invalid="ignore", divide="ignore"):
        return most / np.where(spoke > 1, spoke, np.nan), mean / np.where(told > 0, told, np.nan)
