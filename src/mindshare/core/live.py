"""Cases one by one, or any number at once: open, hear, ask next, decide. The numbers are those of a batch, to the bit.

    opened = open_cases(model, [case], answers)        # machines' answers come with the case, or one by one
    allocation = next_question(opened, price)          # whom to ask next, or to stop
    opened = hear(opened, [answer])
    verdict(opened)

Nothing is changed in place: `hear` gives new opened cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.value import best_verdicts
from mindshare.core.asking.worth import worth_of
from mindshare.core.belief.columns import Columns
from mindshare.core.belief.pool import manners
from mindshare.core.belief.rows import Rows
from mindshare.core.belief.state import Opened, scores_of
from mindshare.core.errors import MindshareError, listed, nearest
from mindshare.core.model import Model
from mindshare.core.records import MINUTES, PEOPLE_MINUTES, Agent, Allocation, Answer, Case, Verdict

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class OpenCases:
    """N open cases and what is known of them; row i * K + k is what agent k of `team` says of case i."""

    model: Model
    cases: tuple[Case, ...]
    team: tuple[Agent, ...]  # (K,) who has answered or may be asked
    columns: Columns
    opened: Opened
    known: Mask  # (N K,)
    heard: tuple[tuple[str, str], ...]  # (case, agent) in the order of hearing

    def at(self, case_id: str | None) -> int:
        """The place of a case; None where there is one only."""
        if case_id is None:
            if len(self.cases) != 1:
                raise MindshareError(f"{len(self.cases)} cases are open: say which one is meant, by its id.")
            return 0
        for i, case in enumerate(self.cases):
            if case.id == case_id:
                return i
        ids = [c.id for c in self.cases]
        raise MindshareError(f"No case '{case_id}' is open; open are {listed(ids)}.{nearest(case_id, ids)}")

    def rows(self, i: int) -> slice:
        """The rows of the i-th case."""
        return slice(i * len(self.team), (i + 1) * len(self.team))


def open_cases(
    model: Model,
    cases: Sequence[Case],
    answers: Sequence[Answer] = (),
    team: Sequence[Agent] | None = None,
) -> OpenCases:
    """Prepare cases for questions. `team`: who may be asked; None = everybody that the model has met.

    Whoever is new is taken as one of the kind (machine, person). Answers of agents that are not in the team are refused.
    """
    who = tuple(met(model) if team is None else team)
    if len({c.id for c in cases}) < len(cases):
        raise MindshareError("Two open cases have the same id; give each its own.")
    if len({a.id for a in who}) < len(who):
        raise MindshareError("Two agents of the team have the same id; give each its own.")
    n, k = len(cases), len(who)
    is_person = np.array([a.kind == "person" for a in who], bool)
    number = model.pool.reading.agents.numbers([a.id for a in who], is_person)
    rows = Rows(
        indptr=np.arange(n + 1, dtype=np.int64) * k,
        case=np.repeat(np.arange(n, dtype=np.int32), k),
        agent=np.tile(number, n),
        person=np.tile(is_person.astype(np.int64), n),
        label=np.full(n * k, -1, np.int32),
        seconds=np.full(n * k, np.nan, np.float32),
        confidence=np.full(n * k, np.nan, np.float32),
        proba_row=np.full(n * k, -1, np.int32),
        proba=np.zeros((0, len(model.team.labels)), np.float32),
    )
    columns, nobody = model.pool.reading.schema.read_cases(cases), np.zeros(n * k, bool)
    told = _told(model, tuple(cases), who, rows, nobody, answers)
    opened = model.pool.open_rows(columns, told[0])
    return OpenCases(
        model, tuple(cases), who, columns, opened, told[1], tuple((a.case_id, a.agent_id) for a in answers)
    )


def met(model: Model) -> tuple[Agent, ...]:
    """The agents that the model has met, with the costs that its team states."""
    agents = model.pool.reading.agents
    return tuple(
        model.team.agent(name) or Agent(id=name, kind="person" if person else "machine")
        for name, person in zip(agents.id, agents.is_person, strict=False)
    )


def hear(opened: OpenCases, answers: Answer | Sequence[Answer]) -> OpenCases:
    """The same cases once these answers are in; who answered before is refused, in one sentence, and nothing changes."""
    heard = [answers] if isinstance(answers, Answer) else list(answers)
    model, before = opened.model, opened.opened
    rows, known = _told(model, opened.cases, opened.team, before.rows, opened.known, heard)
    fresh = np.flatnonzero(known & ~opened.known)
    if model.pool.machines_always and (rows.person[fresh] == 0).any():
        # what a machine says moves how much all others weigh: the case is prepared anew
        after = model.pool.open_rows(opened.columns, rows)
    else:
        after = before._replace(
            rows=rows, said=manners(model.pool.reading.response, rows, fresh, before.said)
        )
    more = tuple((a.case_id, a.agent_id) for a in heard)
    return replace(opened, opened=after, known=known, heard=opened.heard + more)


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
    asked = [np.flatnonzero(may & ~opened.known[opened.rows(i)]) + i * len(opened.team) for i in places]
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


def verdict(opened: OpenCases, case_id: str | None = None) -> Verdict:
    """The decision of the highest expected utility on a case, and the belief behind it."""
    return verdicts(opened, [opened.at(case_id)])[0]


def verdicts(opened: OpenCases, at: Sequence[int] | None = None) -> list[Verdict]:
    """The same for the cases at these places; None = all of them."""
    labels, utility = opened.model.pool.reading.labels, opened.model.asking.utility
    places = np.arange(len(opened.cases)) if at is None else np.asarray(at, np.int64)
    chosen = best_verdicts(opened.opened, opened.known, places, utility)
    scores = scores_of(opened.opened, opened.known)
    out = []
    for i, d in zip(places.tolist(), chosen.tolist(), strict=True):
        belief = np.exp(scores[i] - scores[i].max())
        belief /= belief.sum()
        asked = tuple(agent for case, agent in opened.heard if case == opened.cases[i].id)
        out.append(
            Verdict(
                case_id=opened.cases[i].id,
                label=labels[d],
                belief=dict(zip(labels, belief.tolist(), strict=True)),
                asked=asked,
            )
        )
    return out


def cost_of(opened: OpenCases, i: int, agent: Agent) -> dict[str, float]:
    """Resource -> what an answer of this agent on the i-th case is expected to use."""
    out: dict[str, float] = {}
    if agent.cost:
        for resource, cost in agent.cost.items():
            size = opened.cases[i].features.get(cost.of, np.nan) if cost.of else 0.0
            out[resource] = cost.fixed + cost.per * float(size)
    elif agent.kind == "person":
        minutes = opened.model.speed.minutes_of(agent.id)
        if np.isnan(minutes):
            out["answers"] = 1.0
        else:
            out[PEOPLE_MINUTES] = out[agent.id + MINUTES] = minutes
    if agent.kind == "person":
        out["human_answers"] = 1.0
    return out


def _askable(opened: OpenCases, askable: Sequence[str] | None) -> Mask:
    """(K,) who may be asked."""
    ids = [a.id for a in opened.team]
    may = np.ones(len(ids), bool)
    if opened.model.pool.machines_always:
        may = np.array([a.kind == "person" for a in opened.team], bool)
    if askable is not None:
        for name in askable:
            if name not in ids:
                raise MindshareError(f"'{name}' is not in the team of the open cases.{nearest(name, ids)}")
        may &= np.isin(ids, list(askable))
    return may


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


def _told(
    model: Model,
    cases: tuple[Case, ...],
    team: tuple[Agent, ...],
    rows: Rows,
    known: Mask,
    answers: Sequence[Answer],
) -> tuple[Rows, Mask]:
    """The rows and what is known once the answers are written in, as new arrays."""
    if not len(answers):
        return rows, known.copy()
    labels = model.pool.reading.labels
    of_case = {case.id: i for i, case in enumerate(cases)}
    of_agent = {agent.id: k for k, agent in enumerate(team)}
    of_label = {name: y for y, name in enumerate(labels)}
    label, seconds, confidence = rows.label.copy(), rows.seconds.copy(), rows.confidence.copy()
    proba_row, proba, now = rows.proba_row.copy(), [rows.proba], known.copy()
    count = len(rows.proba)
    for answer in answers:
        i = _found(of_case, answer.case_id, "case", "open")
        k = _found(of_agent, answer.agent_id, "agent", "in the team of the open cases")
        r = i * len(team) + k
        if now[r]:
            raise MindshareError(
                f"'{answer.agent_id}' has answered case '{answer.case_id}' already; an answer is heard once."
            )
        now[r] = True
        if answer.label is not None:
            label[r] = _found(of_label, answer.label, "label", "one of the model's labels")
        if answer.seconds is not None:
            seconds[r] = answer.seconds
        if answer.confidence is not None:
            confidence[r] = answer.confidence
        if answer.proba is not None:
            proba.append(_probabilities(answer, of_label))
            proba_row[r] = count
            count += 1
    written = rows._replace(
        label=label,
        seconds=seconds,
        confidence=confidence,
        proba_row=proba_row,
        proba=np.concatenate(proba) if len(proba) > 1 else rows.proba,
    )
    return written, now


def _probabilities(answer: Answer, of_label: Mapping[str, int]) -> NDArray[np.float32]:
    """(1, L) what the answer says of each label; a label that it does not name has nothing."""
    out = np.zeros((1, len(of_label)), np.float32)
    assert answer.proba is not None
    for name, chance in answer.proba.items():
        out[0, _found(of_label, name, "label", "one of the model's labels")] = chance
    total = float(out.sum())
    if not abs(total - 1.0) <= 0.01 or not (out >= 0).all():
        raise MindshareError(
            f"The probabilities of '{answer.agent_id}' on case '{answer.case_id}' must be >= 0 and sum to 1. "
            f"They sum to {total:g}."
        )
    return out


def _found(place: Mapping[str, int], name: str, what: str, where: str) -> int:
    if name not in place:
        raise MindshareError(
            f"The {what} '{name}' is not {where}; those are {listed(place)}.{nearest(name, place)}"
        )
    return place[name]
