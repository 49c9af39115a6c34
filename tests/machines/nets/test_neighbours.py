"""Promises of the net for many places: shapes, who is looked at, a budget that is kept, one sentence for what cannot be."""

from __future__ import annotations

import numpy as np
import pytest

from mindshare.core.errors import MindshareError, OverBudget
from mindshare.machines.nets.neighbours import Neighbours, Seen

# places in a row: 0 - 1 - 2 - 3, each near the next one only
ROW = np.eye(4) + 0.5 * (np.eye(4, k=1) + np.eye(4, k=-1))


def drawn(moments: int = 60, places: int = 4) -> tuple[Seen, np.ndarray]:
    """What is to be foretold of a place is the last step of the place before it, which only a look at neighbours can show."""
    rng = np.random.default_rng(0)
    steps = rng.normal(size=(moments, places, 5, 2)).astype(np.float32)
    truth = np.stack([np.roll(steps[:, :, -1, 0], 1, axis=1), steps[:, :, -1, 0]], axis=2)
    return Seen(steps, rng.normal(size=(moments, places, 3)).astype(np.float32)), truth.astype(np.float64)


def learnt(near: np.ndarray = ROW, *, epochs: int = 2, seed: int = 0) -> Neighbours:
    return Neighbours(near, width=8, seed=seed).fit(*drawn(), cpu_s=60.0, epochs=epochs)


def test_every_place_is_foretold_at_every_moment() -> None:
    seen, truth = drawn()
    told = learnt().predict(seen)
    assert told.shape == truth.shape and np.isfinite(told).all()


def test_a_place_near_is_looked_at_and_a_far_one_changes_nothing() -> None:
    seen, net = drawn()[0], learnt()
    other = seen.steps.copy()
    other[:, 3] += 1.0
    changed = np.abs(net.predict(seen) - net.predict(Seen(other, seen.known))).max(axis=(0, 2))
    np.testing.assert_array_equal(changed[:2], 0.0)
    assert (changed[2:] > 1e-4).all()


def test_of_the_places_near_only_the_nearest_are_looked_at() -> None:
    near = np.array([[1.0, 0.9, 0.5], [0.9, 1.0, 0.9], [0.5, 0.9, 1.0]])
    seen, truth = drawn(places=3)
    net = Neighbours(near, most=1, width=8).fit(seen, truth, cpu_s=60.0, epochs=1)
    other = seen.steps.copy()
    other[:, 2] += 1.0
    same = net.predict(seen) == net.predict(Seen(other, seen.known))
    assert same[:, 0].all() and not same[:, 2].any()


def test_what_only_a_neighbour_shows_is_learnt() -> None:
    seen, truth = drawn(400)
    ring = ROW + np.eye(4, k=3) + np.eye(4, k=-3)
    errors = [
        np.abs(
            Neighbours(near, width=16, dropout=0.0)
            .fit(seen, truth, cpu_s=60.0, epochs=15, rate=0.02)
            .predict(seen)
            - truth
        )
        for near in (ring, np.eye(4))
    ]
    with_, without = (error[:, :, 0].mean() for error in errors)
    assert with_ < 0.6 * without


def test_the_same_seed_gives_the_same_net_and_another_one_another() -> None:
    seen = drawn()[0]
    one = learnt().predict(seen)
    np.testing.assert_array_equal(one, learnt().predict(seen))
    assert not np.array_equal(one, learnt(seed=1).predict(seen))


def test_a_fit_ends_with_its_budget_and_says_what_it_took() -> None:
    seen, truth = drawn(200)
    net = Neighbours(ROW, width=8).fit(seen, truth, cpu_s=0.5, epochs=100_000)
    assert 0.0 < net.spent_.cpu_s < 1.0 and 0.0 < net.spent_.epochs < 100_000


def test_a_budget_for_not_one_step_is_said() -> None:
    net = Neighbours(ROW)
    with pytest.raises(OverBudget, match="too small for one step"):
        net.fit(*drawn(), cpu_s=1e-9, epochs=1)
    with pytest.raises(MindshareError, match="has not learnt yet"):
        net.predict(drawn()[0])


def test_what_is_to_be_foretold_and_not_known_is_refused() -> None:
    seen, truth = drawn()
    truth[3, 1, 0] = np.nan
    with pytest.raises(MindshareError, match="truth holds numbers that are not finite"):
        Neighbours(ROW).fit(seen, truth, cpu_s=1.0, epochs=1)


def test_a_place_looks_at_itself_whoever_else_is_as_near() -> None:
    net = Neighbours(np.ones((4, 4)), most=2, width=8).fit(*drawn(20), cpu_s=1.0, epochs=1).net_
    assert net.near[:, 0].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("near", "said"),
    [
        (np.ones((2, 3)), r"near must be \(places, places\).*Got \(2, 3\)"),
        (np.zeros((2, 2)), "the place itself is the nearest"),
        (np.array([[1.0, -0.1], [0.0, 1.0]]), "no number below 0"),
    ],
)
def test_a_table_that_says_not_who_is_near_is_refused(near: np.ndarray, said: str) -> None:
    with pytest.raises(MindshareError, match=said):
        Neighbours(near)


def test_what_does_not_fit_together_is_refused() -> None:
    seen, truth = drawn()
    with pytest.raises(
        MindshareError, match=r"truth must be \(60, 4, numbers to foretell\). Got \(60, 3, 2\) instead."
    ):
        Neighbours(ROW).fit(seen, truth[:, :3], cpu_s=1.0, epochs=1)
    with pytest.raises(MindshareError, match="The net knows 4 places and was made for 2"):
        Neighbours(np.eye(2)).fit(seen, truth, cpu_s=1.0, epochs=1)
    with pytest.raises(MindshareError, match="no moment"):
        learnt().predict(Seen(seen.steps[:0], seen.known[:0]))
    broken = Seen(np.where(np.arange(5)[:, None] == 2, np.nan, seen.steps), seen.known)
    with pytest.raises(MindshareError, match="not finite"):
        learnt().predict(broken)
    with pytest.raises(MindshareError, match="has not learnt yet"):
        Neighbours(ROW).predict(seen)
