"""Promises of demand: prices that spend about the pace, and never rise when a limit does."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.pacing.demand import MOST_BYTES, Demand, Elastic
from mindshare.core.pacing.pacer import Pacer


def demand(seed: int, resources: int, cases: int = 40, paths: int = 2) -> Demand:
    """Up to `paths` a case, of up to three questions each."""
    rng = np.random.default_rng(seed)
    case, path = [], []
    for i in range(cases):
        for j in range(int(rng.integers(0, paths + 1))):
            count = int(rng.integers(1, 4))
            case += [i] * count
            path += [paths * i + j] * count
    use = rng.exponential(1.0, (len(case), resources)) * (rng.random((len(case), resources)) < 0.7)
    names = tuple(f"r{r}" for r in range(resources))
    return Demand.of(names, cases, np.array(case, int), use, rng.random(len(case)), np.array(path, int))


@given(st.integers(0, 10**6), st.integers(1, 3), st.floats(0.0, 2.0), st.floats(1.0, 3.0), st.integers(0, 2))
@settings(max_examples=150, deadline=None)
def test_a_larger_limit_never_has_a_higher_price(
    seed: int, resources: int, pace: float, larger: float, which: int
) -> None:
    sample, r = demand(seed, resources), which % resources
    before = pace * np.random.default_rng(seed).random(resources)
    after = before.copy()
    after[r] *= larger
    assert sample.price(after)[r] <= sample.price(before)[r] + 1e-7


@given(st.integers(0, 10**6), st.floats(0.01, 3.0))
@settings(max_examples=100, deadline=None)
def test_at_the_price_of_a_pace_no_more_than_that_is_used_and_one_question_more_would_be(
    seed: int, pace: float
) -> None:
    sample = demand(seed, 1, paths=1)
    level, bought = sample.line()
    price = sample.price(np.array([pace]))[0]
    assert (level[1:] <= level[:-1]).all()
    assert bought[level > price].max(initial=0.0) <= pace * (1 + 1e-9)
    assert price == 0 or bought[level >= price].max() > pace


@given(
    st.integers(0, 10**6), st.integers(2, 4), st.floats(0.2, 5.0), st.floats(1.0, 3.0), st.floats(0.2, 1.0)
)
@settings(max_examples=40, deadline=None)
def test_demand_of_a_stated_elasticity_answers_half_the_pace_with_so_much_more_of_the_price_and_each_resource_alone(
    seed: int, resources: int, part: float, larger: float, steep: float
) -> None:
    rng = np.random.default_rng(seed)
    price, pace = rng.lognormal(0, 3, resources), rng.lognormal(0, 3, resources)
    sample = Elastic(tuple(f"r{r}" for r in range(resources)), price, pace, np.full(resources, steep))
    np.testing.assert_allclose(sample.price(pace), price, rtol=1e-6)
    after, r = pace.copy(), seed % resources
    after[r] *= part
    np.testing.assert_allclose(
        sample.price(after),
        np.where(after == pace, price, price / part ** (1 / steep)),
        rtol=1.06 ** (1 / steep) - 1,
    )
    more = after.copy()
    more[r] *= larger
    assert sample.price(more)[r] <= sample.price(after)[r] * (1 + 1e-9)


def test_what_has_no_limit_and_what_is_left_over_costs_nothing() -> None:
    sample = demand(3, 2)
    assert (sample.price(np.array([np.inf, np.inf])) == 0).all()
    price = sample.price(np.array([0.1, 1e6]))
    assert price[0] > 0
    assert price[1] == 0


def test_nothing_wanted_has_no_price() -> None:
    none = Demand.of(("a", "b"), 0, np.zeros(0, int), np.zeros((0, 2)), np.zeros(0))
    assert (none.price(np.array([0.0, 1.0])) == 0).all()


def test_a_sample_stays_small_and_tells_the_same_price() -> None:
    worth = np.random.default_rng(0).random(300_000)
    whole = Demand.of(("a",), len(worth), np.arange(len(worth)), np.ones((len(worth), 1)), worth)
    assert sum(x.nbytes for x in whole if isinstance(x, np.ndarray)) <= MOST_BYTES
    assert abs(whole.price(np.array([0.2]))[0] - 0.8) < 0.01


def test_where_demand_hardly_falls_with_the_price_a_price_that_is_too_low_is_noticed_early() -> None:
    """The dear option is worth 0.02 more for 0.196 more of what is scarce, so half of the cases are to get it, at a price of 0.1."""
    value, use = np.array([0.0, 0.5, 0.52]), np.array([[0.0], [0.004], [0.2]])
    spent = {}
    for steep in (0.2, 1.0):
        known = Elastic(("cpu_s",), np.array([0.01]), np.array([0.1]), np.array([steep]))
        pacer = Pacer({"cpu_s": 100.0}, cases=1_000, demand=known)
        for _ in range(500):
            pacer.arrive()
            pacer.decide(value, use)
        spent[steep] = pacer.used["cpu_s"]
    assert 50.0 < spent[0.2] < 75.0 < spent[1.0]
