"""What all simple rungs share: scikit-learn's manners around one pipeline, and a machine's promises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline
from sklearn.utils import Tags
from threadpoolctl import threadpool_limits

from mindshare.core.errors import MindshareError
from mindshare.machines.agents.estimator import Estimator
from mindshare.machines.parts.truths import labels
from mindshare.machines.task import Floats


class NotLearnt(MindshareError, NotFittedError):
    """A rung that has not learnt yet is asked; scikit-learn knows it as `NotFittedError`."""


class Simple(ClassifierMixin, BaseEstimator):
    """A rung that is one pipeline. Learned: `classes_`, `machine_` (`Estimator`). It learns and answers on one thread.

    Errors of `fit`: ValueError for cases or labels that make no sense.
    """

    classes_: NDArray[Any]
    machine_: Estimator

    def pipeline(self) -> Pipeline:
        """What learns: from cases as a person has them to a classifier."""
        raise NotImplementedError

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.no_validation = True  # texts, windows of unlike length, tables with words
        return tags

    @property
    def held_out_(self) -> Floats:
        """(N, L) what copies say of the cases that taught, each copy of those that it has not learnt from.

        What reads the cases (scales, which words there are) has seen all of them, without their truths.
        """
        return self._learnt().estimator_.steps[-1][1].held_out_

    def fit(self, X: Any, y: ArrayLike, groups: ArrayLike | None = None) -> Self:
        """Learns, and times what an answer costs. `groups` (N,): where copies judge, cases of one stay together."""
        truth = labels(y, len(X))
        if len(set(truth.tolist())) < 2:
            raise ValueError(
                f"All cases are of one class, '{truth[0]}'; at least two labels are needed to learn."
            )
        with threadpool_limits(1):
            self.machine_ = Estimator(self.pipeline()).fit(X, truth, decide__groups=groups)
        self.classes_ = self.machine_.classes_
        return self

    def predict_proba(self, X: Any) -> Floats:
        """(N, L) calibrated probabilities in the order of `classes_`."""
        with threadpool_limits(1):
            return self._learnt().predict_proba(X)

    def predict(self, X: Any) -> NDArray[Any]:
        """(N,) likeliest labels."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return self.classes_[likeliest]

    def cost(self, X: Any) -> Mapping[str, Floats]:
        """`cpu_s` of answering each case alone, as timed by the fit."""
        return self._learnt().cost(X)

    def explain(self, X: Any) -> list[Floats]:  # noqa: ARG002 - nothing to show
        return []

    def _learnt(self) -> Estimator:
        if not hasattr(self, "machine_"):
            raise NotLearnt(f"This {type(self).__name__} has not learnt yet: call fit.")
        return self.machine_
