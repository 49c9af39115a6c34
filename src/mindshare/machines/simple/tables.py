"""Tables: numbers and words in columns, some of them missing; boosted trees, a line, or support vectors."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from mindshare.machines.simple.machine import TEMPERED, Simple
from mindshare.machines.simple.tempered import Tempered
from mindshare.machines.simple.trees import TREES, boosted

COLUMNS = "mindshare.machines.simple.tables.Columns"
MOST_WORDS = 50  # columns that one column of words becomes at most; rarer words are one


class Boosting(Simple):
    """Boosted trees on the columns of a table (histogram gradient boosting). Missing numbers are a branch of their own.

    `rounds`: trees for each label.
    """

    reads = "table"
    trusts = (TEMPERED, COLUMNS, TREES, "numpy.dtype")

    def __init__(self, rounds: int = 100, seed: int = 0) -> None:
        self.rounds = rounds
        self.seed = seed

    def pipeline(self) -> Pipeline:
        return Pipeline([("read", Columns()), ("decide", boosted(self.rounds, 0.5, self.seed))])


class Line(Simple):
    """Logistic regression on standardised columns; missing numbers are their median, and a column says that they were missing."""

    reads = "table"
    trusts = (TEMPERED, COLUMNS, "numpy.dtype")

    def __init__(self, C: float = 1.0) -> None:
        self.C = C

    def pipeline(self) -> Pipeline:
        return _standardised(LogisticRegression(C=self.C, max_iter=2_000))


class Vectors(Simple):
    """A support vector machine (rbf) on columns that are made ready as for `Line`: for shapes that neither a line nor branches follow."""

    reads = "table"
    trusts = (TEMPERED, COLUMNS, "numpy.dtype")

    def __init__(self, C: float = 3.0) -> None:
        self.C = C

    def pipeline(self) -> Pipeline:
        return _standardised(OneVsRestClassifier(SVC(C=self.C)))


def _standardised(decide: Any) -> Pipeline:
    """Missing numbers are their median, and a column says that they were missing; all columns have mean 0 and spread 1."""
    return Pipeline(
        [
            ("read", Columns()),
            ("fill", SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)),
            ("scale", StandardScaler()),
            ("decide", Tempered(decide)),
        ]
    )


class Columns(TransformerMixin, BaseEstimator):
    """A table (array, list of rows, pandas, polars) as numbers: columns of words become a column for each word, missing numbers nan.

    A column is one of numbers if all that it holds of those who teach are numbers. A word that was not there is none of them.
    """

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's way to call it
        cells = _cells(X)
        self.n_features_in_ = cells.shape[1]
        self.words_ = [j for j in range(self.n_features_in_) if _numbers(cells[:, j]) is None]
        self.encoder_ = OneHotEncoder(
            handle_unknown="infrequent_if_exist", max_categories=MOST_WORDS, sparse_output=False
        )
        if self.words_:
            self.encoder_.fit(_as_words(cells[:, self.words_]))
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:
        cells = _cells(X)
        if cells.shape[1] != self.n_features_in_:
            raise ValueError(f"The table has {cells.shape[1]} columns; it learnt from {self.n_features_in_}.")
        found = [self._column(cells[:, j], j) for j in range(self.n_features_in_) if j not in self.words_]
        if self.words_:
            found += list(self.encoder_.transform(_as_words(cells[:, self.words_])).T)
        return np.column_stack(found)

    def _column(self, cells: NDArray[Any], j: int) -> NDArray[np.float64]:
        numbers = _numbers(cells)
        if numbers is None:
            raise ValueError(f"Column {j} held numbers when it was learnt from, and holds words now.")
        if np.isinf(numbers).any():
            raise ValueError(
                f"Row {np.flatnonzero(np.isinf(numbers))[0]} holds an infinite number, column {j}."
            )
        return numbers


def _cells(X: Any) -> NDArray[Any]:
    """(N, F) cells as they are."""
    if hasattr(X, "to_numpy"):
        X = X.to_numpy()
    try:
        cells = np.asarray(X) if isinstance(X, np.ndarray) else np.array([list(row) for row in X], object)
    except (TypeError, ValueError) as wrong:
        raise ValueError("A table has rows that all have the same columns.") from wrong
    if cells.ndim != 2 or not cells.size:
        raise ValueError(
            f"A table is (cases, columns), with at least one of each. Got {cells.shape} instead."
        )
    return cells


def _numbers(cells: NDArray[Any]) -> NDArray[np.float64] | None:
    """(N,) numbers, nan where one is missing; None for words."""
    if cells.dtype.kind in "fiub":
        return cells.astype(np.float64)
    try:
        return np.array([np.nan if cell is None or cell == "" else float(cell) for cell in cells.tolist()])
    except (TypeError, ValueError):
        return None


def _as_words(cells: NDArray[Any]) -> NDArray[Any]:
    """Words; what is missing (nan is not itself) is the empty one."""
    each = [["" if cell is None or cell != cell else str(cell) for cell in row] for row in cells.tolist()]
    return np.array(each, object)
