"""A case arrives once, decisions follow, each is settled once, and a pacer that was saved decides the same."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.errors import MindshareError, OverBudget
from mindshare.core.pacing.arrivals import Clocked
from mindshare.core.pacing.decision import Decision
from mindshare.core.pacing.demand import Demand
from mindshare.core.pacing.pacer import Pacer
from tests.core.pacing.test_pacer import NAMES, case, once

STEP = st.one_of(
    st.tuples(st.just("arrive"), st.booleans()),
    st.tuples(st.sampled_from(["decide", "settle", "settle", "release", "save"]), st.integers(0, 10**6)),
)


@settings(deadline=None, max_examples=200)
@given(st.lists(STEP, max_size=60), st.integers(0, 10**6))
def test_in_any_order_of_arriving_deciding_settling_and_releasing_no_limit_is_passed(
    steps: list[tuple[str, Any]], seed: int
) -> None:
    rng, now = np.random.default_rng(seed), 0.0
    limit = rng.choice([0.0, 1.0, 5.0], 3)
    pacer = Pacer(
        dict(zip(NAMES, limit, strict=True)),
        {"": 10.0, "alarm": 3.0},
        period_s={"ana.minutes": 4.0},
        mandatory={"alarm": {"cpu_s": 1.0}},
    )
    cases, made, settled, released = [], list[Decision](), set[int](), set[int]()
    for what, which in steps:
        try:
            if what == "arrive":
                now += float(rng.exponential(0.5))
                cases.append(pacer.arrive("alarm" if which else "", now))
            elif what == "decide" and cases:
                made.append(pacer.decide(*case(rng, 3), cases[which % len(cases)]))
            elif what == "settle" and made:
                told = made[which % len(made)]
                before = pacer.left
                if told.number in settled:
                    with pytest.raises(MindshareError, match="settled already"):
                        pacer.settle(told, {"cpu_s": 0.0, "ana.minutes": 0.0})
                    assert pacer.left == before
                else:
                    settled.add(told.number)
                    pacer.settle(told, {"cpu_s": float(rng.exponential(2.0) * told.use[1])})
            elif what == "release" and made:
                told = made[which % len(made)]
                if told.number in released or not told.use[2]:
                    with pytest.raises(MindshareError, match="release it once"):
                        pacer.release(told)
                else:
                    released.add(told.number)
                    pacer.release(told)
            elif what == "save":
                pacer = Pacer.restore(pacer.state())
        except OverBudget:
            pass
        assert all(0 <= left <= most for left, most in zip(pacer.left.values(), limit, strict=True))


def test_what_was_settled_cannot_be_settled_again_and_nothing_comes_back() -> None:
    pacer = Pacer({"minutes": 10.0}, 5)
    told = once(pacer, [0.0, 1.0], [[0.0], [4.0]])
    pacer.settle(told, {"minutes": 2.0})
    with pytest.raises(MindshareError, match="Charge 1 is settled already; settle it once"):
        pacer.settle(told, {"minutes": 2.0})
    assert pacer.left == {"minutes": 8.0}


def test_an_answer_that_takes_more_than_is_left_ends_at_the_limit_and_what_is_missing_is_told() -> None:
    pacer = Pacer({"minutes": 3.0}, 5)
    told = once(pacer, [0.0, 1.0], [[0.0], [2.0]])
    assert pacer.settle(told, {"minutes": 3.5}) == {"minutes": 0.5}
    assert pacer.left == {"minutes": 0.0}


def test_a_case_counts_once_however_many_decisions_it_takes() -> None:
    """A quarter of the cases have spent a quarter of the limit, though each of them asks four times."""
    n, limit = 400, 400.0
    pacer, rng = Pacer({"r": limit}, n, {"r": 0.75}), np.random.default_rng(0)
    for i in range(n):
        pacer.arrive()
        for _ in range(4):
            pacer.decide([0.0, rng.random()], [[0.0], [1.0]])
        if i + 1 == n // 4:
            assert limit - pacer.left["r"] == pytest.approx(limit / 4, rel=0.25)
    assert pacer.left["r"] <= 0.03 * limit, "what the limit allows is used"


def test_a_later_question_of_a_case_is_decided_at_the_price_of_that_time() -> None:
    pacer = Pacer({"r": 10.0}, 10, {"r": 0.5})
    first = pacer.arrive()
    pacer.decide([0.0, 1.0], [[0.0], [1.0]], first)
    for _ in range(4):
        once(pacer, [0.0, 9.0], [[0.0], [2.0]])
    later = pacer.decide([0.0, 1.0], [[0.0], [1.0]], first)
    assert later.case == 1
    assert later.price[0] == pacer.price["r"] > 0.5


def test_a_decision_needs_a_case_that_has_arrived() -> None:
    with pytest.raises(MindshareError, match="Case 0 has not arrived: call arrive before decide"):
        Pacer({"r": 1.0}, 3).decide([0.0], [[0.0]])


def test_a_mandatory_case_that_waits_keeps_its_reserve_and_is_served_once() -> None:
    pacer = Pacer({"r": 5.0}, {"": 3, "alarm": 1}, mandatory={"alarm": {"r": 4.0}})
    alarm = pacer.arrive("alarm")
    assert once(pacer, [0.0, 9.0], [[0.0], [2.0]]).refused == 1, "the alarm has come, but is not served yet"
    assert pacer.decide([0.0, -1.0], [[0.0], [3.0]], alarm).option == 1
    assert pacer.decide([0.0, -1.0], [[0.0], [1.0]], alarm).option == 0, "it is served already"


def demand(seed: int, cases: int = 300) -> Demand:
    rng = np.random.default_rng(seed)
    return Demand.of(("r0",), cases, np.arange(cases), np.ones((cases, 1)), np.sort(rng.random(cases))[::-1])


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.sampled_from(["counted", "clocked"]), st.booleans())
def test_a_pacer_that_was_saved_and_restored_decides_the_same(seed: int, how: str, known: bool) -> None:
    rng = np.random.default_rng(seed)
    cases: Any = {"": 30.0 if how == "counted" else Clocked([20.0, 10.0], 10.0, end=40.0), "alarm": 4.0}
    more: Any = {"demand": demand(seed)} if known else {"price": {"r0": 0.3}}
    pacer = Pacer({"r0": 12.0}, cases, mandatory={"alarm": {}}, period_s={"r0": 15.0}, **more)
    again, at = pacer, int(rng.integers(0, 30))
    for i in range(30):
        if i == at:
            buffer = io.BytesIO()
            np.savez(buffer, **pacer.state())
            buffer.seek(0)
            again = Pacer.restore(dict(np.load(buffer)))
        kind, value, use = "alarm" if rng.random() < 0.1 else "", rng.random(), float(rng.exponential(1.0))
        told = []
        for each in {id(pacer): pacer, id(again): again}.values():
            each.arrive(kind, i)
            try:
                told.append(each.decide([0.0, value], [[0.0], [use]]))
            except OverBudget:
                told.append(None)
        if told[0] is not None:
            assert str(told[0]) == str(told[-1])
        assert pacer.left == again.left


def test_a_state_goes_through_json() -> None:
    pacer = Pacer({"r0": 5.0}, 20, demand=demand(0))
    once(pacer, [0.0, 1.0], [[0.0], [1.0]])
    text = json.dumps({k: np.asarray(v).tolist() for k, v in pacer.state().items()})
    again = Pacer.restore(json.loads(text))
    assert str(once(again, [0.0, 0.9], [[0.0], [1.0]])) == str(once(pacer, [0.0, 0.9], [[0.0], [1.0]]))


def test_demand_of_other_resources_is_refused() -> None:
    with pytest.raises(MindshareError, match="The demand is for r0, the limits are on minutes"):
        Pacer({"minutes": 1.0}, 5, demand=demand(0))
