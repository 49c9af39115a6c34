"""Promises of the search for the weights: the loss is what it says, its slope and curvature are right, the search ends at the least."""

from __future__ import annotations

import numpy as np
import pytest

from mindshare.core.belief.curvature import curvature
from mindshare.core.belief.likelihood import Examples, doubts, loss_and_slope
from mindshare.core.belief.pooling import Pooling, gather
from mindshare.core.belief.solve import ENOUGH, solve_weights
from mindshare.core.belief.weights import PEOPLE, SPOKE, Shape
from mindshare.testing import made_history


def problem(n: int = 120, *, always: bool = True, seed: int = 1) -> tuple[Examples, Shape]:
    how = Pooling(machines_always=always)
    reading, examples = gather(how, made_history(n, machines=2, people=3, proba=True, seed=seed))
    return examples, reading.shape


def somewhere(shape: Shape) -> np.ndarray:
    start = shape.start()
    return start + 0.05 * np.random.default_rng(0).normal(size=len(start))


def scores(x: Examples, shape: Shape, theta: np.ndarray, u: int, t: int) -> np.ndarray:
    """The score of one subset, written out."""
    parts, columns = shape.split(theta), x.design_of[x.design_at[u] : x.design_at[u + 1]]
    rows = np.arange(x.indptr[u], x.indptr[u + 1])
    rows = rows[x.drawn[rows, t]]
    score = x.prior + parts.bias[columns].sum(0)
    spoke = np.bincount(x.person[rows], minlength=2)
    votes = np.zeros((2, shape.labels), int)
    for r in rows:
        g, k, own = x.person[r], x.agent[r], x.own[x.agent[r]]
        n = min(spoke[g], SPOKE)
        w = parts.kind[g] + parts.agent[k] + parts.context[g, columns].sum(0) + parts.spoke[g, n]
        if own >= 0:
            w = w + parts.own[own, columns].sum(0) + parts.own_spoke[own, n]
        score = score + w @ x.evidence[r]
        votes[g, x.answer[r]] += 1
    return score + parts.votes[np.minimum(votes[0], SPOKE), np.minimum(votes[1], PEOPLE)]


@pytest.mark.parametrize("always", [True, False])
def test_the_loss_is_that_of_every_subset_that_was_drawn(always: bool) -> None:
    x, shape = problem(always=always)
    theta, total, doubt = somewhere(shape), 0.0, np.zeros(x.times.shape)
    assert (x.times.sum(1) == x.drawn.shape[1]).all()
    assert (x.times == 0).any(), "some subsets are drawn twice"
    for u in range(len(x.truth)):
        for t in range(x.drawn.shape[1]):
            score = scores(x, shape, theta, u, t)
            belief = np.exp(score - score.max())
            belief /= belief.sum()
            total -= np.log(belief[x.truth[u]])
            doubt[u, t] = x.times[u, t] * (1 - (belief**2).sum())
    assert loss_and_slope(x, shape, theta)[0] == pytest.approx(total, rel=1e-9)
    np.testing.assert_allclose(doubts(x, shape, theta), doubt, atol=1e-9)


@pytest.mark.parametrize("always", [True, False])
def test_slope_and_curvature_are_those_of_small_steps(always: bool) -> None:
    x, shape = problem(40, always=always)
    theta, h = somewhere(shape), 1e-5
    _, slope = loss_and_slope(x, shape, theta)
    bend = curvature(x, shape, theta, x.total)  # of all subsets: exact
    assert len(bend.which) == len(theta)
    for k in range(0, len(theta), 3):
        step = h * (np.arange(len(theta)) == k)
        (above, up), (below, down) = (loss_and_slope(x, shape, theta + s) for s in (step, -step))
        assert slope[k] == pytest.approx((above - below) / (2 * h), rel=1e-4, abs=1e-4)
        np.testing.assert_allclose(x.total * bend.together[k], (up - down) / (2 * h), rtol=1e-3, atol=1e-3)


def test_a_sample_of_subsets_tells_the_curvature() -> None:
    x, shape = problem(1_500)
    theta = shape.start()
    whole, some = (curvature(x, shape, theta, n).alone for n in (x.total, 800))
    assert np.corrcoef(whole, some)[0, 1] > 0.99
    assert some.sum() == pytest.approx(whole.sum(), rel=0.1)


@pytest.mark.parametrize("ridge", [10.0, 1.0, 0.1])
def test_the_search_ends_at_the_least_loss_wherever_it_begins(ridge: float) -> None:
    x, shape = problem(400)

    def loss(theta: np.ndarray) -> float:
        off = theta - shape.start()
        return float(loss_and_slope(x, shape, theta)[0] + 0.5 * ridge * shape.ridge() @ off**2) / x.total

    cold = solve_weights(x, shape, ridge)
    like = solve_weights(problem(300, seed=1)[0], shape, 1.0)
    far = solve_weights(x, shape, ridge, somewhere(shape))
    near = solve_weights(x, shape, ridge, like)
    for found in (far, near):
        assert loss(found.theta) == pytest.approx(loss(cold.theta), abs=5 * ENOUGH)
    rng = np.random.default_rng(3)
    for _ in range(20):
        assert loss(cold.theta + 0.02 * rng.normal(size=len(cold.theta))) > loss(cold.theta) - 5 * ENOUGH


def test_without_a_case_that_has_a_truth_the_weights_stay_where_the_search_begins() -> None:
    history = made_history(60, seed=2)
    history.truth[:] = -1
    reading, x = gather(Pooling(), history)
    np.testing.assert_array_equal(solve_weights(x, reading.shape, 1.0).theta, reading.shape.start())
