"""Promises of one pass over the cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mindshare.core.allocation.certificate import bound_at
from mindshare.core.allocation.constraints import Problem, pose
from mindshare.core.allocation.dual import best_total, settle, shares, sweep

amounts = st.floats(-1e9, 1e9) | st.floats(-1.0, 1.0)


@settings(deadline=None)
@given(st.lists(amounts, min_size=1, max_size=8), st.floats(1e-9, 1e4))
@example([7e8, 7e8 - 1e-7, 7e8 - 2e-7], 1e-9)
def test_the_best_mix_is_a_mix_and_never_worth_less_than_the_best_option(
    nets: list[float], blur: float
) -> None:
    net, x = np.array(nets), np.empty(len(nets))
    smooth = shares(net, blur, x)
    assert (x >= 0).all()
    assert abs(x.sum() - 1) <= 1e-6 + 1e-15 * abs(net).max() / blur
    assert smooth >= net.max() - 1e-9 * abs(net).max()
    assert smooth <= net.max() + blur / 2 + 1e-9 * abs(net).max()


def made(n: int, kind: type, seed: int) -> Problem:
    rng = np.random.default_rng(seed)
    value = rng.random((n, 6)).astype(kind)
    minutes = rng.lognormal(0, 0.5, (n, 6)).astype(kind)
    cost = {"a": {1: minutes[:, 1], 2: minutes[:, 2]}, "b": {2: minutes[:, 3], 3: 0.5, 4: minutes[:, 4]}}
    allowed = rng.random((n, 6)) < 0.9
    allowed[:, 0] = True
    return pose(
        value, cost, {"a": 0.1 * n, "b": 0.2 * n}, allowed, ({5: 0.1}, None), (np.arange(n) % 3, [1, 4], 0.1)
    )


@settings(deadline=None, max_examples=20)
@given(st.integers(3, 3_000), st.sampled_from([np.float32, np.float64]), st.integers(0, 100), st.booleans())
def test_a_pass_over_blocks_says_what_each_case_says_alone(n: int, kind: type, seed: int, part: bool) -> None:
    problem = made(n, kind, seed)
    rng = np.random.default_rng(seed)
    cases = np.flatnonzero(rng.random(n) < 0.5) if part and n > 4 else np.arange(n)
    if not len(cases):
        return
    a, price = problem.part(cases).arrays if part else problem.arrays, rng.random(len(problem.rows)) * n
    near = problem.part(cases)  # keeps the columns alive
    assert near.n_cases == len(cases)
    nets = np.full((len(cases), 6), -np.inf)
    use = np.zeros((len(cases), 6, len(price)))
    for k in range(6):
        for e in range(a.start[k], a.start[k + 1]):
            column = problem.columns[a.col[e]][cases] if a.col[e] >= 0 else 1.0
            use[:, k, a.row[e]] += a.coef[e] * column
        if a.member[k]:
            at, group = np.arange(len(cases)), a.group
            use[at, k, a.parity_row + group] += a.rate[group]
            use[at, k, a.parity_row + 3 + group] -= a.rate[group]
        fine = a.open[k]
        nets[fine, k] = a.value[k, fine] - use[fine, k] @ price
    loose = (1e-5 if kind is np.float32 else 1e-12) * (1 + abs(nets[np.isfinite(nets)]).max())
    total, used_, _ = sweep(a, price, 0.0, 1.0)
    choice, gap, value, settled = settle(a, price, 0.0, 1.0)
    at = np.arange(len(cases))
    np.testing.assert_allclose(total, nets.max(axis=1).sum(), atol=loose * len(cases))
    np.testing.assert_allclose(best_total(a, price)[0], total, atol=loose * len(cases))
    np.testing.assert_allclose(nets[at, choice], nets.max(axis=1), atol=loose)
    np.testing.assert_allclose(settled, use[at, choice].sum(axis=0), atol=1e-9)
    np.testing.assert_allclose(used_, settled, atol=1e-9)
    np.testing.assert_allclose(value, a.value[choice, at].sum(dtype=np.float64), rtol=1e-6)
    second = np.sort(nets, axis=1)[:, -2]
    finite = np.isfinite(second)
    np.testing.assert_allclose(gap[finite], (nets.max(axis=1) - second)[finite], atol=2 * loose)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.floats(1e-3, 1e3))
def test_the_bound_of_float32_is_never_below_that_of_the_same_numbers_in_float64(
    seed: int, size: float
) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 400))
    value = (size * rng.normal(0, 1, (n, 5))).astype(np.float32)
    minutes = rng.lognormal(0, 2, (n, 5)).astype(np.float32)
    cost = {
        "a": {1: minutes[:, 1], 2: minutes[:, 2], 3: 0.3},
        "b": {2: minutes[:, 3], 3: minutes[:, 1], 4: 0.7},
    }
    more = ((rng.integers(0, 3, n), [1, 4], 0.1) if rng.random() < 0.5 else None,)
    shares = ({3: 0.3}, {4: 0.5}) if rng.random() < 0.5 else (None, None)
    problem = pose(value, cost, {"a": 0.2 * n, "b": 0.4 * n}, None, shares, *more)
    price = size * n * rng.lognormal(0, 2, len(problem.rows)) * (rng.random(len(problem.rows)) < 0.8)
    rhs = problem.rhs_at(0.1)
    rough, fine = bound_at(problem, price, rhs), bound_at(problem.in_float64(), price, rhs)
    assert rough >= fine - 1e-12 * abs(fine)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_used_is_how_the_bound_falls_with_prices_and_the_curvature_is_how_use_falls(
    seed: int,
) -> None:
    problem = made(400, np.float64, seed)
    a, rng = problem.arrays, np.random.default_rng(seed)
    price, blur, h = rng.random(len(problem.rows)) * 0.4 * 400, 2.0, 1e-4 * 400
    _, use, curve = sweep(a, price, blur, 1.0)
    assert np.abs(curve).max() > 0
    np.testing.assert_allclose(curve, curve.T, atol=1e-9)
    for r in range(len(price)):
        step = h * (np.arange(len(price)) == r)
        (above, more, _), (below, less, _) = (sweep(a, price + s, blur, 1.0) for s in (step, -step))
        np.testing.assert_allclose(use[r], (below - above) / (2 * h), atol=1e-4)
        np.testing.assert_allclose(curve[r], (less - more) / (2 * h), atol=1e-4)
    assert sweep(a, price, 0.0, 1.0)[0] <= sweep(a, price, blur, 1.0)[0]


def test_cases_that_tie_are_settled_so_that_use_stays_within_about_one_case_of_what_was_to_be_used() -> None:
    rng = np.random.default_rng(0)
    minutes = rng.uniform(0.5, 1.5, 600)
    value = np.stack([np.zeros(600), minutes, minutes], axis=1)  # all nets tie at a price of 1
    cost = {"a": {1: minutes}, "b": {2: minutes}}
    problem = pose(value, cost, {"a": 100.0, "b": 100.0}, None, (None, None), None)
    price = np.array([1.0 / c for c in problem.arrays.coef])
    for blur in (0.5, 1e-3):
        mixed = sweep(problem.arrays, price, blur, 1.0)[1]
        choice, _, value_of_all, use = settle(problem.arrays, price, blur, 1.0)
        assert set(choice.tolist()) == {0, 1, 2}
        assert np.abs(use - mixed).max() <= 2.0 * 1.5 * problem.arrays.coef.max()
        np.testing.assert_allclose(value_of_all, value[np.arange(600), choice].sum())
