"""Cases one by one, or any number at once: open, hear, ask next, decide. The numbers are those of a batch, to the bit.

    opened = open_cases(model, [case], answers)        # machines' answers come with the case, or one by one
    allocation = next_question(opened, price)          # whom to ask next, or to stop (`questions.py`)
    opened = hear(opened, answer)
    verdict(opened)

Nothing is changed in place: `hear` gives new opened cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.verdict import best_verdicts
from mindshare.core.belief.columns import Columns
from mindshare.core.belief.pool import manners
from mindshare.core.belief.rows import Rows
from mindshare.core.belief.state import Opened, scores_of
from mindshare.core.errors import MindshareError, listed, nearest
from mindshare.core.model import Model
from mindshare.core.records import Agent, Answer, Case, Verdict

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

    def without(self, case_id: str, agent_id: str) -> OpenCases:
        """The same cases, had this agent not answered."""
        k = [a.id for a in self.team].index(agent_id)
        r = self.at(case_id) * len(self.team) + k
        rows, known = self.opened.rows, self.known.copy()
        label, proba_row = rows.label.copy(), rows.proba_row.copy()
        label[r], proba_row[r], known[r] = -1, -1, False
        seconds, confidence = rows.seconds.copy(), rows.confidence.copy()
        seconds[r], confidence[r] = np.nan, np.nan
        rows = rows._replace(label=label, proba_row=proba_row, seconds=seconds, confidence=confidence)
        opened = self.model.pool.open_rows(self.columns, rows)
        heard = tuple(h for h in self.heard if h != (case_id, agent_id))
        return replace(self, opened=opened, known=known, heard=heard)

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
    who = model.met if team is None else tuple(team)
    if len({c.id for c in cases}) < len(cases):
        raise MindshareError("Two open cases have the same id; give each its own.")
    if len({a.id for a in who}) < len(who):
        raise MindshareError("Two agents of the team have the same id; give each its own.")
    _of_kind(model.question.kind, cases)
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


def _of_kind(kind: str, cases: Sequence[Case]) -> None:
    """Refuses cases of another kind than the model's; a model without a kind takes all."""
    for case in cases:
        if kind and case.kind != kind:
            raise MindshareError(
                f"Case '{case.id}' is of kind '{case.kind}', and this model is for cases of kind '{kind}'. "
                "Open it with the model of its kind."
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


def verdict(opened: OpenCases, case_id: str | None = None) -> Verdict:
    """The decision of the highest expected utility on a case, and the belief behind it."""
    return verdicts(opened, [opened.at(case_id)])[0]


def verdicts(opened: OpenCases, at: Sequence[int] | None = None) -> list[Verdict]:
    """The same for the cases at these places; None = all of them."""
    labels, utility = opened.model.pool.reading.labels, opened.model.asking.utility
    places = np.arange(len(opened.cases)) if at is None else np.asarray(at, np.int64)
    chosen = best_verdicts(opened.opened, opened.known, places, utility)
    scores = scores_of(opened.opened, opened.known)
    asked: dict[str, list[str]] = {}
    for case, agent in opened.heard:
        asked.setdefault(case, []).append(agent)
    out = []
    for i, d in zip(places.tolist(), chosen.tolist(), strict=True):
        belief = np.exp(scores[i] - scores[i].max())
        belief /= belief.sum()
        out.append(
            Verdict(
                case_id=opened.cases[i].id,
                label=labels[d],
                belief=dict(zip(labels, belief.tolist(), strict=True)),
                asked=tuple(asked.get(opened.cases[i].id, ())),
            )
        )
    return out


def _told(
    model: Model,
    cases: tuple[Case, ...],
    team: tuple[Agent, ...],
    rows: Rows,
    known: Mask,
    answers: Sequence[Answer],
) -> tuple[Rows, Mask]:
    """The rows and what is known once the answers are written in, as new arrays."""
    of_case = {case.id: i for i, case in enumerate(cases)}
    of_agent = {agent.id: k for k, agent in enumerate(team)}
    of_label = {name: y for y, name in enumerate(model.pool.reading.labels)}
    now, proba = known.copy(), list[list[float]]()
    out = rows._replace(
        label=rows.label.copy(),
        seconds=rows.seconds.copy(),
        confidence=rows.confidence.copy(),
        proba_row=rows.proba_row.copy(),
    )
    for answer in answers:
        i = _found(of_case, answer.case_id, "case", "open")
        r = i * len(team) + _found(of_agent, answer.agent_id, "agent", "in the team of the open cases")
        if now[r]:
            raise MindshareError(
                f"'{answer.agent_id}' has answered case '{answer.case_id}' already; an answer is heard once."
            )
        now[r] = True
        if answer.label is not None:
            out.label[r] = _found(of_label, answer.label, "label", "one of the model's labels")
        out.seconds[r] = np.nan if answer.seconds is None else answer.seconds
        out.confidence[r] = np.nan if answer.confidence is None else answer.confidence
        if answer.proba is not None:
            out.proba_row[r] = len(rows.proba) + len(proba)
            proba.append(_probabilities(answer, of_label))
    if proba:
        out = out._replace(proba=np.concatenate([rows.proba, np.array(proba, np.float32)]))
    return out, now


def _probabilities(answer: Answer, of_label: Mapping[str, int]) -> list[float]:
    """What the answer says of each label; a label that it does not name has nothing."""
    assert answer.proba is not None
    out = [0.0] * len(of_label)
    for name, chance in answer.proba.items():
        out[_found(of_label, name, "label", "one of the model's labels")] = chance
    if not abs(sum(out) - 1.0) <= 0.01 or min(out) < 0:
        raise MindshareError(
            f"The probabilities of '{answer.agent_id}' on case '{answer.case_id}' must be >= 0 and sum to 1. "
            f"They sum to {sum(out):g}."
        )
    return out


def _found(place: Mapping[str, int], name: str, what: str, where: str) -> int:
    if name not in place:
        raise MindshareError(
            f"The {what} '{name}' is not {where}; those are {listed(place)}.{nearest(name, place)}"
        )
    return place[name]
