"""Promises of the search for prices."""

from __future__ import annotations

import numpy as np
import pytest

from mindshare.core.allocation.constraints import Problem, pose
from mindshare.core.allocation.feasibility import level_slack
from mindshare.core.allocation.prices import LocalCases, StopRule, search
from mindshare.core.allocation.request import Floats


class Shards:
    """`Evaluate` of cases that lie apart; limits count once, in the first shard."""

    def __init__(self, problem: Problem, count: int) -> None:
        self.parts = [problem.part(np.arange(i, problem.n_cases, count)) for i in range(count)]
        rows, slack = len(problem.rows), level_slack(problem)
        self.shards = [
            LocalCases(part.arrays, problem.rhs if i == 0 else np.zeros(rows), slack)
            for i, part in enumerate(self.parts)
        ]

    def __call__(self, price: Floats, blur: float) -> tuple[float, Floats, Floats]:
        bound, use, curve = zip(*(shard(price, blur) for shard in self.shards), strict=True)
        return sum(bound), sum(use), sum(curve)


def made(n: int) -> Problem:
    rng = np.random.default_rng(0)
    value, minutes = rng.random((n, 5)), rng.lognormal(0, 0.5, (n, 5))
    cost = {"a": {1: minutes[:, 1], 2: 0.5}, "b": {2: minutes[:, 2], 3: minutes[:, 3]}}
    return pose(value, cost, {"a": 0.1 * n, "b": 0.1 * n}, None, (None, {4: 0.2}), None)


@pytest.mark.parametrize("blur", [0.0, 0.01, 0.3])
def test_what_shards_say_adds_up_to_what_all_cases_say(blur: float) -> None:
    problem = made(999)
    whole = LocalCases(problem.arrays, problem.rhs, level_slack(problem))
    price = np.random.default_rng(1).random(len(problem.rows)) * 50
    for one, two in zip(whole(price, blur), Shards(problem, 3)(price, blur), strict=True):
        np.testing.assert_allclose(two, one, rtol=1e-12, atol=1e-10)


def test_prices_found_through_shards_bound_as_tightly() -> None:
    problem = made(999)
    whole = LocalCases(problem.arrays, problem.rhs, level_slack(problem))
    blurs, start = [0.2 / 5**i for i in range(8)], np.zeros(len(problem.rows))
    one, two = (
        search(e, problem.rhs, start, blurs, StopRule(500.0, -np.inf)).sharp
        for e in (whole, Shards(problem, 2))
    )
    assert whole(two, 0.0)[0] == pytest.approx(whole(one, 0.0)[0], rel=1e-9)
