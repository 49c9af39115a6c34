"""A request that makes no sense gets one clear sentence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.allocation.allocate import allocate
from mindshare.core.allocation.request import largest
from mindshare.core.errors import MindshareError


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        ({"value": [[0.0, np.nan]]}, r"value\[0, 1\] is nan: it must be a finite number"),
        ({"value": [[0.0, -np.inf]]}, "To veto an option use `allowed`"),
        ({"value": [1.0, 2.0]}, "two axes, cases x options"),
        ({"value": [["a", "b"]]}, "must hold numbers"),
        ({"cost": {"m": {1: -1.0}}}, r"cost\['m'\]\[1\] is -1.0: a cost must be finite and not negative"),
        ({"cost": {"m": {1: [np.nan]}}}, "of case 0 is nan"),
        ({"cost": {"m": {2: 1.0}}}, "there is no option 2; options are the columns of value, 0 to 1"),
        ({"cost": {"m": {1: [1.0, 2.0]}}}, "must be a number or 1 numbers"),
        ({"limit": {"m": -1.0}}, r"limit\['m'\] must be a number >= 0"),
        ({"limit": {"m": np.nan}}, r"limit\['m'\] must be a number >= 0"),
        ({"allowed": [[True]]}, r"the shape of value, \(1, 2\)"),
        ({"allowed": [[1.0, 0.0]]}, "True or False"),
        ({"min_share": {0: 1.5}}, "must be a share of the cases, 0 to 1"),
        ({"min_share": {0: 0.6}, "max_share": {0: 0.4}}, r"above max_share\[0\]"),
        ({"parity": ([0.5], [1], 0.1)}, "must be 1 whole numbers"),
        ({"parity": ([0], [1], -0.1)}, "eps must be a share"),
        ({"parity": ([0], [5], 0.1)}, "there is no option 5"),
    ],
)
def test_input_that_makes_no_sense_gets_one_clear_sentence(request_: dict, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        allocate(**{"value": [[0.0, 1.0]], "cost": {}, "limit": {}, **request_})


def test_a_case_without_an_option_is_named() -> None:
    with pytest.raises(MindshareError, match="Case 1 has no allowed option"):
        allocate(np.zeros((2, 2)), {}, {}, np.array([[True, False], [False, False]]))


def test_values_and_costs_of_vetoed_options_are_never_read() -> None:
    value, allowed = np.array([[0.0, np.nan], [0.0, 1.0]]), np.array([[True, False], [True, True]])
    plan = allocate(value, {"m": {1: np.array([np.nan, 1.0])}}, {"m": 1.0}, allowed)
    assert plan.choice.tolist() == [0, 1]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@settings(deadline=None)  # the first call compiles
@given(st.lists(st.floats(width=32), max_size=40))
def test_the_largest_size_is_found_whatever_its_sign(kind: type, numbers: list[float]) -> None:
    given_ = np.array(numbers, kind)
    found = largest(given_)
    if not np.isfinite(given_).all():
        assert not np.isfinite(found)
    else:
        assert abs(found) == abs(given_).max(initial=0.0)
        assert np.signbit(found) == np.signbit(given_).any()


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("bad", [np.nan, -np.nan, np.inf, -np.inf])
def test_no_value_or_cost_that_is_not_finite_gets_through(kind: type, bad: float) -> None:
    value = np.zeros((3, 2), kind)
    value[1, 1] = bad
    with pytest.raises(ValueError, match=r"value\[1, 1\] is"):
        allocate(value, {}, {})
    with pytest.raises(ValueError, match="of case 1 is"):
        allocate(np.zeros((3, 2)), {"m": {1: value[:, 1]}}, {"m": 1.0})
