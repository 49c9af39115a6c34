"""Evidence: tables are probabilities, few answers borrow from many, and what is not asked stays unread."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.belief import counts as module
from mindshare.core.belief.evidence import contextual_of, log_right, plain_of, prepare
from mindshare.core.belief.pool import Reading
from mindshare.core.belief.pooling import Pooling, gather
from mindshare.core.history import History
from mindshare.testing import made_history, relabelled, with_answers


def fitted(history: History) -> Reading:
    return gather(Pooling(), history)[0]


def answers_of(found: Reading, agent: int, cell: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """(truth, answer) p(answer | truth), plain and contextual, of an agent before it is asked."""
    labels, tables = len(found.labels), found.tables
    line = np.zeros((4, labels))
    prepare(tables, log_right(tables), agent, cell, 0.0, 0.0, line)
    each = range(labels)
    plain = [[plain_of(tables, agent, line, y, a) for a in each] for y in each]
    contextual = [[contextual_of(tables, agent, cell, line, y, a) for a in each] for y in each]
    return np.exp(plain), np.exp(contextual)


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 8), st.integers(0, 100))
def test_answers_of_every_agent_sum_to_one_under_every_truth(labels: int, seed: int) -> None:
    history = made_history(80, labels=labels, seed=seed)
    found = fitted(history)
    for agent in range(len(found.agents.is_person)):
        for cell in range(found.size.cells):
            for table in answers_of(found, agent, cell):
                np.testing.assert_allclose(table.sum(1), 1.0, atol=1e-4)


def test_an_agent_of_few_answers_looks_like_its_kind() -> None:
    history = made_history(400, machines=3, people=2, seed=3)
    quiet = (history.answers.agent == 4) & (history.answers.case > 1)
    found = fitted(with_answers(history, label=np.where(quiet, -1, history.answers.label).astype(np.int32)))
    plain = {k: answers_of(found, k)[0].diagonal().mean() for k in (0, 3, 4)}
    assert abs(plain[4] - plain[3]) < abs(plain[4] - plain[0])


def test_an_agent_that_is_right_more_often_is_believed_more() -> None:
    history = made_history(400, machines=2, people=0, seed=4)
    rng = np.random.default_rng(4)
    noise = (history.answers.agent == 1) & (rng.random(len(history.answers)) < 0.5)
    label = np.where(noise, rng.integers(0, 3, len(noise)), history.answers.label).astype(np.int32)
    found = fitted(with_answers(history, label=label))
    assert found.tables.plain[0] > found.tables.plain[1] + 0.3


def test_an_agent_is_believed_less_in_the_cell_where_it_errs() -> None:
    found = fitted(made_history(600, seed=5))
    _, clear, fog = found.tables.here[0]
    assert clear > fog + 0.5


def test_a_confidence_moves_the_odds_as_far_as_it_was_earned() -> None:
    history = made_history(600, machines=2, people=0, seed=6)
    a = history.answers
    right = a.label == history.truth[a.case]
    rng = np.random.default_rng(6)
    honest = np.where(right, rng.uniform(0.6, 1.0, len(a)), rng.uniform(0.3, 0.8, len(a)))
    boast = rng.uniform(0.3, 1.0, len(a))
    said = np.where(a.agent == 0, honest, boast).astype(np.float32)
    found = fitted(with_answers(history, confidence=said))
    shift = found.response.confidence_shift[:, :, 0]
    reach = shift.max(1) - shift.min(1)
    assert reach[0] > reach[1] + 1.0


def test_a_machine_without_a_confidence_states_the_probability_of_its_label() -> None:
    history = made_history(50, proba=True)
    a = history.answers
    said = history.stated_confidence()
    rows = np.flatnonzero(a.proba_row >= 0)
    np.testing.assert_allclose(said[rows], a.proba[a.proba_row[rows], a.label[rows]])
    assert np.isnan(said[a.proba_row < 0]).all()


def test_cases_that_are_not_labelled_are_not_counted() -> None:
    history = made_history(200, seed=7)
    told = np.arange(200) < 100
    history = replace(history, truth=np.where(told, history.truth, -1).astype(np.int32))
    half = fitted(history)
    again = fitted(relabelled(history, ~told[history.answers.case], 7))
    for one, two in zip(half.tables, again.tables, strict=True):
        np.testing.assert_array_equal(one, two)


def test_agents_beyond_what_tables_can_hold_share_those_of_their_kind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "OWN_TABLES", 10)
    found = fitted(made_history(200, machines=6, people=4, seed=8))
    assert len(found.tables.shift) == 2
    for table in answers_of(found, 0):
        np.testing.assert_allclose(table.sum(1), 1.0, atol=1e-4)


def test_whoever_was_never_met_is_read_as_one_of_the_kind() -> None:
    found = fitted(made_history(300, machines=2, people=2, seed=9))
    stranger = {"machine": len(found.agents.id), "person": len(found.agents.id) + 1}
    right = {k: answers_of(found, k)[0].diagonal().mean() for k in range(len(found.agents.is_person))}
    assert min(right[0], right[1]) - 0.02 <= right[stranger["machine"]] <= max(right[0], right[1]) + 0.02
    assert min(right[2], right[3]) - 0.02 <= right[stranger["person"]] <= max(right[2], right[3]) + 0.02
