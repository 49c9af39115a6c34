"""More of a resource at some hours: only cases that come then may use it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mindshare.core.folds import split
from mindshare.core.history import History
from mindshare.core.limits import More
from mindshare.histories.backtest import backtest
from mindshare.histories.judge import under_limits
from mindshare.histories.side import Task
from tests.engine.world import tickets

HOUR, DAY = 3_600.0, 86_400.0
MINUTES = "people.minutes"


def over_days(count: int = 3) -> History:
    """The tickets, as if they came evenly over so many days."""
    history, _ = tickets()
    return replace(history, arrived=np.linspace(0.0, count * DAY - 1.0, len(history)))


def each_day(start: float, end: float, days: int = 3) -> np.ndarray:
    return np.array([(d * DAY + start * HOUR, d * DAY + end * HOUR) for d in range(days)])


def used(history: History, more: More, limit: float) -> tuple[float, float]:
    """Minutes that were bought for cases of one fold: of those that came then, and of the others."""
    fit, test = split(history, 5, 0)[0]
    done = under_limits(Task(history, fit, test, (0.0,), {}, 0, more=more), {"": {MINUTES: limit}})[""]
    minutes, a = history.cost()[MINUTES], history.answers
    then = more.within(history.arrived, len(history))
    spent = [0.0, 0.0]
    for case, agent in done.questions.tolist():
        rows = slice(a.indptr[case], a.indptr[case + 1])
        spent[int(not then[case])] += float(minutes[rows][a.agent[rows] == agent].sum())
    return spent[0], spent[1]


def test_a_case_is_within_from_the_first_second_to_the_last_and_one_without_a_time_never() -> None:
    more = More(MINUTES, 60.0, each_day(14, 16, days=2))
    at = np.array([13.9, 14.0, 15.9, 16.0, 24 + 15.0, 48 + 15.0, np.nan]) * HOUR
    assert more.within(at, 7).tolist() == [False, True, True, False, True, False, False]
    assert not more.within(None, 7).any() and not More(MINUTES, 1.0, np.zeros((0, 2))).within(at, 7).any()


@pytest.mark.parametrize("amount", [0.0, 60.0])
def test_what_is_more_at_some_hours_is_spent_on_cases_of_these_hours_only(amount: float) -> None:
    history, limit = over_days(), 20.0
    more = More(MINUTES, amount, each_day(14, 16))
    part = 0.2  # a fold has a fifth of the cases, and of all limits
    within, elsewhen = used(history, more, limit)
    assert elsewhen <= limit * part + 1e-6
    assert within + elsewhen <= (limit + amount) * part + 1e-6
    if amount:
        assert within > 2 * used(history, more._replace(amount=0.0), limit)[0]


def test_a_backtest_tells_what_more_at_some_hours_brings() -> None:
    history = over_days()
    none, some, late = (
        backtest(history, limits={MINUTES: 10.0}, shares=(0.0,), workers=1, more=more)
        for more in (
            More(MINUTES, 0.0, each_day(8, 20)),
            More(MINUTES, 120.0, each_day(8, 20)),
            More(MINUTES, 120.0, np.array([[9 * DAY, 10 * DAY]])),
        )
    )
    assert some["more"]["cases"] == pytest.approx(450, abs=2) and late["more"]["cases"] == 0
    assert some["limits"]["accuracy"] > none["limits"]["accuracy"] + 0.01
    [row] = some["limits"]["table"]
    assert (row["resource"], row["limit"]) == (MINUTES, 130.0)
    assert abs(late["limits"]["accuracy"] - none["limits"]["accuracy"]) < 0.01
