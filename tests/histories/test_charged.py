"""A history says which times are charged less than was recorded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from mindshare.core.cost import learn_speed
from mindshare.histories.read import read_history, read_open_cases
from mindshare.histories.skills import agents

MakeHistory = Callable[..., Path]
CASES = "case,truth\n" + "".join(f"c{i},{'cat' if i % 2 else 'dog'}\n" for i in range(60))


def answers(first: str) -> str:
    rows = "".join(f"c{i},person_1,cat,{8 + i % 5}\n" for i in range(1, 60))
    return f"case,agent,answer,seconds\nc0,person_1,cat,{first}\n{rows}"


def sentences(history: Path) -> list[str]:
    return [s for s in read_history(history).not_learnable if "timed answer" in s]


def test_an_answer_that_took_a_night_is_named_with_what_it_is_charged(make_history: MakeHistory) -> None:
    assert sentences(make_history(cases=CASES, answers=answers("28800"))) == [
        "1 of 60 timed answers took far longer than the same person's others and is charged less: person_1's 28,800 s on"
        " case c0 as 58 s."
    ]
    assert sentences(make_history(cases=CASES, answers=answers("9"))) == []


def test_answers_that_took_no_time_are_counted(make_history: MakeHistory) -> None:
    assert sentences(make_history(cases=CASES, answers=answers("0"))) == [
        "1 of 60 timed answers took 0 seconds and is charged nothing. Leave the field empty where the time was not recorded."
    ]


def test_the_agents_table_shows_the_mean_of_what_is_charged(make_history: MakeHistory) -> None:
    history = read_history(make_history(cases=CASES, answers=answers("28800")))
    told = agents(history)["person_1"]
    assert told["mean_seconds"] < 12
    assert abs(told["mean_seconds"] / 60 - learn_speed(history).minutes[1]) < 1e-6
    assert agents(history).keys() == {"person_1"}


def test_open_cases_are_charged_as_the_history(make_history: MakeHistory) -> None:
    history = read_history(make_history(cases=CASES, answers=answers("28800")))
    opened = read_open_cases(make_history(cases="case\nnew\n", answers=None), history)
    np.testing.assert_array_equal(opened.most_seconds, history.most_seconds)
