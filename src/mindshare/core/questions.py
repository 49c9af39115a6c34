"""Whom to ask next on an open case: the best net at given prices, or what a `Pacer` allows; why, and what would change it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.worth import worth_of
from mindshare.core.errors import MindshareError, nearest
from mindshare.core.live import OpenCases, hear, verdict
from mindshare.core.pacing.decision import Arrival, Decision
from mindshare.core.pacing.pacer import Pacer
from mindshare.core.records import MINUTES, PEOPLE_MINUTES, Agent, Allocation, Answer
from mindshare.core.seat import person_of

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


def next_question(
    opened: OpenCases,
    price: Mapping[str, float] | None = None,
    case_id: str | None = None,
    askable: Sequence[str] | None = None,
) -> Allocation:
    """Whom to ask next on a case, at these prices (resource -> utility per unit): the best net, or to stop.

    `askable`: ids of the agents that are free now; None = the whole team. Where all machines speak first, only people
    are asked.
    """
    return next_questions(opened, price, [opened.at(case_id)], askable)[0]


def next_questions(
    opened: OpenCases,
    price: Mapping[str, float] | None = None,
    at: Sequence[int] | None = None,
    askable: Sequence[str] | None = None,
) -> list[Allocation]:
    """The same for the cases at these places; None = all of them."""
    prices = dict(price or {})
    places = range(len(opened.cases)) if at is None else at
    may = _askable(opened, askable)
    asked = [_rows(opened, i, may) for i in places]
    worth = values_of(opened, np.concatenate([np.zeros(0, np.int64), *asked]))
    out, first = [], 0
    for i, rows in zip(places, asked, strict=True):
        value = worth[first : first + len(rows)]
        first += len(rows)
        out.append(_best(opened, i, rows, value, prices))
    return out


def values_of(opened: OpenCases, rows: I64) -> F64:
    """(len(rows),) the gated value of each of these questions, times the stakes of its case."""
    model, stakes = opened.model, np.array([c.stakes for c in opened.cases], np.float64)
    return worth_of(model.asking, model.channel, opened.opened, opened.known, rows, stakes)


class Asked(NamedTuple):
    """What a pacer decided on a case: the allocation, and the decision that is settled once its answer is in."""

    allocation: Allocation
    decision: Decision


def ask_within(
    opened: OpenCases,
    pacer: Pacer,
    arrival: Arrival | None = None,
    case_id: str | None = None,
    askable: Sequence[str] | None = None,
) -> Asked:
    """The question of the best net that fits into what is left, or the stop; its expected use is charged.

    `arrival`: what `pacer.arrive` gave for this case; None = the last one. An answer that is in is settled with what it
    really used: `pacer.settle(asked.decision, spent)`.
    """
    i = opened.at(case_id)
    rows = _rows(opened, i, _askable(opened, askable))
    return _within(opened, pacer, arrival, rows, values_of(opened, rows), i)


def ask_all_within(
    opened: OpenCases, pacer: Pacer, arrivals: Sequence[Arrival], askable: Sequence[str] | None = None
) -> list[Asked]:
    """The same for all cases, one after another: values of all at once, then prices and ledger case by case."""
    n, may = len(opened.cases), _askable(opened, askable)
    free = ~opened.known.reshape(n, -1) & may
    rows, end = np.flatnonzero(free), np.cumsum(free.sum(axis=1)).tolist()
    worth = values_of(opened, rows)
    parts = [(rows[low:high], worth[low:high]) for low, high in zip([0, *end], end, strict=False)]
    return [
        _within(opened, pacer, arrival, *part, i)
        for i, (arrival, part) in enumerate(zip(arrivals, parts, strict=True))
    ]


def _within(opened: OpenCases, pacer: Pacer, arrival: Arrival | None, rows: I64, worth: F64, i: int) -> Asked:
    """The decision on the i-th case, whose `rows` are worth so much."""
    pays = worth > 0
    rows, worth = rows[pays], worth[pays]
    who = [opened.team[r - i * len(opened.team)] for r in rows.tolist()]
    costs = [cost_of(opened, i, agent) for agent in who]
    use = np.array([[0.0] * len(pacer.resources), *([c.get(r, 0.0) for r in pacer.resources] for c in costs)])
    decision = pacer.decide(np.concatenate([[0.0], worth]), use, arrival)
    price = dict(zip(pacer.resources, decision.price.tolist(), strict=True))
    chosen = decision.option - 1
    allocation = Allocation(
        case_id=opened.cases[i].id,
        agent_id=who[chosen].id if chosen >= 0 else None,
        value=decision.value,
        cost=costs[chosen] if chosen >= 0 else {},
        price=price,
        net=decision.net,
    )
    return Asked(allocation, decision)


def explain_open(
    opened: OpenCases,
    price: Mapping[str, float] | None = None,
    case_id: str | None = None,
    askable: Sequence[str] | None = None,
) -> str:
    """Why an open case is where it is, in sentences that can be checked: its verdict, the next question, what would change both.

    What would change is found by solving the case again, with another answer of whoever spoke last.
    """
    told, question = verdict(opened, case_id), next_question(opened, price, case_id, askable)
    heard = f" once {', '.join(told.asked)} had answered" if told.asked else ", before anybody has answered"
    out = [f"The verdict is '{told.label}' (belief {told.belief[told.label]:.3f}){heard}."]
    if question.agent_id is None:
        out.append("No answer is worth what it costs now.")
    else:
        out.append(
            f"Next, {question.agent_id} should be asked: that answer is worth {question.value:.3f}, a net of "
            f"{question.net:+.3f} at today's prices."
        )
    other = _otherwise(opened, told.case_id, told.label)
    return " ".join([*out, other] if other else out)


def _otherwise(opened: OpenCases, case_id: str, label: str) -> str | None:
    """The first other answer of whoever spoke last that changes the verdict."""
    mine = [agent for case, agent in opened.heard if case == case_id]
    if not mine:
        return None
    before = opened.without(case_id, mine[-1])
    for other in opened.model.pool.reading.labels:
        changed = verdict(hear(before, Answer(case_id=case_id, agent_id=mine[-1], label=other)), case_id)
        if changed.label != label:
            return f"Had {mine[-1]} said '{other}', the verdict would be '{changed.label}'."
    return f"Whatever {mine[-1]} had said, the verdict would be the same."


def cost_of(opened: OpenCases, i: int, agent: Agent) -> dict[str, float]:
    """Resource -> what an answer of this agent on the i-th case is expected to use."""
    out: dict[str, float] = {}
    if agent.cost:
        for resource, cost in agent.cost.items():
            size = opened.cases[i].features.get(cost.of, np.nan) if cost.of else 0.0
            out[resource] = cost.fixed + cost.per * float(size)
    elif agent.kind == "person":
        minutes = opened.model.minutes_of(agent.id)
        if math.isnan(minutes):
            out["answers"] = 1.0
        else:
            out[PEOPLE_MINUTES] = out[person_of(agent.id) + MINUTES] = minutes
    if agent.kind == "person":
        out["human_answers"] = 1.0
    return out


def _rows(opened: OpenCases, i: int, may: Mask) -> I64:
    """Rows of the i-th case that may be asked and are not known."""
    return np.flatnonzero(may & ~opened.known[opened.rows(i)]) + i * len(opened.team)


def _askable(opened: OpenCases, askable: Sequence[str] | None) -> Mask:
    """(K,) who may be asked."""
    is_person, place = opened.seats.is_person, opened.seats.place
    may = is_person if opened.model.pool.machines_always else np.ones(len(is_person), bool)
    if askable is None:
        return may
    for name in askable:
        if name not in place:
            raise MindshareError(
                f"'{name}' is not in the team of the open cases.{nearest(name, list(place))}"
            )
    return may & np.isin([a.id for a in opened.team], list(askable))


def _best(opened: OpenCases, i: int, rows: I64, value: F64, price: Mapping[str, float]) -> Allocation:
    """The allocation of the best net; what is worth nothing is not asked, even at price zero."""
    best: Allocation | None = None
    for r, worth in zip(rows.tolist(), value.tolist(), strict=True):
        if worth <= 0 or (not price and best is not None and worth <= best.net):
            continue
        agent = opened.team[r - i * len(opened.team)]
        cost = cost_of(opened, i, agent)
        net = worth - sum(price.get(resource, 0.0) * amount for resource, amount in cost.items())
        if net > 0 and (best is None or net > best.net):
            best = Allocation(
                case_id=opened.cases[i].id, agent_id=agent.id, value=worth, cost=cost, price=price, net=net
            )
    return best or Allocation(
        case_id=opened.cases[i].id, agent_id=None, value=0.0, cost={}, price=price, net=0.0
    )
