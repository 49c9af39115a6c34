"""The gain gate holds promises to what asking has realised."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.asking.gate import ROUNDS, learn_gate, open_gate, passed
from mindshare.core.asking.path import Trace, realised_gains

seeds = st.integers(0, 10_000)


def made(seed: int, n: int = 2_000, kept: float = 0.5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Promises, of which `kept` comes true in verdicts put right and spoilt, and rounds."""
    rng = np.random.default_rng(seed)
    promised = rng.beta(0.5, 3.0, n)
    true = np.clip(kept * promised, -1, 1)
    realised = np.where(rng.random(n) < np.abs(true), np.sign(true), 0.0)
    return promised, realised, rng.integers(0, 6, n)


@settings(max_examples=40, deadline=None)
@given(seeds, st.integers(0, 600), st.sampled_from([-0.5, 0.0, 0.1, 0.7, 1.0]))
def test_what_passes_is_finite_never_negative_and_rises_with_the_promise(
    seed: int, n: int, kept: float
) -> None:
    gate = learn_gate(*made(seed, n, kept))
    grid = np.concatenate([np.linspace(0, 2, 400), [0.0, 1e-12, 10.0]])
    for spoke in range(ROUNDS + 3):
        through = passed(gate, grid, np.full(len(grid), spoke))
        assert np.isfinite(through).all()
        assert (through >= 0).all()
        assert (np.diff(through[:400]) >= -1e-12).all()


@settings(max_examples=20, deadline=None)
@given(seeds, st.sampled_from([0.0, -0.2, -1.0]))
def test_nobody_is_asked_where_asking_has_brought_nothing(seed: int, kept: float) -> None:
    gate = learn_gate(*made(seed, kept=kept))
    promised, _, spoke = made(seed + 1)
    assert (passed(gate, promised, spoke) == 0).all()


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_chance_alone_opens_the_gate_for_few(seed: int) -> None:
    promised, _, spoke = made(seed)
    realised = np.random.default_rng(seed).choice([-1.0, 0.0, 1.0], len(promised), p=[0.1, 0.8, 0.1])
    gate = learn_gate(promised, realised, spoke)
    fresh, _, rounds = made(seed + 1)
    # a gain that is chance can look real in a bin; it is then taken for a small one
    assert passed(gate, fresh, rounds).mean() < 0.05


def test_half_of_a_promise_kept_is_half_of_a_promise_passed() -> None:
    gate = learn_gate(*made(1, 40_000))
    promised, _, spoke = made(2, 4_000)
    through = passed(gate, promised, spoke)
    assert through.sum() == pytest.approx(0.5 * promised.sum(), rel=0.1)


def test_an_open_gate_lets_every_promise_through() -> None:
    promised = np.linspace(0, 1, 50)
    np.testing.assert_allclose(passed(open_gate(), promised, np.arange(50)), promised)


def test_a_round_of_few_answers_takes_the_curve_of_the_round_before() -> None:
    promised, realised, _ = made(3, 3_000)
    spoke = np.zeros(3_000, np.int64)
    spoke[:50] = 1
    gate = learn_gate(promised, realised, spoke)
    np.testing.assert_array_equal(passed(gate, promised, spoke * 0), passed(gate, promised, spoke * 0 + 1))


def test_rounds_are_told_apart() -> None:
    # the first answer keeps its promise, the second brings nothing
    promised, realised, _ = made(4, 6_000)
    spoke = np.arange(6_000) % 2
    gate = learn_gate(promised, np.where(spoke == 0, realised, 0.0), spoke)
    assert passed(gate, np.array([0.5]), np.array([0])) > 0.1
    assert passed(gate, np.array([0.5]), np.array([1])) == 0


def test_too_few_realised_gains_show_nothing() -> None:
    gate = learn_gate(np.full(20, 0.5), np.ones(20), np.zeros(20, np.int64))
    assert passed(gate, np.array([0.9]), np.array([0])) == 0


def test_a_first_answer_is_credited_with_the_second_that_it_led_to() -> None:
    # one case, three questions: the first changes nothing, the second puts it right, the third promised less
    trace = Trace(
        start=np.array([0], np.int32),
        case=np.zeros(3, np.int64),
        row=np.arange(3),
        price=np.array([0.2, 0.2, 0.1]),
        promised=np.array([0.2, 0.5, 0.1]),
        verdict=np.array([0, 1, 1], np.int32),
        spoke=np.arange(3),
    )
    gain, answers = realised_gains(trace, np.array([1], np.int32), np.eye(2))
    np.testing.assert_array_equal(gain, [1.0, 1.0, 0.0])
    np.testing.assert_array_equal(answers, [2, 1, 1])


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_a_gain_that_two_answers_brought_counts_half_for_each(seed: int) -> None:
    promised, realised, spoke = made(seed, 4_000)
    alone = learn_gate(promised, realised, spoke)
    both = learn_gate(promised, 2 * realised, spoke, np.full(len(promised), 2))
    grid = np.linspace(0.1, 1, 50)
    rounds = np.zeros(50, np.int64)
    assert passed(both, grid, rounds).sum() == pytest.approx(
        passed(alone, grid, rounds).sum(), rel=0.25, abs=0.05
    )


def test_where_first_answers_show_nothing_no_later_one_is_asked() -> None:
    promised, realised, _ = made(5, 6_000, kept=1.0)
    spoke = np.arange(6_000) % 2
    gate = learn_gate(promised, np.where(spoke == 1, realised, 0.0), spoke)
    assert (passed(gate, promised, spoke) == 0).all()
