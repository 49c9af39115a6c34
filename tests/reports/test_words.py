"""Numbers as a reader sees them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mindshare.reports.words import (
    amount,
    label_of,
    measured,
    number,
    percent,
    points,
    spell_price,
    spell_seconds,
    spend,
)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (percent(0.7642), "76.4 %"),
        (points(-0.0041), "−0.41"),
        (points(0.00001), "0.00"),
        (points(0.1234), "+12.3"),
        (amount(0.000_002_1), "0.0000021"),
        (amount(1234.5), "1,234"),
        (amount(10.0), "10"),
        (amount(-0.5), "−0.5"),
        (measured(11.996), "11.996"),
        (spell_seconds(0.0005), "0.5 ms"),
        (spell_seconds(8.2), "8.2 s"),
        (spell_seconds(200), "3.33 min"),
        (spell_seconds(9000), "2.5 h"),
        (spend(0.0135, "people.minutes"), "0.81 s"),
        (spend(164.4, "gflop"), "164 GFLOP"),
        (spell_price(0.82, "people.minutes"), "0.82 per min"),
        (spell_price(0.0042, "gflop"), "4.2 per 1,000 GFLOP"),
        (spell_price(0.3, "answers"), "0.3 per answer"),
        (spell_price(0.3, "human_answers"), "0.3 per human answer"),
        (spell_price(0.03, "human_answers"), "30 per 1,000 human answers"),
        (spell_price(0.0, "cpu_s"), "0"),
        (label_of("reader_1.minutes"), "minutes of reader_1"),
        (label_of("human_answers"), "answers of people"),
        (label_of("parsecs"), "parsecs"),
    ],
)
def test_numbers_read_well(told: str, words: str) -> None:
    assert told.replace("\u00a0", " ") == words


@given(st.floats(-1e15, 1e15))
def test_an_amount_has_no_exponent_and_is_right_to_three_digits(value: float) -> None:
    text = amount(value)
    assert "e" not in text
    assert float(text.replace("−", "-").replace(",", "")) == pytest.approx(value, rel=6e-3, abs=1e-11)


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), "0.5", True, [1]])
def test_what_is_no_finite_number_is_none(value: object) -> None:
    assert number(value) is None
