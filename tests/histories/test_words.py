"""Prices in words: one sentence an operations lead can read aloud."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mindshare.core.errors import counted
from mindshare.histories.words import NOTHING, UNITS, price_in_words, unit_of


@pytest.mark.parametrize(
    ("resource", "price", "sentence"),
    [
        ("people.minutes", 0.8, "one more minute of the people brings 0.8 right verdicts"),
        ("reader_1.minutes", 1.25, "one more minute of reader_1 brings 1.2 right verdicts"),
        ("people.minutes", 0.008, "10 more minutes of the people bring 0.08 right verdicts"),
        ("cpu_s", 0.0004, "1,000 more CPU seconds bring 0.4 right verdicts"),
        ("net_mb", 0.02, "10 more megabytes over the network bring 0.2 right verdicts"),
        ("mem_mb", 0.02, "10 more megabytes of memory bring 0.2 right verdicts"),
        ("gflop", 0.002, "100 more GFLOP bring 0.2 right verdicts"),
        ("human_answers", 0.3, "one more answer of the people brings 0.3 right verdicts"),
        ("human_answers", 0.03, "10 more answers of the people bring 0.3 right verdicts"),
        ("parking", 0.5, "one more unit of parking brings 0.5 right verdicts"),
        ("parking", 0.01, "10 more units of parking bring 0.1 right verdicts"),
    ],
)
def test_a_price_is_told_in_units_that_people_know(resource: str, price: float, sentence: str) -> None:
    assert price_in_words(resource, price, 1.0, 1.0) == sentence


@pytest.mark.parametrize(
    ("spent", "limit", "sentence"),
    [
        (3.0, 10.0, "not all of it is used: 70 % is left"),
        (9.99, 10.0, "not all of it is used: less than 1 % is left"),
        (0.01, 10.0, "not all of it is used: more than 99 % is left"),
        (0.0, 10.0, "none of it is used"),
        (10.0, 10.0, "it is just enough"),
        (0.0, 0.0, "it is just enough"),
    ],
)
def test_a_limit_without_a_price_gets_no_sentence_about_one(
    spent: float, limit: float, sentence: str
) -> None:
    assert price_in_words("cpu_s", 0.0, spent, limit) == sentence


def test_one_and_many_have_their_own_words() -> None:
    assert counted(1, "case") == "1 case"
    assert counted(1200, "case") == "1,200 cases"
    assert counted(1, "person", "people") == "1 person"
    assert counted(0, "person", "people") == "0 people"
    assert counted("0.1", "human answer") == "0.1 human answers"
    assert price_in_words("gflop", 1.0, 1.0, 1.0).endswith("brings 1 right verdict")
    assert price_in_words("gflop", 1.0, 1.0, 1.0, "points of utility").endswith("brings 1 point of utility")


def test_a_matrix_of_values_is_told_in_points() -> None:
    assert price_in_words("cpu_s", 2.0, 1.0, 1.0, "points of utility").endswith("brings 2 points of utility")


def test_a_large_gain_is_told_to_two_digits() -> None:
    assert price_in_words("net_mb", 274.0, 1.0, 1.0).endswith("brings 270 right verdicts")
    assert price_in_words("net_mb", 27_400.0, 1.0, 1.0).endswith("brings 27,000 right verdicts")


@given(st.sampled_from([*UNITS, "people.minutes", "anna.minutes", "bikes"]), st.floats(1e-12, 1e6))
def test_every_price_is_one_short_sentence_without_an_exponent_in_what_is_bought(
    resource: str, price: float
) -> None:
    words = price_in_words(resource, price, 1.0, 1.0)
    assert (price < NOTHING) == (words == "more of it would bring next to nothing")
    assert price < NOTHING or re.match(
        r"(one|[\d,]+) more .+ brings? ([\d,.]+ right verdicts|1 right verdict)$", words
    )
    assert ("one more" in words) == (" brings " in words)
    assert len(words) < 90


@pytest.mark.parametrize("resource", list(UNITS))
def test_every_unit_is_one_of_something(resource: str) -> None:
    assert not unit_of(resource).endswith("s") or "over" in unit_of(resource)


def test_of_a_limit_of_nothing_one_more_is_told_by_its_price() -> None:
    assert price_in_words("cpu_s", 0.8, 0.0, 0.0) == "one more CPU second brings 0.8 right verdicts"
