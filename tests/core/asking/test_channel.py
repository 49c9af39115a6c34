"""The answer channel: its likelihood is that of a conditional logistic regression, and it is fitted to the greatest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.asking.channel import RIDGE, _likelihood_of, _newton, identity

seeds = st.integers(0, 10_000)


def features(seed: int, n: int = 40, labels: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features of each possible answer, the answers given, coefficients."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, labels, len(identity()))).astype(np.float32)
    return x, rng.integers(0, labels, n), rng.normal(0, 0.5, len(identity()))


def minus_log_likelihood(x: np.ndarray, answer: np.ndarray, c: np.ndarray) -> float:
    score = x.astype(float) @ c
    return float((np.logaddexp.reduce(score, axis=1) - score[np.arange(len(answer)), answer]).sum())


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_the_likelihood_is_that_of_a_softmax_over_answers(seed: int) -> None:
    x, answer, c = features(seed)
    assert _likelihood_of(x, answer, c)[0] == pytest.approx(minus_log_likelihood(x, answer, c), rel=1e-9)


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_its_slope_and_curvature_are_those_of_differences(seed: int) -> None:
    x, answer, c = features(seed)
    _, slope, bend = _likelihood_of(x, answer, c)
    step = 1e-5 * np.eye(len(c))
    for k, move in enumerate(step):
        more, less = _likelihood_of(x, answer, c + move), _likelihood_of(x, answer, c - move)
        assert slope[k] == pytest.approx((more[0] - less[0]) / 2e-5, rel=1e-4, abs=1e-4)
        np.testing.assert_allclose(bend[k], (more[1] - less[1]) / 2e-5, rtol=1e-3, atol=1e-3)


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_the_fit_is_where_the_penalised_slope_is_level(seed: int) -> None:
    x, answer, _ = features(seed)
    c = _newton(x, answer)
    slope = _likelihood_of(x, answer, c)[1] + RIDGE * (c - identity())
    assert np.abs(slope).max() < 0.05
