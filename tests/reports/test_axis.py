"""Where things lie on an axis."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mindshare.reports.axis import Axis, even_ticks, spread, stretched_ticks


@given(st.lists(st.floats(0, 300), min_size=1, max_size=15))
def test_labels_never_overlap_stay_inside_and_keep_their_order(wanted: list[float]) -> None:
    placed = spread(wanted, 15, 0, 300)
    assert all(b - a >= 15 - 1e-9 for a, b in pairwise(sorted(placed)))
    assert min(placed) >= -1e-9
    assert max(placed) <= 300 + 1e-9
    by_place = sorted(range(len(wanted)), key=lambda i: placed[i])
    assert [wanted[i] for i in by_place] == sorted(wanted)


def test_labels_with_room_stay_where_they_are() -> None:
    assert spread([200.0, 20.0, 100.0], 15, 0, 300) == pytest.approx([200.0, 20.0, 100.0])


@given(st.floats(-1e6, 1e6), st.floats(1e-9, 1e9), st.integers(2, 12))
def test_even_ticks_are_few_and_inside(low: float, width: float, most: int) -> None:
    high = low + width
    if high - low < 1e-9 * abs(low):
        return
    ticks = even_ticks(low, high, most)
    assert len(ticks) <= most + 1
    assert all(low - 0.01 * width <= t <= high + 0.01 * width for t in ticks)


@given(st.floats(1e-9, 1e9))
def test_stretched_ticks_start_at_zero_and_keep_their_distance(high: float) -> None:
    axis = Axis(low=0, high=high, start=40, end=700, knee=high / 20)
    ticks = stretched_ticks(axis, 40)
    assert ticks[0] == 0
    assert len(ticks) >= 4
    assert all(axis.at(b) - axis.at(a) >= 40 for a, b in pairwise(ticks))
