"""The price at which a first answer pays when a second may follow, and what many answers are worth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from mindshare.core.asking.many import FEWEST, of_many, rivals
from mindshare.core.asking.outlook import ahead_of, outlook
from mindshare.core.asking.steps import root

seeds = st.integers(0, 10_000)


@settings(max_examples=50, deadline=None)
@given(seeds, st.integers(2, 8))
def test_the_two_step_index_is_the_price_at_which_both_sides_are_level(seed: int, answers: int) -> None:
    rng = np.random.default_rng(seed)
    q, gain, second = rng.dirichlet(np.ones(answers)), 0.2 * rng.random(answers), rng.random(answers)
    price = root(q, gain, second)
    value = float(q @ gain)
    assert price >= value
    if price > value:
        assert float(q @ (gain + np.maximum(0.0, second - price))) == pytest.approx(price, abs=1e-6)
    else:
        assert second.max() <= value + 1e-12


@settings(max_examples=20, deadline=None)
@given(st.floats(0.55, 0.75), st.floats(0.5, 0.9), st.integers(3, 40))
def test_many_answers_are_worth_what_their_sum_brings(skill: float, sure: float, left: int) -> None:
    # two labels, people who are right with a chance of `skill` whatever the truth; today's belief is `sure` of label 0
    here, ahead = outlook(2, 2), ahead_of(2, 2)
    order = np.arange(2)
    here.belief[:] = sure, 1 - sure
    here.mark[0] = 0
    rivals(here, order, np.eye(2), True)  # noqa: FBT003
    odds = np.log(skill / (1 - skill))
    here.odds[:], here.right[:], here.tilt[:] = (1.0, 1.0, 0.0), odds, (-odds, odds)
    ahead.lift[:], ahead.wrong[:] = 0.0, 1.0
    told = of_many(ahead, 0, here, order, left, np.empty(2))
    mean, sd = odds * (2 * skill - 1), 2 * odds * np.sqrt(skill * (1 - skill))
    line = np.log(sure / (1 - sure))
    best = max(
        (
            (1 - sure) * norm.sf(line, k * mean, sd * np.sqrt(k))
            - sure * norm.sf(line, -k * mean, sd * np.sqrt(k))
        )
        / k
        for k in range(FEWEST, left + 1)
    )
    assert told <= best + 1e-9  # not every k is tried
    assert told >= 0.9 * best - 1e-9


def test_a_rival_is_looked_for_by_what_it_would_win_and_lose() -> None:
    # ordered labels: a step further is the rival, not the far end
    here, order = outlook(4, 4), np.arange(4)
    here.belief[:] = 0.5, 0.3, 0.15, 0.05
    utility = -np.abs(order[:, None] - order[None, :]).astype(float)
    rivals(here, order, utility, False)  # noqa: FBT003
    assert here.mark[3:].tolist() == [1, 0]
    assert here.rival.tolist() == pytest.approx([0.5, 0.5])
