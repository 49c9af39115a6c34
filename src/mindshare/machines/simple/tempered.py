"""Scores of any classifier as calibrated probabilities: a softmax at a temperature learnt on held-out cases (Guo et al. 2017)."""

from __future__ import annotations

from typing import Any, Self, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import StratifiedKFold

from mindshare.machines.task import Floats

WIDEST = 6.0  # log of the largest and the smallest factor of scores


class Tempered(ClassifierMixin, BaseEstimator):
    """``Tempered(LinearSVC())``: a classifier with `decision_function`; its likeliest label stays what it was.

    The factor of its scores is learnt on cases that each of `folds` copies has not learnt from. A label with one case only
    teaches every copy and judges none; where no label has two, the factor is 1.
    """

    def __init__(self, estimator: Any, folds: int = 5) -> None:
        self.estimator = estimator
        self.folds = folds

    def fit(self, X: Any, y: ArrayLike) -> Self:
        truth = np.asarray(y)
        self.classes_, code = np.unique(truth, return_inverse=True)
        self.factor_ = self._factor(X, truth, code)
        self.estimator_ = clone(self.estimator).fit(X, truth)
        return self

    def decision_function(self, X: Any) -> Floats:
        """(N, L) scores whose softmax is the probability of each label."""
        return self.factor_ * _scores(self.estimator_, X)

    def predict_proba(self, X: Any) -> Floats:
        """(N, L) probabilities in the order of `classes_`."""
        return cast(Floats, softmax(self.decision_function(X), axis=1))

    def predict(self, X: Any) -> NDArray[Any]:
        """(N,) likeliest labels."""
        return self.classes_[self.decision_function(X).argmax(axis=1)]

    def _factor(self, X: Any, truth: NDArray[Any], code: NDArray[np.int64]) -> float:
        count = np.bincount(code)
        several = np.flatnonzero(count[code] > 1)
        if not len(several):
            return 1.0
        folds = min(self.folds, int(count[count > 1].min()))
        held_out = np.zeros((len(truth), len(count)))
        for _, out in StratifiedKFold(folds, shuffle=True, random_state=0).split(several, code[several]):
            away = several[out]
            kept = np.setdiff1d(np.arange(len(truth)), away)
            held_out[away] = _scores(clone(self.estimator).fit(X[kept], truth[kept]), X[away])
        return _best(held_out[several], code[several])


def _scores(estimator: Any, X: Any) -> Floats:
    """(N, L) scores; of two labels, half a score each, so that their difference is the score."""
    told = np.asarray(estimator.decision_function(X), np.float64)
    return np.stack([-told / 2, told / 2], axis=1) if told.ndim == 1 else told


def _best(scores: Floats, code: NDArray[np.int64]) -> float:
    """The factor of the least log-loss. One case more is taken to be of any label (after Platt 1999): without it,
    held-out cases without a mistake would make it infinite.
    """
    n, unsure, size = len(code), 1.0 / (len(code) + 1), max(float(np.abs(scores).mean()), 1e-12)

    def loss(log: float) -> float:
        told = log_softmax(np.exp(log) * scores / size, axis=1)
        sure = told[np.arange(n), code]
        return -float(((1 - unsure) * sure + unsure * told.mean(axis=1)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-WIDEST, WIDEST), method="bounded").x)) / size
