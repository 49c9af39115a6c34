"""What is known of a case before anyone answers, as numbers: sparse features and one discrete cell."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mindshare.core.history import Codes, History

MAX_LEVELS = 60  # levels of one categorical column that get a column of their own
CELL_CASES = 40  # a cell must hold this many cases on average, or it cannot say anything about an agent
QUANTILES = (0.25, 0.5, 0.75)


@dataclass
class Context:
    """Fit on the cases of one history, applied to any other with the same columns.

    `design` gives an (N, D) sparse matrix in [0, 1]: one column a frequent level and a quartile of each number.
    `cell` gives (N,) int32: the cross of the categorical columns, as far as cells stay populated; 0 = none of them.
    The truth and the answers are never looked at.
    """

    columns_: list[tuple[str, str, int | float]] = field(default_factory=list)
    crossed_: list[str] = field(default_factory=list)
    cells_: dict[tuple[int, ...], int] = field(default_factory=dict)

    def fit(self, history: History) -> Context:
        self.columns_, self.crossed_ = [], []
        for name, codes in categorical(history).items():
            count = np.bincount(codes.code[codes.code >= 0], minlength=len(codes.names))
            frequent = np.argsort(-count, kind="stable")[:MAX_LEVELS]
            least = max(5, len(history) // 2000)
            levels = [level for level in sorted(frequent.tolist()) if count[level] >= least]
            self.columns_ += [("level", name, level) for level in levels]
        for name, values in history.features.numeric.items():
            known = values[~np.isnan(values)]
            cuts = sorted(set(np.quantile(known, QUANTILES).tolist())) if len(known) else []
            self.columns_ += [("above", name, float(cut)) for cut in cuts]
            if 0 < len(known) < len(values):
                self.columns_.append(("missing", name, 0))
        self._choose_cells(history)
        return self

    def _choose_cells(self, history: History) -> None:
        """Cross the categorical columns greedily, fewest levels first, while cells keep CELL_CASES on average."""
        columns = categorical(history)
        key = np.zeros(len(history), np.int64)
        for name in sorted(columns, key=lambda n: (len(columns[n].names), n)):
            crossed = key * (len(columns[name].names) + 1) + columns[name].code + 1
            if len(history) / len(np.unique(crossed)) >= CELL_CASES and len(np.unique(crossed)) > 1:
                key = np.unique(crossed, return_inverse=True)[1].astype(np.int64)
                self.crossed_.append(name)
        rows = set(zip(*(columns[n].code.tolist() for n in self.crossed_), strict=True))
        self.cells_ = {row: i + 1 for i, row in enumerate(sorted(rows))}

    @property
    def n_cells(self) -> int:
        return len(self.cells_) + 1

    def cell(self, history: History) -> NDArray[np.int32]:
        if not self.crossed_:
            return np.zeros(len(history), np.int32)
        columns = categorical(history)
        stacked = np.stack([columns[n].code for n in self.crossed_], axis=1)
        unique, inverse = np.unique(stacked, axis=0, return_inverse=True)
        codes = np.array([self.cells_.get(tuple(row), 0) for row in unique.tolist()], np.int32)
        return codes[inverse.ravel()]

    def design(self, history: History) -> sparse.csr_matrix:
        columns = categorical(history)
        parts = []
        for how, name, at in self.columns_:
            if how == "level":
                hit = columns[name].code == at
            elif how == "above":
                hit = history.features.numeric[name] > at
            else:
                hit = np.isnan(history.features.numeric[name])
            parts.append(np.flatnonzero(hit))
        indptr = np.concatenate([[0], np.cumsum([len(p) for p in parts])]).astype(np.int64)
        rows = np.concatenate(parts) if parts else np.zeros(0, np.int64)
        shape = (len(history), len(parts))
        return sparse.csc_matrix((np.ones(len(rows), np.float32), rows, indptr), shape=shape).tocsr()


def categorical(history: History) -> dict[str, Codes]:
    """The categorical features and the kind. The group is for fairness and reports, never evidence."""
    columns = dict(history.features.categorical)
    if history.kind is not None:
        columns["kind"] = history.kind
    return columns
