"""Outcomes move counts at once, as if they had been learnt from; learning goes on from a model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mindshare.core.belief.pooling import Pooling, gather
from mindshare.core.belief.temperature import log_loss
from mindshare.core.errors import MindshareError
from mindshare.core.history import History
from mindshare.core.learn import learn
from mindshare.core.live import open_cases
from mindshare.core.model import Model
from mindshare.core.records import Case, Outcome
from mindshare.core.update import after
from mindshare.testing import made_history
from tests.core.test_live import answer_of, case_of


@pytest.fixture(scope="module")
def learnt() -> tuple[Model, History]:
    made = made_history(500, people=3, seed=41)
    return learn(made.take(np.arange(300)), how=Pooling(ridge=1.0)), made


def opened_of(model: Model, history: History, cases: range):  # type: ignore[no-untyped-def]
    a = history.answers
    rows = np.flatnonzero(np.isin(a.case, list(cases)))
    return open_cases(model, [case_of(history, i) for i in cases], [answer_of(history, int(r)) for r in rows])


def outcomes_of(history: History, cases: range) -> list[Outcome]:
    return [Outcome(case_id=history.case_id[i], label=history.team.labels[history.truth[i]]) for i in cases]


def test_counts_after_outcomes_are_those_of_learning_from_all(learnt: tuple[Model, History]) -> None:
    model, made = learnt
    moved = model
    for low in range(300, 400, 25):
        cases = range(low, low + 25)
        moved = after(moved, opened_of(moved, made, cases), outcomes_of(made, cases))
    reading = moved.pool.reading
    # the same cells: a context learnt from more cases may have others
    whole = gather(Pooling(ridge=1.0), made.take(np.arange(400)))[0]
    assert whole.size.cells == reading.size.cells
    for name, ours, theirs in zip(reading.counts._fields, reading.counts, whole.counts, strict=True):
        np.testing.assert_array_equal(ours, theirs, name)
    np.testing.assert_array_equal(reading.truths, whole.truths)


def test_the_model_before_stays_as_it_is(learnt: tuple[Model, History]) -> None:
    model, made = learnt
    before = [x.copy() for x in model.pool.reading.counts]
    cases = range(300, 310)
    moved = after(model, opened_of(model, made, cases), outcomes_of(made, cases))
    for one, two in zip(before, model.pool.reading.counts, strict=True):
        np.testing.assert_array_equal(one, two)
    assert moved.pool.reading.counts.kind.sum() > model.pool.reading.counts.kind.sum()


def test_a_person_who_is_wrong_again_and_again_is_believed_less(learnt: tuple[Model, History]) -> None:
    from mindshare.core.records import Answer

    model, _ = learnt
    place = model.pool.reading.agents.id.index("person_1")
    before = model.pool.reading.tables.plain[place]
    cases = [Case(id=f"w{i}") for i in range(60)]
    opened = open_cases(
        model, cases, [Answer(case_id=c.id, agent_id="person_1", label="label_1") for c in cases]
    )
    moved = after(model, opened, [Outcome(case_id=c.id, label="label_0") for c in cases])
    assert moved.pool.reading.tables.plain[place] < before


def test_an_outcome_that_cannot_count_gets_one_sentence(learnt: tuple[Model, History]) -> None:
    model, _ = learnt
    opened = open_cases(model, [Case(id="x")])
    for outcomes, sentence in (
        ([Outcome(case_id="y", label="label_1")], "not among the opened"),
        ([Outcome(case_id="x", label="label_9")], "not one of the model's labels"),
        ([Outcome(case_id="x", label="label_1")] * 2, "two outcomes"),
    ):
        with pytest.raises(MindshareError, match=sentence):
            after(model, opened, outcomes)


def test_learning_that_goes_on_ends_near_learning_from_nothing(learnt: tuple[Model, History]) -> None:
    model, made = learnt
    more, new = made.take(np.arange(310)), made.take(np.arange(310, 500))
    cold, warm = learn(more, how=Pooling(ridge=1.0)), learn(more, start=model)
    losses = [
        log_loss(m.pool.scores(m.pool.open(new), np.ones(len(new.answers), bool)), new.truth)
        for m in (cold, warm)
    ]
    assert losses[1] == pytest.approx(losses[0], abs=0.02)
    assert warm.about.cases == 310


def test_learning_goes_on_with_people_who_are_new(learnt: tuple[Model, History]) -> None:
    model, _ = learnt
    more = made_history(320, people=5, seed=41)
    warm = learn(more, start=model)
    assert warm.pool.reading.agents.id[-1] == "person_5"
    stage = warm.open(more)
    assert np.isfinite(warm.worth(stage, stage.machines(), np.flatnonzero(~stage.machines()))).all()


def test_the_edge_goes_on_only_where_the_columns_are_the_same(learnt: tuple[Model, History]) -> None:
    model, made = learnt
    start = replace(model, asking=model.asking._replace(edge=model.asking.edge._replace(weight=0.3)))
    assert learn(made.take(np.arange(300)), start=start).asking.edge.weight == 0.3
    fog = made.features.categorical["fog"]
    for other in (
        replace(made.features, numeric={}, categorical={}),
        replace(made.features, categorical={"haze": fog}),
        replace(made.features, categorical={"fog": replace(fog, names=fog.names[::-1])}),
    ):
        assert learn(replace(made, features=other), start=start).asking.edge.weight == 0.0
    sure = np.random.default_rng(0).uniform(0.4, 1.0, len(made.answers)).astype(np.float32)
    stated = replace(made, answers=replace(made.answers, confidence=sure))  # more columns of the agreement
    assert learn(stated, start=start).asking.edge.weight == 0.0


def test_learning_does_not_go_on_from_a_model_of_another_team(learnt: tuple[Model, History]) -> None:
    model, _ = learnt
    with pytest.raises(MindshareError, match="labels"):
        learn(made_history(100, labels=4), start=model)
    made = made_history(100)
    question = replace(made.team.questions[0], utility=2 * np.eye(3))
    other = replace(made, team=replace(made.team, questions=(question,)))
    with pytest.raises(MindshareError, match="utility"):
        learn(other, start=model)
