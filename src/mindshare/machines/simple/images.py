"""Images: every pixel a number, and a support vector machine."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from mindshare.machines.parts.inputs import moments, read_inputs
from mindshare.machines.simple.machine import TEMPERED, Simple
from mindshare.machines.simple.tempered import Tempered


class Pixels(Simple):
    """A support vector machine on standardised pixels, `kernel` "rbf" or "linear". `C`: how closely it follows what it learns
    from; None: 10 for "rbf", 0.1 for "linear".
    """

    reads = "image"
    trusts = (TEMPERED, "mindshare.machines.simple.images.Flat")

    def __init__(self, kernel: Literal["rbf", "linear"] = "rbf", C: float | None = None) -> None:
        self.kernel = kernel
        self.C = C

    def pipeline(self) -> Pipeline:
        if self.kernel not in ("rbf", "linear"):
            raise ValueError(f"Pixels.kernel must be rbf or linear. Got {self.kernel!r} instead.")
        if self.kernel == "linear":
            decide: Any = SVC(kernel="linear", C=self.C or 0.1, break_ties=True)
        else:  # of each pair of labels the margins only vote, which makes poor probabilities
            decide = OneVsRestClassifier(SVC(C=self.C or 10.0))
        return Pipeline([("read", Flat()), ("decide", Tempered(decide))])


class Flat(TransformerMixin, BaseEstimator):
    """Images (N, H, W), (N, C, H, W) or (N, H, W, C) as rows of pixels: each channel with mean 0 and spread 1.

    One spread per channel, not per pixel: pixels that are nearly always black would else be the loudest.
    """

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's way to call it
        values = read_inputs(X, "image").values
        self.size_, self.highest_ = values.shape[1:], float(values.max())
        self.mean_, self.spread_ = moments(np.moveaxis(values, 1, 3).reshape(-1, values.shape[1]))
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:
        values = read_inputs(X, "image", channels=self.size_[0]).values
        if values.shape[1:] != self.size_:
            raise ValueError(f"Images are of {values.shape[1:]}; it learnt from {self.size_} (C, H, W).")
        scaled = (values - self.mean_[:, None, None]) / self.spread_[:, None, None]
        return scaled.reshape(len(values), -1)
