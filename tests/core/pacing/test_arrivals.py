"""Promises of what foresees cases."""

from __future__ import annotations

import numpy as np
import pytest

from mindshare.core.pacing.arrivals import Clocked, Counted


def test_a_count_goes_down_to_nothing_and_not_below() -> None:
    counted = Counted(2)
    for left in (1, 0, 0):
        counted.see(None)
        assert counted.expected(None, np.inf) == left


def test_a_profile_that_was_learnt_foresees_the_parts_of_a_day() -> None:
    rng = np.random.default_rng(0)
    hours = np.concatenate([24 * d + rng.normal(10, 1, 1_000) for d in range(5)])
    arrivals = Clocked.learn(hours * 3_600, 24 * 3_600, parts=24)
    assert arrivals.expected(0.0, np.inf) == pytest.approx(1_000, rel=0.01)
    morning = arrivals.expected(0.0, 10 * 3_600)
    assert 0.4 < morning / 1_000 < 0.6
    assert arrivals.expected(20 * 3_600, np.inf) < 60


def test_twice_the_usual_load_is_believed_soon_and_a_usual_one_stays_usual() -> None:
    arrivals = Clocked([10_000], 1.0)
    for i in range(2_000):
        arrivals.see(i / 10_000)
    assert arrivals.load == pytest.approx(1.0, abs=0.05)
    for i in range(1_600):
        arrivals.see(0.2 + i / 20_000)
    assert arrivals.load == pytest.approx(2.0, abs=0.1)


def test_that_nobody_looked_before_a_service_began_says_nothing_of_the_load() -> None:
    day = Clocked(np.full(24, 100.0), 24.0, end=240.0)
    day.begin(12.25)
    day.see(12.25)
    assert day.load == pytest.approx(1.0, abs=0.2)
    assert day.expected(12.25, 24.0) == pytest.approx(1_175, rel=0.2)
    for i in range(1, 1_175):
        day.see(12.25 + i / 100)
    day.see(24.0)
    assert day.profile == pytest.approx(np.full(24, 100.0), abs=1.0)


def test_whoever_begins_with_the_pattern_begins_as_before() -> None:
    one, other = (Clocked([3.0, 5.0], 10.0, start=20.0, end=90.0) for _ in range(2))
    other.begin(20.0)
    for at in (20.0, 21.0, 26.0, 31.0):
        one.see(at)
        other.see(at)
    assert one.expected(31.0, 90.0) == other.expected(31.0, 90.0)


def test_a_pattern_repeats_until_the_end_and_learns_from_each_round() -> None:
    arrivals = Clocked([100, 0], 1.0, end=10.0)
    assert arrivals.expected(0.0, np.inf) == pytest.approx(1_000)
    assert arrivals.expected(0.0, 2.5) == pytest.approx(300)
    for day in range(9):
        for i in range(100):
            arrivals.see(day + 0.5 + i / 200)  # they come in the afternoon
    assert arrivals.profile[1] > arrivals.profile[0]


def test_what_makes_no_sense_gets_one_sentence() -> None:
    for profile, length, told in (
        ([], 1.0, "profile must be a list"),
        ([-1.0], 1.0, "profile must be a list"),
        ([0.0], 1.0, "some part in which cases come"),
        ([1.0], 0.0, "pattern_s must be a finite number > 0"),
    ):
        with pytest.raises(ValueError, match=told):
            Clocked(profile, length)
    with pytest.raises(ValueError, match="end must lie after start"):
        Clocked([1.0], 1.0, start=2.0, end=1.0)
    with pytest.raises(ValueError, match="at least one old case"):
        Clocked.learn([], 1.0)
    with pytest.raises(ValueError, match="as arrivals follow the clock"):
        Clocked([1.0], 1.0).expected(None, 1.0)
