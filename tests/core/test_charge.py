"""What an answer is charged: honest times in full, a tab left open overnight at most what the person works on one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.charge import LEAST_ANSWERS, with_most_seconds
from mindshare.core.cost import learn_speed, unstated
from mindshare.core.history import History
from mindshare.core.join_kinds import join_kinds
from mindshare.core.records import PEOPLE_MINUTES
from mindshare.testing import made_history, with_answers

PERSON = 1  # agent 0 is the machine


def timed(n: int, sigma: float, seed: int, scale: float = 10.0) -> History:
    """A machine and three people whose log seconds have this sigma, in other medians; everything as recorded."""
    history = made_history(n, machines=1, people=3, seed=seed)
    a, rng = history.answers, np.random.default_rng(seed)
    seconds = scale * np.array([np.nan, 1.0, 2.0, 6.0])[a.agent] * rng.lognormal(0, sigma, len(a))
    return with_answers(history, seconds=seconds.astype(np.float32))


def charged(history: History) -> History:
    return with_most_seconds(history, unstated(history))


def with_outlier(history: History, seconds: float, row: int = 0) -> History:
    out = history.answers.seconds.copy()
    out[np.flatnonzero(history.answers.agent == PERSON)[row]] = seconds
    return with_answers(history, seconds=out)


def expected(history: History) -> float:
    return float(learn_speed(charged(history)).minutes[PERSON])


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(60, 200),
    sigma=st.floats(0.1, 0.6),
    seed=st.integers(0, 1_000),
    seconds=st.floats(1.0, 1e9),
)
def test_one_answer_however_long_moves_a_persons_expected_time_by_at_most_a_quarter(
    n: int, sigma: float, seed: int, seconds: float
) -> None:
    history = timed(n, sigma, seed)
    assert expected(with_outlier(history, seconds)) <= 1.25 * expected(history)


def test_eight_hours_among_four_hundred_answers_move_it_by_less_than_three_percent() -> None:
    history = timed(400, 0.5, seed=1)
    assert expected(with_outlier(history, 28_800)) < 1.03 * expected(history)


@pytest.mark.parametrize("sigma", [0.3, 0.6, 0.9, 1.2])
def test_honest_heavy_tails_keep_all_but_a_hundredth_of_their_mean(sigma: float) -> None:
    kept = total = 0.0
    for seed in range(20):
        history = timed(300, sigma, seed)
        kept += float(np.nansum(charged(history).charged_seconds(), dtype=np.float64))
        total += float(np.nansum(history.answers.seconds, dtype=np.float64))
    assert kept >= 0.99 * total


def test_a_way_of_working_is_no_outlier() -> None:
    """One answer in ten takes thirty times as long as the others: that is how this person works."""
    history = timed(200, 0.3, seed=2)
    seconds = history.answers.seconds.copy()
    mine = np.flatnonzero(history.answers.agent == PERSON)
    seconds[mine[::10]] *= 30
    history = with_answers(history, seconds=seconds)
    np.testing.assert_array_equal(charged(history).charged_seconds(), seconds)


@settings(max_examples=40, deadline=None)
@given(n=st.integers(10, 80), seed=st.integers(0, 1_000), power=st.integers(-6, 12))
def test_twice_the_seconds_are_charged_twice(n: int, seed: int, power: int) -> None:
    history = with_outlier(timed(n, 0.8, seed), 5_000)
    scaled = with_answers(history, seconds=history.answers.seconds * np.float32(2.0**power))
    np.testing.assert_allclose(
        charged(scaled).charged_seconds(), charged(history).charged_seconds() * 2.0**power, rtol=1e-5
    )
    assert expected(scaled) == pytest.approx(expected(history) * 2.0**power, rel=1e-5)


@settings(max_examples=40, deadline=None)
@given(n=st.integers(10, 80), seed=st.integers(0, 1_000), seconds=st.floats(0, 1e9))
def test_nobody_is_charged_more_than_was_recorded_and_a_second_look_changes_nothing(
    n: int, seed: int, seconds: float
) -> None:
    history = charged(with_outlier(timed(n, 1.0, seed), seconds))
    recorded, charge = history.answers.seconds, history.charged_seconds()
    timed_rows = ~np.isnan(recorded)
    assert np.array_equal(timed_rows, ~np.isnan(charge))
    assert (charge[timed_rows] <= recorded[timed_rows]).all()
    again = charged(with_answers(history, seconds=charge))
    np.testing.assert_allclose(again.charged_seconds(), charge, rtol=1e-6)


def test_the_ledger_and_the_expectation_charge_the_same() -> None:
    history = charged(with_outlier(timed(100, 0.5, seed=3), 28_800))
    minutes = history.cost()[PEOPLE_MINUTES]
    rows = history.is_person[history.answers.agent]
    np.testing.assert_allclose(minutes[rows], history.charged_seconds()[rows] / 60)
    speed = learn_speed(history)
    assert speed.total.sum() == pytest.approx(minutes.sum())
    assert minutes.max() < 60


def test_a_part_is_charged_as_the_whole() -> None:
    history = charged(with_outlier(timed(100, 0.5, seed=4), 28_800))
    part = history.take(np.arange(5))
    a = history.answers
    np.testing.assert_array_equal(part.charged_seconds(), history.charged_seconds()[a.case < 5])


def test_with_too_few_timed_answers_nothing_is_cut() -> None:
    few = timed((LEAST_ANSWERS - 1) // 3, 0.2, seed=5)
    history = with_outlier(few, 1e6)
    assert charged(history).most_seconds is None


def test_a_single_answer_is_held_to_what_the_team_takes() -> None:
    history = timed(60, 0.4, seed=6)
    seconds = history.answers.seconds.copy()
    mine = np.flatnonzero(history.answers.agent == PERSON)
    seconds[mine[1:]], seconds[mine[0]] = np.nan, 28_800
    assert 60 < charged(with_answers(history, seconds=seconds)).charged_seconds()[mine[0]] < 3_600


def test_seconds_of_people_with_a_stated_cost_and_of_machines_are_left_alone() -> None:
    history = timed(60, 0.4, seed=7)
    some = with_most_seconds(history, np.array([False, False, True, True]))
    assert some.most_seconds is not None
    assert np.isinf(some.most_seconds[:2]).all()


def test_answers_of_no_seconds_count_in_the_expected_time() -> None:
    history = timed(50, 0.3, seed=8)
    seconds = history.answers.seconds.copy()
    mine = np.flatnonzero(history.answers.agent == PERSON)
    seconds[mine[::2]] = 0
    speed = learn_speed(charged(with_answers(history, seconds=seconds)))
    assert speed.answers[PERSON] == 50
    assert speed.total[PERSON] == pytest.approx(seconds[mine].sum() / 60, rel=1e-4)


def test_of_two_kinds_an_agent_is_charged_the_larger_most() -> None:
    slow, fast = charged(timed(60, 0.4, seed=9)), charged(timed(60, 0.4, seed=10, scale=1.0))
    renamed = fast.take(np.arange(60))
    object.__setattr__(renamed, "case_id", tuple(f"other_{i}" for i in range(60)))
    both = join_kinds("both", {"slow": slow, "fast": renamed})
    np.testing.assert_allclose(both.most_seconds, slow.most_seconds)
