from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.errors import MindshareError
from mindshare.people.simulated import (
    IMAGE_S,
    PREFIX,
    TEXT_S,
    Habits,
    SimulatedPeople,
    hardness,
    names_of,
    simulate,
    team_name,
)


def material(cases: int = 4000, labels: int = 6, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Machines that are wrong on about a quarter of the cases."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, labels, cases).astype(np.int32)
    logit = rng.normal(0, 1.2, (cases, labels))
    logit[np.arange(cases), truth] += 2.5
    pool = np.exp(logit)
    return truth, pool / pool.sum(axis=1, keepdims=True)


def people(habits: Habits | None = None, seed: int = 1) -> tuple[SimulatedPeople, np.ndarray, np.ndarray]:
    truth, pool = material()
    return simulate(truth, pool, habits or Habits(), np.random.default_rng(seed)), truth, pool


def test_people_are_wrong_as_often_as_stated_and_more_often_where_the_machines_are_wrong() -> None:
    group, truth, pool = people(Habits(people=8))
    wrong = group.label != truth[:, None]
    fail = pool.argmax(axis=1) != truth
    assert wrong.mean() == pytest.approx(0.39, abs=0.02)
    assert wrong[fail].mean() == pytest.approx(0.83, abs=0.02)
    assert wrong[~fail].mean() < 0.35


@settings(deadline=None, max_examples=20)
@given(st.floats(0.02, 0.6), st.integers(0, 99))
def test_the_overall_rate_is_met_whatever_is_stated(wrong: float, seed: int) -> None:
    truth, pool = material(cases=1500, seed=seed)
    group = simulate(truth, pool, Habits(wrong=wrong, wrong_with_machines=0.7), np.random.default_rng(seed))
    assert (group.label != truth[:, None]).mean() == pytest.approx(wrong, abs=0.05)


def test_seconds_are_log_normal_about_the_stated_median() -> None:
    for median in (IMAGE_S, TEXT_S):
        group, _, _ = people(Habits(people=8, median_s=median))
        assert np.median(group.seconds) == pytest.approx(median, rel=0.12)
        assert group.seconds.min() > 0
        log = np.log(group.seconds)
        assert abs(((log - log.mean()) ** 3).mean() / log.std() ** 3) < 0.3, "log seconds are skewed"


def test_hard_cases_take_longer() -> None:
    group, truth, pool = people()
    hard = hardness(truth, pool) > 0
    assert np.median(group.seconds[hard]) > np.median(group.seconds[~hard])


def test_wrong_answers_are_labels_that_the_machines_give_too() -> None:
    group, truth, pool = people()
    rows, who = np.nonzero(group.label != truth[:, None])
    others = pool[rows].copy()
    others[np.arange(len(rows)), truth[rows]] = -1.0
    likeliest = others.argmax(axis=1) == group.label[rows, who]
    assert likeliest.mean() > 2.0 / (pool.shape[1] - 1), "no likelier than chance"


def test_each_person_has_skill_of_their_own_and_strong_and_weak_labels() -> None:
    group, truth, _ = people(Habits(people=6, skill_sd=0.6))
    wrong = group.label != truth[:, None]
    assert wrong.mean(axis=0).max() - wrong.mean(axis=0).min() > 0.1
    for k in range(6):
        strong, weak = np.isin(truth, group.strong[k]), np.isin(truth, group.weak[k])
        assert wrong[strong, k].mean() < wrong[weak, k].mean()
    assert len({*group.strong}) > 1


def test_people_are_called_simulated_everywhere() -> None:
    group, _, pool = people()
    assert all(agent.startswith(PREFIX) for agent in group.agent_id)
    assert "simulated people" in team_name("digits")
    lines = names_of(group, [str(y) for y in range(pool.shape[1])])
    assert len(lines) == 4 and all("(simulated)" in line for line in lines)


def test_the_same_seed_gives_the_same_people_and_another_seed_others() -> None:
    first, again, other = people()[0], people()[0], people(seed=2)[0]
    assert np.array_equal(first.label, again.label) and np.array_equal(first.seconds, again.seconds)
    assert not np.array_equal(first.label, other.label)


def test_machines_that_are_never_wrong_leave_only_the_overall_rate() -> None:
    truth = np.arange(3000, dtype=np.int32) % 3
    group = simulate(truth, np.eye(3)[truth], Habits(), np.random.default_rng(0))
    assert (group.label != truth[:, None]).mean() == pytest.approx(0.39, abs=0.02)


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Habits\.wrong must be > 0 and < 1"):
        Habits(wrong=1.0)
    with pytest.raises(ValueError, match="must be >= 1"):
        Habits(people=0)
    truth, pool = material(cases=10)
    with pytest.raises(MindshareError, match="a row for each of the 9 cases"):
        simulate(truth[:9], pool, Habits(), np.random.default_rng(0))
    with pytest.raises(MindshareError, match="the truth of every case"):
        simulate(np.full(10, -1, np.int32), pool, Habits(), np.random.default_rng(0))
