"""Promises of how known answers make a score: it is the sum that the pool says it is, and the temperature has the last word."""

from __future__ import annotations

import numpy as np
import pytest

from mindshare.core.belief.holdout import Stage
from mindshare.core.belief.state import Opened, likeliest, read, scores_of
from mindshare.core.belief.weights import PEOPLE, SPOKE
from mindshare.core.learn import Learned


def tempered(opened: Opened) -> Opened:
    """The same cases under a temperature of their own for every number of people."""
    return opened._replace(shared=opened.shared._replace(temperature=np.linspace(1.0, 3.0, SPOKE + 1)))


def scores(opened: Opened, known: np.ndarray, i: int) -> np.ndarray:
    """The score of a case without attention, written out."""
    shared, rows = opened.shared, np.arange(opened.rows.indptr[i], opened.rows.indptr[i + 1])
    rows = rows[known[rows] & (opened.label[rows] >= 0) & shared.heard[opened.rows.agent[rows]]]
    spoke = np.bincount(opened.person[rows], minlength=2)
    n_labels = opened.prior.shape[1]
    score, votes = opened.prior[i].astype(float), np.zeros((2, n_labels), int)
    for r in rows:
        says, g, own = np.zeros((2, n_labels)), opened.person[r], shared.own[opened.rows.agent[r]]
        read(opened, r, np.zeros((4, n_labels)), says[0], says[1])
        weight = opened.weight[r] + shared.spoke[g, min(spoke[g], SPOKE)]
        if own >= 0:
            weight = weight + shared.own_spoke[own, min(spoke[g], SPOKE)]
        score += weight @ says
        votes[g, opened.label[r]] += 1
    score += shared.votes[np.minimum(votes[0], SPOKE), np.minimum(votes[1], PEOPLE)]
    return score * shared.temperature[min(spoke[1], SPOKE)]


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_score_is_the_sum_over_the_answers_that_are_in_times_the_temperature(
    useful: tuple[Learned, Stage], share: float
) -> None:
    opened = tempered(useful[1].opened)
    known = np.random.default_rng(1).random(len(opened.person)) < share
    expected = np.array([scores(opened, known, i) for i in range(60)])
    np.testing.assert_allclose(scores_of(opened, known, np.arange(60)), expected, atol=1e-9)


def test_whoever_is_not_listened_to_moves_nothing(useful: tuple[Learned, Stage]) -> None:
    opened = useful[1].opened
    known, deaf = np.ones(len(opened.person), bool), opened.shared.heard.copy()
    deaf[0] = False
    without = scores_of(opened, known & (opened.rows.agent != 0))
    np.testing.assert_array_equal(
        scores_of(opened._replace(shared=opened.shared._replace(heard=deaf)), known), without
    )


def test_the_likeliest_labels_come_in_order_the_first_of_equal_ones_first() -> None:
    rng = np.random.default_rng(0)
    for wide in range(1, 8):
        score, order = rng.integers(0, 4, 7).astype(float), np.empty(wide, np.int64)
        likeliest(score, order)
        np.testing.assert_array_equal(order, np.argsort(-score, kind="stable")[:wide])
