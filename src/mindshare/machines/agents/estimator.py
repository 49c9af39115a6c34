"""A scikit-learn estimator or pipeline as a machine: learns as it always does, and its answers are timed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from mindshare.core.errors import MindshareError
from mindshare.machines.agents.measured import sizes_of, timed
from mindshare.machines.agents.said import from_proba, from_scores
from mindshare.machines.task import Floats


class Estimator:
    """``Estimator(make_pipeline(...))``: anything with `fit` and `predict_proba`, else `decision_function`.

    `fit` learns a copy, so that what was handed in stays as it is. Where there are scores only, their temperature is not
    learnt: the belief does that from outcomes.
    """

    def __init__(self, estimator: Any) -> None:
        if not any(hasattr(estimator, name) for name in ("predict_proba", "decision_function")):
            raise ValueError(
                f"{type(estimator).__name__} has neither predict_proba nor decision_function;"
                " hand in a classifier that has one (SVC(probability=True), CalibratedClassifierCV(...))."
            )
        self.estimator = estimator

    def fit(self, X: Any, y: ArrayLike) -> Self:
        from sklearn.base import clone

        given = np.asarray(y)
        if len(given) != len(X):
            raise ValueError(f"There are {len(X)} cases and {len(given)} truths; give one for each case.")
        self.estimator_ = clone(self.estimator).fit(X, given)
        self.classes_ = np.asarray(self.estimator_.classes_)
        self.cost_ = timed(self.predict_proba, X)
        return self

    def predict_proba(self, X: Any) -> Floats:
        """(N, L) probabilities in the order of `classes_`."""
        if not hasattr(self, "estimator_"):
            raise MindshareError("This Estimator has not learnt yet: call fit.")
        who, size = type(self.estimator_).__name__, len(self.classes_)
        if hasattr(self.estimator_, "predict_proba"):
            return from_proba(self.estimator_.predict_proba(X), len(X), size, who)
        return from_scores(self.estimator_.decision_function(X), len(X), size, who)

    def cost(self, X: Any) -> Mapping[str, Floats]:
        """`cpu_s` of answering each case alone."""
        if not hasattr(self, "cost_"):
            raise MindshareError("This Estimator has not learnt yet: call fit.")
        return self.cost_.expected(sizes_of(X))

    def explain(self, X: Any) -> list[Floats]:  # noqa: ARG002 - nothing to show
        return []
