"""A plan for open cases: what allocate chose, told one by one, within hard limits."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.errors import MindshareError
from mindshare.core.history import History
from mindshare.core.plan import OpenPlan, Policy, possible
from mindshare.core.records import Agent, Budget
from mindshare.testing import made_history, relabelled


@pytest.fixture(scope="module")
def pile() -> tuple[Policy, History]:
    """A policy, and 150 open cases: machines have answered, some people too, nobody knows the truth."""
    made = made_history(500, people=3, seed=31)
    last = replace(made, agent_id=(*made.agent_id, "person_new"), is_person=np.append(made.is_person, True))
    policy = Policy(last.team).fit(last.take(np.arange(350)))
    opened = last.take(np.arange(350, 500))
    a = opened.answers
    kept = ~opened.is_person[a.agent] | ((a.case % 3 == 0) & (a.agent == 3))
    return policy, unknown(rows_of(opened, kept))


def rows_of(history: History, kept: np.ndarray) -> History:
    a = history.answers
    columns = ("case", "agent", "label", "seconds", "confidence", "proba_row")
    indptr = np.concatenate([[0], np.cumsum(np.bincount(a.case[kept], minlength=len(history)))])
    return replace(history, answers=replace(a, indptr=indptr, **{c: getattr(a, c)[kept] for c in columns}))


def unknown(history: History) -> History:
    return replace(history, truth=np.full(len(history), -1, np.int32))


def planned(pile: tuple[Policy, History], **limit: float) -> OpenPlan:
    policy, opened = pile
    return policy.plan(
        opened, Budget(limit={name.replace("_of_", "."): amount for name, amount in limit.items()})
    )


@settings(max_examples=12, deadline=None)
@given(
    st.sampled_from([0.0, 0.05, 0.5, 5.0, 1e6]),
    st.sampled_from([0.0, 0.03, 1.0, 1e6]),
    st.sampled_from([0.0, 7.0, 1e6]),
)
def test_no_limit_is_passed_and_the_certificate_holds(
    pile: tuple[Policy, History], all_: float, one: float, answers: float
) -> None:
    limit = {"people.minutes": all_, "person_1.minutes": one, "human_answers": answers}
    plan = pile[0].plan(pile[1], Budget(limit=limit))
    used: dict[str, float] = dict.fromkeys(limit, 0.0)
    for allocation in plan.allocations:
        for name in limit:
            used[name] += allocation.cost.get(name, 0.0)
    for name, amount in limit.items():
        assert used[name] <= amount * (1 + 1e-6) + 1e-9
        assert plan.usage.get(name, 0.0) == pytest.approx(used[name], rel=1e-4, abs=1e-6)
    assert plan.violation <= 1e-9
    assert plan.bound >= plan.value - 1e-6
    assert sum(a.value for a in plan.allocations) == pytest.approx(plan.value, rel=1e-4, abs=1e-6)


def test_every_allocation_is_the_choice_of_allocate(pile: tuple[Policy, History]) -> None:
    plan, policy = planned(pile, people_of_minutes=0.6), pile[0]
    chosen = {a.case_id: a for a in plan.allocations}
    assert len(chosen) == len(plan.choice) == len(pile[1])
    for case, option in enumerate(plan.choice):
        a = chosen[pile[1].case_id[case]]
        assert a.agent_id == (None if option == 0 else policy.agent_id_[policy.active_[option - 1]])
        assert a.value == pytest.approx(float(plan.values[case, option]))
        price = sum(a.price.get(r, 0.0) * amount for r, amount in a.cost.items())
        assert a.net == pytest.approx(a.value - price, abs=1e-6)


def test_doing_begins_with_the_largest_net_and_ends_with_cases_left_alone(
    pile: tuple[Policy, History],
) -> None:
    allocations = list(planned(pile, people_of_minutes=0.6).allocations)
    asked = [a.agent_id is not None for a in allocations]
    assert asked == sorted(asked, reverse=True)
    nets = [a.net for a in allocations if a.agent_id is not None]
    assert nets == sorted(nets, reverse=True)
    assert 0 < len(nets) < len(allocations)


def test_who_has_answered_is_not_planned_again(pile: tuple[Policy, History]) -> None:
    opened, plan = pile[1], planned(pile, people_of_minutes=1e6)
    done = {
        (opened.case_id[c], opened.agent_id[k])
        for c, k in zip(opened.answers.case, opened.answers.agent, strict=True)
    }
    assert not done & {(a.case_id, a.agent_id) for a in plan.allocations}
    assert all(a.agent_id is None or a.agent_id.startswith("person") for a in plan.allocations)


def test_a_person_who_never_answered_is_not_planned(pile: tuple[Policy, History]) -> None:
    # nothing is known of them, not even whether they are still there
    assert "person_new" not in {a.agent_id for a in planned(pile, people_of_minutes=1e6).allocations}


def test_no_truth_is_needed_and_none_is_read(pile: tuple[Policy, History]) -> None:
    policy, opened = pile
    told = replace(opened, truth=np.random.default_rng(0).integers(0, 3, len(opened)).astype(np.int32))
    budget = Budget(limit={"people.minutes": 0.6})
    once, again = policy.plan(opened, budget), policy.plan(told, budget)
    np.testing.assert_array_equal(once.choice, again.choice)
    assert once.value == again.value


def test_a_limit_of_nothing_leaves_every_case_alone(pile: tuple[Policy, History]) -> None:
    plan = planned(pile, people_of_minutes=0.0)
    assert (plan.choice == 0).all()
    assert plan.value == 0
    assert plan.price["people.minutes"] >= 0


def test_a_mistyped_limit_is_refused_and_not_unlimited(pile: tuple[Policy, History]) -> None:
    with pytest.raises(
        MindshareError, match=r"Nobody uses 'people\.minute', .* Did you mean 'people\.minutes'\?"
    ):
        planned(pile, people_of_minute=10.0)


def test_more_minutes_never_bring_less(pile: tuple[Policy, History]) -> None:
    values = [planned(pile, people_of_minutes=m) for m in (0.0, 0.2, 0.8, 3.0, 100.0)]
    for few, many in itertools.pairwise(values):
        assert many.value >= few.value - few.gap * abs(few.bound) - 1e-9
        assert many.bound >= few.bound - many.gap * abs(many.bound) - 1e-9


def test_the_reason_holds_the_numbers_of_the_allocation(pile: tuple[Policy, History]) -> None:
    plan = planned(pile, people_of_minutes=0.6)
    reasons = [plan.explain(i) for i in range(len(plan.allocations))]
    for allocation, reason in zip(plan.allocations, reasons, strict=True):
        if allocation.agent_id is not None:
            assert allocation.agent_id in reason
            assert f"{allocation.value:.3f}" in reason
            assert f"{allocation.net:+.3f}" in reason
            for resource, amount in allocation.cost.items():
                assert f"{amount:.3g} {resource}" in reason
    assert any("stands" in r for r in reasons)
    assert any("No answer could be shown" in r for r in reasons)


def test_an_answer_that_uses_nothing_scarce_is_not_told_by_prices(pile: tuple[Policy, History]) -> None:
    plan = planned(pile, people_of_minutes=1e6)
    assert plan.price["people.minutes"] == 0 and not plan.used_up("people.minutes")
    reasons = [plan.explain(i) for i in range(len(plan.allocations))]
    assert not any("today" in reason for reason in reasons)
    assert any(reason.endswith("as nothing that it uses is scarce.") for reason in reasons)


def test_a_limit_is_used_up_when_no_more_is_left_than_one_answer_uses(pile: tuple[Policy, History]) -> None:
    plan = planned(pile, human_answers=3.0)
    assert plan.usage["human_answers"] == 3 and plan.used_up("human_answers")
    assert not planned(pile, human_answers=1e6).used_up("human_answers")


def test_a_case_left_alone_says_whether_its_answer_is_too_dear_or_does_not_fit(
    pile: tuple[Policy, History],
) -> None:
    plan = planned(pile, people_of_minutes=0.6)
    for i, allocation in enumerate(plan.allocations):
        case = int(plan.order[i])
        if allocation.agent_id is None and plan.values[case].max() > 0:
            crowded = bool(plan.crowded_out(np.array([case]))[0])
            assert ("does not fit into what is left" in plan.explain(i)) == crowded
            assert ("less than it costs today" in plan.explain(i)) != crowded
    free = replace(plan, certificate=replace(plan.certificate, price={"people.minutes": 0.0}))
    case = int(np.flatnonzero((plan.choice == 0) & (plan.values.max(axis=1) > 0))[0])
    assert "does not fit into what is left" in free.explain(int(np.flatnonzero(free.order == case)[0]))


def test_allocations_are_a_sequence(pile: tuple[Policy, History]) -> None:
    allocations = planned(pile, people_of_minutes=0.6).allocations
    assert allocations[0:3] == [allocations[0], allocations[1], allocations[2]]
    assert allocations[-1] == list(allocations)[-1]


def test_blocks_of_cases_make_no_difference(
    pile: tuple[Policy, History], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = planned(pile, people_of_minutes=0.6)
    monkeypatch.setattr("mindshare.core.plan.BLOCK_ROWS", 70)
    parts = planned(pile, people_of_minutes=0.6)
    np.testing.assert_array_equal(whole.values, parts.values)
    np.testing.assert_array_equal(whole.choice, parts.choice)


def test_a_possible_row_holds_nothing_but_what_was_answered(pile: tuple[Policy, History]) -> None:
    opened = pile[1]
    spread, known = possible(opened, np.arange(6))
    assert known.sum() == len(opened.answers)
    assert (spread.answers.label[~known] == -1).all()
    assert np.isnan(spread.answers.seconds[~known]).all()
    np.testing.assert_array_equal(spread.answers.label[known], opened.answers.label)
    again, _ = possible(relabelled(opened, np.ones(len(opened.answers), bool), 0), np.arange(6))
    np.testing.assert_array_equal(again.answers.agent, spread.answers.agent)


def test_open_cases_of_nobody_and_nothing_are_a_plan_too() -> None:
    made = made_history(150, machines=0, people=3, seed=32)
    policy = Policy(replace(made.team, agents=(Agent(id="*", kind="person"),))).fit(made)
    fresh = unknown(rows_of(made.take(np.arange(20)), np.zeros(60, bool)))
    plan = policy.plan(fresh, Budget(limit={"people.minutes": 0.2}))
    assert len(plan.allocations) == 20
    assert plan.usage["people.minutes"] <= 0.2
