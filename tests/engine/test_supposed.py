"""What a limit of a service is for the cases of its log that can be judged."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from mindshare.core.errors import MindshareError
from mindshare.engine.settings import DAY, Limit
from mindshare.engine.supposed import Log
from mindshare.engine.supposed_words import MorePeople

HOUR = 3_600.0


def log(judged: int, arrived: int, first: float, last: float) -> Log:
    told = SimpleNamespace(arrived=arrived, span=(first, last))
    return Log(cast(Any, range(judged)), cast(Any, told))


def test_a_limit_each_day_counts_once_for_each_day_that_the_log_touches() -> None:
    assert log(10, 10, 0.5 * DAY, 0.6 * DAY).amount(Limit(60.0, DAY)) == 60.0
    assert log(10, 10, 0.5 * DAY, 2.1 * DAY).amount(Limit(60.0, DAY)) == 180.0  # midnight passed twice
    assert log(10, 10, 0.0, 9.0 * DAY).amount(Limit(60.0, None)) == 60.0


def test_more_people_bring_their_minutes_within_the_time_of_the_log() -> None:
    hours = MorePeople(start="14:00", to="16:00", people=2.0, tz="Europe/Berlin")
    first = datetime(2026, 7, 1, 13, 0, tzinfo=UTC).timestamp()  # 15:00 in Berlin
    more = log(10, 40, first, first + 2 * DAY).more(hours, ["people.minutes"])
    assert more.amount == pytest.approx(2 * (60 + 120 + 60) / 4)  # a quarter of the cases is judged
    assert more.spans.shape == (3, 2) and (more.spans[:, 1] - more.spans[:, 0] == 7_200.0).all()
    assert more.within(np.array([first, first + HOUR, first + DAY - HOUR]), 3).tolist() == [True, False, True]
    assert log(10, 10, first + 2 * HOUR, first + 3 * HOUR).more(hours, ["people.minutes"]).amount == 0.0


def test_more_people_who_cannot_be_judged_are_refused_in_a_sentence() -> None:
    hours = MorePeople(start="14:00", to="16:00")
    with pytest.raises(MindshareError, match=r"there is no limit on people\.minutes here"):
        log(10, 10, 0.0, DAY).more(hours, ["human_answers"])
    with pytest.raises(MindshareError, match="need a log to be judged on"):
        log(10, 10, 0.0, DAY)._replace(instead=("Too few.",)).more(hours, ["people.minutes"])
    for wrong, sentence in (
        (MorePeople(start="2 pm", to="16:00"), "must be times such as '09:00-17:00'"),
        (MorePeople(start="14:00", to="16:00", tz="Berlin"), "more.zone must name a time zone"),
        (MorePeople(start="14:00", to="16:00", people=-1.0), "must be a number >= 0"),
    ):
        with pytest.raises(MindshareError, match=sentence):
            log(10, 10, 0.0, DAY).more(wrong, ["people.minutes"])


def test_cases_that_are_not_judged_have_their_part_of_a_limit() -> None:
    assert log(10, 40, 0.0, 1.0).amount(Limit(60.0, DAY)) == pytest.approx(15.0)
    assert log(10, 40, 0.0, 1.0).amount(60.0) == pytest.approx(15.0)
