"""The answers of prepared cases as plain arrays, with the model's numbers of agents and labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError, listed, nearest
from mindshare.core.history import History
from mindshare.core.seat import is_shown, other_seats, person_of

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]


class Rows(NamedTuple):
    """M answer rows, given or possible; `indptr[i]:indptr[i + 1]` are those of case i.

    What was answered (`label` and all after it) is filled in only once it is known, or read only where it is.
    """

    indptr: I64  # (N + 1,)
    case: I32  # (M,)
    agent: I32  # (M,) the model's number; whoever it never met is the stranger of the kind
    person: I64  # (M,) 0 machine, 1 person
    label: I32  # (M,) -1 = empty
    seconds: F32  # (M,) NaN = not recorded
    confidence: F32  # (M,) NaN = not given
    proba_row: I32  # (M,) -1 = none given
    proba: F32  # (P, L)
    other: I64 | None = None  # (M,) the row of the person's other seat on the case, -1 = none; None = nowhere


class Agents(NamedTuple):
    """Whom the belief has met, and after them one stranger of each kind: a machine, then a person."""

    id: tuple[str, ...]  # (K,)
    is_person: NDArray[np.bool_]  # (K + 2,)

    @staticmethod
    def of(history: History) -> Agents:
        """The agents of the history."""
        return Agents(history.agent_id, np.concatenate([history.is_person, [False, True]]))

    def numbers(self, ids: Sequence[str], is_person: NDArray[np.bool_]) -> I32:
        """(len(ids),) the number of each; whoever was never met counts as the stranger of the kind.

        A person who was never met when shown what machines say counts as the same person alone.
        """
        if tuple(ids) == self.id:
            return np.arange(len(ids), dtype=np.int32)
        place = {name: k for k, name in enumerate(self.id)}
        count, out = len(self.id), list[int]()
        for name, person in zip(ids, is_person, strict=True):
            k = place.get(name)
            if k is None and is_shown(name):
                k = place.get(person_of(name))
            out.append(count + int(person) if k is None else k)
        return np.array(out, np.int32)

    def alone(self) -> I64 | None:
        """(K + 2,) of each seat that is shown what machines say, the number of the same person alone; else its own.

        None = there is no such seat.
        """
        other = other_seats(self.id)
        if other is None:
            return None
        shown = np.array([is_shown(name) for name in self.id], bool)
        own = np.arange(len(self.is_person))
        own[: len(other)] = np.where(shown & (other >= 0), other, own[: len(other)])
        return own


def rows_of(history: History, agents: Agents, labels: tuple[str, ...]) -> Rows:
    """The answers of any history of the same labels."""
    a = history.answers
    number = agents.numbers(history.agent_id, history.is_person)
    label, proba = a.label, a.proba
    if history.team.labels != labels:
        place = _places(history.team.labels, labels)
        label = np.append(place, -1).astype(np.int32)[label]
        proba = np.zeros((len(a.proba), len(labels)), np.float32)
        proba[:, place] = a.proba
    return Rows(
        indptr=a.indptr,
        case=a.case,
        agent=number[a.agent],
        person=history.is_person[a.agent].astype(np.int64),
        label=label,
        seconds=a.seconds,
        confidence=a.confidence,
        proba_row=a.proba_row,
        proba=proba,
        other=_others(history),
    )


def _others(history: History) -> I64 | None:
    """(M,) the row of the same person's other seat on the case, -1 = none; None = nowhere."""
    seat, a = other_seats(history.agent_id), history.answers
    if seat is None:
        return None
    count = np.int64(len(history.agent_id))
    mine = a.case.astype(np.int64) * count + a.agent  # rises: rows are sorted by case and agent
    wanted = np.where(seat[a.agent] >= 0, a.case.astype(np.int64) * count + seat[a.agent], -1)
    at = np.searchsorted(mine, wanted).clip(max=max(len(mine) - 1, 0))
    out = np.where((wanted >= 0) & (mine[at] == wanted), at, -1) if len(mine) else np.zeros(0, np.int64)
    return out if (out >= 0).any() else None


def _places(theirs: tuple[str, ...], ours: tuple[str, ...]) -> I64:
    """(len(theirs),) where each of their labels stands among ours."""
    place = {name: y for y, name in enumerate(ours)}
    for name in theirs:
        if name not in place:
            raise MindshareError(
                f"The label '{name}' was not there when the model learnt; its labels are {listed(ours)}."
                f"{nearest(name, ours)}"
            )
    return np.array([place[name] for name in theirs], np.int64)
