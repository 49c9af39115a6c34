"""Which cases' truth to find out next."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mindshare.core.errors import MindshareError
from mindshare.core.history import History
from mindshare.histories.truth_next import chances_of, systematic, truth_next
from mindshare.testing import made_history

SPREADS = st.lists(st.floats(0, 1), min_size=2, max_size=60).map(np.array)


@pytest.fixture(scope="module")
def history() -> History:
    made = made_history(200, people=3, seed=3)
    truth = np.where(np.arange(200) < 20, made.truth, -1).astype(np.int32)
    return replace(made, truth=truth)


def test_as_many_cases_as_were_asked_for_are_named_once_each_and_none_of_known_truth(
    history: History,
) -> None:
    named = [one.case_id for one in truth_next(history, 30)]
    assert len(named) == len(set(named)) == 30
    assert all(history.truth[history.case_id.index(name)] < 0 for name in named)


def test_cases_that_asking_changes_are_named_more_often_and_weigh_less(history: History) -> None:
    named = truth_next(history, 30)
    spread, weight = (np.array([getattr(one, key) for one in named]) for key in ("spread", "weight"))
    assert np.all(np.diff(spread) <= 0) and np.all(np.diff(weight) >= -1e-9)
    changed = np.mean([one.before != one.after for one in named])
    assert changed > 0.5
    everyone = truth_next(history, 1_000)
    assert len(everyone) == 180 and all(one.weight == 1.0 for one in everyone)
    assert changed > 1.5 * np.mean([one.before != one.after for one in everyone])


def test_the_same_seed_names_the_same_cases(history: History) -> None:
    assert truth_next(history, 10, seed=4) == truth_next(history, 10, seed=4)


def test_a_history_whose_truths_are_all_known_wants_none() -> None:
    assert truth_next(made_history(60, seed=5), 5) == ()


def test_less_than_one_case_is_refused(history: History) -> None:
    with pytest.raises(MindshareError, match="At least 1 case can be named, not 0"):
        truth_next(history, 0)


@given(SPREADS, st.integers(1, 80))
@example(np.array([0.0, 5e-324]), 1)
def test_chances_add_up_to_the_number_and_grow_with_the_spread(spread: np.ndarray, count: int) -> None:
    chance = chances_of(spread, count)
    assert chance.sum() == pytest.approx(min(count, len(spread)))
    assert chance.min() > 0 and chance.max() <= 1
    order = np.argsort(spread)
    assert np.all(np.diff(chance[order]) >= -1e-9)


@given(SPREADS, st.integers(1, 20), st.integers(0, 50))
def test_a_sample_has_as_many_cases_as_its_chances_add_up_to(
    spread: np.ndarray, count: int, seed: int
) -> None:
    drawn = systematic(chances_of(spread, count), np.random.default_rng(seed))
    assert len(drawn) == len(set(drawn.tolist())) == min(count, len(spread))


def test_weighed_gains_are_right_on_average_over_samples() -> None:
    rng = np.random.default_rng(0)
    spread, gain = rng.random(40) ** 3, rng.normal(1.0, 1.0, 40)
    chance = chances_of(spread, 10)
    sums = []
    for seed in range(3_000):
        drawn = systematic(chance, np.random.default_rng(seed))
        sums.append((gain[drawn] / chance[drawn]).sum())
    assert abs(np.mean(sums) - gain.sum()) < 4 * np.std(sums) / np.sqrt(len(sums))
