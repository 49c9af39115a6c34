"""What a model with a net has to offer to those who teach it: the verbs of `learn/` know no family of nets, only this."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, Self, TypeVar, Unpack

from numpy.typing import ArrayLike, NDArray

from mindshare.machines.learn.plan import FitReport, FitSettings
from mindshare.machines.parts.net import Net, Spec


class Learner(Protocol):
    """`fit` within a budget, parameters in scikit-learn's manner, and a net that is built anew from what it was made for."""

    reads: Any  # what a case is: series, image or text
    task: str  # classify, regress or forecast
    seed: int
    classes_: NDArray[Any]  # (L,) labels, sorted
    spec_: Spec
    net_: Net
    report_: FitReport

    def fit(self, X: Any, y: ArrayLike, **settings: Unpack[FitSettings]) -> Self: ...

    def predict_proba(self, X: Any) -> NDArray[Any]: ...

    def get_params(self) -> dict[str, Any]: ...

    def build(self, spec: Spec) -> Net:
        """The net, with random weights."""
        ...

    def coded(self, y: ArrayLike, n: int) -> NDArray[Any]:
        """(N,) places of labels in `classes_`, or the numbers to be told."""
        ...

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """(header of plain values, arrays): all that `restore` needs."""
        ...

    def restore(self, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Self: ...


M = TypeVar("M", bound=Learner)
