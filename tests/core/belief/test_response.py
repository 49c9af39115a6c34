"""How an answer was given tells how likely it is right, and moves nothing where it tells nothing."""

from __future__ import annotations

import numpy as np

from mindshare.core.belief.response import learn_response, respond
from mindshare.core.belief.rows import Agents, rows_of
from mindshare.core.history import History
from mindshare.testing import made_history, with_answers


def timed(history: History, hesitates: float, slow_agent: int = 4, seed: int = 0) -> History:
    """Every answer takes some seconds, wrong ones `hesitates` times as long; one agent is ten times as slow."""
    rng = np.random.default_rng(seed)
    a = history.answers
    wrong = a.label != history.truth[a.case]
    seconds = rng.lognormal(0.0, 0.3, len(a)) * np.where(wrong, hesitates, 1.0)
    return with_answers(
        history, seconds=np.where(a.agent == slow_agent, 10 * seconds, seconds).astype(np.float32)
    )


class Fitted:
    """How answers were given in a history, and what that moves in another one."""

    def __init__(self, history: History) -> None:
        self.rows = self.rows_of(history)
        a = history.answers
        told = np.flatnonzero(a.label >= 0)
        right = (a.label == history.truth[a.case])[told].astype(float)
        usual = np.bincount(a.agent[told], right) / np.bincount(a.agent[told])
        expected = np.stack([usual[a.agent[told]]] * 2, axis=1)
        self.response = learn_response(self.rows, told, right, expected, len(history.agent_id) + 2)

    def rows_of(self, history: History):  # type: ignore[no-untyped-def]
        return rows_of(history, Agents.of(history), history.team.labels)

    def shift(self, history: History) -> np.ndarray:
        rows = self.rows_of(history)
        out = np.zeros((len(rows.label), 2))
        for r in range(len(out)):
            respond(self.response, rows, r, out[r])
        return out


def fitted(history: History) -> Fitted:
    return Fitted(history)


def test_who_hesitates_is_believed_less() -> None:
    history = timed(made_history(600, people=2, seed=1), hesitates=2.0)
    shift = fitted(history).shift(history)
    person = history.is_person[history.answers.agent]
    seconds = history.answers.seconds
    for k in (3, 4):
        mine = np.flatnonzero(history.answers.agent == k)
        quick, slow = (
            mine[np.argsort(seconds[mine])][: len(mine) // 4],
            mine[np.argsort(seconds[mine])][-len(mine) // 4 :],
        )
        assert (shift[quick].mean(0) > shift[slow].mean(0) + 1.0).all()
    assert (shift[~person] == 0).all()


def test_a_slow_person_is_measured_by_that_persons_own_usual_time() -> None:
    history = timed(made_history(600, people=2, seed=1), hesitates=2.0)
    shift = fitted(history).shift(history)
    mean = [shift[history.answers.agent == k].mean() for k in (3, 4)]
    assert abs(mean[0] - mean[1]) < 0.4


def test_seconds_that_tell_nothing_move_next_to_nothing() -> None:
    history = timed(made_history(2_000, people=2, seed=2), hesitates=1.0)
    assert np.abs(fitted(history).shift(history)).max() < 0.4


def test_an_answer_without_seconds_is_neither_quick_nor_slow() -> None:
    history = timed(made_history(400, people=2, seed=3), hesitates=2.0)
    found = fitted(history)
    seconds = history.answers.seconds.copy()
    seconds[::3] = np.nan
    assert (found.shift(with_answers(history, seconds=seconds))[::3] == 0).all()
