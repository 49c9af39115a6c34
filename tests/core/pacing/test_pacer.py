"""Promises of a stream's prices and ledger."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.allocation.allocate import allocate
from mindshare.core.errors import MindshareError, OverBudget
from mindshare.core.pacing.arrivals import Clocked
from mindshare.core.pacing.decision import Decision
from mindshare.core.pacing.pacer import Pacer

NAMES = ("ana.minutes", "cpu_s", "mem_mb")  # a flow that comes back, one that does not, a stock


def case(rng: np.random.Generator, options: int) -> tuple[np.ndarray, np.ndarray]:
    value, use = rng.normal(0.3, 1.0, options), rng.lognormal(0.0, 1.0, (options, 3))
    use *= rng.random((options, 3)) < 0.6
    value[0], use[0] = 0.0, 0.0
    return value, use


class Books:
    """What a stream spent, counted apart from the ledger under test."""

    def __init__(self, limit: np.ndarray, period: float) -> None:
        self.most, self.period = limit.copy(), period
        self.spent, self.round = np.zeros(3), 0

    def at(self, now: float) -> None:
        if int(now // self.period) > self.round:
            self.round, self.spent[0] = int(now // self.period), 0.0

    def holds(self) -> bool:
        return bool((self.spent <= np.maximum(self.most, 0) * (1 + 1e-12) + 1e-12).all())


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 10**6))
def test_no_stream_ever_passes_a_limit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, period = int(rng.integers(1, 40)), float(rng.choice([3.0, 10.0, 1e3]))
    limit = rng.choice([0.0, 0.5, 3.0, 20.0], 3)
    cases: Any = max(1, n + int(rng.integers(-5, 6)))
    if rng.random() < 0.5:
        cases = {"": Clocked(rng.random(4) + 0.1, 20.0, end=40.0), "rush": 5.0}
    pacer = Pacer(
        dict(zip(NAMES, limit, strict=True)),
        cases,
        {name: float(rng.random()) for name in NAMES if rng.random() < 0.7},
        period_s={"ana.minutes": period},
    )
    books = Books(limit, period)
    open_: list[tuple[Decision, int]] = []
    for now in np.sort(40 * rng.random(n)).tolist():
        books.at(now)
        value, use = case(rng, int(rng.integers(1, 5)))
        kind = "rush" if isinstance(cases, dict) and rng.random() < 0.2 else ""
        pacer.arrive(kind, now)
        told = pacer.decide(value, use)
        np.testing.assert_array_equal(told.use, use[told.option])
        assert told.net >= 0, "stopping was worth more"
        assert told.net == pytest.approx(told.value - told.price @ told.use)
        books.spent += told.use
        open_.append((told, books.round))
        if rng.random() < 0.4:  # the answer took longer or less than expected; what is over ends at the limit
            done, begun = open_.pop(int(rng.integers(len(open_))))
            spent = done.use[:2] * rng.exponential(1.0, 2)
            before = pacer.left
            pacer.settle(done, {"ana.minutes": spent[0], "cpu_s": spent[1]})
            paid = np.array([before[name] - pacer.left[name] for name in NAMES[:2]])
            assert (paid <= np.maximum(spent - done.use[:2], 0) + 1e-12).all() or (spent < done.use[:2]).any()
            if begun != books.round:
                assert paid[0] >= -1e-12, "a period that is over gives nothing back to the next"
            books.spent[:2] += paid
            if done.use[2] > 0:
                pacer.release(done)
                books.spent[2] = max(books.spent[2] - done.use[2], 0.0)
        if rng.random() < 0.1:
            r = int(rng.integers(3))
            new = float(rng.choice([0.0, 1.0, 30.0]))
            pacer.change({NAMES[r]: new})
            books.most[r] = (
                new if new >= books.spent[r] else books.spent[r]
            )  # what is spent is spent; nothing may be added
        assert books.holds()
        assert all(price >= 0 for price in pacer.price.values())


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 10**6))
def test_as_many_mandatory_cases_as_were_told_are_always_served(seed: int) -> None:
    rng = np.random.default_rng(seed)
    needed, others, most = int(rng.integers(0, 12)), int(rng.integers(0, 40)), float(rng.choice([0.5, 2.0]))
    limit = {"ana.minutes": most * needed * float(rng.uniform(1.0, 3.0)) + 1e-9, "ben.minutes": 5.0}
    told = max(1, needed)
    pacer = Pacer(limit, {"": 10.0, "must": told}, {}, mandatory={"must": {"ana.minutes": most}})
    order = rng.permutation(np.arange(needed + others) < needed)
    for must in order.tolist():
        use = np.zeros((3, 2))
        use[1, 0], use[2, 1] = rng.uniform(0.0, most), rng.exponential(3.0)
        pacer.arrive("must" if must else "")
        got = pacer.decide([0.0, *rng.normal(0.5, 1.0, 2)], use)
        assert got.option > 0 or not must, "a mandatory case was stopped"


def test_what_mandatory_cases_use_is_learnt_where_nobody_told_it() -> None:
    rng = np.random.default_rng(0)
    pacer = Pacer(
        {"ana.minutes": 300.0}, {"": 1_000, "must": 100}, {"ana.minutes": 0.05}, mandatory={"must": {}}
    )
    kinds, refused = rng.permutation([""] * 1_000 + ["must"] * 100), 0
    for kind in kinds.tolist():
        minutes = rng.lognormal(0, 0.3)
        pacer.arrive(kind)
        told = pacer.decide([0.0, 1.0 + rng.random()], [[0.0], [minutes]])
        refused += told.refused > 0
        assert kind != "must" or told.option == 1
    assert refused > 0, "the test asks for more than there is"


def test_a_mandatory_case_that_does_not_fit_is_told_with_what_is_left_and_spends_nothing() -> None:
    pacer = Pacer({"ana.minutes": 1.0}, {"must": 3}, {}, mandatory={"must": {}})
    pacer.arrive("must")
    with pytest.raises(OverBudget, match=r"kind 'must' must be served.*ana.minutes \(1 left\)"):
        pacer.decide([0.0, 1.0], [[0.0], [2.0]])
    assert pacer.left == {"ana.minutes": 1.0}


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


def once(pacer: Pacer, value: Any, use: Any, kind: str = "", now: float | None = None) -> Decision:
    """One case, one decision."""
    pacer.arrive(kind, now)
    return pacer.decide(value, use)


def won(pacer: Pacer, value: np.ndarray, use: np.ndarray) -> float:
    return sum(once(pacer, v, u).value for v, u in zip(value, use, strict=True))


def test_a_stream_that_is_like_the_old_cases_loses_little_against_hindsight() -> None:
    n = 10_000
    limit = {"r0": 0.2 * n, "r1": 0.1 * n}
    value, use = stream(n, 1)
    _, price = best(*stream(2_000, 2), {name: 0.2 * amount for name, amount in limit.items()})
    bound, _ = best(value, use, limit)
    assert won(Pacer(limit, n, price), value, use) >= 0.995 * bound
    assert won(Pacer(limit, n, {}), value, use) >= 0.95 * bound, "prices are learnt from nothing too"


def test_a_limit_that_comes_back_every_day_is_spent_every_day() -> None:
    n, days = 1_000, 10
    value, use = stream(n * days, 5)
    limit = {"r0": 0.2 * n, "r1": 0.1 * n}
    arrivals = Clocked([n], 1.0, end=float(days))
    pacer = Pacer(limit, arrivals, {"r0": 0.3, "r1": 0.3}, period_s={"r0": 1.0, "r1": 1.0})
    spent, each = np.zeros((days, 2)), []
    for i in range(n * days):
        told = once(pacer, value[i], use[i], now=i / n)
        spent[i // n] += told.use
        each.append(told.value)
    assert (spent <= [limit["r0"], limit["r1"]]).all()
    assert (spent[1:] >= [0.97 * limit["r0"], 0.97 * limit["r1"]]).all()
    bounds = [best(value[d * n : (d + 1) * n], use[d * n : (d + 1) * n], limit)[0] for d in range(days)]
    assert sum(each) >= 0.98 * sum(bounds)


def test_a_load_that_doubles_untold_is_noticed_by_the_clock() -> None:
    n = 10_000
    limit = {"r0": 0.2 * n, "r1": 0.1 * n}
    value, use = stream(3 * n // 2, 6)
    at = np.concatenate([np.arange(n // 2) / n, 0.5 + np.arange(n) / (2 * n)])
    price = best(*stream(2_000, 2), {"r0": 400.0, "r1": 200.0})[1]
    half = {name: amount / 2 for name, amount in limit.items()}
    knowable = sum(best(value[part], use[part], half)[0] for part in (slice(0, n // 2), slice(n // 2, None)))
    pacer, total = Pacer(limit, Clocked([n], 1.0), price), 0.0
    for v, u, now in zip(value, use, at.tolist(), strict=True):
        total += once(pacer, v, u, now=now).value
    assert total >= 0.985 * knowable


def test_kinds_share_one_pool_at_one_price_and_each_keeps_its_part() -> None:
    """Cases that use much come in the evening: in the morning the others do not eat their part."""
    n, rng = 4_000, np.random.default_rng(7)
    value, use = stream(n, 8)
    late = np.arange(n) >= n // 2
    use[late] *= 4
    value[late] *= 4
    limit = {"r0": 0.3 * n, "r1": 0.15 * n}
    old = rng.permutation(n)[: n // 2]
    price = best(value[old], use[old], {name: amount / 2 for name, amount in limit.items()})[1]
    cases = {"small": Clocked([n / 2, 1e-9], 1.0), "large": Clocked([1e-9, n / 2], 1.0)}
    each = {"r0": 0.12, "r1": 0.06}
    usual = {"small": each, "large": {name: 4 * amount for name, amount in each.items()}}
    pacer, total = Pacer(limit, cases, price, usual=usual), 0.0
    for i in range(n):
        total += once(pacer, value[i], use[i], kind="large" if late[i] else "small", now=i / n).value
    plain = won(Pacer(limit, n, price), value, use)
    assert total >= 0.97 * best(value, use, limit)[0]
    assert total >= plain


def test_a_stock_is_held_to_its_limit_and_dear_when_it_is_full() -> None:
    rng, held = np.random.default_rng(9), []
    pacer, busy = Pacer({"mem_mb": 100.0}, 5_000, {}), []
    for i in range(5_000):
        told = once(pacer, [0.0, rng.random()], [[0.0], [rng.uniform(5, 15)]])
        if told.option:
            busy.append((i + rng.exponential(40.0), told))
        for done in [b for b in busy if b[0] <= i]:
            pacer.release(done[1])
            busy.remove(done)
        held.append(100.0 - pacer.left["mem_mb"])
        assert held[-1] <= 100.0
    assert np.mean(held[500:]) > 70.0
    assert pacer.price["mem_mb"] > 0.01, "more is wanted than fits"
    with pytest.raises(MindshareError, match="holds nothing"):
        pacer.release(told._replace(number=10**9))


def test_prices_rise_when_spending_is_faster_than_the_pace_and_fall_when_it_is_slower() -> None:
    value, use = stream(200, 3)
    fast = Pacer({"r0": 5.0, "r1": 5.0}, 200, {"r0": 0.1, "r1": 0.1})
    won(fast, value[:20], use[:20])
    assert fast.price["r0"] > 0.1
    slow = Pacer({"r0": 1e6, "r1": 1e6}, 200, {"r0": 0.1, "r1": 0.1})
    won(slow, value, use)
    assert slow.price["r0"] < 0.1


def test_a_limit_that_is_lowered_below_what_is_spent_stops_that_resource_at_once() -> None:
    pacer = Pacer({"minutes": 10.0}, 10, {"minutes": 0.0})
    assert once(pacer, [0.0, 1.0], [[0.0], [4.0]]).option == 1
    pacer.change({"minutes": 3.0})
    stopped = once(pacer, [0.0, 1.0], [[0.0], [0.1]])
    assert (stopped.option, stopped.refused) == (0, 1)
    pacer.change({"minutes": 5.0}, cases=5)
    assert once(pacer, [0.0, 1.0], [[0.0], [0.1]]).option == 1


def test_a_limit_that_is_halved_in_mid_stream_raises_prices_with_the_very_next_case() -> None:
    value, use = stream(400, 3)
    pacer = Pacer({"r0": 80.0, "r1": 40.0}, 400, {"r0": 0.4, "r1": 0.4})
    won(pacer, value[:200], use[:200])
    before = pacer.price["r0"]
    pacer.change({"r0": 80.0 - 0.5 * pacer.left["r0"]})
    once(pacer, value[200], use[200])
    assert pacer.price["r0"] > 1.2 * before


def test_the_same_stream_gives_the_same_decisions() -> None:
    value, use = stream(500, 4)
    runs = []
    for _ in range(2):
        pacer = Pacer({"r0": 60.0, "r1": 30.0}, 500, {"r0": 0.3, "r1": 0.3})
        runs.append([once(pacer, v, u).option for v, u in zip(value, use, strict=True)])
    assert runs[0] == runs[1]


def test_a_decision_is_told_in_one_sentence_that_can_be_checked() -> None:
    pacer = Pacer({"ana.minutes": 3.0}, 10, {"ana.minutes": 0.1})
    told = once(pacer, [0.0, 0.9, 0.95], [[0.0], [2.0], [4.0]])
    words = pacer.explain(told, ("stop", "ana", "ana, at length"))
    assert words.startswith("ana is worth 0.900 and uses 2 ana.minutes at 0.1")
    assert f"net {told.value - told.price @ told.use:+.3f}" in words
    assert "Next: stop, net +0.000." in words


def test_what_makes_no_sense_gets_one_sentence_and_changes_nothing() -> None:
    pacer = Pacer({"minutes": 1.0}, 10, {})
    with pytest.raises(MindshareError, match="no limit on 'minute'; limits are on minutes"):
        pacer.change({"minute": 2.0})
    with pytest.raises(MindshareError, match="no limit on 'hours'"):
        Pacer({"minutes": 1.0}, 10, {"hours": 0.1, "cpu_s": 0.0})
    with pytest.raises(ValueError, match="must be a finite number >= 0"):
        Pacer({"minutes": -1.0}, 10, {})
    with pytest.raises(ValueError, match="cases must be a finite number > 0"):
        Pacer({"minutes": 1.0}, 0, {})
    with pytest.raises(ValueError, match=r"use \(K, 1\)"):
        once(pacer, [0.0, 1.0], [[0.0, 0.0], [1.0, 0.0]])
    with pytest.raises(ValueError, match="the stop, must use nothing"):
        once(pacer, [0.0, 1.0], [[1.0], [1.0]])
    with pytest.raises(ValueError, match="value must be finite"):
        once(pacer, [0.0, np.nan], [[0.0], [1.0]])
    with pytest.raises(MindshareError, match="No cases of kind 'rush' are expected"):
        once(pacer, [0.0], [[0.0]], kind="rush")
    with pytest.raises(ValueError, match="now must be given: some limits come back with time"):
        once(Pacer({"m": 1.0}, 5, {}, period_s={"m": 60.0}), [0.0], [[0.0]])
    once(pacer, [0.0], [[0.0]], now=5.0)
    with pytest.raises(ValueError, match="never falls"):
        once(pacer, [0.0], [[0.0]], now=4.0)
    with pytest.raises(ValueError, match="'mem_mb' is held and released"):
        Pacer({"mem_mb": 1.0}, 5, {}, period_s={"mem_mb": 60.0})
    with pytest.raises(ValueError, match="cases come for ever: give it a period"):
        once(Pacer({"m": 1.0}, Clocked([5], 1.0, end=np.inf), {}), [0.0], [[0.0]], now=0.0)
    assert pacer.left == {"minutes": 1.0}
