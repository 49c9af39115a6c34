"""Promises of one step of the prices: what is chosen is the best that fits, and what kinds of cases want is learnt as a mean."""

from __future__ import annotations

import numpy as np
import pytest

from mindshare.core.pacing.price_update import (
    MEMORY,
    STEP,
    Shared,
    choose,
    follow,
    least_use,
    meet,
    part,
    price_state,
    reprice,
    step,
    upper,
)


def shared(seed: int, *, reserve: float = 0.0) -> Shared:
    rng = np.random.default_rng(seed)
    limit, none = 1.0 + rng.random(3), np.zeros(0)
    return Shared(limit, rng.random(3), np.zeros(3, bool), rng.random(3), np.full(3, reserve), none, none)


@pytest.mark.parametrize("seed", range(40))
def test_the_best_net_that_fits_is_chosen_and_the_second_named(seed: int) -> None:
    rng, s, low = np.random.default_rng(seed), shared(seed, reserve=0.3), seed % 2
    value, use = rng.random(6), rng.random((6, 3)) * (rng.random((6, 3)) < 0.5) * 1.5
    value[0], use[0] = 0.0, 0.0
    net = value - use @ s.price
    kept = s.limit - (0.0 if low else s.reserve)  # the reserve is there for mandatory cases
    fits = [k for k in range(low, 6) if np.all((s.used + use[k] <= kept) | (use[k] == 0))]
    ranked = [*sorted(fits, key=lambda k: -net[k]), -1, -1]
    found, best, second, next_best, wanted = choose(value, use, s, low)
    assert (found, second) == (ranked[0], ranked[1])
    assert best == pytest.approx(net[found]) if found >= 0 else best == -np.inf
    assert next_best == pytest.approx(net[second] if second >= 0 else 0.0)
    assert wanted == low + net[low:].argmax()


def test_what_a_kind_wants_is_the_mean_of_its_cases_and_of_late_ones_only_after_many() -> None:
    rng, s = np.random.default_rng(0), shared(0)
    c = price_state(np.ones(3), np.full((2, 3), np.nan), demand=False)
    seen: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for n in range(60):
        kind, wanted = int(n % 3 == 0), rng.random(3)
        seen[kind].append(wanted)
        meet(c, s, kind, np.full((2, 3), 50.0), 1_000.0)
        follow(c, kind, wanted, 1.0, 1_000.0)
    np.testing.assert_allclose(c.wants, [np.mean(of, axis=0) for of in seen])
    for _ in range(int(20 * MEMORY)):
        meet(c, s, 0, np.full((2, 3), 50.0), 1_000.0)
        follow(c, 0, np.full(3, 7.0), 1.0, 1_000.0)
    np.testing.assert_allclose(c.wants[0], 7.0, rtol=1e-6)


def test_the_least_use_is_that_of_the_option_that_takes_the_least_part_of_any_limit() -> None:
    use, out = np.array([[0.0, 0.0], [3.0, 1.0], [1.0, 2.0], [0.5, 9.0]]), np.empty(2)
    for limit, best in [([10.0, 10.0], 2), ([10.0, 2.0], 1), ([1.0, 100.0], 3), ([10.0, 0.0], None)]:
        least_use(use, np.array(limit), out)
        assert out.tolist() == ([0.0, 0.0] if best is None else use[best].tolist())


@pytest.mark.parametrize("n", [1, 2, 9, 40])
def test_the_upper_quantile_is_one_of_those_seen_and_no_less_than_its_part_of_them(n: int) -> None:
    seen, out = np.random.default_rng(n).random((n, 3)), np.empty(3)
    for share in (0.0, 0.5, 0.9, 1.0):
        upper(seen, share, out)
        for r in range(3):
            assert out[r] in seen[:, r]
            assert (seen[:, r] <= out[r]).mean() >= share
            assert (seen[:, r] < out[r]).mean() <= share + 1 / n + 1e-12


def test_the_parts_of_kinds_are_as_what_they_want_and_make_up_the_pace_together() -> None:
    rng = np.random.default_rng(1)
    c = price_state(np.ones(2), np.full((4, 2), np.nan), demand=False)
    c.pace[:], c.wants[:], c.cases[:] = rng.random(2), rng.random((4, 2)), [3.0, 9.0, 1.0, 0.0]
    expected = rng.random((4, 2)) * 0.1
    for r in range(2):
        parts = np.array([part(c, kind, expected, r) for kind in range(4)])
        coming = expected[:3, r]
        assert coming @ parts[:3] / coming.sum() == pytest.approx(c.pace[r])
        np.testing.assert_allclose(parts[:3] / parts[0], c.wants[:3, r] / c.wants[0, r])
        assert parts[3] == c.pace[r], "of a kind that nobody has seen nothing is known"
    c.wants[:] = 0.0
    assert part(c, 0, expected, 0) == c.pace[0]


def test_a_price_that_nobody_knew_moves_less_with_each_case_by_the_root_of_how_many_have_come() -> None:
    s, c, lasts = shared(0), price_state(np.zeros(3), np.full((1, 3), np.nan), demand=False), 1e9
    moved = []
    for _ in range(100):
        meet(c, s, 0, np.full((1, 3), 50.0), lasts)
        moved.append(step(c, 0, lasts))
    np.testing.assert_allclose(np.diff((STEP / np.array(moved)) ** 2), 1.0, rtol=1e-6)


@pytest.mark.parametrize("used", [0.05, 0.5, 5.0])
def test_a_stock_that_comes_back_costs_more_the_fuller_it_is_whatever_its_unit(used: float) -> None:
    prices = []
    for full in (0.2, 0.4, 0.8):
        limit, one = np.array([used / full]), np.ones(1)
        s = Shared(limit, np.array([used]), np.ones(1, bool), one.copy(), 0 * one, np.zeros(0), np.zeros(0))
        c = price_state(one, np.full((1, 1), np.nan), demand=False)
        c.back[0] = 0.1 * used
        reprice(c, s, np.full((1, 1), 50.0))
        prices.append(s.price[0])
        assert c.pace[0] == pytest.approx(0.1 * limit[0])  # as much as a full stock gives back
    assert prices[2] / prices[1] == pytest.approx(prices[1] / prices[0]) and prices[0] < prices[1]
