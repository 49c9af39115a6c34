"""Weights of a net become a grid or parts that a service takes, and still sum to 1."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mindshare.engine.incoming import read_case
from mindshare.engine.looked import check_where
from mindshare.engine.settings import Kind
from mindshare.machines.look.places import places
from mindshare.machines.task import Floats

shapes = st.integers(1, 3_000).map(lambda n: (n,)) | st.tuples(st.integers(1, 200), st.integers(1, 90))


def taken(weight: Floats) -> list[list[float]]:
    """What becomes of the weights, once a service would take it."""
    told = places(weight)
    show = {"image": "a.png"} if weight.ndim == 2 else {"window": {"channels": {"a": [0] * len(weight)}}}
    case = {"id": "a", "show": show, "answers": [{"agent": "net", "where": {"": told}}]}
    check_where(read_case(msgspec.json.encode(case)), Kind())
    return told


@given(st.data(), shapes)
def test_a_service_takes_them_and_no_weight_is_lost(data: st.DataObject, shape: tuple[int, ...]) -> None:
    weight = data.draw(arrays(np.float64, shape, elements=st.floats(0, 1), fill=st.sampled_from([0.0, 0.5])))
    weight /= max(weight.sum(), 1.0)
    told = taken(weight)
    total = sum(w for row in told for w in (row if weight.ndim == 2 else row[2:]))
    assert total == pytest.approx(weight.sum(), abs=0.5e-4 * sum(map(len, told)) + 1e-9)
    if weight.ndim == 1:
        assert told[0][0] == 0 and told[-1][1] == len(weight)
        assert all(one[1] == other[0] for one, other in pairwise(told))


def test_equal_steps_are_one_part_and_small_images_stay_as_they_are() -> None:
    assert places(np.repeat([0.1, 0.4], 2)) == [[0, 2, 0.2], [2, 4, 0.8]]
    assert places(np.array([[0.25, 0.75], [0.0, 0.0]])) == [[0.25, 0.75], [0.0, 0.0]]
    assert len(places(np.full((100, 3), 1 / 300))) == 64


def test_words_of_a_text_are_its_parts_and_of_a_long_one_those_that_weigh_most() -> None:
    assert places(np.array([0.2, 0.3, 0.5]), "It hums.") == [[0, 2, 0.2], [3, 7, 0.3], [7, 8, 0.5]]
    long = places(np.arange(2_000) / 2e3, "a " * 2_000)
    assert len(long) == 1_000 and long[0] == [2_000, 2_001, 0.5]


def test_weights_of_another_form_are_refused() -> None:
    with pytest.raises(ValueError, match="one of each step or pixel"):
        places(np.zeros((2, 2, 2)))
