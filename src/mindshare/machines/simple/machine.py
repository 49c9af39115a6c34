"""What all simple rungs share: scikit-learn's manners around one pipeline, and a machine's promises."""

from __future__ import annotations

from collections.abc import Mapping
from types import FunctionType
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline
from sklearn.utils import Tags
from threadpoolctl import threadpool_limits

from mindshare.core.errors import MindshareError, listed
from mindshare.machines.agents.estimator import Estimator
from mindshare.machines.agents.extra import extra
from mindshare.machines.parts.packed import Given, State
from mindshare.machines.parts.told import learn_told, must_be_named_so, take_told, told_by
from mindshare.machines.parts.truths import labels
from mindshare.machines.simple.trees import check_trees
from mindshare.machines.task import Floats

Kind = Literal["series", "image", "text", "table"]
TEMPERED = "mindshare.machines.simple.tempered.Tempered"  # in every rung


class NotLearnt(MindshareError, NotFittedError):
    """A rung that has not learnt yet is asked; scikit-learn knows it as `NotFittedError`."""


class Simple(ClassifierMixin, BaseEstimator):
    """A rung that is one pipeline. Learned: `classes_`, `machine_` (`Estimator`). It learns and answers on one thread.

    Errors of `fit`: ValueError for cases or labels that make no sense.
    """

    reads: ClassVar[Kind]
    trusts: ClassVar[tuple[str, ...]]  # what its file may hold beside what skops itself trusts
    classes_: NDArray[Any]
    machine_: Estimator

    def pipeline(self) -> Pipeline:
        """What learns: from cases as a person has them to a classifier."""
        raise NotImplementedError

    @property
    def n_features_in_(self) -> int:
        """Columns of the table that it learnt from; a window or a text has none."""
        return int(self.reader_.n_features_in_)

    @property
    def reader_(self) -> Any:
        """The first part of its pipeline, which knows what a case is."""
        return self._learnt().estimator_[0] if hasattr(self, "machine_") else None

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
        learn_told(self, X)
        return self

    def predict_proba(self, X: Any) -> Floats:
        """(N, L) calibrated probabilities in the order of `classes_`."""
        must_be_named_so(self, X)
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

    # -- saving: names, numbers and nothing that runs --
    def as_state(self) -> State:
        """Its settings, what answers cost, and the pipeline as a skops file; read by `load_model`."""
        told, params = self._learnt().as_state(), self.get_params()
        plain = {name: x.item() if isinstance(x, np.generic) else x for name, x in params.items()}
        return State({**told.header, "params": plain, "told": told_by(self)}, told.arrays)

    @classmethod
    def of_saved(cls, state: State, given: Given) -> Self:  # noqa: ARG003 - who loads it need not name our own types
        made, data = cls(**state.header["params"]), state.arrays["estimator"].tobytes()
        asked = extra("skops.io", "skops").get_untrusted_types(data=data)
        if strange := [name for name in asked if name not in cls.trusts]:
            raise MindshareError(
                f"The file says that it is a {cls.__name__}, and holds {listed(strange)}, which is no part of one."
            )
        made.machine_ = Estimator.of_saved(state, Given(cls.trusts))
        if _outline(made.machine_.estimator_) != _outline(made.pipeline()):
            raise MindshareError(
                f"The file says that it is a {cls.__name__}, and what it holds is made otherwise."
            )
        check_trees(made.machine_.estimator_[-1])
        made.classes_ = made.machine_.classes_
        take_told(made, state.header.get("told", {}))
        return made

    def _learnt(self) -> Estimator:
        if not hasattr(self, "machine_"):
            raise NotLearnt(f"This {type(self).__name__} has not learnt yet: call fit.")
        return self.machine_


def _outline(pipeline: Any) -> dict[str, Any]:
    """What a pipeline is made of: its parts by name, and the functions in it. A number of NumPy is a number."""
    params = pipeline.get_params(deep=True) if isinstance(pipeline, Pipeline) else {}
    plain = {name: part.item() if isinstance(part, np.generic) else part for name, part in params.items()}
    return {name: part if isinstance(part, FunctionType) else type(part) for name, part in plain.items()}
