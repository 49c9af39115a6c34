"""Several kinds of cases: a question and a model for each; agents, costs, limits and prices are shared.

A history of several kinds is one history, whose labels are numbered through all questions. What is learnt is learnt from
its parts, one per kind, which are taken apart here; what is spent is spent on the whole (`across_kinds`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError, listed
from mindshare.core.history import Answers, Codes, Features, History

I64 = NDArray[np.int64]


class Part(NamedTuple):
    """The cases of one kind as a history with one question, and where they lie in the whole."""

    kind: str
    history: History
    cases: I64  # (n,) their numbers in the whole
    rows: I64  # (m,) of their answers
    first: int  # of their first label


def parts(history: History) -> tuple[Part, ...]:
    """The part of each kind that has cases; where the team has one question, the history itself."""
    if len(history.team.questions) == 1:
        return (whole(history),)
    return tuple(_part(history, j) for j in range(len(history.team.questions)) if (_code(history) == j).any())


def cases_of_kinds(history: History) -> list[I64]:
    """The numbers of the cases of each kind, where there are any."""
    if len(history.team.questions) == 1:
        return [np.arange(len(history))]
    every = (np.flatnonzero(_code(history) == j) for j in range(len(history.team.questions)))
    return [cases for cases in every if len(cases)]


def kind_at(history: History, case: int) -> str:
    """The kind of a case, as the team's questions name it."""
    if len(history.team.questions) == 1:
        return history.team.questions[0].kind
    return history.team.kinds[int(_code(history)[case])]


def part_of(history: History, kind: str) -> History:
    """The cases of one kind, as a history with one question."""
    if kind not in history.team.kinds:
        raise MindshareError(f"There is no kind '{kind}'; kinds are {listed(history.team.kinds)}.")
    if len(history.team.questions) == 1:
        return history
    return _part(history, history.team.kinds.index(kind)).history


def _code(history: History) -> NDArray[np.int32]:
    assert history.kind is not None, "a history of several kinds without a kind for each case"
    return history.kind.code


def whole(history: History) -> Part:
    """A history with one question, in its own place."""
    everything = np.arange(len(history)), np.arange(len(history.answers))
    return Part(history.team.questions[0].kind, history, *everything, first=0)


def _part(history: History, j: int) -> Part:
    """Its own labels; agents that answered a case of the kind; features that say something about one."""
    question, first = history.team.questions[j], history.team.first_label[j]
    cases = np.flatnonzero(_code(history) == j)
    mine = history.take(cases)
    a, n = mine.answers, len(question.labels)
    seen = np.flatnonzero(np.bincount(a.agent, minlength=len(history.agent_id)) > 0)
    number = np.full(len(history.agent_id), -1, np.int32)
    number[seen] = np.arange(len(seen))
    answers = replace(
        a,
        agent=number[a.agent],
        label=_own(a.label, first),
        proba=np.ascontiguousarray(a.proba[:, first : first + n]),
    )
    told = replace(
        mine,
        team=replace(history.team, questions=(question,)),
        truth=_own(mine.truth, first),
        agent_id=tuple(history.agent_id[k] for k in seen.tolist()),
        is_person=history.is_person[seen],
        answers=answers,
        features=_said(mine.features),
        kind=None,
        not_learnable=(),
    )
    return Part(question.kind, told, cases, rows_of(history.answers, cases), first)


def _own(label: NDArray[np.int32], first: int) -> NDArray[np.int32]:
    return np.where(label >= 0, label - first, -1).astype(np.int32)


def rows_of(answers: Answers, cases: I64) -> I64:
    """(m,) the rows of the answers to these cases, case by case."""
    count = answers.indptr[cases + 1] - answers.indptr[cases]
    begin = np.repeat(answers.indptr[cases] - (np.cumsum(count) - count), count)
    return np.asarray(begin + np.arange(len(begin)))


def _said(features: Features) -> Features:
    """The features that are not empty on every case."""
    return Features(
        numeric={n: v for n, v in features.numeric.items() if not np.isnan(v).all()},
        categorical={n: _used(c) for n, c in features.categorical.items() if (c.code >= 0).any()},
        text={n: t for n, t in features.text.items() if any(t)},
    )


def _used(codes: Codes) -> Codes:
    """Only the names that occur, in their order."""
    used = np.unique(codes.code[codes.code >= 0])
    number = np.full(len(codes.names) + 1, -1, np.int32)  # the last one is for the code -1
    number[used] = np.arange(len(used))
    return Codes(code=number[codes.code], names=tuple(codes.names[i] for i in used.tolist()))
