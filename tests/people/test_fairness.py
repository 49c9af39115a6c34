"""Caps and fair loads."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mindshare.core.guard.when import read_when
from mindshare.people.fairness import ExposureCap, FairLoad

people = st.sampled_from(("ana", "ben", "cem", "dia", "eva"))
minutes = st.dictionaries(people, st.integers(0, 500_000).map(lambda x: x / 1_000), min_size=1)


def test_who_was_shown_as_many_as_allowed_is_shown_no_more() -> None:
    cap = ExposureCap(tag="distressing", when=read_when({"kind": "abuse"}, "when"), per_day=2)
    over = cap.over({"ana": 2, "ben": 1}, ["ana", "ben", "cem"])
    assert over == {"ana": "ana was shown 2 distressing cases today; 2 are allowed."}


@given(minutes, minutes, st.floats(1, 3), st.floats(0, 30))
@example({"ana": 0.219}, {"ana": 0.219}, 1.0, 0.0)  # a share that rounds below the load itself
def test_somebody_may_always_attend(
    load: dict[str, float], give: dict[str, float], most: float, least: float
) -> None:
    assert len(FairLoad(most=most, least=least).over(load, give)) < len(give)


@given(minutes, minutes)
def test_who_carries_no_more_than_a_fair_share_is_never_refused(
    load: dict[str, float], give: dict[str, float]
) -> None:
    over = FairLoad().over(load, give)
    carried, whole = sum(load.get(p, 0.0) for p in give), sum(give.values())
    fair = {p for p in give if whole > 0 and load.get(p, 0.0) <= carried * give[p] / whole}
    assert not fair & set(over)


def test_a_fair_share_is_by_the_minutes_given() -> None:
    rule = FairLoad(most=1.5, least=10)
    assert list(rule.over({"ana": 60, "ben": 30}, {"ana": 60, "ben": 60})) == []
    assert list(rule.over({"ana": 70, "ben": 20}, {"ana": 60, "ben": 60})) == ["ana"]
    assert list(rule.over({"ana": 70, "ben": 20}, {"ana": 180, "ben": 60})) == []
    assert list(rule.over({"ana": 9}, {"ana": 60, "ben": 60})) == [], "too little to be unfair"


def test_a_fair_load_below_a_fair_share_is_refused() -> None:
    with pytest.raises(ValueError, match=">= 1"):
        FairLoad(most=0.5)
