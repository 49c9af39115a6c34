"""The second opinion: what one answer against the verdict is believed to mean, by the belief and by the edge."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.asking.opinion import (
    SPREAD,
    WEIGHT,
    heard_scores,
    opinion_weight,
    opinions,
    with_opinion,
)
from mindshare.core.belief.holdout import Stage
from mindshare.core.belief.state import scores_of
from mindshare.core.folds import split
from mindshare.core.learn import learn, learn_held_out
from mindshare.core.model import Model
from mindshare.testing import made_history

seeds = st.integers(0, 10_000)


@pytest.fixture(scope="module")
def opened() -> tuple[Model, Stage]:
    history = made_history(600, labels=3, machines=2, people=3, seed=5)
    fit, test = split(history, 3, seed=0)[0]
    model = learn(history.take(fit))
    edge = model.asking.edge._replace(opinion=0.5)
    return replace(model, asking=model.asking._replace(edge=edge)), model.open(history.take(test))


def heard(stage: Stage, people: int) -> np.ndarray:
    """All machines, and the first `people` people of each case."""
    known = stage.machines()
    rows = np.flatnonzero(stage.opened.person == 1)
    case = stage.opened.case[rows]
    known[rows[np.arange(len(rows)) - np.searchsorted(case, case) < people]] = True
    return known


def test_there_is_no_second_opinion_unless_just_one_person_has_spoken_against_the_verdict(
    opened: tuple[Model, Stage],
) -> None:
    model, stage = opened
    asking, cases = model.asking, np.arange(len(stage.history))
    for people in (0, 2, 3):
        known = heard(stage, people)
        scores = heard_scores(asking.edge, stage.opened, known, cases, asking.utility)
        assert np.array_equal(scores, scores_of(stage.opened, known))
    known = heard(stage, 1)
    scores = heard_scores(asking.edge, stage.opened, known, cases, asking.utility)
    before = model.verdicts(stage, stage.machines())
    rows = np.flatnonzero(known & (stage.opened.person == 1))
    agreed = stage.opened.label[rows] == before[stage.opened.case[rows]]
    same = (scores == scores_of(stage.opened, known)).all(axis=1)
    assert np.array_equal(same[stage.opened.case[rows]], agreed)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.01, 1.0))
def test_the_log_odds_of_the_answer_are_a_mean_of_both_opinions(
    opened: tuple[Model, Stage], weight: float
) -> None:
    model, stage = opened
    edge, utility = model.asking.edge._replace(opinion=weight), model.asking.utility
    known = heard(stage, 1)
    rows = np.flatnonzero(known & (stage.opened.person == 1))
    first, second, verdict = opinions(edge, stage.opened, known, rows, utility)
    case, said = stage.opened.case[rows].astype(np.int64), stage.opened.label[rows]
    scores = heard_scores(edge, stage.opened, known, case, utility)
    differs = said != verdict
    odds = scores[np.arange(len(rows)), said] - scores[np.arange(len(rows)), verdict]
    np.testing.assert_allclose(
        odds[differs], ((1 - weight) * first + weight * second)[differs], atol=1e-9, rtol=1e-9
    )
    assert not first[~differs].any()
    assert not second[~differs].any()


def test_a_second_opinion_is_the_same_for_a_case_alone_and_among_others(opened: tuple[Model, Stage]) -> None:
    model, stage = opened
    asking, known, cases = model.asking, heard(stage, 1), np.arange(len(stage.history))
    whole = heard_scores(asking.edge, stage.opened, known, cases, asking.utility)
    alone = [
        heard_scores(asking.edge, stage.opened, known, cases[i : i + 1], asking.utility)[0] for i in cases
    ]
    assert np.array_equal(whole, np.stack(alone))


def test_without_an_edge_there_is_no_second_opinion() -> None:
    learned = learn_held_out(made_history(200, labels=3, machines=2, people=0, seed=1))
    assert learned.model.asking.edge.opinion == 0.0
    assert with_opinion(learned.holdout, [], learned.model.asking.edge, np.eye(3)) == (
        [],
        learned.model.asking.edge,
    )


@settings(max_examples=50, deadline=None)
@given(seeds, st.floats(0, 1))
def test_the_weight_begins_at_a_half_and_goes_to_what_is_seen(seed: int, true: float) -> None:
    assert opinion_weight(*np.zeros((2, 0)), np.zeros(0, bool)) == WEIGHT
    rng = np.random.default_rng(seed)
    first, second = rng.normal(0, 2, (2, 20_000))
    odds = (1 - true) * first + true * second
    right = rng.random(20_000) < 1 / (1 + np.exp(-odds))
    assert abs(opinion_weight(first, second, right) - true) < SPREAD / 2
    assert 0.0 <= opinion_weight(first[:9], second[:9], right[:9]) <= 1.0
