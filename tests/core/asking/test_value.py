"""The value of asking: it equals the slow formula, promises nothing where nothing can change, reads no unasked answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from mindshare.core.asking.channel import COEFFICIENTS, Channel, channel_for, features, identity
from mindshare.core.asking.outlook import SECOND_AGENTS
from mindshare.core.asking.steps import SECOND_ANSWERS, UNLIKELY
from mindshare.core.asking.value import SETTLED, indices, values
from mindshare.core.asking.verdict import best_verdicts
from mindshare.core.belief.evidence import contextual_of
from mindshare.core.belief.holdout import Stage
from mindshare.core.belief.pooling import Pooling
from mindshare.core.belief.state import scores_of, unheard
from mindshare.core.learn import Learned, learn_held_out
from mindshare.testing import made_history, relabelled, with_answers

MATRIX = np.array([[1.0, 0.2, -2.0], [0.0, 1.5, 0.0], [0.3, 0.0, 1.0]])


def softmax(score: np.ndarray) -> np.ndarray:
    out = np.exp(score - score.max())
    return out / out.sum()


class Slow:
    """The formulas of value.py in plain numpy; beliefs come from the belief itself, with the answer written in."""

    def __init__(self, stage: Stage, channel: Channel, utility: np.ndarray) -> None:
        self.stage, self.channel, self.utility = stage, channel, utility

    def score(self, known: np.ndarray, said: dict[int, int], case: int) -> np.ndarray:
        opened = self.stage.opened
        label, now, silent = opened.label.copy(), known.copy(), opened.said.copy()
        for row, answer in said.items():
            label[row], now[row], silent[row] = answer, True, 0.0
        opened = opened._replace(rows=opened.rows._replace(label=label), said=silent)
        return scores_of(opened, now, np.array([case]))[0]

    def votes(self, known: np.ndarray, said: dict[int, int], row: int) -> tuple[np.ndarray, int]:
        """(L,) how many of the row's kind gave each label on its case, and how many of them spoke."""
        opened = self.stage.opened
        label = opened.label.copy()
        label[list(said)] = list(said.values())
        now = known.copy()
        now[list(said)] = True
        alike = (opened.case == opened.case[row]) & (opened.person == opened.person[row])
        heard = np.flatnonzero(now & alike & (label >= 0))
        return np.bincount(label[heard], minlength=opened.prior.shape[1]).astype(float), len(heard)

    def foreseen(self, score: np.ndarray, known: np.ndarray, said: dict[int, int], row: int) -> np.ndarray:
        """q(a) = sum_y b(y) p(a | y, b), labels less likely than UNLIKELY left out."""
        opened, labels = self.stage.opened, len(score)
        votes, spoke = self.votes(known, said, row)
        belief = softmax(score)
        log_belief, x, line = np.log(belief), np.zeros(COEFFICIENTS), np.zeros((4, labels))
        unheard(opened, row, line)
        coefficients = self.channel.coefficient[opened.person[row]]
        entropy, k = (belief * np.log(belief)).sum(), opened.rows.agent[row]
        cell = opened.cell[opened.case[row]]
        q, mass = np.zeros(labels), 0.0
        for y in np.flatnonzero(log_belief >= -6.9):
            z = np.zeros(labels)
            for a in range(labels):
                says = contextual_of(opened.shared.tables, k, cell, line, y, a)
                features(says, log_belief, log_belief.max(), entropy, belief.argmax(), votes, spoke, y, a, x)
                z[a] = coefficients @ x
            q += belief[y] * softmax(z)
            mass += belief[y]
        return q / mass

    def gains(
        self, known: np.ndarray, said: dict[int, int], row: int, case: int
    ) -> tuple[np.ndarray, np.ndarray]:
        score = self.score(known, said, case)
        verdict = (softmax(score) @ self.utility).argmax()
        q = self.foreseen(score, known, said, row)
        gain = np.zeros(len(q))
        for a in np.flatnonzero(q >= 0.1 * UNLIKELY):
            worth = softmax(self.score(known, {**said, row: int(a)}, case)) @ self.utility
            gain[a] = worth.max() - worth[verdict]
        return q, gain

    def value(self, known: np.ndarray, row: int) -> float:
        q, gain = self.gains(known, {}, row, int(self.stage.opened.case[row]))
        return float(q @ gain)

    def index(self, known: np.ndarray, row: int) -> float:
        """The p with sum q (gain + max(0, second - p)) = p, by bisection."""
        opened, case = self.stage.opened, int(self.stage.opened.case[row])
        q, gain = self.gains(known, {}, row, case)
        others = [
            s
            for s in range(opened.rows.indptr[case], opened.rows.indptr[case + 1])
            if s != row and not known[s] and opened.person[s] == opened.person[row]
        ][:SECOND_AGENTS]
        second = np.zeros(len(q))
        likely = [a for a in np.argsort(-q, kind="stable") if q[a] > 0.02][:SECOND_ANSWERS]
        for a in likely:
            for s in others:
                q2, gain2 = self.gains(known, {row: int(a)}, s, case)
                second[a] = max(second[a], q2 @ gain2)
        low, high = float(q @ gain), float(q @ (gain + second))
        for _ in range(60):
            p = 0.5 * (low + high)
            low, high = (p, high) if q @ (gain + np.maximum(second - p, 0)) > p else (low, p)
        return low


