"""Held-out cases: what one person's answer adds to the log-score of the truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.asking.gate import informed
from mindshare.core.belief.holdout import stage_of, thinned
from mindshare.core.belief.pooling import Pooling
from mindshare.core.belief.state import scores_of
from mindshare.core.belief.temperature import log_losses
from mindshare.core.learn import learn_held_out
from mindshare.testing import made_history, shuffled

POOL = Pooling(machines_always=True).fit(made_history(200, seed=1))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1_000))
def test_a_lift_is_the_mean_over_the_people_of_a_case_each_heard_alone(seed: int) -> None:
    stage = stage_of(POOL, made_history(30, seed=seed))
    truth, case = stage.history.truth, stage.opened.case
    before = log_losses(scores_of(stage.opened, stage.machines()), truth)
    lift = np.zeros(30)
    for row in np.flatnonzero(stage.opened.person == 1):
        known = stage.machines()
        known[row] = True
        lift[case[row]] += (before - log_losses(scores_of(stage.opened, known), truth))[
            case[row]
        ] / 2  # two people
    np.testing.assert_allclose(stage.lifts(), lift, atol=1e-12)


def test_cases_without_a_truth_lift_nothing_and_change_nothing() -> None:
    history = made_history(40, seed=3)
    half = replace(history, truth=np.where(np.arange(40) % 2 == 0, history.truth, -1).astype(np.int32))
    whole, some = stage_of(POOL, history).lifts(), stage_of(POOL, half).lifts()
    assert len(some) == 20
    assert some == pytest.approx(whole[::2])


@pytest.mark.parametrize("seed", range(3))
def test_people_who_know_something_lift_and_shuffled_people_do_not(seed: int) -> None:
    history = made_history(200, seed=seed)
    chances = []
    for one in (history, shuffled(history, seed)):
        learned = learn_held_out(one, machines_always=True)
        chances.append(informed(np.concatenate([stage.lifts() for stage in learned.holdout])))
    assert chances[0] > 0.9
    assert chances[1] < 0.5


def test_a_thinned_stage_is_described_as_the_whole_was() -> None:
    other = Pooling(machines_always=True).fit(made_history(200, seed=2)).reading
    stage = stage_of(POOL, made_history(60, seed=4)).described(other)
    (thin,) = thinned([stage], 20)
    kept = [stage.history.case_id.index(name) for name in thin.history.case_id]
    assert len(kept) == 20
    whole = stage.opened.design.matrix(other.width)[kept]
    assert np.array_equal(thin.opened.design.matrix(other.width).toarray(), whole.toarray())
