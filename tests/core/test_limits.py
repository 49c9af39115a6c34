"""The rule within several limits: never over one, never a label read that was not paid for, prices that meet the limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.belief.holdout import Stage
from mindshare.core.belief.pooling import Pooling
from mindshare.core.cost import Speed, learn_speed
from mindshare.core.history import Features
from mindshare.core.kinds import whole
from mindshare.core.learn import Learned, learn_held_out
from mindshare.core.limits import OfKind, Rule, demand_within
from mindshare.core.pacing.replay import Spent
from mindshare.core.records import Agent, Cost
from mindshare.core.wants import INELASTIC, elasticity, prices_within
from mindshare.testing import made_history


def rule_of(learned: Learned, speed: Speed, limits: Mapping[str, float]) -> Rule:
    return Rule([OfKind(learned, speed, 1.0)], limits)


def run(rule: Rule, stage: Stage) -> tuple[Spent, np.ndarray]:
    return rule.run(stage.history, [(whole(stage.history), stage)], 0)


@pytest.fixture(scope="module")
def ruled() -> tuple[Learned, Stage, Speed]:
    """Machines that cost, one free machine, people with recorded seconds."""
    cost = {"bot_*": {"cpu_s": Cost(fixed=0.5), "net_mb": Cost(per=2.0, of="size")}}
    made = made_history(500, machines=3, people=2, asked=0.8, seed=21, cost=cost)
    free = Agent(id="bot_1", kind="machine")
    history = replace(made, team=replace(made.team, agents=(free, *made.team.agents)))
    past = history.take(np.arange(350))
    learned = learn_held_out(machines_always=False, how=Pooling(ridge=1.0), history=past)
    return learned, learned.model.open(history.take(np.arange(350, 500))), learn_speed(past)


amounts = st.sampled_from([0.0, 0.4, 3.0, 30.0, 1e6])


@settings(max_examples=12, deadline=None)
@given(amounts, amounts, amounts)
def test_the_rule_never_passes_a_limit_on_any_resource(
    ruled: tuple[Learned, Stage, Speed], cpu: float, minutes: float, answers: float
) -> None:
    learned, stage, speed = ruled
    limits = {"cpu_s": cpu, "people.minutes": minutes, "human_answers": answers, "net_mb": 20.0}
    rule = rule_of(learned, speed, limits)
    spent, _ = run(rule, stage)
    paid = np.flatnonzero(spent.asked)
    actual = stage.history.cost()
    for (name, limit), used in zip(limits.items(), spent.used, strict=True):
        assert used <= limit
        if name in actual:
            assert used <= actual[name][paid].sum() + 1e-4
    assert (stage.opened.person[paid] == 1).sum() <= answers
    assert (
        rule.asking(stage.history, [(whole(stage.history), stage)]).free[spent.known & ~spent.asked].all()
    ), "an answer was heard without being paid for"


def test_free_machines_always_speak_and_are_never_charged(ruled: tuple[Learned, Stage, Speed]) -> None:
    learned, stage, speed = ruled
    rule = rule_of(learned, speed, {"cpu_s": 0.0, "net_mb": 0.0, "human_answers": 0.0})
    spent, _ = run(rule, stage)
    first = stage.opened.rows.agent == 0
    assert spent.known[first].all()
    assert not spent.asked.any()
    assert (spent.used == 0).all()


def test_a_larger_limit_has_no_higher_price_and_what_it_allows_is_spent(
    ruled: tuple[Learned, Stage, Speed],
) -> None:
    learned, stage, speed = ruled
    n, last = len(stage.history), np.inf
    for limit in (0.05 * n, 0.15 * n, 100.0 * n):
        rule = rule_of(learned, speed, {"human_answers": limit})
        price = float(demand_within(rule, np.array([limit / n])).price(np.array([limit / n]))[0])
        assert 0 <= price <= last
        last = price
        used = float(run(rule, stage)[0].used[0])
        assert used <= limit
        assert used > 0.85 * limit - 1 or limit > n
    assert last == 0


def test_what_is_never_asked_is_never_read(ruled: tuple[Learned, Stage, Speed]) -> None:
    from mindshare.testing import relabelled

    learned, stage, speed = ruled
    rule = rule_of(learned, speed, {"cpu_s": 40.0, "people.minutes": 2.0})
    spent, _ = run(rule, stage)
    again, _ = run(rule, learned.model.open(relabelled(stage.history, ~spent.known, 0)))
    np.testing.assert_array_equal(again.row, spent.row)
    np.testing.assert_array_equal(again.known, spent.known)
    np.testing.assert_array_equal(again.used, spent.used)


def test_what_is_left_over_in_the_end_has_no_price(ruled: tuple[Learned, Stage, Speed]) -> None:
    learned, stage, speed = ruled
    n = len(stage.history)
    rule = rule_of(learned, speed, {"human_answers": 0.1 * n, "people.minutes": 1e6})
    spent, paid = run(rule, stage)
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


@pytest.fixture(scope="module")
def alike() -> tuple[Learned, Stage, Speed]:
    """No machine is free and nothing describes a case, so that all cases start alike; a better machine sends and works more."""
    made = made_history(1_500, machines=3, people=1, proba=True, seed=22)
    each = {"bot_1": (1.0, 1.0), "bot_2": (1.0, 4.0), "bot_3": (8.0, 4.0)}
    machines = tuple(
        Agent(id=name, kind="machine", cost={"cpu_s": Cost(fixed=cpu), "net_mb": Cost(fixed=net)})
        for name, (cpu, net) in each.items()
    )
    team = replace(made.team, agents=(*machines, *made.team.agents))
    history = replace(made, team=team, features=Features(), kind=None)
    past = history.take(np.arange(1_000))
    learned = learn_held_out(machines_always=False, how=Pooling(ridge=1.0), history=past)
    return learned, learned.model.open(history.take(np.arange(1_000, 1_500))), learn_speed(past)


@pytest.mark.parametrize(("cpu", "net"), [(2.0, 2.5), (1.2, 1.5), (0.6, 2.0), (3.0, 0.8)])
def test_where_all_cases_start_alike_what_runs_short_is_used_and_has_a_price(
    alike: tuple[Learned, Stage, Speed], cpu: float, net: float
) -> None:
    learned, stage, speed = alike
    n = len(stage.history)
    rule = rule_of(learned, speed, {"cpu_s": cpu * n, "net_mb": net * n, "human_answers": 0.05 * n})
    spent, paid = run(rule, stage)
    part = spent.used / np.array(list(rule.limits.values()))
    assert part.max() > 0.97
    left = np.array(list(rule.limits.values())) - spent.used
    assert (paid[left < 0.5] > 0).all(), "what is used up has a price"
    held = rule.held_out()
    price = prices_within(held, np.array(list(rule.limits.values())) / n)
    assert (price > 0).all()
    steep = elasticity(held, price)
    assert ((steep >= INELASTIC) & (steep <= 1.0)).all()