def asked_some(stage: Stage, seed: int) -> np.ndarray:
    people = stage.opened.person == 1
    return stage.machines() | (people & (np.random.default_rng(seed).random(len(people)) < 0.3))


def doubts(learned: Learned, stage: Stage, known: np.ndarray) -> np.ndarray:
    scores = stage.belief.scores(stage.opened, known)
    return 1 - 1 / np.exp(scores - scores.max(1, keepdims=True)).sum(1)


@pytest.mark.parametrize("utility", [np.eye(3), MATRIX], ids=["accuracy", "matrix"])
def test_the_value_and_the_index_equal_the_slow_formula(
    useful: tuple[Learned, Stage], utility: np.ndarray
) -> None:
    learned, stage = useful
    known = asked_some(stage, 0)
    unsure = doubts(learned, stage, known)[stage.opened.case] > 2 * SETTLED
    rows = np.flatnonzero(~known & unsure)[:40]
    assert len(rows) > 15
    slow = Slow(stage, learned.model.channel, utility)
    once = values(stage.opened, known, rows, learned.model.channel, utility)
    np.testing.assert_allclose(once, [slow.value(known, r) for r in rows], atol=2e-5)
    twice = indices(stage.opened, known, rows, learned.model.channel, utility)
    np.testing.assert_allclose(twice, [slow.index(known, r) for r in rows], atol=2e-5)
    assert once.max() > 0.01


def test_of_many_who_may_follow_the_index_looks_at_the_first_few(
    cases: Callable[..., tuple[Learned, Stage]],
) -> None:
    learned, stage = cases(made_history(260, machines=2, people=6, asked=0.9, seed=9), 200)
    known = stage.machines()
    unsure = doubts(learned, stage, known)[stage.opened.case] > 2 * SETTLED
    rows = np.flatnonzero(~known & unsure)[:30]
    slow = Slow(stage, learned.model.channel, MATRIX)
    twice = indices(stage.opened, known, rows, learned.model.channel, MATRIX)
    np.testing.assert_allclose(twice, [slow.index(known, r) for r in rows], atol=2e-5)


@pytest.mark.parametrize("utility", [np.eye(3), MATRIX], ids=["accuracy", "matrix"])
@pytest.mark.parametrize("seed", range(4))
def test_a_value_is_never_negative_and_no_larger_than_the_index(
    useful: tuple[Learned, Stage], utility: np.ndarray, seed: int
) -> None:
    learned, stage = useful
    known = asked_some(stage, seed)
    rows = np.flatnonzero(~known)
    reading, channel = learned.model.pool.reading, learned.model.channel
    if seed % 2:
        channel = channel_for(np.stack([identity()] * 2), reading.tables, reading.agents.is_person)
    once = values(stage.opened, known, rows, channel, utility)
    twice = indices(stage.opened, known, rows, channel, utility)
    assert (once >= 0).all()
    assert (twice >= once - 1e-12).all()
    assert np.isfinite(twice).all()


def test_no_answer_is_worth_more_than_what_the_belief_still_doubts(useful: tuple[Learned, Stage]) -> None:
    # in expectation over answers foreseen by the belief itself; the channel may foresee others
    learned, stage = useful
    known = stage.machines()
    rows = np.flatnonzero(~known)
    worth = values(stage.opened, known, rows, learned.model.channel, np.eye(3))
    doubt = doubts(learned, stage, known)[stage.opened.case[rows]]
    assert (worth[doubt < SETTLED] == 0).all()
    assert (worth <= 1).all()


def test_a_verdict_worth_twice_makes_an_answer_worth_twice(useful: tuple[Learned, Stage]) -> None:
    learned, stage = useful
    known = stage.machines()
    unsure = doubts(learned, stage, known)[stage.opened.case] > SETTLED
    rows = np.flatnonzero(~known & unsure)
    once, twice = (
        indices(stage.opened, known, rows, learned.model.channel, u) for u in (np.eye(3), 2 * np.eye(3))
    )
    np.testing.assert_allclose(twice, 2 * once, atol=1e-7)


