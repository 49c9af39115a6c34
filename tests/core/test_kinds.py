"""Several kinds of cases: labels, utility and belief of their own; agents, limits and prices shared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.across_kinds import joined_demand, learn_kinds, shared_demand, together
from mindshare.core.errors import MindshareError, ModelError
from mindshare.core.history import History
from mindshare.core.join_kinds import join_kinds
from mindshare.core.kinds import part_of, parts
from mindshare.core.learn import learn
from mindshare.core.live import open_cases, verdict
from mindshare.core.model import Model
from mindshare.core.pacing.demand import Demand
from mindshare.core.pacing.pacer import Pacer
from mindshare.core.plan import Policy
from mindshare.core.questions import ask_within
from mindshare.core.records import Answer, Budget, Case, Cost
from mindshare.testing import made_history


def two_kinds(cases: int = 260, seed: int = 40) -> History:
    """Tickets with three labels, half as many x-rays with two, about whose mistakes people care more; the same people."""
    tickets = made_history(cases, machines=2, people=3, asked=0.8, labels=3, seed=seed)
    worth = np.array([[1.0, -3.0], [0.0, 1.0]])
    xrays = made_history(cases // 2, machines=1, people=3, asked=0.8, labels=2, seed=seed + 1, utility=worth)
    xrays = replace(
        xrays,
        case_id=tuple(f"x{i}" for i in range(len(xrays))),
        agent_id=tuple(n.replace("bot_", "bot_x") for n in xrays.agent_id),
    )
    return join_kinds("two", {"ticket": tickets, "xray": xrays})


def before_people(history: History) -> History:
    """The same cases when only machines have answered."""
    a = history.answers
    kept = ~history.is_person[a.agent]
    columns = ("case", "agent", "label", "seconds", "confidence", "proba_row")
    indptr = np.concatenate([[0], np.cumsum(np.bincount(a.case[kept], minlength=len(history)))])
    return replace(history, answers=replace(a, indptr=indptr, **{c: getattr(a, c)[kept] for c in columns}))


@pytest.fixture(scope="module")
def both() -> History:
    return two_kinds()


@pytest.fixture(scope="module")
def models(both: History) -> dict[str, Model]:
    return learn_kinds(both)


def test_a_history_of_several_kinds_falls_into_histories_of_one(both: History) -> None:
    tickets = made_history(260, machines=2, people=3, asked=0.8, labels=3, seed=40)
    mine = part_of(both, "ticket")
    assert mine.team.labels == tickets.team.labels and mine.agent_id == tickets.agent_id
    for column in ("case", "agent", "label", "proba_row", "proba", "seconds"):
        np.testing.assert_array_equal(getattr(mine.answers, column), getattr(tickets.answers, column))
    np.testing.assert_array_equal(mine.truth, tickets.truth)
    assert set(mine.features.numeric) == set(tickets.features.numeric)
    assert "bot_x1" not in mine.agent_id, "who never answered a kind is not asked about it"


def test_each_part_is_placed_in_the_whole(both: History) -> None:
    for part in parts(both):
        label = both.answers.label[part.rows]
        own = np.where(label >= 0, label - part.first, -1)
        np.testing.assert_array_equal(own, part.history.answers.label)
        assert [both.case_id[i] for i in part.cases] == list(part.history.case_id)
        names = [both.agent_id[k] for k in both.answers.agent[part.rows]]
        assert names == [part.history.agent_id[k] for k in part.history.answers.agent]


def test_utility_is_that_of_each_kind(both: History) -> None:
    worth = both.team.utility_matrix()
    np.testing.assert_array_equal(worth[:3, :3], np.eye(3))
    np.testing.assert_array_equal(worth[3:, 3:], [[1.0, -3.0], [0.0, 1.0]])
    assert both.team.labels[0].startswith("ticket: ") and not both.team.is_accuracy


def test_each_kind_learns_what_it_would_learn_alone(both: History, models: dict[str, Model]) -> None:
    alone = learn(part_of(both, "xray"))
    assert models["xray"].question.utility_matrix()[0, 1] == -3
    np.testing.assert_array_equal(models["xray"].pool.theta, alone.pool.theta)
    assert "bot_1" not in [a.id for a in models["xray"].met]


def test_a_model_is_for_one_kind(both: History, models: dict[str, Model]) -> None:
    with pytest.raises(MindshareError, match="kinds \\(ticket, xray\\), and a model is for one"):
        learn(both)
    with pytest.raises(
        MindshareError, match="'x1' is of kind 'xray', and this model is for cases of kind 'ticket'"
    ):
        open_cases(models["ticket"], [Case(id="x1", kind="xray")])
    models["xray"].check_team(both.team)
    other = replace(both.team, questions=both.team.questions[:1])
    with pytest.raises(ModelError, match="learnt for cases of kind 'xray'"):
        models["xray"].check_team(other)


def test_kinds_share_one_pacer_case_by_case(both: History, models: dict[str, Model]) -> None:
    demands = {kind: model.demand for kind, model in models.items()}
    cases = {"ticket": 60.0, "xray": 30.0}
    pacer = Pacer({"human_answers": 15.0}, cases, demand=shared_demand(demands, cases))
    asked = {"ticket": 0, "xray": 0}
    for i in range(90):
        kind = "xray" if i % 3 == 2 else "ticket"
        pacer.arrive(kind)
        label = models[kind].team.labels[0]
        bot = "bot_x1" if kind == "xray" else "bot_1"
        said = Answer(case_id=str(i), agent_id=bot, label=label)
        opened = open_cases(models[kind], [Case(id=str(i), kind=kind)], [said])
        told = ask_within(opened, pacer)
        asked[kind] += told.allocation.agent_id is not None
        assert verdict(opened).label in models[kind].team.labels
    assert asked["ticket"] + asked["xray"] == pacer.used["human_answers"] <= 15
    assert pacer.used["human_answers"] >= 8, "what is left at the end was worth asking for"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0.01, 1.0), min_size=1, max_size=12),
    st.lists(st.floats(0.01, 1.0), min_size=1, max_size=12),
    st.floats(0.0, 1.0),
)
def test_the_price_of_joined_demand_lies_between_those_of_its_kinds(
    one: list[float], other: list[float], pace: float
) -> None:
    demands = [demand(one), demand(other)]
    joined = joined_demand(demands, [len(one), len(other)])
    assert joined.cases == len(one) + len(other)
    low, high = sorted(float(d.price(np.array([pace]))[0]) for d in demands)
    assert low <= float(joined.price(np.array([pace]))[0]) <= high


@settings(max_examples=60, deadline=None)
@given(st.floats(0.05, 20.0))
def test_kinds_stand_in_a_sample_as_their_cases_will_come(ratio: float) -> None:
    cheap, dear = demand([0.1] * 400), demand([0.9] * 400)
    joined = joined_demand([cheap, dear], [ratio * 100.0, 100.0])
    share = float((joined.worth == 0.1).sum() / len(joined.worth))
    assert abs(share - ratio / (1 + ratio)) < 0.02


def demand(prices: list[float]) -> Demand:
    """Of cases that are all worth one question, at these prices."""
    worth = np.sort(np.array(prices))[::-1].copy()
    return Demand.of(
        ("human_answers",), len(prices), np.arange(len(prices)), np.ones((len(prices), 1)), worth
    )


def test_one_plan_serves_all_kinds_within_one_limit(both: History) -> None:
    told = np.array([i % 4 != 0 for i in range(len(both))])
    policy = Policy(both.team).fit(both.take(np.flatnonzero(told)))
    opened = before_people(both.take(np.flatnonzero(~told)))
    plan = policy.plan(opened, Budget(limit={"human_answers": 9.0}))
    asked = [x for x in plan.allocations if x.agent_id is not None]
    assert 0 < len(asked) <= 9
    kinds = {x.case_id.startswith("x") for x in asked}
    assert kinds == {True, False}, "both kinds are worth asking about"
    for i, x in enumerate(plan.allocations):
        assert (
            x.agent_id is None
            or x.case_id.startswith("x") == (x.agent_id == "bot_x1")
            or x.agent_id.startswith("person")
        )
        assert plan.explain(i)


def test_a_plan_refuses_a_kind_that_the_history_has_none_of(both: History) -> None:
    assert both.kind is not None
    policy = Policy(both.team).fit(both.take(np.flatnonzero(both.kind.code == 0)))
    with pytest.raises(
        MindshareError,
        match="'x0' is of kind 'xray', of which the history has no case; it has ticket",
    ):
        policy.plan(both, Budget(limit={"human_answers": 9.0}))


def test_verdicts_of_one_kind_alone_keep_their_numbers_in_the_whole(
    both: History, models: dict[str, Model]
) -> None:
    assert both.kind is not None
    only = both.take(np.flatnonzero(both.kind.code == 1)[:20])
    (part,) = parts(only)
    model = models["xray"]
    stage = model.open(part.history)
    trace = together(len(only), [(part, model.path(stage, np.ones(len(only.answers))))])
    assert set(trace.start.tolist()) <= {3, 4} and set(trace.verdict.tolist()) <= {3, 4}


def test_a_pattern_of_one_kind_does_not_catch_agents_of_another() -> None:
    cheap = made_history(60, machines=1, people=1, seed=1, cost={"bot_*": {"cpu_s": Cost(fixed=1.0)}})
    dear = made_history(60, machines=1, people=1, seed=2, cost={"bot_*": {"cpu_s": Cost(fixed=9.0)}})
    dear = replace(
        dear,
        case_id=tuple(f"d{i}" for i in range(60)),
        agent_id=tuple(n.replace("bot_", "bot_d") for n in dear.agent_id),
    )
    joined = join_kinds("both", {"cheap": cheap, "dear": dear})
    alone = cheap.cost()["cpu_s"].sum() + dear.cost()["cpu_s"].sum()
    assert joined.cost()["cpu_s"].sum() == pytest.approx(alone)


def test_minutes_of_a_person_count_in_kinds_in_which_nobody_timed_them(both: History) -> None:
    a, untimed = both.answers, both.answers.seconds.copy()
    assert both.kind is not None
    untimed[both.kind.code[a.case] == 1] = np.nan
    history = replace(both, answers=replace(a, seconds=untimed))
    policy = Policy(history.team).fit(history)
    opened = before_people(history.take(np.flatnonzero(both.kind.code == 1)))
    plan = policy.plan(opened, Budget(limit={"people.minutes": 0.2}))
    people = [x for x in plan.allocations if (x.agent_id or "").startswith("person")]
    assert all(x.cost["people.minutes"] > 0 for x in people)
    assert 0 < plan.usage["people.minutes"] <= 0.2


def test_learning_goes_on_in_each_kind(both: History, models: dict[str, Model]) -> None:
    with pytest.raises(MindshareError, match="a model is for one"):
        learn(both, start=models["xray"])
    again = learn_kinds(both, start=models)
    assert set(again) == {"ticket", "xray"}
