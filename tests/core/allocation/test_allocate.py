"""Promises of `allocate`."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mindshare.core.allocation.allocate import Plan, allocate
from mindshare.core.errors import Infeasible

quick = settings(deadline=None, max_examples=30)


class Ask:
    """A small request: option 0 is a free stop unless it is `costly`; arrays keep what the tests recompute."""

    def __init__(self, seed: int, *, n: int | None = None, costly: bool = False, ties: bool = False) -> None:
        rng = np.random.default_rng(seed)
        self.n = int(rng.integers(1, 40)) if n is None else n
        self.k, r = int(rng.integers(2, 7)), int(rng.integers(1, 4))
        self.value = rng.normal(0.3, 1.0, (self.n, self.k)) * 10.0 ** int(rng.integers(-3, 4))
        if ties:
            self.value = np.round(rng.random((self.n, self.k)))
        self.allowed = rng.random((self.n, self.k)) < 0.85
        self.allowed[:, 0] = True
        self.cost: dict[str, dict[int, float | np.ndarray]] = {f"r{i}": {} for i in range(r)}
        self.limit: dict[str, float] = {}
        for name, uses in self.cost.items():
            for option in range(0 if costly else 1, self.k):
                kind = rng.random()
                if kind < 0.4:
                    uses[option] = rng.lognormal(0.0, 0.8, self.n)
                elif kind < 0.7:
                    uses[option] = float(rng.integers(0, 4))
            most = self.spent(name).sum(axis=0).max()
            self.limit[name] = float(most * rng.choice([0.0, 0.1, 0.3, 0.7], p=[0.1, 0.4, 0.3, 0.2]))

    def spent(self, name: str) -> np.ndarray:
        spent = np.zeros((self.n, self.k))
        for option, amount in self.cost[name].items():
            spent[:, option] = amount
        return spent

    def plan(self, **more: object) -> Plan:
        return allocate(self.value, self.cost, self.limit, **{"allowed": self.allowed, **more})

    def best(self, **rows: tuple[np.ndarray, float, float]) -> float | None:
        """The optimum by an exact solver over everything; None when nothing fits."""
        blocks = [np.kron(np.eye(self.n), np.ones(self.k))]
        low, high = [np.ones(self.n)], [np.ones(self.n)]
        for name, limit in self.limit.items():
            rows = {**rows, name: (self.spent(name), -np.inf, limit)}
        for matrix, least, most in rows.values():
            blocks.append(matrix.reshape(1, -1))
            low.append(np.array([least]))
            high.append(np.array([most]))
        found = scipy.optimize.milp(
            -self.value.ravel(),
            integrality=np.ones(self.value.size),
            bounds=scipy.optimize.Bounds(0, self.allowed.ravel().astype(float)),
            constraints=scipy.optimize.LinearConstraint(
                np.vstack(blocks), np.concatenate(low), np.concatenate(high)
            ),
        )
        return None if found.x is None else float(-found.fun)


def check(ask: Ask, plan: Plan, allowed: np.ndarray | None = None) -> None:
    """What every plan promises."""
    at = np.arange(ask.n)
    allowed = ask.allowed if allowed is None else allowed
    assert plan.choice.dtype == np.int32
    assert plan.choice.shape == (ask.n,)
    assert allowed[at, plan.choice].all(), "a veto is broken"
    for name, limit in ask.limit.items():
        assert ask.spent(name)[at, plan.choice].sum() <= limit
        assert plan.usage[name] <= limit
        assert plan.price[name] >= 0.0
    assert plan.violation == 0.0
    assert plan.value == pytest.approx(ask.value[at, plan.choice].sum(), rel=1e-12, abs=1e-12)
    assert plan.bound >= plan.value
    assert plan.gap * (abs(plan.bound) or 1.0) == pytest.approx(plan.bound - plan.value, rel=1e-9, abs=1e-12)


seeds = st.integers(0, 10**6)


@quick
@given(seeds, st.booleans())
def test_a_plan_is_within_every_limit_and_keeps_every_veto(seed: int, ties: bool) -> None:
    ask = Ask(seed, ties=ties)
    check(ask, ask.plan())


@quick
@given(seeds, st.booleans())
def test_the_best_possible_value_lies_between_value_and_bound_and_is_nearly_reached(
    seed: int, ties: bool
) -> None:
    ask = Ask(seed, ties=ties)
    plan, best = ask.plan(), ask.best()
    assert best is not None
    tiny = 1e-6 * abs(ask.value).sum()
    assert plan.value <= best + tiny
    assert best <= plan.bound + tiny
    assert best - plan.value <= max(1e-3 * abs(best), abs(ask.value).max()) + tiny


@quick
@given(seeds)
def test_prices_and_regrets_account_for_the_whole_gap(seed: int) -> None:
    ask = Ask(seed)
    plan, net = ask.plan(), ask.value.copy()
    for name in ask.limit:
        net -= plan.price[name] * ask.spent(name)
    net[~ask.allowed] = -np.inf
    regret = (net.max(axis=1) - net[np.arange(ask.n), plan.choice]).sum()
    slack = sum(plan.price[name] * (ask.limit[name] - plan.usage[name]) for name in ask.limit)
    assert regret + slack == pytest.approx(plan.bound - plan.value, abs=1e-7 * abs(ask.value).sum())


@quick
@given(seeds, st.floats(1.0, 3.0))
def test_a_larger_limit_lowers_the_bound_by_no_more_than_the_gap(seed: int, times: float) -> None:
    ask = Ask(seed)
    before = ask.plan()
    ask.limit = {name: limit * times + (times - 1) for name, limit in ask.limit.items()}
    assert ask.plan().bound >= before.bound - (before.bound - before.value) - 1e-9 * abs(before.bound)


@quick
@given(seeds)
def test_the_order_of_cases_and_options_changes_the_value_by_no_more_than_the_gap(seed: int) -> None:
    ask = Ask(seed)
    rng, one = np.random.default_rng(seed), ask.plan()
    cases, options = rng.permutation(ask.n), rng.permutation(ask.k)
    cost = {
        name: {int(np.flatnonzero(options == k)[0]): w[cases] if np.ndim(w) else w for k, w in uses.items()}
        for name, uses in ask.cost.items()
    }
    two = allocate(ask.value[cases][:, options], cost, ask.limit, ask.allowed[cases][:, options])
    assert abs(one.value - two.value) <= max(one.bound - one.value, two.bound - two.value) + 1e-9 * abs(
        one.bound
    )


@quick
@given(seeds)
def test_single_precision_and_memory_order_do_not_matter(seed: int) -> None:
    ask = Ask(seed)
    one = ask.plan()
    ask.value = np.asfortranarray(ask.value)
    assert np.array_equal(ask.plan().choice, one.choice)
    strided = np.repeat(ask.value, 2, axis=0)[::2]
    assert np.array_equal(allocate(strided, ask.cost, ask.limit, ask.allowed).choice, one.choice)
    single = allocate(ask.value.astype(np.float32), ask.cost, ask.limit, ask.allowed)
    worst = max(one.bound - one.value, single.bound - single.value)
    assert abs(single.value - one.value) <= worst + 1e-5 * abs(ask.value).sum()


@quick
@given(seeds)
def test_the_same_request_gives_the_same_plan_and_old_prices_are_as_good_a_start(seed: int) -> None:
    ask = Ask(seed)
    one, two = ask.plan(), ask.plan()
    assert np.array_equal(one.choice, two.choice)
    assert (one.price, one.bound) == (two.price, two.bound)
    warm = ask.plan(warm=one.price)
    check(ask, warm)
    assert abs(warm.value - one.value) <= max(one.bound - one.value, warm.bound - warm.value) + 1e-9 * abs(
        one.bound
    )


@quick
@given(seeds)
def test_hard_constraints_that_fit_are_kept_and_those_that_do_not_are_named(seed: int) -> None:
    ask = Ask(seed, costly=True)
    best = ask.best()
    if best is not None:
        check(ask, ask.plan())
        return
    with pytest.raises(Infeasible) as told:
        ask.plan()
    assert told.value.resource in ask.limit
    assert told.value.limit == ask.limit[told.value.resource]
    assert told.value.least > told.value.limit


@quick
@given(seeds, st.just(0.0) | st.floats(0.01, 0.5), st.floats(0.0, 1.0))
def test_shares_are_met_or_named(seed: int, low: float, high: float) -> None:
    ask = Ask(seed)
    # the solver that we ask what is possible takes a share within 1e-6 of a whole number of cases for that number
    assume(all(s in (0.0, 1.0) or abs(s * ask.n - round(s * ask.n)) > 1e-5 for s in (low, high)))
    shares = {"min_share": {1: low}, "max_share": {0: high}}
    one, zero = np.zeros_like(ask.value), np.zeros_like(ask.value)
    one[:, 1], zero[:, 0] = 1.0, 1.0
    best = ask.best(low=(one, low * ask.n, np.inf), high=(zero, -np.inf, high * ask.n))
    if best is None:
        with pytest.raises(Infeasible) as told:
            ask.plan(**shares)
        assert told.value.resource in {*ask.limit, "share of option 0", "share of option 1"}
        assert told.value.least > told.value.limit
        return
    plan = ask.plan(**shares)
    check(ask, plan)
    assert best <= plan.bound + 1e-6 * abs(ask.value).sum()
    assert np.mean(plan.choice == 1) >= low
    assert np.mean(plan.choice == 0) <= high


@quick
@given(seeds, st.floats(0.0, 0.3))
def test_parity_holds_at_the_returned_eps_which_is_the_asked_one_where_possible(
    seed: int, eps: float
) -> None:
    ask = Ask(seed, n=30)
    group = np.random.default_rng(seed).integers(0, 3, ask.n) * 7
    plan = ask.plan(parity=(group, [1, 2] if ask.k > 2 else [1], eps))
    check(ask, plan)
    given_one = np.isin(plan.choice, [1, 2] if ask.k > 2 else [1])
    share = [given_one[group == g].mean() for g in np.unique(group)]
    assert plan.parity_eps is not None
    assert max(share) - min(share) <= plan.parity_eps
    assert plan.parity_eps <= eps + 1e-12, "everybody may stop, so every eps is possible"


def test_parity_between_many_cases_costs_value_and_keeps_the_gap_small() -> None:
    rng = np.random.default_rng(1)
    n = 3000
    group = rng.integers(0, 4, n)
    value = rng.random((n, 3)) * (1 + group[:, None])
    value[:, 0] = 0.0
    free = allocate(value, {"m": {1: 1.0, 2: 1.0}}, {"m": n / 4})
    level = allocate(value, {"m": {1: 1.0, 2: 1.0}}, {"m": n / 4}, parity=(group, [1, 2], 0.02))
    share = [np.mean(level.choice[group == g] > 0) for g in range(4)]
    assert max(share) - min(share) <= level.parity_eps == pytest.approx(0.02)
    assert level.value < free.value
    assert level.gap < 1e-3


def test_ten_thousand_equal_cases_fill_the_limit_to_the_last_one() -> None:
    n = 10_000
    plan = allocate(np.ones((n, 5)) * [0, 1, 1, 1, 1], {"m": dict.fromkeys(range(1, 5), 0.1)}, {"m": 100.0})
    assert plan.value >= 999
    assert plan.usage["m"] <= 100.0
    assert plan.bound == pytest.approx(1000.0)
    plan = allocate(np.ones((n, 2)), {"m": {0: 1.0}, "s": {1: 1.0}}, {"m": n / 2, "s": n / 2})
    assert plan.usage == {"m": n / 2, "s": n / 2}


def test_a_limit_of_zero_forbids_and_its_price_says_what_the_first_unit_would_bring() -> None:
    plan = allocate([[0.0, 3.0], [0.0, 5.0]], {"m": {1: 2.0}}, {"m": 0})
    assert plan.choice.tolist() == [0, 0]
    assert plan.price["m"] == 2.5
    assert plan.bound == plan.value == plan.gap == 0.0


def test_no_case_no_limit_one_case_one_option() -> None:
    empty = allocate(np.zeros((0, 3)), {"m": {1: 1.0}}, {"m": 1.0})
    assert (empty.choice.shape, empty.value, empty.bound, empty.gap) == ((0,), 0.0, 0.0, 0.0)
    assert allocate([[1, 2, 3]], {}, {}).choice.tolist() == [2]
    assert allocate([[1.0], [2.0]], {"m": {0: [0.1, 0.2]}}, {"m": 0.1 + 0.2}).value == 3.0
    plan = allocate([[1.0, 2.0]], {"free": {1: 7.0}}, {"unused": 1.0, "free": np.inf})
    assert plan.usage == {"free": 7.0, "unused": 0.0}
    assert plan.price == {"free": 0.0, "unused": 0.0}


def test_hundreds_of_limits_are_all_kept_and_nearly_used_up() -> None:
    rng = np.random.default_rng(0)
    n, k = 6000, 21
    value = rng.random((n, k))
    value[:, 0] = 0.0
    slot, minutes = rng.integers(0, 6, n), rng.lognormal(0.0, 0.5, n)
    cost = {f"p{p}.slot{s}": {p: np.where(slot == s, minutes, 0)} for p in range(1, k) for s in range(6)}
    plan = allocate(value, cost, dict.fromkeys(cost, 15.0))
    assert plan.gap < 2e-2
    assert 14.0 < np.mean(list(plan.usage.values())) <= max(plan.usage.values()) <= 15.0


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("rows", ["limits", "shares", "parity"])
def test_thirty_thousand_cases_keep_every_promise_that_thirty_keep(kind: type, rows: str) -> None:
    rng, n, k = np.random.default_rng(7), 30_000, 8
    value = np.asfortranarray(rng.normal(0.3, 1.0, (n, k)).astype(kind))
    minutes = rng.lognormal(0.0, 0.8, (n, k)).astype(kind)
    allowed = rng.random((n, k)) < 0.9
    allowed[:, 0] = True
    cost = {f"r{r}": {o: minutes[:, o] for o in range(1, k) if o % 3 == r} for r in range(3)}
    limit = dict.fromkeys(cost, 0.15 * n)
    group, more = np.arange(n) % 5, {}
    if rows == "shares":
        more = {"min_share": {1: 0.2}, "max_share": {2: 0.05}}
    if rows == "parity":
        more = {"parity": (group, [1, 2], 0.01)}
    plan = allocate(value, cost, limit, allowed, **more)
    at = np.arange(n)
    assert allowed[at, plan.choice].all()
    for name, uses in cost.items():
        spent = np.concatenate([amount[plan.choice == o] for o, amount in uses.items()]).astype(np.float64)
        assert spent.sum() <= limit[name]
        assert plan.usage[name] == pytest.approx(spent.sum(), rel=1e-12)
    assert plan.value == pytest.approx(value[at, plan.choice].sum(dtype=np.float64), rel=1e-12)
    assert 0 <= plan.gap <= 1e-4
    share = np.bincount(plan.choice, minlength=k) / n
    if rows == "shares":
        assert share[1] >= 0.2
        assert share[2] <= 0.05
    if rows == "parity":
        given = np.bincount(group, np.isin(plan.choice, [1, 2])) / np.bincount(group)
        assert plan.parity_eps == 0.01
        assert given.max() - given.min() <= 0.01


def test_costs_are_read_where_they_lie_and_never_changed() -> None:
    rng, n = np.random.default_rng(8), 25_000
    value, minutes = rng.random((n, 3), np.float32), np.asfortranarray(rng.random((n, 3), np.float32))
    before = minutes.copy()
    one = allocate(value, {"m": {1: minutes[:, 1], 2: minutes[:, 2]}}, {"m": 2_000.0})
    two = allocate(value, {"m": {1: minutes[:, 1].tolist(), 2: minutes[::-1, 2][::-1]}}, {"m": 2_000.0})
    np.testing.assert_array_equal(minutes, before)
    assert one.value == pytest.approx(two.value, rel=1e-6)
