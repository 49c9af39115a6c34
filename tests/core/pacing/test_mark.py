"""Promises of a mark that is put into a pacer of other limits or kinds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.errors import MindshareError
from mindshare.core.pacing.arrivals import Clocked
from mindshare.core.pacing.mark import Mark, mark, put, terms_of
from mindshare.core.pacing.pacer import Pacer

DAY, HOUR = 86_400.0, 3_600.0
PERIODS = {"a": DAY, "b": DAY, "c": HOUR, "d": None, "e": DAY}
KINDS = ("loan", "fraud", "other")
names = st.lists(st.sampled_from(sorted(PERIODS)), unique=True)
kinds = st.lists(st.sampled_from(KINDS), unique=True, min_size=1)


def pacer_of(resources: list[str], kinds: list[str], periods: dict[str, float | None] = PERIODS) -> Pacer:
    told = {r: s for r in resources if (s := periods[r]) is not None}
    coming = {k: Clocked(np.full(24, 5.0), DAY, end=1e4 * DAY) for k in kinds}
    lasting = dict.fromkeys(kinds, 50.0)
    stays = any(periods[r] is None for r in resources)
    return Pacer(dict.fromkeys(resources, 20.0), lasting if stays else coming, period_s=told)


def played(pacer: Pacer, kinds: list[str], cases: int, seed: int, now: float = 0.0) -> float:
    rng = np.random.default_rng(seed)
    for _ in range(cases):
        now += 600.0 * float(rng.random())
        use = rng.random((3, len(pacer.resources)))
        use[0] = 0.0
        pacer.arrive(kinds[int(rng.integers(len(kinds)))], now)
        pacer.decide([0.0, *rng.random(2)], use, now=now)
    return now


@settings(deadline=None, max_examples=60)
@given(names, names, kinds, kinds, st.integers(0, 40), st.integers(0, 10**6))
def test_what_both_pacers_have_goes_on_and_what_is_new_begins_as_in_a_new_one(
    before: list[str], after: list[str], had: list[str], has: list[str], cases: int, seed: int
) -> None:
    old, new = pacer_of(before, had), pacer_of(after, has)
    now = played(old, had, cases, seed)
    stood = mark(old)
    put(new, stood, [], terms_of(old))
    for r in new.resources:
        at = new._ledger.at(r)
        if r in before:
            was = old._ledger.at(r)
            assert new.used[r] == old.used[r] and new.price[r] == old.price[r]
            assert new._prices.log[at] == old._prices.log[was]
            assert new._ledger.until[at] == old._ledger.until[was]
            for kind in set(had) & set(has):
                assert new._prices.wants[new._kind[kind], at] == old._prices.wants[old._kind[kind], was]
        else:
            assert new.used[r] == 0.0 and new.left[r] == 20.0
    played(new, has, 10, seed, now)  # it goes on
    for r, limit in zip(new.resources, new._ledger.limit.tolist(), strict=True):
        assert new.used[r] <= limit


@settings(deadline=None, max_examples=20)
@given(names, kinds, st.integers(0, 40), st.integers(0, 10**6))
def test_under_the_same_terms_it_stands_where_the_other_one_stood_to_the_bit(
    resources: list[str], kinds: list[str], cases: int, seed: int
) -> None:
    old, new = pacer_of(resources, kinds), pacer_of(resources, kinds)
    played(old, kinds, cases, seed)
    put(new, mark(old), [], terms_of(old))
    one, other = mark(old), mark(new)
    assert one.moved.tobytes() == other.moved.tobytes() and one[1:] == other[1:]


def test_a_new_limit_comes_into_the_period_that_others_are_in_and_gives_nothing_of_theirs_back() -> None:
    old, new = pacer_of(["a"], ["loan"]), pacer_of(["b", "a"], ["loan"])
    now = played(old, ["loan"], 30, 1)
    put(new, mark(old), [], terms_of(old))
    used = new.used["a"]
    assert used > 0 and len(set(new._ledger.until.tolist())) == 1
    new.arrive("loan", now)
    assert new.used["a"] == used
    new.arrive("loan", DAY)
    assert new.used["a"] == 0.0


def test_another_period_begins_with_nothing_used_and_prices_go_on() -> None:
    old, new = pacer_of(["a", "c"], ["loan"]), pacer_of(["a", "c"], ["loan"], PERIODS | {"a": HOUR})
    now = played(old, ["loan"], 30, 1)
    put(new, mark(old), [], terms_of(old))
    assert old.used["a"] > 0 and new.used["a"] == 0.0
    assert new.used["c"] == old.used["c"] and new.price == old.price
    new.arrive("loan", now)
    assert new._ledger.until[0] == (now // HOUR + 1) * HOUR


def test_a_mark_of_other_limits_than_it_is_said_to_be_of_is_refused_and_changes_nothing() -> None:
    old, new = pacer_of(["a", "c"], ["loan"]), pacer_of(["a"], ["loan"])
    played(old, ["loan"], 10, 1)
    before = mark(new)
    with pytest.raises(MindshareError, match="other limits or kinds"):
        put(new, Mark(*mark(old)), [])
    assert mark(new).moved.tobytes() == before.moved.tobytes()
