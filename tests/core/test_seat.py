"""A person alone and a person shown what machines say are two agents of which one is asked: each learnt apart, counted as one person."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from mindshare.core.asking.value import indices, values
from mindshare.core.belief.pooling import Pooling
from mindshare.core.history import Answers, History
from mindshare.core.learn import learn, learn_held_out
from mindshare.core.live import OpenCases, hear, open_cases
from mindshare.core.model import Model
from mindshare.core.policies.known import traces
from mindshare.core.questions import cost_of, next_question, values_of
from mindshare.core.records import Agent, Answer, Case, Outcome
from mindshare.core.seat import is_shown, other_seats, person_of, shown_seat
from mindshare.core.update import after
from mindshare.histories.backtest import backtest
from mindshare.testing import made_history

PEOPLE = 6


def seated(history: History, shown: np.ndarray) -> History:
    """The history, had people seen what machines say in the rows `shown` (M,)."""
    a, k = history.answers, len(history.agent_id)
    moved = np.where(shown & history.is_person[a.agent], a.agent + k, a.agent)
    order = np.lexsort((moved, a.case))
    columns = ("case", "label", "seconds", "confidence", "proba_row")
    said = {name: getattr(a, name)[order] for name in columns}
    told = Answers(indptr=a.indptr, agent=moved[order].astype(np.int32), proba=a.proba, **said)
    met = np.unique(told.agent)
    names = np.array([*history.agent_id, *map(shown_seat, history.agent_id)])[met]
    told = replace(told, agent=np.searchsorted(met, told.agent).astype(np.int32))
    person = np.tile(history.is_person, 2)[met]
    return replace(history, agent_id=tuple(names.tolist()), is_person=person, answers=told)


def in_both_seats(history: History) -> History:
    """The history, had each person who answered a case also answered it when shown what machines say."""
    a, k = history.answers, len(history.agent_id)
    again = np.flatnonzero(history.is_person[a.agent])
    row, agent = np.concatenate([np.arange(len(a)), again]), np.concatenate([a.agent, a.agent[again] + k])
    order = np.lexsort((agent, a.case[row]))
    row, agent = row[order], agent[order]
    said = {name: getattr(a, name)[row] for name in ("case", "label", "seconds", "confidence", "proba_row")}
    met = np.unique(agent)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(a.case[row], minlength=len(history)))])
    told = Answers(indptr=indptr, agent=np.searchsorted(met, agent).astype(np.int32), proba=a.proba, **said)
    names = np.array([*history.agent_id, *map(shown_seat, history.agent_id)])[met]
    person = np.tile(history.is_person, 2)[met]
    return replace(history, agent_id=tuple(names.tolist()), is_person=person, answers=told)


@cache
def learnt(labels: int = 3) -> tuple[History, Model]:
    """A made history in which people were shown what machines say on every other case, and its model."""
    made = made_history(n=400, machines=2, people=PEOPLE, labels=labels, seed=4, asked=0.5)
    history = seated(made, made.answers.case % 2 == 0)
    return history, learn(history, seed=1)


def opened_by(team: list[str], n: int = 12) -> OpenCases:
    history, model = learnt()
    agents = tuple(
        structs.replace(a, id=name) for name in team if (a := history.team.agent(name)) is not None
    )
    rng = np.random.default_rng(0)
    cases = [Case(id=f"c{i}", features={"size": float(rng.random()), "fog": "fog"}) for i in range(n)]
    told = [
        Answer(case_id=c.id, agent_id=a.id, label=f"label_{rng.integers(3)}")
        for c in cases
        for a in agents
        if a.kind == "machine"
    ]
    return open_cases(model, cases, told, agents)


def names(kind: str = "person", *, shown: bool = False) -> list[str]:
    history, _ = learnt()
    whose = history.is_person if kind == "person" else ~history.is_person
    return [a for a, mine in zip(history.agent_id, whose, strict=True) if mine and is_shown(a) == shown]


def index_of(opened: OpenCases, agent: str) -> np.ndarray:
    """(N,) what looking ahead makes of asking this agent on each case."""
    k = len(opened.team)
    rows = np.arange(len(opened.cases)) * k + opened.seats.place[agent]
    model = opened.model
    return indices(opened.opened, opened.known, rows, model.channel, model.asking.utility)


def test_a_seat_knows_whose_it_is_and_the_other_seat_of_the_same_person():
    assert person_of(shown_seat("ana")) == "ana" == person_of("ana")
    assert is_shown(shown_seat("ana")) and not is_shown("ana")
    assert other_seats(["ana", "bot"]) is None
    assert other_seats(["ana", "bot+shown"]) is None
    told = other_seats(["bot", "ben+shown", "ana", "ben", "ana+shown"])
    assert told is not None and told.tolist() == [-1, 3, 4, 1, 2]


@settings(max_examples=20, deadline=None)
@given(heard=st.sets(st.integers(0, PEOPLE - 1), max_size=4), seed=st.integers(0, 99))
def test_a_person_with_two_seats_is_worth_what_he_or_she_is_worth_with_one(heard, seed):
    """The trap is a second answer from the other seat: whoever is asked would count on himself or herself to follow."""
    machines, alone, shown = names("machine"), names(), names(shown=True)
    rng = np.random.default_rng(seed)
    sits = [bool(b) for b in rng.integers(2, size=PEOPLE)]
    said = [
        Answer(case_id=f"c{i}", agent_id=(shown if sits[p] else alone)[p], label=f"label_{rng.integers(3)}")
        for i in range(12)
        for p in heard
    ]
    spoke = {a.agent_id for a in said}
    both = hear(opened_by([*machines, *alone, *shown]), said)
    for p in set(range(PEOPLE)) - heard:
        for mine in (alone[p], shown[p]):
            one = [mine if q == p else (shown[q] if shown[q] in spoke else alone[q]) for q in range(PEOPLE)]
            single = hear(opened_by([*machines, *one]), said)
            assert np.allclose(index_of(both, mine), index_of(single, mine), rtol=1e-9), (mine, p)


def test_whoever_has_answered_in_one_seat_is_worth_nothing_in_the_other():
    machines, alone, shown = names("machine"), names(), names(shown=True)
    opened = opened_by([*machines, *alone, *shown])
    first = shown[0]
    heard = hear(opened, [Answer(case_id=f"c{i}", agent_id=first, label="label_1") for i in range(12)])
    k = len(heard.team)
    rows = np.arange(12) * k + heard.seats.place[alone[0]]
    assert (values_of(opened, rows) > 0).any()
    assert not values_of(heard, rows).any()
    model = heard.model
    assert not values(heard.opened, heard.known, rows, model.channel, model.asking.utility).any()
    for i in range(12):
        told = next_question(heard, {}, f"c{i}")
        assert told.agent_id is None or person_of(told.agent_id) != alone[0]


def test_in_a_history_with_both_answers_of_a_person_one_of_them_is_bought():
    """People who answer first alone and then shown: a backtest asks each of them once a case."""
    made = made_history(n=200, machines=2, people=3, seed=2)
    a = made.answers
    twice = np.repeat(np.arange(len(a)), np.where(made.is_person[a.agent], 2, 1))
    second = np.append(twice[1:] == twice[:-1], False)
    doubled = replace(
        made,
        answers=Answers(
            indptr=np.searchsorted(a.case[twice], np.arange(len(made) + 1)).astype(np.int64),
            proba=a.proba,
            **{
                c: getattr(a, c)[twice]
                for c in ("case", "agent", "label", "seconds", "confidence", "proba_row")
            },
        ),
    )
    history = seated(doubled, second)
    model = learn(history.take(np.arange(120)), seed=0)
    stage = model.open(history.take(np.arange(120, 200)))
    path = model.path(stage, np.ones(len(stage.history.answers)))
    who = [person_of(history.agent_id[k]) for k in stage.history.answers.agent[path.row]]
    asked = list(zip(path.case.tolist(), who, strict=True))
    assert len(asked) > 20 and len(set(asked)) == len(asked)
    assert any(is_shown(history.agent_id[k]) for k in stage.history.answers.agent[path.row])


def test_of_a_seat_nobody_has_seen_the_person_alone_is_known():
    """Its numbers are hers to the bit, and what is said there does not count as said by her alone."""
    made = made_history(n=300, machines=2, people=3, seed=1)
    model = learn(made, seed=0)
    alone, new = "person_2", shown_seat("person_2")
    team = (*model.met, Agent(id=new, kind="person"))
    case = Case(id="c", features={"size": 0.4, "fog": "fog"})
    machines = [Answer(case_id="c", agent_id=a.id, label=f"label_{j}") for j, a in enumerate(model.met[:2])]
    opened = open_cases(model, [case], machines, team)
    worth = values_of(opened, np.array([opened.seats.place[alone], opened.seats.place[new]]))
    assert worth[0] == worth[1]
    costs = [cost_of(opened, 0, a) for a in team if person_of(a.id) == alone]
    assert costs[0] == costs[1] and "person_2.minutes" in costs[1]
    heard = hear(opened, Answer(case_id="c", agent_id=new, label="label_1"))
    before, told = model.pool.reading.counts, Outcome(case_id="c", label="label_1")
    now = after(model, heard, [told]).pool.reading.counts
    place = model.pool.reading.agents.id.index(alone)
    assert np.array_equal(before.agent[:, place], now.agent[:, place])
    assert now.agent.sum() > before.agent.sum()  # the machines' answers count


def test_a_seat_of_which_little_is_seen_is_held_to_the_person_alone():
    """One person is much better than all others; four answers when shown do not make her one of the kind."""
    rng = np.random.default_rng(3)
    made = made_history(n=600, machines=2, people=4, labels=3, seed=3)
    a, y = made.answers, made.truth[made.answers.case]
    whose = [made.agent_id.index(f"person_{j + 1}") for j in range(4)]
    label = a.label.copy()
    for j, k in enumerate(whose):
        mine = np.flatnonzero(a.agent == k)
        right = rng.random(len(mine)) < (0.98 if j == 0 else 0.45)
        label[mine] = np.where(right, y[mine], (y[mine] + 1) % 3)
    made = replace(made, answers=replace(a, label=label))
    few = np.flatnonzero(a.agent == whose[0])[:4]
    history = seated(made, np.isin(np.arange(len(a)), few))
    model = learn(history, seed=0)
    reading, plain = model.pool.reading, model.pool.reading.tables.plain
    place = {name: k for k, name in enumerate(reading.agents.id)}
    seat, alone, other = (plain[place[n]] for n in ("person_1+shown", "person_1", "person_2"))
    assert abs(seat - alone) < 0.3 * abs(alone - other)


@pytest.mark.parametrize("resource", ["person_1.minutes", "people.minutes"])
def test_the_minutes_of_both_seats_are_those_of_the_person(resource):
    made = made_history(n=100, machines=1, people=2, seed=5)
    history = seated(made, made.answers.case % 2 == 0)
    assert np.isclose(history.cost()[resource].sum(), made.cost()[resource].sum())
    assert not any("+shown" in name for name in history.cost())
    [line] = backtest(history, limits={resource: 0.5}, shares=[0.2], workers=1)["limits"]["table"]
    assert line["resource"] == resource and 0 < line["spent"] <= 0.5


def test_policies_that_ask_everybody_or_at_random_ask_one_seat_of_a_person() -> None:
    history = in_both_seats(made_history(n=300, machines=2, people=PEOPLE, labels=3, seed=5, asked=0.7))
    learned = learn_held_out(how=Pooling(ridge=1.0), history=history.take(np.arange(200)))
    stage = learned.model.open(history.take(np.arange(200, 300)))
    told = traces(learned, stage, 0, ["random", "everybody", "majority_of_3"])
    a = stage.history.answers
    for name, trace in told.items():
        asked = [
            (int(i), person_of(stage.history.agent_id[a.agent[r]]))
            for i, r in zip(trace.case, trace.row, strict=True)
        ]
        assert asked and len(set(asked)) == len(asked), name
