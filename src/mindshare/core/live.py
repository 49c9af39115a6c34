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
from typing import NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.opinion import heard_scores
from mindshare.core.asking.verdict import best_of
from mindshare.core.belief.columns import Columns
from mindshare.core.belief.evidence import log_proba_of
from mindshare.core.belief.pool import manners
from mindshare.core.belief.rows import Rows
from mindshare.core.belief.state import Opened
from mindshare.core.errors import MindshareError, listed, nearest
from mindshare.core.model import Model, Seats
from mindshare.core.records import Agent, Answer, Case, Verdict

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
A_LABEL = "one of the model's labels"  # told where a label is not


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
    seats: Seats

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
    seats = model.seats if team is None else Seats.of(model.pool.reading.agents, tuple(team))
    n, k = len(cases), len(seats.team)
    if len({c.id for c in cases}) < n:
        raise MindshareError("Two open cases have the same id; give each its own.")
    if len(seats.place) < k:
        raise MindshareError("Two agents of the team have the same id; give each its own.")
    _of_kind(model.question.kind, cases)
    rows = _nothing_said(seats, n, len(model.pool.reading.labels))
    columns, nobody = model.pool.reading.schema.read_cases(cases), np.zeros(n * k, bool)
    rows, known = _told(model, tuple(cases), seats, rows, nobody, answers)
    opened = model.pool.open_rows(columns, rows)
    heard = tuple((a.case_id, a.agent_id) for a in answers)
    return OpenCases(model, tuple(cases), seats.team, columns, opened, known, heard, seats)


def _nothing_said(seats: Seats, n: int, n_labels: int) -> Rows:
    """The rows of n cases before anybody has answered."""
    k = len(seats.team)
    both, case = np.empty((2, n, k), np.int32), np.empty((n, k), np.int32)
    both[0], both[1], case[:] = seats.number, -1, np.arange(n)[:, None]
    person, unknown = np.empty((n, k), np.int64), np.full((2, n * k), np.nan, np.float32)
    person[:] = seats.is_person
    return Rows(
        indptr=np.arange(n + 1) * k,
        case=case.ravel(),
        agent=both[0].ravel(),
        person=person.ravel(),
        label=both[1].ravel(),
        seconds=unknown[0],
        confidence=unknown[1],
        proba_row=both[1].ravel().copy(),
        proba=np.zeros((0, n_labels), np.float32),
        other=_other_rows(seats, n),
    )


def _other_rows(seats: Seats, n: int) -> I64 | None:
    """(n K,) the row of the same person's other seat on each case; None = nobody has two."""
    if seats.other is None:
        return None
    return np.where(seats.other >= 0, seats.other + np.arange(n)[:, None] * len(seats.team), -1).ravel()


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
    rows, known = _told(model, opened.cases, opened.seats, before.rows, opened.known, heard)
    fresh = np.flatnonzero(known & ~opened.known)
    if model.pool.machines_always and (rows.person[fresh] == 0).any():
        # what a machine says moves how much all others weigh: the case is prepared anew
        after = model.pool.open_rows(opened.columns, rows)
    else:
        after = before._replace(
            rows=rows,
            said=manners(model.pool.reading.response, rows, fresh, before.said),
            log_proba=log_proba_of(rows.proba),
        )
    more = tuple((a.case_id, a.agent_id) for a in heard)
    return replace(opened, opened=after, known=known, heard=opened.heard + more)


def verdict(opened: OpenCases, case_id: str | None = None) -> Verdict:
    """The decision of the highest expected utility on a case, and the belief behind it."""
    return verdicts(opened, [opened.at(case_id)])[0]


def verdicts(opened: OpenCases, at: Sequence[int] | None = None) -> list[Verdict]:
    """The same for the cases at these places; None = all of them."""
    labels, asking = opened.model.pool.reading.labels, opened.model.asking
    places = np.arange(len(opened.cases)) if at is None else np.asarray(at, np.int64)
    scores = heard_scores(asking.edge, opened.opened, opened.known, places, asking.utility)
    belief = np.exp(scores - scores.max(axis=1, keepdims=True))
    belief /= belief.sum(axis=1, keepdims=True)
    asked: dict[str, list[str]] = {}
    for case, agent in opened.heard:
        asked.setdefault(case, []).append(agent)
    ids = [opened.cases[i].id for i in places.tolist()]
    chosen = best_of(scores, asking.utility).tolist()
    return [
        Verdict(
            case_id=name,
            label=labels[d],
            belief=dict(zip(labels, each, strict=True)),
            asked=tuple(asked.get(name, ())),
        )
        for name, d, each in zip(ids, chosen, belief.tolist(), strict=True)
    ]