def test_the_value_does_not_depend_on_the_order_of_the_rows(useful: tuple[Learned, Stage]) -> None:
    learned, stage = useful
    known = stage.machines()
    rows = np.flatnonzero(~known)
    mixed = np.random.default_rng(0).permutation(len(rows))
    straight = indices(stage.opened, known, rows, learned.model.channel, np.eye(3))
    np.testing.assert_array_equal(
        indices(stage.opened, known, rows[mixed], learned.model.channel, np.eye(3)), straight[mixed]
    )


def test_what_was_not_asked_moves_no_value(useful: tuple[Learned, Stage]) -> None:
    learned, stage = useful
    known = asked_some(stage, 1)
    rows = np.flatnonzero(~known)
    other = learned.model.open(relabelled(stage.history, ~known, 1))
    np.testing.assert_array_equal(
        learned.model.worth(other, known, rows), learned.model.worth(stage, known, rows)
    )


def test_a_person_whose_answers_are_noise_is_worth_next_to_nothing(useless: tuple[Learned, Stage]) -> None:
    learned, stage = useless
    rows = np.flatnonzero(~stage.machines())
    assert values(stage.opened, stage.machines(), rows, learned.model.channel, np.eye(3)).mean() < 0.005
    assert (learned.model.worth(stage, stage.machines(), rows) > 0).mean() <= 0.05


def test_a_person_who_is_always_right_is_worth_more_than_one_who_is_not(
    useful: tuple[Learned, Stage],
) -> None:
    made = made_history(500, people=2, seed=11)
    a = made.answers
    label = np.where(a.agent == 4, made.truth[a.case], a.label).astype(np.int32)
    history = with_answers(made, label=label)
    learned = learn_held_out(how=Pooling(ridge=0.1), history=history.take(np.arange(350)))
    stage = learned.model.open(history.take(np.arange(350, 500)))
    agent = stage.opened.rows.agent
    worth = {
        k: learned.model.worth(stage, stage.machines(), np.flatnonzero(agent == k)).sum() for k in (3, 4)
    }
    assert worth[4] > worth[3]


def test_the_verdict_is_the_one_of_the_highest_expected_utility(costly: tuple[Learned, Stage]) -> None:
    learned, stage = costly
    scores = stage.belief.scores(stage.opened, stage.machines())
    expected = np.stack([softmax(s) @ learned.model.asking.utility for s in scores])
    verdict = best_verdicts(
        stage.opened, stage.machines(), np.arange(len(scores)), learned.model.asking.utility
    )
    np.testing.assert_array_equal(verdict, expected.argmax(1))
    assert (verdict != scores.argmax(1)).any()


def test_stakes_multiply_what_an_answer_is_worth(costly: tuple[Learned, Stage]) -> None:
    learned, stage = costly
    rows = np.flatnonzero(~stage.machines())
    plain = stage._replace(history=replace(stage.history, stakes=None))
    stakes = stage.history.stakes
    assert stakes is not None
    np.testing.assert_allclose(
        learned.model.worth(stage, stage.machines(), rows),
        learned.model.worth(plain, stage.machines(), rows) * stakes[stage.opened.case[rows]],
    )


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_the_unit_of_the_utility_changes_no_question(scale: float) -> None:
    # 2 and 200: neither takes the shortcut for accuracy
    paths = []
    for times in (2.0, 2.0 * scale):
        made = made_history(500, people=3, asked=0.7, seed=5, utility=times * np.eye(3))
        learned = learn_held_out(how=Pooling(ridge=1.0), history=made.take(np.arange(350)))
        stage = learned.model.open(made.take(np.arange(350, 500)))
        paths.append((learned.model.path(stage, np.ones(len(stage.opened.person))), times))
    (one, unit), (other, larger) = paths
    assert len(one.row) > 30
    np.testing.assert_array_equal(np.sort(one.row), np.sort(other.row))
    np.testing.assert_allclose(one.promised.sum() / unit, other.promised.sum() / larger, rtol=1e-6)


def test_many_labels_are_looked_at_only_as_far_as_an_answer_can_matter() -> None:
    history = made_history(260, labels=40, seed=12)
    learned = learn_held_out(how=Pooling(ridge=1.0), history=history.take(np.arange(200)))
    stage = learned.model.open(history.take(np.arange(200, 260)))
    rows = np.flatnonzero(~stage.machines())
    worth = indices(stage.opened, stage.machines(), rows, learned.model.channel, np.eye(40))
    assert np.isfinite(worth).all()
    assert worth.max() > 0.01
