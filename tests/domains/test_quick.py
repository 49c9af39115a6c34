"""Promises of the short ways to a fitted classifier's probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer

from mindshare.domains.manufacturing.machines.quick import quick_proba
from mindshare.domains.manufacturing.windows.windows import statistics


@pytest.mark.parametrize("seed", [0, 1])
def test_the_short_way_gives_the_numbers_of_the_long_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X = rng.normal(0, 1, (300, 6))
    X[:, 0] = np.round(X[:, 0])  # ties
    X[:, 1] = 3.0  # says nothing
    y = np.where(X[:, 2] + rng.normal(0, 1, 300) > 0, "a", "b")
    new = np.concatenate([X[:50], 4 * rng.normal(0, 1, (50, 6))])
    ranks = QuantileTransformer(output_distribution="normal", n_quantiles=100, random_state=0)
    for model in (
        RandomForestClassifier(20, random_state=0),
        make_pipeline(ranks, LogisticRegression()),
        LogisticRegression(),
    ):
        model.fit(X, y)
        np.testing.assert_allclose(quick_proba(model, new), model.predict_proba(new), atol=1e-9)


def test_statistics_of_windows_of_many_lengths_are_those_of_each_alone() -> None:
    rng = np.random.default_rng(0)
    values = [rng.normal(0, 1, (n, 3)) for n in (5, 1, 8, 5, 2)]
    told = statistics(values)
    for window, mine in zip(values, told, strict=True):
        np.testing.assert_allclose(mine, statistics([window])[0])
        np.testing.assert_allclose(mine[12:15], np.median(window, axis=0))
        np.testing.assert_allclose(mine[3:6], window.std(axis=0))