class _Said(NamedTuple):
    """What answers say, each in the row it is of; `proba` are told by the answers at `telling`."""

    row: list[int]
    label: list[int]
    telling: list[int]
    proba: list[list[float]]


def _told(
    model: Model,
    cases: tuple[Case, ...],
    seats: Seats,
    rows: Rows,
    known: Mask,
    answers: Sequence[Answer],
) -> tuple[Rows, Mask]:
    """The rows and what is known once the answers are written in, as new arrays."""
    said, now = _read(model, cases, seats, known, answers), known.copy()
    label, seconds, confidence = rows.label.copy(), rows.seconds.copy(), rows.confidence.copy()
    proba_row, proba = rows.proba_row.copy(), rows.proba
    row = np.array(said.row, np.int64)
    now[row], label[row] = True, said.label
    for r, answer in zip(said.row, answers, strict=True):
        if answer.seconds is not None:
            seconds[r] = answer.seconds
        if answer.confidence is not None:
            confidence[r] = answer.confidence
    if said.telling:
        given = np.array(said.proba, np.float64)
        right = (np.abs(given.sum(axis=1) - 1.0) <= 0.01) & (given.min(axis=1) >= 0)
        if not right.all():
            _refuse(answers[said.telling[int(np.argmin(right))]])
        proba_row[row[said.telling]] = np.arange(len(proba), len(proba) + len(given))
        proba = np.concatenate([proba, given.astype(np.float32)])
    written = rows._replace(
        label=label, seconds=seconds, confidence=confidence, proba_row=proba_row, proba=proba
    )
    return written, now


def _read(
    model: Model, cases: tuple[Case, ...], seats: Seats, known: Mask, answers: Sequence[Answer]
) -> _Said:
    """What the answers say; refused are those of cases, agents and labels that are not there, and of whoever has spoken."""
    of_case, of_agent, of_label = {case.id: i for i, case in enumerate(cases)}, seats.place, model.place_of
    names, k, out, taken = list(of_label), len(seats.team), _Said([], [], [], []), known.tolist()
    for j, answer in enumerate(answers):
        label, proba = answer.label, answer.proba
        try:
            r = of_case[answer.case_id] * k + of_agent[answer.agent_id]
            out.label.append(-1 if label is None else of_label[label])
        except KeyError:
            _found(of_case, answer.case_id, "case", "open")
            _found(of_agent, answer.agent_id, "agent", "in the team of the open cases")
            _found(of_label, label or "", "label", A_LABEL)
        if taken[r]:
            raise MindshareError(
                f"'{answer.agent_id}' has answered case '{answer.case_id}' already; an answer is heard once."
            )
        taken[r] = True
        out.row.append(r)
        if proba is not None:
            out.telling.append(j)
            out.proba.append(list(proba.values()) if list(proba) == names else _by_label(proba, of_label))
    return out


def _by_label(proba: Mapping[str, float], of_label: Mapping[str, int]) -> list[float]:
    """What an answer says of each label; a label that it does not name has nothing."""
    out = [0.0] * len(of_label)
    for name, chance in proba.items():
        out[_found(of_label, name, "label", A_LABEL)] = chance
    return out


def _refuse(answer: Answer) -> NoReturn:
    """Raises MindshareError for probabilities that make no sense."""
    assert answer.proba is not None
    raise MindshareError(
        f"The probabilities of '{answer.agent_id}' on case '{answer.case_id}' must be >= 0 and sum to 1. "
        f"They sum to {sum(answer.proba.values()):g}."
    )


def _found(place: Mapping[str, int], name: str, what: str, where: str) -> int:
    at = place.get(name)
    if at is None:
        raise MindshareError(
            f"The {what} '{name}' is not {where}; those are {listed(place)}.{nearest(name, place)}"
        )
    return at
