"""Promises of a stream's prices and ledger."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.allocate import allocate
from mindshare.core.errors import MindshareError
from mindshare.core.pace import Pacer


def case(rng: np.random.Generator, options: int, resources: int) -> tuple[np.ndarray, np.ndarray]:
    value, use = rng.normal(0.3, 1.0, options), rng.lognormal(0.0, 1.0, (options, resources))
    use *= rng.random((options, resources)) < 0.6
    value[0], use[0] = 0.0, 0.0
    return value, use


@settings(deadline=None, max_examples=1_000)
@given(st.integers(0, 10**6))
def test_no_stream_ever_passes_a_limit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    resources, n = int(rng.integers(1, 4)), int(rng.integers(1, 40))
    names = [f"r{r}" for r in range(resources)]
    limit = {name: float(rng.choice([0.0, 0.5, 3.0, 20.0])) for name in names}
    pacer = Pacer(limit, max(1, n + int(rng.integers(-5, 6))), {n: float(rng.random()) for n in names})
    spent, most = np.zeros(resources), np.array(list(limit.values()))
    for i in range(n):
        value, use = case(rng, int(rng.integers(1, 5)), resources)
        before = np.array(list(pacer.left.values()))
        told = pacer.decide(value, use)
        np.testing.assert_array_equal(told.left, before)
        assert told.net >= 0, "stopping was worth more"
        assert (use[told.option] <= np.maximum(before, 0) + 1e-12).all()
        spent += use[told.option]
        if rng.random() < 0.3:  # an answer that took longer than expected ends at the limit
            late = float(rng.exponential(1.0))
            r = int(rng.integers(resources))
            paid = pacer.left[names[r]] - pacer.charge(names[r], late)
            spent[r] += paid
            assert paid <= late + 1e-12
        if rng.random() < 0.1 and i:
            r = int(rng.integers(resources))
            most[r] = float(rng.choice([0.0, 1.0, 30.0]))
            most[r] = max(most[r], 0.0)
            pacer.change({names[r]: most[r]})
            most[r] = max(most[r], spent[r])  # what is spent is spent; nothing may be added
        assert (spent <= most + 1e-9).all()
        assert all(price >= 0 for price in pacer.price.values())


def stream(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    value, use = rng.random((n, 4)), np.zeros((n, 4, 2))
    use[:, 1, 0], use[:, 2, 0], use[:, 3, 1] = rng.lognormal(0, 0.5, (3, n))
    value[:, 0] = 0.0
    return value, use


def best(value: np.ndarray, use: np.ndarray, limit: dict[str, float]) -> tuple[float, dict[str, float]]:
    cost = {f"r{r}": {k: use[:, k, r] for k in range(4) if use[:, k, r].any()} for r in range(2)}
    plan = allocate(value, cost, limit)
    return plan.bound, dict(plan.price)


def test_a_stream_that_is_like_the_old_cases_loses_little_against_hindsight() -> None:
    n = 10_000
    limit = {"r0": 0.2 * n, "r1": 0.1 * n}
    value, use = stream(n, 1)
    old = stream(2_000, 2)
    _, price = best(*old, {name: 0.2 * amount for name, amount in limit.items()})
    pacer = Pacer(limit, n, price)
    won = sum(pacer.decide(v, u).value for v, u in zip(value, use, strict=True))
    bound, _ = best(value, use, limit)
    assert won >= 0.99 * bound


def test_prices_rise_when_spending_is_faster_than_the_pace_and_fall_when_it_is_slower() -> None:
    value, use = stream(200, 3)
    fast, slow = Pacer({"r0": 5.0, "r1": 5.0}, 200, {"r0": 0.1, "r1": 0.1}), None
    for v, u in zip(value[:20], use[:20], strict=True):
        fast.decide(v, u)
    assert fast.price["r0"] > 0.1
    slow = Pacer({"r0": 1e6, "r1": 1e6}, 200, {"r0": 0.1, "r1": 0.1})
    for v, u in zip(value, use, strict=True):
        slow.decide(v, u)
    assert slow.price["r0"] < 0.1


def test_a_limit_that_is_lowered_below_what_is_spent_stops_that_resource_at_once() -> None:
    pacer = Pacer({"minutes": 10.0}, 10, {"minutes": 0.0})
    assert pacer.decide([0.0, 1.0], [[0.0], [4.0]]).option == 1
    pacer.change({"minutes": 3.0})
    assert pacer.decide([0.0, 1.0], [[0.0], [0.1]]).option == 0
    pacer.change({"minutes": 5.0}, cases=5)
    assert pacer.decide([0.0, 1.0], [[0.0], [0.1]]).option == 1


def test_the_same_stream_gives_the_same_decisions() -> None:
    value, use = stream(500, 4)
    runs = []
    for _ in range(2):
        pacer = Pacer({"r0": 60.0, "r1": 30.0}, 500, {"r0": 0.3, "r1": 0.3})
        runs.append([pacer.decide(v, u).option for v, u in zip(value, use, strict=True)])
    assert runs[0] == runs[1]


def test_what_makes_no_sense_gets_one_sentence() -> None:
    pacer = Pacer({"minutes": 1.0}, 10, {})
    with pytest.raises(MindshareError, match="no limit on 'minute'; limits are on minutes"):
        pacer.change({"minute": 2.0})
    with pytest.raises(ValueError, match="must be a finite number >= 0"):
        Pacer({"minutes": -1.0}, 10, {})
    with pytest.raises(ValueError, match="cases must be a number >= 1"):
        Pacer({"minutes": 1.0}, 0, {})
    with pytest.raises(ValueError, match=r"use \(K, 1\)"):
        pacer.decide([0.0, 1.0], [[0.0, 0.0], [1.0, 0.0]])
    with pytest.raises(ValueError, match="the stop, must use nothing"):
        pacer.decide([0.0, 1.0], [[1.0], [1.0]])
    with pytest.raises(ValueError, match="value must be finite"):
        pacer.decide([0.0, np.nan], [[0.0], [1.0]])
