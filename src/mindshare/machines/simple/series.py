"""Windows of series: many small kernels and a ridge, or statistics and boosted trees."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import RidgeClassifierCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from mindshare.core.errors import MindshareError
from mindshare.machines.agents.extra import extra
from mindshare.machines.parts.cut import Cut
from mindshare.machines.parts.inputs import Inputs, read_inputs
from mindshare.machines.simple.machine import TEMPERED, Simple
from mindshare.machines.simple.statistics import statistics
from mindshare.machines.simple.tempered import Tempered
from mindshare.machines.simple.trees import TREES, boosted

SHORTEST = 9  # steps of a kernel
EACH = 84  # kernels there are, each at several widths
NUMBERS = (
    "channels_each",
    "channels",
    "widths",
    "thresholds_each",
    "thresholds",
)  # of sktime's transformer, in its order
STRENGTHS = np.logspace(-3, 3, 10)  # of the ridge, as by those who made MiniRocket


class MiniRocket(Simple):
    """How often each of `kernels` small kernels is above its threshold, and a ridge on top (Dempster et al. 2021).

    Needs the extra `series` (sktime). Windows of several channels and of unlike length: shorter ones are continued with
    their mean, and the length is one number more. Of a window longer than all that taught, the first steps are read, with a warning.
    """

    reads = "series"
    trusts = (TEMPERED, "mindshare.machines.simple.series.Kernels")

    def __init__(self, kernels: int = 10_000, seed: int = 0) -> None:
        self.kernels = kernels
        self.seed = seed

    def pipeline(self) -> Pipeline:
        return Pipeline(
            [
                ("count", Kernels(self.kernels, self.seed)),
                ("scale", StandardScaler()),
                ("decide", Tempered(RidgeClassifierCV(alphas=STRENGTHS))),
            ]
        )


class Statistics(Simple):
    """What each channel does, as a whole and in quarters (level, spread, slope, steps, frequencies), and boosted trees on top.

    Windows of several channels and of any length. `rounds`: trees for each label.
    """

    reads = "series"
    trusts = (TEMPERED, TREES, "mindshare.machines.simple.series.Told")

    def __init__(self, rounds: int = 100, seed: int = 0) -> None:
        self.rounds = rounds
        self.seed = seed

    def pipeline(self) -> Pipeline:
        return Pipeline([("tell", Told()), ("decide", boosted(self.rounds, 0.3, self.seed))])


class Told(TransformerMixin, BaseEstimator):
    """Windows as rows of statistics."""

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's way to call it
        self.channels_ = int(read_inputs(X, "series").values.shape[2])
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:
        return statistics(read_inputs(X, "series", channels=self.channels_))


class Kernels(TransformerMixin, BaseEstimator):
    """Windows as what the kernels of MiniRocket say of them, by sktime."""

    def __init__(self, kernels: int = 10_000, seed: int = 0) -> None:
        self.kernels = kernels
        self.seed = seed

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's way to call it
        inputs = read_inputs(X, "series")
        self.channels_, self.steps_ = int(inputs.values.shape[2]), max(int(inputs.sizes.max()), SHORTEST)
        self.rocket_ = self._made().fit(_evened(inputs, self.steps_))
        return self

    def _made(self) -> Any:
        rocket = extra("sktime.transformations.rocket", "series").MiniRocketMultivariate
        return rocket(num_kernels=self.kernels, random_state=self.seed)

    def __getstate__(self) -> dict[str, Any]:
        """Of sktime's transformer only its numbers: which channels, how far apart, above which thresholds."""
        state = dict(super().__getstate__())
        if "rocket_" in state:
            state["numbers_"] = dict(zip(NUMBERS, state.pop("rocket_").parameters, strict=True))
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        numbers = state.pop("numbers_", None)
        super().__setstate__(state)
        if numbers is not None:
            _check(numbers, self.channels_, self.steps_)
            self.rocket_ = self._made()
            self.rocket_.parameters = tuple(numbers[name] for name in NUMBERS)
            self.rocket_._is_fitted = True  # it has no other way to be told

    def transform(self, X: Any) -> NDArray[np.float64]:
        inputs = read_inputs(X, "series", channels=self.channels_)
        if many := int((inputs.sizes > self.steps_).sum()):
            what = f"windows are longer than the {self.steps_} steps that taught"
            warnings.warn(Cut(many, len(inputs), what), stacklevel=2)
        told = np.asarray(self.rocket_.transform(_evened(inputs, self.steps_)), np.float64)
        return np.column_stack([told, np.minimum(inputs.sizes, self.steps_)])


def _check(numbers: Mapping[str, NDArray[Any]], channels: int, steps: int) -> None:
    """Compiled code reads where these say, unchecked. Raises MindshareError where that would be beside a window."""
    each, channel, width, many, threshold = (np.asarray(numbers.get(name, ())) for name in NUMBERS)
    whole = (
        all(x.ndim == 1 and x.dtype == np.int32 for x in (each, channel, width, many))
        and threshold.ndim == 1
        and threshold.dtype == np.float32
        and (len(each), len(channel)) == (EACH * len(width), each.sum())
        and (len(many), len(threshold)) == (len(width), EACH * many.sum())
        and min(x.min(initial=1) for x in (each, width, many)) >= 1
        and 0 <= channel.min(initial=0) <= channel.max(initial=0) < channels
        and (SHORTEST - 1) * width.max(initial=1) < steps
    )
    if not whole:
        raise MindshareError("The file says that it holds kernels of MiniRocket, and holds none.")


def _evened(inputs: Inputs, steps: int) -> NDArray[np.float64]:
    """(N, C, steps): windows cut, or continued with their own mean, at which no kernel says anything."""
    values = inputs.values[:, :steps]
    there = np.arange(values.shape[1]) < inputs.sizes[:, None]
    count = there.sum(axis=1)[:, None]
    even = np.repeat((values * there[:, :, None]).sum(axis=1)[:, :, None] / count[:, :, None], steps, axis=2)
    even[:, :, : values.shape[1]] = np.where(
        there[:, None], values.transpose(0, 2, 1), even[:, :, : values.shape[1]]
    )
    return np.ascontiguousarray(even, np.float64)
