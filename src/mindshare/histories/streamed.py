"""A history as a stream of live cases: what is sent, in which order, and what people say when they are asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError
from mindshare.core.folds import split
from mindshare.core.history import Answers, History
from mindshare.core.pacing.replay import in_order
from mindshare.core.records import Agent
from mindshare.histories.written import labels_of
from mindshare.people.simulated import Habits, simulate, team_name

I64 = NDArray[np.int64]
TENTHS = 10
CALM = 0.5  # votes that every label has before any machine has spoken


class Recorded(NamedTuple):
    """What a person said of a case."""

    label: str | None
    seconds: float | None
    confidence: float | None


class Scripted(NamedTuple):
    """A case as it is sent, who can be asked about it and says what, and what turns out to be true (None: nobody knows)."""

    sent: dict[str, Any]
    people: dict[str, Recorded]
    truth: str | None
    at: float | None  # seconds


def parted(history: History, known: float, seed: int = 0) -> tuple[History, History]:
    """About this part of the cases, in tenths, and the rest; cases of one parent stay together."""
    tenths = round(known * TENTHS)
    folds = [test for _, test in split(history, TENTHS, seed)]
    if not tenths or not folds:
        return history.take(np.zeros(0, np.int64)), history
    chosen = (np.sort(np.concatenate([np.zeros(0, np.int64), *f])) for f in (folds[:tenths], folds[tenths:]))
    first, rest = chosen
    return history.take(first), history.take(rest)


def order_of(history: History, order: str) -> I64:
    """The cases as they `arrived`, or by a seed."""
    if order == "arrived":
        if history.arrived is not None and not np.isnan(history.arrived).all():
            return in_order(np.nan_to_num(history.arrived, nan=np.inf), len(history), 0)
        return np.arange(len(history))
    if not order.isdecimal():
        raise MindshareError(f"--order is arrived or a seed, a number. Got '{order}' instead.")
    return in_order(None, len(history), int(order))


def script_of(history: History, order: Sequence[int] | I64) -> list[Scripted]:
    """The cases in this order; whoever answered one in the history can be asked about it."""
    a = history.answers
    label, truth = labels_of(history, a.label), labels_of(history, history.truth)
    out = []
    for i in np.asarray(order).tolist():
        machines, people = list[dict[str, Any]](), dict[str, Recorded]()
        for r in range(a.indptr[i], a.indptr[i + 1]):
            k = int(a.agent[r])
            said = Recorded(label[r], _told(a.seconds[r]), _told(a.confidence[r]))
            if history.is_person[k]:
                people[history.agent_id[k]] = said
            else:
                machines.append(_answer(history, r, k, said))
        sent = _case(history, i) | {"answers": machines, "askable": list(people)}
        at = None if history.arrived is None else _told(history.arrived[i])
        out.append(Scripted(sent, people, truth[i], at))
    return out


def with_simulated(history: History, seed: int = 0, habits: Habits | None = None) -> History:
    """The history with SIMULATED people in the place of its own; they find hard what its machines disagree about."""
    a, n, labels = history.answers, len(history), len(history.team.labels)
    if len(history.team.questions) > 1:
        raise MindshareError("Simulated people answer one question; this history has several kinds of cases.")
    machine = ~history.is_person[a.agent]
    voted = machine & (a.label >= 0)
    pool = np.full((n, labels), CALM)
    np.add.at(pool, (a.case[voted], a.label[voted]), 1.0)
    made = simulate(
        history.truth, pool / pool.sum(axis=1, keepdims=True), habits or Habits(), np.random.default_rng(seed)
    )
    kept, p = np.flatnonzero(machine), len(made.agent_id)
    case = np.concatenate([a.case[kept], np.repeat(np.arange(n, dtype=np.int32), p)])
    first = len(history.agent_id)
    agent = np.concatenate([a.agent[kept], np.tile(np.arange(first, first + p, dtype=np.int32), n)])
    order = np.lexsort((agent, case))

    def both(old: NDArray[Any], new: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate([old[kept], new.ravel().astype(old.dtype)])[order]

    none = np.full((n, p), np.nan)
    answers = Answers(
        indptr=np.searchsorted(case[order], np.arange(n + 1)).astype(np.int64),
        case=case[order],
        agent=agent[order],
        label=both(a.label, made.label),
        seconds=both(a.seconds, made.seconds),
        confidence=both(a.confidence, none),
        proba_row=both(a.proba_row, np.full((n, p), -1)),
        proba=a.proba,
    )
    return replace(_with_people(history, made.agent_id), answers=answers)


def _with_people(history: History, ids: tuple[str, ...]) -> History:
    """The same cases, which these people may be asked about too."""
    agents = (*(Agent(id=name, kind="person") for name in ids), *history.team.agents)
    return replace(
        history,
        team=replace(history.team, name=team_name(history.team.name), agents=agents),
        agent_id=(*history.agent_id, *ids),
        is_person=np.concatenate([history.is_person, np.ones(len(ids), bool)]),
        most_seconds=None,
    )


def _case(history: History, i: int) -> dict[str, Any]:
    """What describes a case. The times of the past stay there: it arrives when it is sent."""
    f = history.features
    features: dict[str, Any] = {name: x for name, v in f.numeric.items() if (x := _told(v[i])) is not None}
    features |= {name: c.names[c.code[i]] for name, c in f.categorical.items() if c.code[i] >= 0}
    features |= {name: words[i] for name, words in f.text.items() if words[i]}
    sent: dict[str, Any] = {"id": history.case_id[i], "features": features}
    for name, codes in (("kind", history.kind), ("group", history.group)):
        if codes is not None and codes.code[i] >= 0:
            sent[name] = codes.names[codes.code[i]]
    if sent.get("kind") not in history.team.kinds:  # kinds that share a question are one kind to a service
        sent.pop("kind", None)
    if history.stakes is not None:
        sent["stakes"] = float(history.stakes[i])
    return sent


def _answer(history: History, r: int, k: int, said: Recorded) -> dict[str, Any]:
    a = history.answers
    told: dict[str, Any] = {"agent": history.agent_id[k], **said._asdict()}
    if a.proba_row[r] >= 0:
        labels = [label for q in history.team.questions for label in q.labels]
        told["proba"] = dict(zip(labels, a.proba[a.proba_row[r]].astype(float).tolist(), strict=False))
    return told


def _told(value: Any) -> float | None:
    """As an array holds it; nothing for NaN."""
    return None if np.isnan(value) else float(value)
