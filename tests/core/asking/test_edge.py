"""The edge: how much likelier a person is right than the verdict, and how much that is heard beside the index."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.asking.edge import SPREAD, WEIGHT, edges_of, learn_edges, weight_of
from mindshare.core.folds import split
from mindshare.core.history import History
from mindshare.core.learn import Learned, learn_held_out
from mindshare.testing import made_history

seeds = st.integers(0, 10_000)


@pytest.fixture(scope="module")
def learned() -> tuple[Learned, History]:
    history = made_history(600, labels=3, machines=2, people=3, seed=5)
    fit, test = split(history, 3, seed=0)[0]
    return learn_held_out(history.take(fit)), history.take(test)


def test_edges_are_parts_of_what_is_at_stake(learned: tuple[Learned, History]) -> None:
    model, new = learned[0].model, learned[1]
    stage = model.open(new)
    edges = edges_of(
        model.asking.edge, stage.opened, stage.machines(), np.flatnonzero(stage.opened.person == 1)
    )
    assert edges.max() > 0
    assert (edges >= 0).all()
    assert (edges < 1).all()


def test_an_edge_does_not_depend_on_what_else_is_asked_about(learned: tuple[Learned, History]) -> None:
    model, new = learned[0].model, learned[1]
    stage = model.open(new)
    rows, known = np.flatnonzero(stage.opened.person == 1), stage.machines()
    whole = edges_of(model.asking.edge, stage.opened, known, rows)
    alone = [edges_of(model.asking.edge, stage.opened, known, rows[j : j + 1])[0] for j in range(len(rows))]
    assert np.array_equal(whole, alone)


def test_an_edge_does_not_read_what_was_answered(learned: tuple[Learned, History]) -> None:
    model, new = learned[0].model, learned[1]
    other = new.answers.label.copy()
    person = new.is_person[new.answers.agent]
    other[person] = (other[person] + 1) % len(new.team.labels)
    stages = model.open(new), model.open(replace(new, answers=replace(new.answers, label=other)))
    one, two = (
        edges_of(model.asking.edge, s.opened, s.machines(), np.flatnonzero(s.opened.person == 1))
        for s in stages
    )
    assert np.array_equal(one, two)


def test_the_edge_of_a_stage_is_learnt_on_the_others(learned: tuple[Learned, History]) -> None:
    held_out, asking = learned[0].holdout, learned[0].model.asking
    width = learned[0].model.pool.reading.width
    apart, _ = learn_edges(held_out, width, asking.coefficient, asking.utility, asking.unit)
    others = [s if j else s._replace(history=_wrong(s.history)) for j, s in enumerate(held_out)]
    moved, _ = learn_edges(others, width, asking.coefficient, asking.utility, asking.unit)
    assert np.array_equal(apart[0].verdict, moved[0].verdict)
    assert not np.array_equal(apart[1].verdict, moved[1].verdict)


def test_under_another_utility_the_edge_is_a_difference_of_utilities() -> None:
    history = made_history(400, labels=3, machines=2, people=3, seed=6)
    twice = np.array([[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 2.0]]) - 1  # accuracy, in other words
    question = replace(history.team.questions[0], utility=twice)
    other = replace(history, team=replace(history.team, questions=(question,)))
    edges = []
    for told in (history, other):
        model = learn_held_out(told).model
        stage = model.open(told)
        edges.append(
            edges_of(model.asking.edge, stage.opened, stage.machines(), np.arange(len(told.answers)))
        )
    np.testing.assert_allclose(*edges, atol=1e-6)


def test_once_a_person_has_spoken_there_is_no_edge(learned: tuple[Learned, History]) -> None:
    model, new = learned[0].model, learned[1]
    stage = model.open(new)
    people, known = np.flatnonzero(stage.opened.person == 1), stage.machines()
    known[people[0]] = True
    edges = edges_of(model.asking.edge, stage.opened, known, people)
    same = stage.opened.case[people] == stage.opened.case[people[0]]
    assert not edges[same].any()
    assert edges[~same].any()


def _wrong(history: History) -> History:
    """The same cases with other truths."""
    return replace(history, truth=(history.truth + 1) % len(history.team.labels))


def test_without_held_out_cases_or_people_an_edge_has_no_weight(learned: tuple[Learned, History]) -> None:
    asking = learned[0].model.asking
    apart, edge = learn_edges([], 3, asking.coefficient, asking.utility, asking.unit)
    assert apart == []
    assert edge.weight == 0.0
    nobody = learn_held_out(made_history(100, labels=3, machines=2, people=0, seed=1))
    assert nobody.model.asking.edge.weight == 0.0


@settings(max_examples=50, deadline=None)
@given(seeds, st.floats(0, 1), st.integers(0, 400))
def test_the_weight_begins_at_the_prior_and_goes_to_what_is_seen(seed: int, true: float, n: int) -> None:
    rng = np.random.default_rng(seed)
    value, edge = rng.beta(1, 4, (2, n))
    weight = weight_of(value, edge, (1 - true) * value + true * edge)
    assert 0.0 <= weight <= 1.0
    assert abs(weight - WEIGHT) <= abs(true - WEIGHT) + 1e-9
    assert weight_of(*np.zeros((3, n))) == pytest.approx(WEIGHT)
    many = rng.beta(1, 4, (2, 50_000))
    brought = (1 - true) * many[0] + true * many[1] + rng.normal(0, 0.3, 50_000)
    assert abs(weight_of(*many, brought) - true) < SPREAD / 2
