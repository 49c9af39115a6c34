"""The path of asking: prices fall along it, it cuts as the rule would, and what was not asked is not read."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.asking.path import Trace, ask
from mindshare.core.belief.holdout import Stage
from mindshare.core.learn import Learned
from mindshare.testing import relabelled


def path(learned: Learned, stage: Stage) -> Trace:
    return learned.model.path(stage, np.ones(len(stage.opened.person)))


def played(seed: int, n: int = 30, wide: int = 4) -> tuple[Trace, Any, np.ndarray]:
    """A path over made-up worths, which change with how many were asked before; the worths; the cost of a row."""
    rng = np.random.default_rng(seed)
    count = rng.integers(0, wide + 1, n)

    case = np.repeat(np.arange(n), count)
    base, cost = rng.random((wide + 1, len(case))) - 0.2, rng.uniform(0.5, 2.0, len(case))
    opened: Any = SimpleNamespace(n_cases=n, case=case.astype(np.int32))

    def index(known: np.ndarray, rows: np.ndarray) -> np.ndarray:
        heard = np.bincount(case[known], minlength=n)
        return np.asarray(base[heard[case[rows]], rows])

    def decide(known: np.ndarray, cases: np.ndarray) -> np.ndarray:
        heard = np.bincount(case[known], minlength=n)
        return heard[cases].astype(np.int32)

    nothing, everything = np.zeros(len(case), bool), np.ones(len(case), bool)
    trace = ask(opened, nothing, everything, index, decide, cost)
    return trace, SimpleNamespace(index=index, case=case, cost=cost, n=n), nothing


@given(st.integers(0, 5_000))
@settings(max_examples=40, deadline=None)
def test_a_price_never_rises_along_a_case_and_questions_keep_their_order(seed: int) -> None:
    trace, _, _ = played(seed)
    assert (np.diff(trace.price) <= 0).all()
    for case in np.unique(trace.case):
        mine = trace.case == case
        np.testing.assert_array_equal(trace.spoke[mine], np.arange(mine.sum()))
        assert (np.diff(trace.price[mine]) <= 0).all()
    assert len(np.unique(trace.row)) == len(trace.row)
    assert (trace.promised > 0).all()


@given(st.integers(0, 5_000), st.floats(0.01, 1.0))
@settings(max_examples=40, deadline=None)
def test_a_cut_at_a_price_is_asking_at_that_price(seed: int, price: float) -> None:
    trace, world, known = played(seed)
    asked = known.copy()
    for case in range(world.n):
        while True:
            rows = np.flatnonzero((world.case == case) & ~asked)
            if not len(rows):
                break
            per_unit = world.index(asked, rows) / world.cost[rows]
            if per_unit.max() < price:
                break
            asked[rows[per_unit.argmax()]] = True
    assert set(trace.row[trace.price >= price]) == set(np.flatnonzero(asked))


@given(st.integers(0, 5_000), st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_verdicts_are_those_after_the_questions_bought(seed: int, share: float) -> None:
    trace, world, _ = played(seed)
    count = int(share * len(trace.row))
    np.testing.assert_array_equal(
        trace.verdicts(trace.first(count)), np.bincount(trace.case[:count], minlength=world.n)
    )


@pytest.mark.parametrize("which", ["useful", "costly"])
def test_answers_that_were_never_asked_change_nothing(which: str, request: pytest.FixtureRequest) -> None:
    learned, stage = request.getfixturevalue(which)
    trace = path(learned, stage)
    unasked = stage.opened.person == 1
    unasked[trace.row] = False
    assert unasked.sum() > 50
    for seed in range(3):
        again = path(learned, learned.model.open(relabelled(stage.history, unasked, seed)))
        for name, column in trace._asdict().items():
            np.testing.assert_array_equal(column, getattr(again, name), name)


def test_a_question_depends_on_answers_before_it_only(useful: tuple[Learned, Stage]) -> None:
    learned, stage = useful
    trace = path(learned, stage)
    for turn in (0, 1):
        # all that is heard at this turn or later is something else
        later = stage.opened.person == 1
        later[trace.row[trace.spoke < turn]] = False
        again = path(learned, learned.model.open(relabelled(stage.history, later, turn)))
        before, after = trace.spoke <= turn, again.spoke <= turn
        questions, others = (
            sorted(zip(t.case[m].tolist(), t.row[m].tolist(), t.price[m].tolist(), strict=True))
            for t, m in ((trace, before), (again, after))
        )
        assert questions == others


def test_only_askable_rows_are_asked_and_only_once(useful: tuple[Learned, Stage]) -> None:
    learned, stage = useful
    some = (stage.opened.person == 1) & (np.arange(len(stage.opened.person)) % 2 == 0)
    trace = learned.model.path(stage, np.ones(len(some)), askable=some)
    assert some[trace.row].all()
    assert len(np.unique(trace.row)) == len(trace.row)


def test_nobody_to_ask_is_a_path_without_questions(useful: tuple[Learned, Stage]) -> None:
    learned, stage = useful
    trace = learned.model.path(
        stage, np.ones(len(stage.opened.person)), askable=np.zeros(len(stage.opened.person), bool)
    )
    assert len(trace.row) == 0
    np.testing.assert_array_equal(
        trace.verdicts(trace.first(5)), learned.model.verdicts(stage, stage.machines())
    )
