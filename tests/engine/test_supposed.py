"""What a limit of a service is for the cases of its log that can be judged."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from mindshare.engine.settings import DAY, Limit
from mindshare.engine.supposed import Log


def log(judged: int, arrived: int, first: float, last: float) -> Log:
    told = SimpleNamespace(arrived=arrived, span=(first, last))
    return Log(cast(Any, range(judged)), cast(Any, told))


def test_a_limit_each_day_counts_once_for_each_day_that_the_log_touches() -> None:
    assert log(10, 10, 0.5 * DAY, 0.6 * DAY).amount(Limit(60.0, DAY)) == 60.0
    assert log(10, 10, 0.5 * DAY, 2.1 * DAY).amount(Limit(60.0, DAY)) == 180.0  # midnight passed twice
    assert log(10, 10, 0.0, 9.0 * DAY).amount(Limit(60.0, None)) == 60.0


def test_cases_that_are_not_judged_have_their_part_of_a_limit() -> None:
    assert log(10, 40, 0.0, 1.0).amount(Limit(60.0, DAY)) == pytest.approx(15.0)
    assert log(10, 40, 0.0, 1.0).amount(60.0) == pytest.approx(15.0)
