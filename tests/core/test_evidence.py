"""Evidence: tables are probabilities, few answers borrow from many, and what is not asked stays unread."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core import evidence as module
from mindshare.core.evidence import Evidence, Sheet, contextual_of, plain_of, prepare
from mindshare.core.history import History
from mindshare.core.manner import stated_confidence
from mindshare.testing import made_history, relabelled, with_answers


def fitted(history: History, cells: int = 2) -> tuple[Evidence, Sheet]:
    cell = history.features.categorical["fog"].code
    found = Evidence().fit(history, cell, cells, history.truth >= 0)
    return found, found.sheet(history, cell)


def answers_of(found: Evidence, sheet: Sheet, r: int) -> tuple[np.ndarray, np.ndarray]:
    """(truth, answer) p(answer | truth), plain and contextual, of row r before it is asked."""
    labels = found.n_labels_
    line = np.zeros((4, labels))
    prepare(sheet, found.tables_, r, known=False, line=line)
    both = [
        [[of(sheet, found.tables_, r, line, y, a) for a in range(labels)] for y in range(labels)]
        for of in (plain_of, contextual_of)
    ]
    return np.exp(both[0]), np.exp(both[1])


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 8), st.integers(0, 100))
def test_answers_of_every_agent_sum_to_one_under_every_truth(labels: int, seed: int) -> None:
    history = made_history(80, labels=labels, seed=seed)
    found, sheet = fitted(history)
    for r in range(5):
        for table in answers_of(found, sheet, r):
            np.testing.assert_allclose(table.sum(1), 1.0, atol=1e-4)


def test_what_an_unasked_row_said_moves_nothing() -> None:
    history = made_history(100, proba=True)
    found, sheet = fitted(history)
    cell = history.features.categorical["fog"].code
    other = found.sheet(relabelled(history, np.ones(len(history.answers), bool), 1), cell)
    for r in range(0, len(history.answers), 7):
        np.testing.assert_array_equal(answers_of(found, sheet, r), answers_of(found, other, r))


def test_an_agent_of_few_answers_looks_like_its_kind() -> None:
    history = made_history(400, machines=3, people=2, seed=3)
    quiet = (history.answers.agent == 4) & (history.answers.case > 1)
    found, sheet = fitted(
        with_answers(history, label=np.where(quiet, -1, history.answers.label).astype(np.int32))
    )
    first = {k: int(np.flatnonzero(history.answers.agent == k)[0]) for k in (0, 3, 4)}
    plain = {k: answers_of(found, sheet, r)[0].diagonal().mean() for k, r in first.items()}
    assert abs(plain[4] - plain[3]) < abs(plain[4] - plain[0])


def test_an_agent_that_is_right_more_often_is_believed_more() -> None:
    history = made_history(400, machines=2, people=0, seed=4)
    rng = np.random.default_rng(4)
    noise = (history.answers.agent == 1) & (rng.random(len(history.answers)) < 0.5)
    label = np.where(noise, rng.integers(0, 3, len(noise)), history.answers.label).astype(np.int32)
    found, _ = fitted(with_answers(history, label=label))
    assert found.plain_[0] > found.plain_[1] + 0.3


def test_an_agent_is_believed_less_in_the_cell_where_it_errs() -> None:
    found, _ = fitted(made_history(600, seed=5))
    clear, fog = found.here_[0]
    assert clear > fog + 0.5


def test_a_confidence_moves_the_odds_as_far_as_it_was_earned() -> None:
    history = made_history(600, machines=2, people=0, seed=6)
    a = history.answers
    right = a.label == history.truth[a.case]
    rng = np.random.default_rng(6)
    honest = np.where(right, rng.uniform(0.6, 1.0, len(a)), rng.uniform(0.3, 0.8, len(a)))
    boast = rng.uniform(0.3, 1.0, len(a))
    said = np.where(a.agent == 0, honest, boast).astype(np.float32)
    found, _ = fitted(with_answers(history, confidence=said))
    shift = found.manner_.confidence_shift_[:, :, 0]
    reach = shift.max(1) - shift.min(1)
    assert reach[0] > reach[1] + 1.0


def test_a_machine_without_a_confidence_states_the_probability_of_its_label() -> None:
    history = made_history(50, proba=True)
    a = history.answers
    said = stated_confidence(history)
    rows = np.flatnonzero(a.proba_row >= 0)
    np.testing.assert_allclose(said[rows], a.proba[a.proba_row[rows], a.label[rows]])
    assert np.isnan(said[a.proba_row < 0]).all()


def test_cases_that_are_not_labelled_are_not_counted() -> None:
    history = made_history(200, seed=7)
    cell, told = history.features.categorical["fog"].code, np.arange(200) < 100
    half = Evidence().fit(history, cell, 2, told)
    other = relabelled(history, ~told[history.answers.case], 7)
    again = Evidence().fit(other, cell, 2, told)
    for one, two in zip(half.tables_, again.tables_, strict=True):
        np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(half.here_, again.here_)


def test_agents_beyond_what_tables_can_hold_share_those_of_their_kind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "OWN_TABLES", 10)
    history = made_history(200, machines=6, people=4, seed=8)
    found, sheet = fitted(history)
    assert len(found.tables_.shift) == 2
    for table in answers_of(found, sheet, 0):
        np.testing.assert_allclose(table.sum(1), 1.0, atol=1e-4)
