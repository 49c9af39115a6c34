"""Costs: stated ones are known beforehand, a person's seconds only once they are spent."""

from __future__ import annotations

import numpy as np
import pytest

from mindshare.core.cost import (
    BACK_OFF,
    check_limits,
    human_answers,
    learn_speed,
    machine_resources,
    resources,
)
from mindshare.core.errors import MindshareError
from mindshare.core.history import History
from mindshare.core.records import Cost
from mindshare.testing import made_history, with_answers


def with_seconds(history: History, *seconds: float) -> History:
    """Person k takes `seconds[k]`; NaN = not recorded."""
    a = history.answers
    first = int((~history.is_person).sum())
    out = np.full(len(a), np.nan, np.float32)
    for k, each in enumerate(seconds):
        out[a.agent == first + k] = each
    return with_answers(history, seconds=out)


def test_the_expected_minutes_are_the_persons_own_held_to_the_mean() -> None:
    history = with_seconds(made_history(40, machines=1), 60.0, 180.0)
    speed = learn_speed(history)
    assert speed.minutes[1] == pytest.approx((40 * 1 + BACK_OFF * 2) / (40 + BACK_OFF))
    assert speed.minutes[2] == pytest.approx((40 * 3 + BACK_OFF * 2) / (40 + BACK_OFF))


def test_the_seconds_of_a_row_are_not_expected_before_it_is_asked() -> None:
    speed = learn_speed(with_seconds(made_history(40, seed=1), 10.0, 20.0))
    new = made_history(30, seed=2)
    once, again = (speed.expected(with_seconds(new, *seconds)) for seconds in ((5.0, 500.0), (700.0, 1.0)))
    assert once.keys() == again.keys()
    for name in once:
        np.testing.assert_array_equal(once[name], again[name], name)


def test_minutes_count_for_the_person_and_for_all_people() -> None:
    history = with_seconds(made_history(40, machines=1), 60.0, 180.0)
    expected, actual = learn_speed(history).expected(history), history.cost()
    for costs in (expected, actual):
        both = costs["person_1.minutes"] + costs["person_2.minutes"]
        np.testing.assert_allclose(both, costs["people.minutes"], atol=1e-6)
    assert actual["person_1.minutes"].sum() == pytest.approx(40)


def test_people_without_recorded_seconds_cost_one_answer_each() -> None:
    history = with_seconds(made_history(40, machines=1), np.nan, np.nan)
    expected = learn_speed(history).expected(history)
    assert expected["answers"].sum() == 80
    assert "people.minutes" not in expected


def test_a_person_nobody_timed_costs_one_answer_and_is_expected_to_be_as_slow_as_the_others() -> None:
    history = with_seconds(made_history(40, machines=1), 60.0, np.nan)
    speed, open_cases = learn_speed(history), with_seconds(made_history(10, machines=1), np.nan, np.nan)
    for costs in (history.cost(), speed.expected(history), speed.expected(open_cases)):
        cases = len(costs["answers"]) // 3
        assert costs["answers"].reshape(cases, 3).sum(0).tolist() == [0, 0, cases]
    assert "person_2.minutes" not in history.cost()
    assert speed.expected(history)["person_2.minutes"].max() == 1.0


def test_a_stated_cost_grows_with_the_size_of_the_case() -> None:
    cost = {
        "bot_*": {"net_mb": Cost(fixed=1.0, per=3.0, of="size")},
        "person_*": {"tickets": Cost(fixed=2.0)},
    }
    history = made_history(50, machines=2, people=1, cost=cost)
    expected = learn_speed(history).expected(history)
    a = history.answers
    bots = ~history.is_person[a.agent]
    np.testing.assert_allclose(
        expected["net_mb"][bots], 1 + 3 * history.features.numeric["size"][a.case[bots]], rtol=1e-5
    )
    assert set(expected["tickets"][~bots]) == {2.0}
    assert "people.minutes" not in expected
    assert machine_resources(history) == ["net_mb"]


def test_the_human_share_counts_people_only() -> None:
    history = made_history(50, machines=3, people=2)
    assert human_answers(history).sum() == 100
    assert machine_resources(history) == []


def test_a_limit_may_name_whatever_somebody_uses_and_the_answers_of_people() -> None:
    history = with_seconds(made_history(40, machines=1), 60.0, np.nan)
    assert resources(history) == ("answers", "human_answers", "people.minutes", "person_1.minutes")
    assert resources(made_history(40, people=0, cost={"bot_*": {"cpu_s": Cost(fixed=1.0)}})) == ("cpu_s",)


def test_a_limit_on_what_nobody_uses_is_told_which_resources_there_are() -> None:
    with pytest.raises(MindshareError) as told:
        check_limits({"people.minute": 10.0}, ["cpu_s", "people.minutes"])
    assert str(told.value) == (
        "Nobody uses 'people.minute', so a limit on it would limit nothing;"
        " the resources are cpu_s, people.minutes. Did you mean 'people.minutes'?"
    )
    with pytest.raises(MindshareError, match=r"the resources are none\.$"):
        check_limits({"cpu_s": 0.0}, [])
