"""Spending under several limits: the ledger is never passed, whatever the prices and however wrong the expectations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.belief.holdout import Stage
from mindshare.core.belief.pooling import Pooling
from mindshare.core.cost import Speed, learn_speed
from mindshare.core.learn import Learned, learn_held_out
from mindshare.core.records import Cost
from mindshare.core.rule import Rule
from mindshare.core.spend import Purse, Spent, pace, search_prices, spend
from mindshare.testing import made_history

ALL = np.inf


class World:
    """Made-up cases: rows, their worth, their expected and actual cost of several resources."""

    def __init__(self, seed: int, resources: int, surprise: bool = True) -> None:
        rng = np.random.default_rng(seed)
        count = rng.integers(0, 5, rng.integers(1, 25))
        self.case = np.repeat(np.arange(len(count)), count)
        size = (len(self.case), resources)
        self.expected = rng.exponential(1.0, size) * (rng.random(size) < 0.7)
        self.actual = self.expected * rng.lognormal(0, 0.7, size) if surprise else self.expected
        self.worth = rng.random(len(self.case)) - 0.2
        self.known = rng.random(len(self.case)) < 0.1

    def spend(self, limit: np.ndarray, prices: np.ndarray) -> Spent:
        purse = Purse(self.expected, self.actual, limit.astype(float))
        nothing = Spent.nothing(self.known, len(limit))
        return spend(self.case, nothing, ~self.known, lambda _, rows: self.worth[rows], purse, [prices])

    def pace(self, limit: np.ndarray, prices: np.ndarray, blocks: int) -> Spent:
        purse = Purse(self.expected, self.actual, limit.astype(float))
        nothing = Spent.nothing(self.known, len(limit))
        cases = np.array_split(np.arange(int(self.case.max(initial=-1)) + 1), blocks)
        return pace(self.case, nothing, ~self.known, lambda _, rows: self.worth[rows], purse, prices, cases)[
            0
        ]


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 10_000),
    st.lists(st.sampled_from([0.0, 0.3, 1.0, 5.0, 20.0, ALL]), min_size=1, max_size=4),
    st.floats(0, 0.5),
    st.sampled_from([0, 1, 3, 40]),
)
def test_no_limit_is_ever_passed_and_every_question_is_charged_once(
    seed: int, limits: list[float], price: float, blocks: int
) -> None:
    world, limit = World(seed, len(limits)), np.array(limits)
    prices = np.full(len(limits), price)
    spent = world.pace(limit, prices, blocks) if blocks else world.spend(limit, prices)
    assert (spent.used <= limit).all()
    assert len(np.unique(spent.row)) == len(spent.row)
    assert set(spent.row) == set(np.flatnonzero(spent.asked))
    assert not (spent.asked & world.known).any(), "what was known was paid for"
    # what was spent is what was asked costs, nothing else
    whole = world.actual[spent.known & ~world.known].sum(0)
    most = world.actual[spent.asked].sum(0)
    assert (spent.used >= whole - 1e-9).all()
    assert (spent.used <= most + 1e-9).all()


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.sampled_from([0.3, 1.0, 5.0]), min_size=1, max_size=3))
def test_a_question_that_ends_at_the_limit_gives_no_answer_and_uses_what_is_left(
    seed: int, limits: list[float]
) -> None:
    world, limit = World(seed, len(limits)), np.array(limits)
    spent = world.spend(limit, np.zeros(len(limits)))
    lost = spent.asked & ~spent.known
    assert (spent.known & ~world.known & ~spent.asked).sum() == 0, "an answer came without a question"
    if lost.any():
        assert (spent.used == limit).any()
    if not lost.any():
        np.testing.assert_allclose(spent.used, world.actual[spent.asked].sum(0), atol=1e-9)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 0.5))
def test_without_limits_all_that_is_worth_its_price_is_asked(seed: int, price: float) -> None:
    world = World(seed, 2)
    spent = world.spend(np.array([ALL, ALL]), np.full(2, price))
    worth_it = ~world.known & (world.worth - price * world.expected.sum(1) > 0)
    np.testing.assert_array_equal(spent.asked, worth_it)
    np.testing.assert_array_equal(spent.known, worth_it | world.known)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_at_a_limit_of_zero_only_what_costs_nothing_is_asked(seed: int) -> None:
    world = World(seed, 2, surprise=False)
    spent = world.spend(np.zeros(2), np.zeros(2))
    assert (world.expected[spent.asked] == 0).all()
    assert (spent.used == 0).all()


def test_the_best_net_is_served_first_when_not_all_fits() -> None:
    case, worth = np.arange(4), np.array([0.1, 0.4, 0.3, 0.2])
    purse = Purse(np.ones((4, 1)), np.ones((4, 1)), np.array([2.0]))
    nothing = np.zeros(4, bool)
    spent = spend(
        case, Spent.nothing(nothing, 1), ~nothing, lambda _, rows: worth[rows], purse, [np.zeros(1)]
    )
    np.testing.assert_array_equal(spent.row, [1, 2])


def test_prices_meet_the_limits_and_a_resource_with_room_keeps_price_zero() -> None:
    rng = np.random.default_rng(0)
    worth, cost = rng.random(4_000), rng.uniform(0.5, 2.0, (4_000, 2))

    def trial(price: np.ndarray) -> np.ndarray:
        return np.asarray(cost[worth > cost @ price].sum(0) / 4_000)

    price = search_prices(trial, np.array([0.2, 50.0]), np.full(2, 0.02))
    assert price[1] == 0
    assert price[0] > 0
    assert trial(price)[0] == pytest.approx(0.2, rel=0.05)
    assert (search_prices(trial, np.array([9.0, 9.0]), np.full(2, 0.02)) == 0).all()
    assert search_prices(trial, np.array([0.2, ALL]), np.full(2, 0.02)) == pytest.approx(price)


def test_at_a_limit_of_zero_the_price_rises_until_nobody_wants_any() -> None:
    worth = np.random.default_rng(1).random(1_000)

    def trial(price: np.ndarray) -> np.ndarray:
        return np.array([(worth > price[0]).mean()])

    price = search_prices(trial, np.zeros(1), np.full(1, 0.02))
    assert np.isfinite(price).all()
    assert price[0] >= worth.max()


@pytest.mark.parametrize("wrong", [0.1, 0.9, 1.1, 10.0])
def test_where_all_cases_start_alike_prices_found_elsewhere_are_mended_on_the_way(wrong: float) -> None:
    # a dear agent brings 0.8, a cheap one 0.6; the limit pays for the dear one on a fifth of the cases, and the price
    # at which all go from one to the other is 0.2 / 0.99
    n = 1_000
    case, worth = np.repeat(np.arange(n), 2), np.tile([0.8, 0.6], n)
    cost = np.tile([[1.0], [0.01]], (n, 1))
    nobody = np.zeros(2 * n, bool)
    purse = Purse(cost, cost, np.array([0.2 * n + 0.01 * 0.8 * n]))

    def once(known: np.ndarray, rows: np.ndarray) -> np.ndarray:
        asked_before = np.bincount(case[known], minlength=n) > 0
        return np.asarray(np.where(asked_before[case[rows]], 0.0, worth[rows]))

    blocks = np.array_split(np.arange(n), 20)
    price = np.array([wrong * 0.2 / 0.99])
    spent, _ = pace(case, Spent.nothing(nobody, 1), ~nobody, once, purse, price, blocks)
    best = 0.2 * n * 0.8 + 0.8 * n * 0.6
    assert worth[spent.row].sum() >= 0.85 * best


# -- the rule --------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def ruled() -> tuple[Learned, Stage, Speed]:
    """Machines that cost, one free machine, people with recorded seconds."""
    cost = {"bot_*": {"cpu_s": Cost(fixed=0.5), "net_mb": Cost(per=2.0, of="size")}}
    made = made_history(500, machines=3, people=2, asked=0.8, seed=21, cost=cost)
    from mindshare.core.records import Agent

    free = Agent(id="bot_1", kind="machine")
    history = replace(made, team=replace(made.team, agents=(free, *made.team.agents)))
    past = history.take(np.arange(350))
    learned = learn_held_out(machines_always=False, how=Pooling(ridge=1.0), history=past)
    return learned, learned.model.open(history.take(np.arange(350, 500))), learn_speed(past)


amounts = st.sampled_from([0.0, 0.4, 3.0, 30.0, 1e6])


@settings(max_examples=12, deadline=None)
@given(amounts, amounts, amounts, st.sampled_from([0.0, 0.02, 0.3]))
def test_the_rule_never_passes_a_limit_on_any_resource(
    ruled: tuple[Learned, Stage, Speed], cpu: float, minutes: float, answers: float, price: float
) -> None:
    learned, stage, speed = ruled
    limits = {"cpu_s": cpu, "people.minutes": minutes, "human_answers": answers, "net_mb": 20.0}
    rule = Rule(learned, speed, limits, len(stage.history))
    spent, _ = rule.run(stage, np.full(4, price))
    paid = np.flatnonzero(spent.asked)
    actual = stage.history.cost()
    for (name, limit), used in zip(limits.items(), spent.used, strict=True):
        assert used <= limit
        if name in actual:
            assert used <= actual[name][paid].sum() + 1e-4
    assert (stage.opened.person[paid] == 1).sum() <= answers
    assert rule.free(stage)[spent.known & ~spent.asked].all(), "an answer was heard without being paid for"


def test_free_machines_always_speak_and_are_never_charged(ruled: tuple[Learned, Stage, Speed]) -> None:
    learned, stage, speed = ruled
    rule = Rule(learned, speed, {"cpu_s": 0.0, "net_mb": 0.0, "human_answers": 0.0}, len(stage.history))
    spent, _ = rule.run(stage, np.zeros(3))
    first = stage.opened.rows.agent == 0
    assert spent.known[first].all()
    assert not spent.asked.any()
    assert (spent.used == 0).all()


def test_prices_of_the_rule_spend_about_the_limit_and_rise_as_it_falls(
    ruled: tuple[Learned, Stage, Speed],
) -> None:
    learned, stage, speed = ruled
    n = len(stage.history)
    last = np.inf
    for limit in (0.05 * n, 0.15 * n, 100.0 * n):
        rule = Rule(learned, speed, {"human_answers": limit}, n)
        price = rule.prices()
        assert 0 <= price[0] <= last
        last = price[0]
        assert rule.run(stage, price)[0].used[0] <= limit
    assert last == 0


def test_what_is_never_asked_is_never_read(ruled: tuple[Learned, Stage, Speed]) -> None:
    from mindshare.testing import relabelled

    learned, stage, speed = ruled
    rule = Rule(learned, speed, {"cpu_s": 40.0, "people.minutes": 2.0}, len(stage.history))
    spent, _ = rule.run(stage, np.array([0.01, 0.1]))
    again, _ = rule.run(learned.model.open(relabelled(stage.history, ~spent.known, 0)), np.array([0.01, 0.1]))
    np.testing.assert_array_equal(again.row, spent.row)
    np.testing.assert_array_equal(again.known, spent.known)
    np.testing.assert_array_equal(again.used, spent.used)


def test_what_is_left_over_in_the_end_has_no_price(ruled: tuple[Learned, Stage, Speed]) -> None:
    learned, stage, speed = ruled
    n = len(stage.history)
    rule = Rule(learned, speed, {"human_answers": 0.1 * n, "people.minutes": 1e6}, n)
    spent, paid = rule.run(stage, np.array([0.05, 0.05]))
    assert spent.used[0] > 0.1 * n - 1
    assert paid[0] > 0
    assert paid[1] == 0


def test_what_a_first_machine_is_promised_to_bring_is_what_it_brought() -> None:
    # probabilities tell more than the likeliest label, which is all that is foreseen
    history = made_history(1_500, machines=3, people=1, proba=True, seed=22)
    learned = learn_held_out(
        machines_always=False, how=Pooling(ridge=1.0), history=history.take(np.arange(1_000))
    )
    stage = learned.model.open(history.take(np.arange(1_000, 1_500)))
    nobody = np.zeros(len(stage.opened.person), bool)
    before = (learned.model.verdicts(stage, nobody) == stage.history.truth).mean()
    for k in range(3):
        rows = np.flatnonzero(stage.opened.rows.agent == k)
        known = nobody.copy()
        known[rows] = True
        brought = (learned.model.verdicts(stage, known) == stage.history.truth).mean() - before
        assert (
            abs(learned.model.worth(stage, nobody, rows).mean() - brought) < 0.12
        )  # four standard errors of 500 cases
