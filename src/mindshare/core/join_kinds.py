"""Histories of one kind each, put together as one history of several kinds whose agents, limits and clock are shared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError
from mindshare.core.history import (
    Answers,
    Codes,
    Features,
    FloatArray,
    History,
    Question,
    Team,
    must_be_one_kind,
)
from mindshare.core.records import Agent

I64 = NDArray[np.int64]
Told = Sequence[tuple[str, History]]


def join_kinds(
    name: str, histories: Mapping[str, History], limits: Mapping[str, float] | None = None
) -> History:
    """One history of these (kind -> history); who has the same id in several of them is one agent.

    Ids of cases must differ. Features keep their names: one that two kinds have must mean the same. Groups are left out.
    """
    told = [(kind, history) for kind, history in histories.items()]
    for _, history in told:
        must_be_one_kind(history)
    ids = tuple(case for _, history in told for case in history.case_id)
    if len(set(ids)) < len(ids):
        raise MindshareError("Two kinds have a case of the same id; give each case its own.")
    team = _team(name, told, limits or {})
    agents = tuple(dict.fromkeys(agent for _, history in told for agent in history.agent_id))
    person = {a: bool(p) for _, h in told for a, p in zip(h.agent_id, h.is_person, strict=True)}
    sizes = [len(history) for _, history in told]
    parents = np.concatenate([[0], np.cumsum([int(h.parent.max(initial=-1)) + 1 for _, h in told])])
    return History(
        team=team,
        case_id=ids,
        truth=_labels([h.truth for _, h in told], team.first_label),
        parent=np.concatenate([p + h.parent for p, (_, h) in zip(parents, told, strict=False)]).astype(
            np.int32
        ),
        agent_id=agents,
        is_person=np.array([person[a] for a in agents], np.bool_),
        answers=_answers(told, team, {a: k for k, a in enumerate(agents)}),
        features=_features(told),
        kind=Codes(code=np.repeat(np.arange(len(told), dtype=np.int32), sizes), names=team.kinds),
        arrived=_column([h.arrived for _, h in told], sizes, np.nan),
        deadline=_column([h.deadline for _, h in told], sizes, np.nan),
        stakes=_column([h.stakes for _, h in told], sizes, 1.0),
        most_seconds=_most_seconds(told, agents),
        not_learnable=tuple(f"{kind}: {sentence}" for kind, h in told for sentence in h.not_learnable),
    )


def _team(name: str, told: Told, limits: Mapping[str, float]) -> Team:
    exact: dict[str, Agent] = {}  # a pattern of one kind may fit agents of another, so all are written out
    for kind, history in told:
        for agent_id, is_person in zip(history.agent_id, history.is_person, strict=True):
            agent = history.team.agent(agent_id) or Agent(
                id=agent_id, kind="person" if is_person else "machine"
            )
            if exact.setdefault(agent_id, agent) != agent:
                raise MindshareError(
                    f"'{agent_id}' has another kind or cost in '{kind}' than before; make them the same."
                )
    questions = tuple(
        Question(
            labels=h.team.labels,
            utility="accuracy" if h.team.is_accuracy else h.team.utility_matrix(),
            kind=kind,
        )
        for kind, h in told
    )
    return Team(name=name, agents=tuple(exact.values()), questions=questions, limits=limits)


def _labels(parts: Sequence[NDArray[np.int32]], first: Sequence[int]) -> NDArray[np.int32]:
    moved = [np.where(part >= 0, part + begin, -1) for part, begin in zip(parts, first, strict=True)]
    return np.concatenate(moved).astype(np.int32)


def _answers(told: Told, team: Team, number: Mapping[str, int]) -> Answers:
    """Sorted by case and agent, as an answers file would be read."""
    cases = np.concatenate([[0], np.cumsum([len(h) for _, h in told])])
    rows = np.concatenate([[0], np.cumsum([len(h.answers.proba) for _, h in told])])
    agent = np.concatenate([np.array([number[a] for a in h.agent_id])[h.answers.agent] for _, h in told])
    case = np.concatenate([c + h.answers.case for c, (_, h) in zip(cases, told, strict=False)])
    proba_row = [
        np.where((r := h.answers.proba_row) >= 0, r + b, -1) for b, (_, h) in zip(rows, told, strict=False)
    ]
    proba = np.zeros((int(rows[-1]), len(team.labels)), np.float32)
    for low, high, first, (_, h) in zip(rows, rows[1:], team.first_label, told, strict=False):
        proba[low:high, first : first + len(h.team.labels)] = h.answers.proba
    order = np.lexsort((agent, case))
    label = _labels([h.answers.label for _, h in told], team.first_label)
    return Answers(
        indptr=np.concatenate([[0], np.cumsum(np.bincount(case, minlength=int(cases[-1])))]).astype(np.int64),
        case=case[order].astype(np.int32),
        agent=agent[order].astype(np.int32),
        label=label[order],
        seconds=np.concatenate([h.answers.seconds for _, h in told])[order],
        confidence=np.concatenate([h.answers.confidence for _, h in told])[order],
        proba_row=np.concatenate(proba_row)[order].astype(np.int32),
        proba=proba,
    )


def _most_seconds(told: Told, agents: Sequence[str]) -> FloatArray | None:
    """The largest that an agent may be charged in any of the kinds."""
    if all(history.most_seconds is None for _, history in told):
        return None
    most = dict.fromkeys(agents, 0.0)
    for _, h in told:
        each = np.full(len(h.agent_id), np.inf) if h.most_seconds is None else h.most_seconds
        most |= {a: max(most[a], float(s)) for a, s in zip(h.agent_id, each, strict=True)}
    return np.array([most[a] for a in agents])


def _features(told: Told) -> Features:
    """Each feature on all cases, empty where a kind does not have it."""
    sizes = [len(history) for _, history in told]
    parts = [history.features for _, history in told]
    numeric = {n: _column([f.numeric.get(n) for f in parts], sizes, np.nan) for f in parts for n in f.numeric}
    text = {
        n: tuple(word for f, size in zip(parts, sizes, strict=True) for word in f.text.get(n, ("",) * size))
        for one in parts
        for n in one.text
    }
    names = dict.fromkeys(n for f in parts for n in f.categorical)
    categorical = {n: _codes([f.categorical.get(n) for f in parts], sizes) for n in names}
    return Features(
        numeric={n: v for n, v in numeric.items() if v is not None}, categorical=categorical, text=text
    )


def _codes(parts: Sequence[Codes | None], sizes: Sequence[int]) -> Codes:
    names = tuple(sorted({level for part in parts if part is not None for level in part.names}))
    place = {level: i for i, level in enumerate(names)}
    code = []
    for part, size in zip(parts, sizes, strict=True):
        if part is None:
            code.append(np.full(size, -1, np.int32))
        else:  # the last one is for the code -1
            code.append(np.array([*(place[level] for level in part.names), -1], np.int32)[part.code])
    return Codes(code=np.concatenate(code), names=names)


def _column(parts: Sequence[FloatArray | None], sizes: Sequence[int], empty: float) -> FloatArray | None:
    """(N,) None where no kind has it."""
    if all(part is None for part in parts):
        return None
    return np.concatenate(
        [np.full(size, empty) if part is None else part for part, size in zip(parts, sizes, strict=True)]
    )
