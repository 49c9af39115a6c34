"""Promises of repair: two cases move together where no single one may, each with the partner that mends most."""

from __future__ import annotations

import numpy as np

from mindshare.core.allocation.constraints import Problem, pose
from mindshare.core.allocation.dual import used
from mindshare.core.allocation.repair import exchange


def pairs(value: list[float], before: list[float], after: list[float], limit: float) -> Problem:
    """Cases that use `before` of one limit by option 0 and `after` by option 1, which is worth `value`, option 0 nothing."""
    worth = np.stack([np.zeros(len(value)), np.array(value)], axis=1)
    return pose(
        worth, {"m": {0: np.array(before), 1: np.array(after)}}, {"m": limit}, None, (None, None), None
    )


def exchanged(problem: Problem, *, mend: bool) -> tuple[int, np.ndarray, np.ndarray]:
    n = problem.n_cases
    choice, reach = np.zeros(n, np.int32), np.ones(1)
    use = used(problem.arrays, choice, 1)
    made = exchange(problem.arrays, np.arange(n), np.ones(n, np.int32), choice, use, reach, mend)
    np.testing.assert_allclose(use, used(problem.arrays, choice, 1), atol=1e-12)
    return made, choice, use


def test_a_small_excess_is_mended_by_the_pair_that_leaves_least_of_it() -> None:
    # 1.02 is used of 1; the first case with the second leaves an excess of 0.01, with the third one of 0.0095
    made, choice, _ = exchanged(
        pairs([-1.0, 3.0, 2.0], [0.52, 0.3, 0.2], [0.4, 0.41, 0.3095], 1.0), mend=True
    )
    assert made >= 1
    assert choice.tolist() == [1, 0, 1]


def test_a_pair_that_mends_nothing_stays() -> None:
    made, choice, _ = exchanged(pairs([5.0, 5.0], [0.6, 0.42], [0.7, 0.5], 1.0), mend=True)
    assert made == 0
    assert not choice.any()


def test_a_pair_is_exchanged_if_it_gains_and_fits() -> None:
    made, choice, use = exchanged(
        pairs([3.0, -1.0, -2.0], [0.3, 0.4, 0.25], [0.5, 0.3, 0.1], 1.0), mend=False
    )
    assert made == 1
    assert choice.tolist() == [1, 0, 1], "the second one gives back too little"
    assert use[0] <= 1.0
    assert exchanged(pairs([1.0, -1.0], [0.5, 0.5], [0.6, 0.4], 1.0), mend=False)[0] == 0, "nothing is gained"
