"""Promises of the ledger: never over, parts sum to the whole, what was too much is told."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.errors import MindshareError, OverBudget
from mindshare.core.pacing.ledger import Charge, Ledger

LIMIT = {"cpu_s": 10.0, "net_mb": 4.0, "mem_mb": 100.0}
AMOUNT = st.fixed_dictionaries({}, optional={name: st.floats(0, 1.5 * most) for name, most in LIMIT.items()})
FLOWS = st.fixed_dictionaries({}, optional={"cpu_s": st.floats(0, 15), "net_mb": st.floats(0, 6)})
STEP = st.one_of(
    st.tuples(st.just("charge"), AMOUNT, st.booleans()),
    st.tuples(st.just("settle"), st.integers(0, 50), FLOWS),
    st.tuples(st.just("release"), st.integers(0, 50), st.none()),
    st.tuples(st.just("advance"), st.floats(0, 5), st.none()),
    st.tuples(st.just("reserve"), AMOUNT, st.none()),
    st.tuples(st.just("split"), st.floats(0, 1), st.floats(0, 1)),
    st.tuples(st.just("take back"), st.none(), st.none()),
)


def total(ledger: Ledger) -> np.ndarray:
    """What is used here and in all parts, without what was only given to the parts."""
    own = ledger.used - sum(ledger._given.values(), np.zeros(len(LIMIT)))
    return own + sum((part.used for part in ledger.parts.values()), np.zeros(len(LIMIT)))


@settings(deadline=None)
@given(st.lists(STEP, max_size=40))
def test_whatever_is_done_nothing_is_ever_over_its_limit(steps: list[tuple[str, Any, Any]]) -> None:
    ledger, charges, now = Ledger(LIMIT, {"cpu_s": 3.0}), list[Charge](), 0.0
    ledger.advance(now)
    for what, first, second in steps:
        try:
            if what == "charge":
                charges.append(ledger.charge(first, measured=second))
            elif what == "settle" and charges:
                ledger.settle(charges[first % len(charges)], second)
            elif what == "release" and charges:
                ledger.release(charges[first % len(charges)])
            elif what == "advance":
                now += first
                ledger.advance(now)
            elif what == "reserve":
                ledger.reserve(first)
            elif what == "split":
                whole = max(first + second, 1.0)
                for part in ledger.split({"a": first / whole, "b": second / whole}).values():
                    part.charge({"cpu_s": 1.0, "mem_mb": 5.0}, measured=True)
            elif what == "take back":
                ledger.take_back("a")
        except (OverBudget, MindshareError):
            pass
        assert (ledger.used <= ledger.limit).all(), "over a limit"
        assert (total(ledger) <= ledger.limit * (1 + 1e-12)).all(), "parts and whole together are over"
        assert all((part.used <= part.limit).all() for part in ledger.parts.values())
        assert (ledger.used >= 0).all()


@settings(deadline=None)
@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=8).filter(lambda x: sum(x) > 0),
    st.fixed_dictionaries({name: st.floats(0, most) for name, most in LIMIT.items()}),
    st.fixed_dictionaries({name: st.floats(0, most) for name, most in LIMIT.items()}),
)
def test_parts_and_what_is_kept_sum_to_the_whole(
    shares: list[float], used: dict[str, float], kept: dict[str, float]
) -> None:
    ledger = Ledger(LIMIT)
    ledger.charge(used)
    ledger.reserve(kept)
    free = np.maximum(ledger.left - ledger.reserved, 0.0)
    whole = math.fsum(shares)
    parts = ledger.split({f"agent {i}": x / whole for i, x in enumerate(shares)})
    np.testing.assert_allclose(sum(part.limit for part in parts.values()), free, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(
        ledger.left, np.minimum(ledger.limit - [used[r] for r in LIMIT], ledger.reserved), atol=1e-9
    )
    for agent in parts:
        ledger.take_back(agent)
    np.testing.assert_allclose(ledger.used, [used[r] for r in LIMIT], rtol=1e-9, atol=1e-9)


def test_an_estimate_that_does_not_fit_is_refused_whole_and_what_was_measured_is_told_as_an_overrun() -> None:
    ledger = Ledger(LIMIT)
    with pytest.raises(OverBudget, match=r"net_mb \(4 left, 5 asked\). Nothing was spent"):
        ledger.charge({"cpu_s": 1.0, "net_mb": 5.0})
    assert not ledger.used.any()
    ledger.charge({"cpu_s": 12.0}, measured=True)
    assert ledger.overrun_by == {"cpu_s": 2.0}
    assert ledger.used[ledger.at("cpu_s")] == 10.0


def test_what_was_measured_takes_the_place_of_an_estimate_and_tells_what_passed() -> None:
    ledger = Ledger(LIMIT)
    less, more = ledger.charge({"cpu_s": 4.0}), ledger.charge({"cpu_s": 5.0})
    assert ledger.settle(less, {"cpu_s": 3.0}) == {}
    assert ledger.left[0] == 2.0
    assert ledger.settle(more, {"cpu_s": 8.0}) == {"cpu_s": 1.0}
    assert ledger.left[0] == 0.0
    with pytest.raises(MindshareError, match="Charge 2 is settled already"):
        ledger.settle(more, {"cpu_s": 8.0})


def test_what_is_reserved_is_only_for_charges_that_say_so() -> None:
    ledger = Ledger(LIMIT)
    ledger.reserve({"cpu_s": 3.0})
    with pytest.raises(OverBudget):
        ledger.charge({"cpu_s": 8.0})
    ledger.charge({"cpu_s": 7.0})
    ledger.charge({"cpu_s": 3.0}, reserved=True)
    assert ledger.left[0] == 0.0


def test_a_stock_is_free_again_when_it_is_released_and_only_once() -> None:
    ledger = Ledger(LIMIT)
    held = ledger.charge({"mem_mb": 80.0, "cpu_s": 1.0})
    with pytest.raises(OverBudget):
        ledger.charge({"mem_mb": 30.0})
    ledger.release(held)
    ledger.charge({"mem_mb": 100.0})
    assert ledger.left[0] == 9.0, "a flow that is spent stays spent"
    with pytest.raises(MindshareError, match="release it once"):
        ledger.release(held)


def test_in_a_new_period_the_parts_have_their_share_again_and_the_whole_the_rest() -> None:
    ledger = Ledger({"cpu_s": 10.0}, {"cpu_s": 1.0})
    ledger.advance(0.0)
    part = ledger.split({"cnn": 0.6})["cnn"]
    part.charge({"cpu_s": 6.0})
    ledger.charge({"cpu_s": 4.0})
    ledger.advance(1.0)
    assert part.left[0] == 6.0
    assert ledger.left[0] == 4.0


def test_shares_that_make_no_sense_are_refused() -> None:
    ledger = Ledger(LIMIT)
    with pytest.raises(ValueError, match="together at most 1"):
        ledger.split({"a": 0.7, "b": 0.7})
    ledger.split({"a": 0.5})
    with pytest.raises(MindshareError, match="'a' has a part already"):
        ledger.split({"a": 0.1})
    with pytest.raises(MindshareError, match="'b' has no part; parts have a"):
        ledger.take_back("b")
