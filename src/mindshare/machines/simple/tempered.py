"""Scores of any classifier as calibrated probabilities: a softmax at a temperature learnt on held-out cases (Guo et al. 2017)."""

from __future__ import annotations

from typing import Any, Self, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin, clone

from mindshare.machines.parts.folds import groups_of_labels, left_out
from mindshare.machines.parts.temperature import best_factor
from mindshare.machines.task import Floats


class Tempered(ClassifierMixin, BaseEstimator):
    """``Tempered(LinearSVC())``: a classifier with `decision_function`; its likeliest label stays what it was.

    The factor of its scores is learnt on cases that each of `folds` copies has not learnt from; cases of one group stay together.
    A label with one case (or group) only teaches every copy and judges none; where no label has two, the factor is 1.
    Learned: `held_out_` (N, L), what the copies say of the cases that they have not learnt from; the same for all labels where
    none has judged.
    """

    def __init__(self, estimator: Any, folds: int = 5) -> None:
        self.estimator = estimator
        self.folds = folds

    def fit(self, X: Any, y: ArrayLike, groups: ArrayLike | None = None) -> Self:
        truth = np.asarray(y)
        self.classes_, code = np.unique(truth, return_inverse=True)
        scores, judged = self._held_out(X, truth, code, None if groups is None else np.asarray(groups))
        self.factor_ = best_factor(scores[judged], code[judged]) if judged.any() else 1.0
        self.held_out_ = cast(Floats, softmax(self.factor_ * scores, axis=1))
        self.estimator_ = clone(self.estimator).fit(X, truth)
        return self

    def __getstate__(self) -> dict[str, Any]:
        """Without what copies said of the cases that taught: a file is for others."""
        return {name: x for name, x in super().__getstate__().items() if name != "held_out_"}

    def decision_function(self, X: Any) -> Floats:
        """(N, L) scores whose softmax is the probability of each label."""
        return self.factor_ * _scores(self.estimator_, X)

    def predict_proba(self, X: Any) -> Floats:
        """(N, L) probabilities in the order of `classes_`."""
        return cast(Floats, softmax(self.decision_function(X), axis=1))

    def predict(self, X: Any) -> NDArray[Any]:
        """(N,) likeliest labels."""
        return self.classes_[self.decision_function(X).argmax(axis=1)]

    def _held_out(
        self, X: Any, truth: NDArray[Any], code: NDArray[np.int64], groups: NDArray[Any] | None
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """(N, L) scores of copies that have not learnt from the case, and where there are any."""
        scores, judged = np.zeros((len(truth), len(self.classes_))), np.zeros(len(truth), np.bool_)
        of = None if groups is None else np.unique(groups, return_inverse=True)[1]
        count = groups_of_labels(code, np.arange(len(code)) if of is None else of)
        if not (count > 1).any():
            return scores, judged
        folds = min(self.folds, int(count[count > 1].min()))
        for kept, away in left_out(code, of, folds, 0):
            scores[away] = _scores(clone(self.estimator).fit(X[kept], truth[kept]), X[away])
            judged[away] = True
        return scores, judged


def _scores(estimator: Any, X: Any) -> Floats:
    """(N, L) scores; of two labels, half a score each, so that their difference is the score."""
    told = np.asarray(estimator.decision_function(X), np.float64)
    return np.stack([-told / 2, told / 2], axis=1) if told.ndim == 1 else told
