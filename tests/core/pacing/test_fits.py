"""What fits into what is left, as a decision sees it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mindshare as ms

AMOUNT = st.sampled_from([0.0, 0.1, 0.3, 1.0, 2.0, 3.0])


@pytest.mark.parametrize(("use", "fits"), [([1.0, 0.0], True), ([0.0, 1.0], False), ([1.0, 1.0], False)])
def test_a_limit_below_what_is_spent_stops_only_whoever_uses_the_resource(
    use: list[float], fits: bool
) -> None:
    pacer = ms.Pacer({"answers": 10.0, "cpu_s": 10.0}, cases=10)
    pacer.charge({"answers": 0.0, "cpu_s": 8.0})
    pacer.change({"cpu_s": 1.0})
    assert pacer.room()[1] < 0
    assert bool(pacer.fits(np.array(use))) is fits
    told = pacer.decide(np.array([0.0, 100.0]), np.array([[0.0, 0.0], use]), pacer.arrive())
    assert (told.option == 1) is fits


@given(st.lists(st.tuples(AMOUNT, AMOUNT), max_size=8), st.tuples(AMOUNT, AMOUNT))
def test_what_fits_is_what_a_decision_can_take(
    charges: list[tuple[float, float]], use: tuple[float, float]
) -> None:
    pacer = ms.Pacer({"a": 2.0, "b": 1.0}, cases=100)
    for a, b in charges:
        pacer.charge({"a": a, "b": b})
    fits = bool(pacer.fits(np.array(use)))
    told = pacer.decide(np.array([0.0, 1e6]), np.array([[0.0, 0.0], use]), pacer.arrive())
    assert (told.option == 1) is fits
