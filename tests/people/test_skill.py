"""Skill and timing of a person: intervals that hold what they say, and are narrow within tens of answers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.people.skill import Prior, Skill, Timing, prior_of, priors_of_others

PRIOR = Prior(right=0.7, weight=10.0, seconds=20.0)
DAY = 86400.0


def after(right: int, wrong: int, prior: Prior = PRIOR) -> Skill:
    return Skill(prior=prior, right=right, wrong=wrong)


def timed(seconds: list[float], prior: Prior = PRIOR) -> Timing:
    out = Timing(prior=prior)
    for s in seconds:
        out = out.seen(seconds=s, at=0.0)
    return out


def test_a_new_person_is_the_prior_and_narrow_within_tens_of_answers() -> None:
    new = Skill(prior=PRIOR)
    assert new.accuracy == pytest.approx(0.7)
    assert new.interval().high - new.interval().low > 0.5
    known = after(27, 3)
    assert known.interval().high - known.interval().low < 0.25
    assert known.accuracy == pytest.approx(34 / 40)
    speed = timed([30.0, 45.0, 20.0, 38.0, 29.0] * 6)
    assert speed.interval().high / speed.interval().low < 1.6


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 200), st.integers(0, 200))
def test_the_interval_holds_the_accuracy_and_narrows(right: int, wrong: int) -> None:
    skill, more = after(right, wrong), after(10 * right + 10, 10 * wrong + 10)
    low, high = skill.interval()
    assert 0 <= low < skill.accuracy < high <= 1
    assert more.interval().high - more.interval().low < high - low
    narrow = skill.interval(0.5)
    assert low < narrow.low < narrow.high < high


def test_intervals_of_accuracy_hold_as_often_as_they_say() -> None:
    rng = np.random.default_rng(0)
    true = rng.beta(7.0, 3.0, 3000)
    right = rng.binomial(25, true)
    table = {r: after(r, 25 - r).interval() for r in range(26)}
    held = np.mean([table[r].low <= t <= table[r].high for r, t in zip(right.tolist(), true, strict=True)])
    assert held == pytest.approx(0.95, abs=0.015)


def test_intervals_of_mean_seconds_hold_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        centre, sd = rng.normal(math.log(20.0), 0.7), 0.7 * math.sqrt(10 / rng.chisquare(10))
        low, high = timed(np.exp(rng.normal(centre, sd, 25)).tolist()).interval()
        held += low <= math.exp(centre + sd**2 / 2) <= high
    assert 0.9 <= held / 400 <= 0.99


def test_a_tab_left_open_overnight_moves_the_timing_little() -> None:
    usual = [18.0, 25.0, 30.0, 15.0, 22.0] * 6
    plain, with_tab = timed(usual), timed([*usual[:15], 9 * 3600.0, *usual[15:]])
    assert with_tab.median / plain.median < 1.1
    assert with_tab.mean / plain.mean < 1.3


def test_a_prior_that_is_far_off_is_left_within_tens_of_answers() -> None:
    slow = timed([400.0, 700.0, 520.0, 610.0, 450.0] * 6)  # the prior says 20
    assert slow.median == pytest.approx(520, rel=0.25)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.01, 1e5), max_size=30), st.floats(0.01, 100))
def test_in_another_unit_the_timing_is_the_same(seconds: list[float], unit: float) -> None:
    one, other = timed(seconds), timed([s * unit for s in seconds], replace(PRIOR, seconds=20.0 * unit))
    assert other.mean == pytest.approx(one.mean * unit, rel=1e-6)
    assert one.interval().low < one.mean < one.interval().high


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.floats(0, 30)), min_size=1, max_size=20))
def test_what_is_forgotten_does_not_depend_on_when_one_is_told(seen: list[tuple[bool, float]]) -> None:
    made = []
    for order in (seen, sorted(seen, key=lambda s: s[1]), list(reversed(seen))):
        skill = Skill(prior=PRIOR, half_life=10 * DAY)
        for right, day in order:
            skill = skill.seen(right=right, at=day * DAY)
        made.append((skill.right, skill.wrong))
    assert made[0] == pytest.approx(made[1])
    assert made[0] == pytest.approx(made[2])


def test_half_of_what_was_seen_a_half_life_ago_still_counts() -> None:
    skill = Skill(prior=PRIOR, half_life=DAY).seen(right=True, at=0.0).seen(right=False, at=DAY)
    assert (skill.right, skill.wrong) == (0.5, 1.0)
    timing = Timing(prior=PRIOR, half_life=DAY).seen(seconds=10, at=0.0).seen(seconds=10, at=DAY)
    assert timing.answers == 1.5


def test_a_person_who_gets_worse_is_seen_to_be_worse_where_old_answers_are_forgotten() -> None:
    made = []
    for half_life in (math.inf, 5 * DAY):
        skill = Skill(prior=PRIOR, half_life=half_life)
        for i in range(200):
            skill = skill.seen(right=i < 100 or i % 2 == 0, at=i * DAY / 5)
        made.append(skill.accuracy)
    assert made[0] > 0.7 > 0.6 > made[1]


def test_the_prior_of_a_kind_is_learnt_from_its_people() -> None:
    rng = np.random.default_rng(2)
    for a, b in ((40.0, 10.0), (4.0, 1.0)):
        true = rng.beta(a, b, 60)
        people = [after(int(r), 60 - int(r)) for r in rng.binomial(60, true)]
        found = prior_of(people, PRIOR)
        assert found.right == pytest.approx(a / (a + b), abs=0.05)
        assert found.weight == pytest.approx(a + b, rel=0.6)
    assert prior_of([after(5, 5)] * 2, PRIOR) == PRIOR
    assert prior_of([after(8, 2)] * 9, PRIOR).weight == 100


def test_impossible_seconds_and_priors_are_refused() -> None:
    with pytest.raises(ValueError, match="> 0"):
        Timing(prior=PRIOR).seen(seconds=0.0, at=0.0)
    with pytest.raises(ValueError, match=r"Prior\.right"):
        Prior(right=1.0)
    with pytest.raises(ValueError, match=r"Prior\.log_sd"):
        Prior(log_sd=0.0)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=8))
def test_priors_of_all_others_at_once_are_those_of_one_after_the_other(told: list[tuple[int, int]]) -> None:
    people = [after(*each) for each in told]
    found = priors_of_others(people, PRIOR)
    for i, prior in enumerate(found):
        alone = prior_of([p for j, p in enumerate(people) if j != i], PRIOR)
        assert (prior.right, prior.seconds) == (pytest.approx(alone.right), alone.seconds)
        assert prior.weight == pytest.approx(alone.weight, rel=1e-6)
