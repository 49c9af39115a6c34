"""A scikit-learn estimator or pipeline as a machine: learns as it always does, and its answers are timed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from mindshare.core.errors import MindshareError, listed
from mindshare.machines.agents.extra import extra
from mindshare.machines.agents.measured import Measured, count_of, sizes_of, timed
from mindshare.machines.agents.said import from_proba, from_scores, in_order, label_set
from mindshare.machines.parts.packed import Given, State, as_bytes
from mindshare.machines.task import Floats


class Estimator:
    """``Estimator(make_pipeline(...))``: anything with `fit` and `predict_proba`, else `decision_function`.

    `fit` learns a copy, so that what was handed in stays as it is. What has learnt already answers without `fit`, as it is. Where
    there are scores only, their temperature is not learnt: the belief does that from outcomes.
    """

    def __init__(self, estimator: Any) -> None:
        if not any(hasattr(estimator, name) for name in ("predict_proba", "decision_function")):
            raise ValueError(
                f"{type(estimator).__name__} has neither predict_proba nor decision_function;"
                " hand in a classifier that has one (SVC(probability=True), CalibratedClassifierCV(...))."
            )
        self.estimator = estimator
        if hasattr(estimator, "classes_"):
            self._has_learnt(estimator)

    @classmethod
    def learnt(cls, estimator: Any) -> Self:
        """One that has learnt already, as it is; what an answer costs is not known before `fit` or `timed`."""
        made = cls(estimator)
        made.estimator_, made.classes_ = estimator, np.asarray(estimator.classes_)
        return made

    def fit(self, X: Any, y: ArrayLike, **told: Any) -> Self:
        """Learns; `told` goes to the `fit` of the estimator."""
        from sklearn.base import clone

        given = np.asarray(y)
        if len(given) != count_of(X):
            raise ValueError(
                f"There are {count_of(X)} cases and {len(given)} truths; give one for each case."
            )
        self._has_learnt(clone(self.estimator).fit(X, given, **told))
        self.cost_ = timed(self.predict_proba, X)
        return self

    def _has_learnt(self, estimator: Any) -> None:
        self.estimator_, self.classes_ = estimator, label_set(estimator.classes_)
        last = getattr(estimator, "steps", [("", estimator)])[-1][1]
        pairs = getattr(last, "decision_function_shape", "ovr") == "ovo" and len(self.classes_) > 2
        if pairs and not hasattr(estimator, "predict_proba"):
            raise ValueError(
                f"{type(last).__name__} gives a score for each pair of labels; set decision_function_shape='ovr'."
            )

    def predict_proba(self, X: Any) -> Floats:
        """(N, L) probabilities in the order of `classes_`."""
        if not hasattr(self, "estimator_"):
            raise MindshareError("This Estimator has not learnt yet: call fit.")
        who, size, n = type(self.estimator_).__name__, len(self.classes_), count_of(X)
        if not n:
            return np.zeros((0, size))
        if hasattr(self.estimator_, "predict_proba"):
            proba = from_proba(self.estimator_.predict_proba(X), n, size, who)
        else:
            proba = from_scores(self.estimator_.decision_function(X), n, size, who)
        return proba[:, in_order(self.estimator_.classes_)]

    def cost(self, X: Any) -> Mapping[str, Floats]:
        """`cpu_s` of answering each case alone; where `fit` has timed nothing, these cases are answered to time it."""
        if not hasattr(self, "estimator_"):
            raise MindshareError("This Estimator has not learnt yet: call fit.")
        if not hasattr(self, "cost_"):
            self.cost_ = timed(self.predict_proba, X)
        return self.cost_.expected(sizes_of(X))

    def as_state(self) -> State:
        """As a skops file and what answers cost; read by `load_model`."""
        if not hasattr(self, "estimator_"):
            raise MindshareError("This Estimator has not learnt yet: call fit.")
        io = extra("skops.io", "skops")
        cost = self.cost_.as_dict() if hasattr(self, "cost_") else None
        return State({"cost": cost}, {"estimator": as_bytes(io.dumps(self.estimator_))})

    @classmethod
    def of_saved(cls, state: State, given: Given) -> Self:
        io, data = extra("skops.io", "skops"), state.arrays["estimator"].tobytes()
        asked = io.get_untrusted_types(data=data)
        if strange := [name for name in asked if name not in given.trusts]:
            raise MindshareError(
                f"The file holds {listed(strange)}, which skops does not trust; name that in `trusts` if you know who made it."
            )
        made = cls(io.loads(data, trusted=asked))
        if state.header["cost"] is not None:
            made.cost_ = Measured.of_dict(state.header["cost"])
        return made

    def explain(self, X: Any) -> list[Floats]:  # noqa: ARG002 - nothing to show
        return []
