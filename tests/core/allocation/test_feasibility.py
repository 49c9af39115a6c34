"""What cannot be kept is named; what is only just possible is found."""

from __future__ import annotations

import numpy as np
import pytest

from mindshare.core.allocation.allocate import allocate
from mindshare.core.errors import Infeasible

FEW = [[1, 1], [1, 0], [1, 0], [1, 0]]  # only case 0 may take option 1


@pytest.mark.parametrize(
    ("request_", "resource", "limit", "least"),
    [
        ({"cost": {"m": {0: 2.0, 1: 3.0}}, "limit": {"m": 7.0}}, "m", 7.0, 8.0),
        ({"cost": {"m": {0: 1.0}, "s": {1: 1.0}}, "limit": {"m": 1.0, "s": 1.0}}, "m", 1.0, 3.0),
        ({"cost": {"m": {0: 1.0, 1: 1.0}}, "limit": {"m": 0.0}}, "m", 0.0, 4.0),
        ({"min_share": {1: 0.5}, "allowed": FEW}, "share of option 1", 0.25, 0.5),
        ({"max_share": {0: 0.5}, "allowed": FEW}, "share of option 0", 0.5, 0.75),
        ({"min_share": {0: 0.75, 1: 0.5}}, "share of option 0", 0.5, 0.75),
        (
            {"min_share": {1: 0.5}, "cost": {"m": {1: 1.0}}, "limit": {"m": 1.0}},
            "share of option 1",
            0.25,
            0.5,
        ),
    ],
)
def test_what_cannot_be_kept_is_named_with_its_limit_and_the_least_possible(
    request_: dict, resource: str, limit: float, least: float
) -> None:
    if "allowed" in request_:
        request_ = {**request_, "allowed": np.array(request_["allowed"], bool)}
    with pytest.raises(Infeasible) as told:
        allocate(np.ones((4, 2)), **{"cost": {}, "limit": {}, **request_})
    assert told.value.resource == resource
    assert told.value.limit == pytest.approx(limit)
    assert told.value.least == pytest.approx(least, rel=1e-5)


def test_whole_cases_that_do_not_fit_are_told_although_fractions_would() -> None:
    cost = {"a": {0: np.array([2.0, 2.0, 2.0])}, "b": {1: np.array([2.0, 2.0, 2.0])}}
    with pytest.raises(Infeasible, match="is limited to 3, but the hard constraints need at least 4"):
        allocate(np.ones((3, 2)), cost, {"a": 3.0, "b": 3.0})


def test_parity_that_limits_forbid_gets_the_smallest_eps_that_is_possible() -> None:
    group, allowed = np.repeat([0, 1], 10), np.ones((20, 2), bool)
    allowed[:4, 0] = False  # two fifths of group 0 must take option 1
    plan = allocate(np.zeros((20, 2)), {"m": {1: 1.0}}, {"m": 5.0}, allowed, parity=(group, [1], 0.1))
    assert plan.parity_eps == pytest.approx(0.3)  # 4 of 10 and 1 of 10: the minutes reach for five
    assert plan.usage["m"] <= 5.0
