"""Scores: paired, clustered, and the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mindshare.core.score import Bootstrap, calibration_error, few_interval, interval, wilson


def test_two_policies_that_decide_alike_differ_by_nothing_in_every_replicate() -> None:
    right = np.random.default_rng(0).integers(0, 2, (200, 1)).astype(np.float32)
    replicates = Bootstrap(np.arange(200, dtype=np.int32), 0).means(np.hstack([right, right]))
    np.testing.assert_array_equal(replicates[:, 0], replicates[:, 1])
    assert replicates[:, 0].std() > 0


def test_the_interval_is_as_wide_as_the_standard_error_says() -> None:
    right = (np.random.default_rng(1).random(4_000) < 0.7).astype(np.float32)[:, None]
    low, high = interval(Bootstrap(np.arange(4_000, dtype=np.int32), 1).means(right)[:, 0])
    assert low < right.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.21 / 4_000), rel=0.2)


def test_cases_of_one_parent_count_as_one() -> None:
    # ten copies of each case tell no more than the case
    right = (np.random.default_rng(2).random(300) < 0.5).astype(np.float32)
    alone = Bootstrap(np.arange(300, dtype=np.int32), 0).means(right[:, None])
    copied = Bootstrap(np.repeat(np.arange(300, dtype=np.int32), 10), 0).means(np.repeat(right, 10)[:, None])
    np.testing.assert_allclose(copied, alone, atol=1e-6)


def test_the_same_seed_draws_the_same() -> None:
    column = np.random.default_rng(3).random((50, 1)).astype(np.float32)
    parent = np.arange(50, dtype=np.int32)
    one, two, other = (Bootstrap(parent, seed).means(column) for seed in (4, 4, 5))
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


@given(st.integers(0, 500), st.integers(0, 500))
def test_wilson_holds_the_share_and_stays_in_bounds(a: int, b: int) -> None:
    right, count = min(a, b), max(a, b)
    low, high = wilson(right, count)
    assert 0 <= low <= high <= 1
    if count:
        assert low - 1e-9 <= right / count <= high + 1e-9


def test_a_belief_that_is_as_sure_as_it_is_right_has_no_calibration_error() -> None:
    rng = np.random.default_rng(6)
    sure = rng.uniform(0.5, 1.0, 60_000)
    right = rng.random(60_000) < sure
    assert calibration_error(sure, right) < 0.01
    assert calibration_error(sure, ~right) > 0.3
    assert calibration_error(np.zeros(0), np.zeros(0, bool)) == 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=49).map(np.array))
def test_an_interval_of_few_cases_holds_their_mean_and_is_never_a_point(values: np.ndarray) -> None:
    low, high = few_interval(values, np.arange(len(values), dtype=np.int32), (0.0, 1.0))
    assert 0 <= low <= values.mean() + 1e-9 and values.mean() - 1e-9 <= high <= 1 and high - low > 0.1


def test_an_interval_of_few_cases_takes_cases_of_one_parent_as_one() -> None:
    values = np.repeat([1.0, 0.0, 1.0], 8)
    one, many = (
        few_interval(values, p.astype(np.int32), (0.0, 1.0)) for p in (np.arange(24) // 8, np.arange(24))
    )
    assert one[1] - one[0] > many[1] - many[0]
