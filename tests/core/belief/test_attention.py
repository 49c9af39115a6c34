"""Promises of answer attention as it is computed: it is the formula at the head of its file, and who is silent moves nothing."""

from __future__ import annotations

import numpy as np
import pytest

from mindshare.core.belief.attention import BELIEVED, FLOOR, READS, STEEP, Attention, correct, hear, width

LABELS, HEADS, VALUES, UNITS, ROWS = 4, 2, 3, 5, 6


def made(seed: int) -> Attention:
    rng = np.random.default_rng(seed)
    each = HEADS + VALUES
    prior = rng.normal(size=(2, LABELS))
    return Attention(
        heads=HEADS,
        row=rng.normal(size=(ROWS, each)),
        reads=rng.normal(size=(READS, each)),
        case=rng.normal(size=(2, UNITS)),
        prior=prior - np.logaddexp.reduce(prior, axis=1)[:, None],
        label=rng.normal(size=(LABELS, UNITS)),
        mixed=rng.normal(size=(HEADS + HEADS * VALUES, UNITS)),
        believed=rng.normal(size=(BELIEVED, UNITS)),
        people=rng.normal(size=(3, UNITS)),
        out=rng.normal(size=UNITS),
    )


def said(seed: int) -> list[tuple[int, np.ndarray, np.ndarray]]:
    """(answer, plain, contextual) of every row; the last one is far below the floor."""
    rng = np.random.default_rng(seed)
    scale = np.where(np.arange(ROWS) < ROWS - 1, 1.0, 30.0)
    reads = scale[:, None, None] * rng.normal(-1.0, 1.0, (ROWS, 2, LABELS))
    return [(int(rng.integers(LABELS)), *reads[r]) for r in range(ROWS)]


def heard(attention: Attention, answers: list[tuple[int, np.ndarray, np.ndarray]]) -> np.ndarray:
    mixed = np.zeros((width(attention), LABELS))
    for r, (answer, plain, contextual) in enumerate(answers):
        hear(attention, r, answer, plain, contextual, mixed)
    return mixed


def corrected(attention: Attention, case: int, people: int, raw: np.ndarray, mixed: np.ndarray) -> np.ndarray:
    out = np.zeros(LABELS)
    correct(attention, case, people, raw, mixed, out)
    return out


def by_the_formula(
    a: Attention, case: int, people: int, raw: np.ndarray, answers: list[tuple[int, np.ndarray, np.ndarray]]
) -> np.ndarray:
    belief = raw - np.logaddexp.reduce(raw)
    entropy = -(np.exp(belief) * belief).sum()
    out = raw.copy()
    for y in range(LABELS):
        looked, seen = np.zeros(HEADS), np.zeros((HEADS, VALUES))
        for r, (answer, plain, contextual) in enumerate(answers):
            reading = np.array([max(plain[y], FLOOR), max(contextual[y], FLOOR), float(answer == y)])
            both = a.row[r] + reading @ a.reads
            weight = np.exp(np.clip(both[:HEADS], -STEEP, STEEP))
            looked += weight
            seen += weight[:, None] * np.maximum(both[HEADS:], 0.0)
        mean = seen / (1.0 + looked)[:, None]
        lead = raw[y] - np.delete(raw, y).max()
        believed = np.array([max(belief[y], FLOOR), max(lead, FLOOR), entropy, max(a.prior[case, y], FLOOR)])
        hidden = a.label[y] + a.case[case] + a.people[min(people, len(a.people) - 1)]
        hidden = hidden + believed @ a.believed + np.concatenate([np.log1p(looked), mean.ravel()]) @ a.mixed
        out[y] += a.out @ np.maximum(hidden, 0.0)
    return out


@pytest.mark.parametrize("seed", range(6))
def test_a_score_is_corrected_by_the_formula(seed: int) -> None:
    attention, answers = made(seed), said(seed)
    rng = np.random.default_rng(100 + seed)
    for n in range(ROWS + 1):
        for people in range(5):
            raw = rng.normal(size=LABELS) * (1.0, 1.0, 1.0, 9.0)
            ours = corrected(attention, n % 2, people, raw, heard(attention, answers[:n]))
            theirs = by_the_formula(attention, n % 2, people, raw, answers[:n])
            np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10)


def test_the_order_of_the_answers_does_not_matter() -> None:
    attention, answers = made(8), said(8)
    turned = attention._replace(row=attention.row[::-1].copy())
    np.testing.assert_allclose(heard(attention, answers), heard(turned, answers[::-1]))


def test_without_attention_the_score_is_that_of_the_pool() -> None:
    raw = np.array([0.3, -1.0, 2.0, 0.0])
    assert width(None) == 0
    hear(None, 0, 1, raw, raw, np.zeros((0, LABELS)))
    np.testing.assert_array_equal(corrected(None, 0, 2, raw, np.zeros((0, LABELS))), raw)
