"""The gain gate holds promises to what asking has realised."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.asking.gate import (
    PRIOR,
    ROUNDS,
    Asked,
    _Share,
    informed,
    learn_gate,
    lift,
    open_gate,
    passed,
    round_of,
)
from mindshare.core.asking.path import Trace, realised_gains

seeds = st.integers(0, 10_000)


def made(seed: int, n: int = 2_000, kept: float = 0.5, nats: float = 0.3) -> Asked:
    """Promises, of which `kept` comes true in verdicts put right and spoilt, and people who bring so many nats."""
    rng = np.random.default_rng(seed)
    promised = rng.beta(0.5, 3.0, n)
    true = np.clip(kept * promised, -1, 1)
    realised = np.where(rng.random(n) < np.abs(true), np.sign(true), 0.0)
    return Asked(promised, realised, rng.integers(0, 6, n), np.ones(n, np.int64), rng.normal(nats, 1.0, n))


def nothing() -> Asked:
    return made(0, 0)


@settings(max_examples=40, deadline=None)
@given(
    seeds, st.integers(0, 600), st.sampled_from([-0.5, 0.0, 0.1, 0.7, 1.0]), st.sampled_from([-0.3, 0.0, 2.0])
)
def test_what_passes_is_finite_never_negative_and_rises_with_the_promise(
    seed: int, n: int, kept: float, nats: float
) -> None:
    gate = learn_gate(made(seed, n, kept, nats))
    grid = np.concatenate([np.linspace(0, 2, 400), [0.0, 1e-12, 10.0]])
    for spoke in (0, 1, 2, 3, 6, 7, 14, 15, 100):
        through = passed(gate, grid, np.full(len(grid), spoke))
        assert np.isfinite(through).all()
        assert (through >= 0).all()
        assert (np.diff(through[:400]) >= -1e-12).all()


@settings(max_examples=20, deadline=None)
@given(seeds, st.sampled_from([0.0, -0.2, -1.0]))
def test_answers_are_worth_next_to_nothing_where_asking_has_brought_nothing(seed: int, kept: float) -> None:
    gate = learn_gate(made(seed, kept=kept))
    fresh = made(seed + 1)
    assert passed(gate, fresh.promised, fresh.spoke).max() < 0.01  # of what is at stake


@settings(max_examples=20, deadline=None)
@given(seeds, st.integers(100, 3_000))
def test_nobody_is_asked_for_small_promises_where_answers_tell_nothing_of_the_truth(
    seed: int, n: int
) -> None:
    asked = made(seed, n, 0.0)
    noise = asked.nats - asked.nats.mean()
    gate = learn_gate(asked._replace(nats=0.2 * noise - 0.02))
    small = np.linspace(0, 0.04, 50)
    assert (passed(gate, small, np.zeros(50, int)) == 0).all()


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_chance_alone_opens_the_gate_for_little(seed: int) -> None:
    asked = made(seed)
    realised = np.random.default_rng(seed).choice([-1.0, 0.0, 1.0], len(asked.promised), p=[0.1, 0.8, 0.1])
    gate = learn_gate(asked._replace(realised=realised))
    fresh = made(seed + 1)
    # a gain that is chance can look real in a bin; it is then taken for a small one
    assert passed(gate, fresh.promised, fresh.spoke).mean() < 0.05


def test_half_of_a_promise_kept_is_half_of_a_promise_passed() -> None:
    gate = learn_gate(made(1, 40_000))
    fresh = made(2, 4_000)
    through = passed(gate, fresh.promised, fresh.spoke)
    assert through.sum() == pytest.approx(0.5 * fresh.promised.sum(), rel=0.1)


def test_an_open_gate_lets_every_promise_through() -> None:
    promised = np.linspace(0, 1, 50)
    np.testing.assert_allclose(passed(open_gate(), promised, np.arange(50)), promised)


def test_without_any_data_a_promise_is_worth_what_other_histories_have_shown() -> None:
    gate = learn_gate(nothing())
    told = passed(gate, np.array([0.5, 0.1, 0.001]), np.zeros(3, np.int64))
    share = PRIOR.informed * PRIOR.kept
    assert told == pytest.approx([0.5 * share, 0.1 * share, 0.0])


@settings(max_examples=20, deadline=None)
@given(seeds, st.floats(0.2, 1.0))
def test_the_prior_fades_as_answers_come(seed: int, kept: float) -> None:
    promise = np.array([0.5])
    far = []
    for n in (0, 100, 20_000):
        asked = made(seed, n, kept)
        asked = asked._replace(spoke=np.zeros(n, np.int64))
        far.append(abs(passed(learn_gate(asked), promise, np.zeros(1, int))[0] / 0.5 - kept))
    assert far[2] < 0.15
    assert far[2] <= max(far[0], 0.15)


def test_a_round_without_answers_takes_the_curve_of_the_round_before() -> None:
    asked = made(3, 3_000, kept=0.4)._replace(spoke=np.zeros(3_000, np.int64))
    gate = learn_gate(asked)
    first, second = (passed(gate, np.array([0.5]), np.array([n]))[0] for n in (0, 1))
    assert second == pytest.approx(first, rel=0.2)


def test_rounds_are_told_apart() -> None:
    # the first answer keeps its promise, the second brings nothing
    asked = made(4, 6_000)
    spoke = np.arange(6_000) % 2
    gate = learn_gate(asked._replace(realised=np.where(spoke == 0, asked.realised, 0.0), spoke=spoke))
    assert passed(gate, np.array([0.5]), np.array([0])) > 0.1
    assert passed(gate, np.array([0.5]), np.array([1])) < 0.005


def test_rounds_double_in_length() -> None:
    spoke = np.array([0, 1, 2, 3, 6, 7, 14, 15, 1_000])
    rounds = [0, 1, 2, 3, 3, 4, 4, 5, 5]
    assert round_of(spoke).tolist() == rounds
    # the compiled gate tells the same rounds apart
    gate = open_gate()._replace(gained=np.arange(ROUNDS)[:, None] + np.zeros((1, 2)))
    assert passed(gate, np.full(len(spoke), 0.5), spoke).tolist() == rounds


@settings(max_examples=30, deadline=None)
@given(seeds, st.integers(50, 2_000))
def test_more_nats_are_more_evidence(seed: int, n: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 0.5, n)
    chances = [informed(noise - noise.mean() + nats) for nats in (-0.2, 0.0, 0.05, 0.2, 1.0)]
    assert (np.diff(chances) >= 0).all()
    assert chances[1] < PRIOR.informed < chances[-1]
    assert informed(np.zeros(0)) == PRIOR.informed


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
    asked = made(seed, 4_000)
    alone = learn_gate(asked)
    both = learn_gate(asked._replace(realised=2 * asked.realised, answers=2 * asked.answers))
    grid = np.linspace(0.1, 1, 50)
    rounds = np.zeros(50, np.int64)
    assert passed(both, grid, rounds).sum() == pytest.approx(
        passed(alone, grid, rounds).sum(), rel=0.25, abs=0.05
    )


@given(seeds, st.integers(0, 300), st.floats(0, 1), st.floats(0.01, 1), st.floats(-0.5, 1.5))
def test_more_evidence_never_widens_what_is_believed_of_a_promise(
    seed: int, n: int, mean: float, sd: float, kept: float
) -> None:
    asked = made(seed, n, kept)
    before = _Share(mean, sd)
    after = before.after(asked.promised, asked.realised, asked.answers.astype(float))
    assert after.sd <= before.sd
    # and it moves towards what was seen, never beyond
    if n:
        seen = asked.realised.sum() / asked.promised.sum()
        assert min(mean, seen) - 1e-9 <= after.mean <= max(mean, seen) + 1e-9


@settings(max_examples=30, deadline=None)
@given(seeds, st.integers(1, 2_000), st.floats(0, 1), st.floats(0, 1))
def test_the_more_answers_tell_the_lower_the_floor(seed: int, n: int, less: float, more: float) -> None:
    less, more = sorted((less, more))
    noise = np.random.default_rng(seed).normal(0, 0.5, n)
    assert 0 <= lift(noise + less) <= lift(noise + more)
    few, many = (learn_gate(nothing()._replace(nats=noise - noise.mean() + x)) for x in (less, more))
    assert many.promised[0, 0] <= few.promised[0, 0]


@settings(max_examples=60, deadline=None)
@given(seeds, st.integers(2, 6))
def test_promises_that_come_in_a_few_sizes_give_a_finite_curve(seed: int, sizes: int) -> None:
    rng = np.random.default_rng(seed)
    promised = np.repeat(
        rng.uniform(0.8, 0.87, sizes), 200
    )  # the means of bins of equal promises differ by a rounding
    n = len(promised)
    right, nats = (rng.random(n) < promised).astype(float), rng.normal(0.3, 1, n)
    gate = learn_gate(Asked(promised, right, np.zeros(n, np.int64), np.ones(n, np.int64), nats))
    assert (passed(gate, promised, np.zeros(n, np.int64)) > 0.5 * promised).all()
    for knots, gained in zip(gate.knots, gate.gained, strict=True):
        assert np.isfinite(gained[:knots]).all()
