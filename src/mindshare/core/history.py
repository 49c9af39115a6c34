"""What is known, as arrays: a Team, its Questions, and a History of cases and answers. No I/O here; `histories/` reads and writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any, Literal

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError
from mindshare.core.records import MINUTES, PEOPLE_MINUTES, Agent
from mindshare.core.seat import is_shown, person_of

IntArray = NDArray[np.int32]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked about cases of one kind: the labels, and what a verdict is worth.

    `utility` is "accuracy" or an (L, L) array, truth x verdict -> value. `kind` is "" where all cases are of one kind.
    """

    labels: tuple[str, ...]
    utility: Literal["accuracy"] | FloatArray = "accuracy"
    kind: str = ""

    def utility_matrix(self) -> FloatArray:
        """(L, L) value of deciding the column when the row is true; accuracy is the identity."""
        if isinstance(self.utility, str):
            return np.eye(len(self.labels))
        return self.utility


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Who can answer, what may be spent, and what is asked: one question per kind of case.

    `agents` are patterns in the file's order: `Agent.id` is an exact id or a glob; an exact id wins, then the first glob.
    Agents, their costs and the limits are shared by all kinds. Labels are numbered through all questions, in their order.
    """

    name: str
    agents: tuple[Agent, ...]
    questions: tuple[Question, ...]
    limits: Mapping[str, float] = field(default_factory=dict)

    def agent(self, agent_id: str) -> Agent | None:
        """The agent of this id as the patterns state it, or None where no pattern names it; a person's two seats are one agent here."""
        for pattern in self.agents:
            if pattern.id == agent_id:
                return pattern
        if is_shown(agent_id):
            alone = self.agent(person_of(agent_id))
            if alone is not None:
                return structs.replace(alone, id=agent_id)
        for pattern in self.agents:
            if fnmatchcase(agent_id, pattern.id):
                return structs.replace(pattern, id=agent_id)
        return None

    @property
    def kinds(self) -> tuple[str, ...]:
        """Names of the kinds, in the order of the questions."""
        return tuple(q.kind for q in self.questions)

    @property
    def labels(self) -> tuple[str, ...]:
        """(L,) labels of all questions; where there are several, each with its kind before it."""
        if len(self.questions) == 1:
            return self.questions[0].labels
        return tuple(f"{q.kind}: {label}" for q in self.questions for label in q.labels)

    @property
    def first_label(self) -> tuple[int, ...]:
        """The number of the first label of each question."""
        sizes = [len(q.labels) for q in self.questions]
        return tuple(sum(sizes[:j]) for j in range(len(sizes)))

    @property
    def is_accuracy(self) -> bool:
        """Whether a verdict is worth 1 if it is right and 0 if not, whatever the kind."""
        return all(isinstance(q.utility, str) for q in self.questions)

    def utility_matrix(self) -> FloatArray:
        """(L, L) value of deciding the column when the row is true; 0 between labels of different questions."""
        out = np.zeros((len(self.labels), len(self.labels)))
        for first, q in zip(self.first_label, self.questions, strict=True):
            mine = slice(first, first + len(q.labels))
            out[mine, mine] = q.utility_matrix()
        return out


def must_be_one_kind(history: History) -> None:
    """Raises MindshareError where cases are of several kinds: a model is learnt for one question."""
    kinds = history.team.kinds
    if len(kinds) > 1:
        raise MindshareError(
            f"The history has cases of {len(kinds)} kinds ({', '.join(kinds)}), and a model is for one. "
            "Learn one for each with learn_kinds(history)."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """One string column as numbers: ``names[code]``; code -1 = empty."""

    code: IntArray
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """The case's own columns. NaN, -1 and "" are empty. Ids and the truth are never here."""

    numeric: Mapping[str, FloatArray] = field(default_factory=dict)
    categorical: Mapping[str, Codes] = field(default_factory=dict)
    text: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """All answers, one row each, sorted by (case, agent); `indptr[i]:indptr[i + 1]` are the rows of case i."""

    indptr: NDArray[np.int64]  # (N + 1,)
    case: IntArray  # (M,) index of the case
    agent: IntArray  # (M,) index of the agent
    label: IntArray  # (M,) index of the label, -1 = empty answer: attention spent, nothing learnt
    seconds: NDArray[np.float32]  # (M,) NaN = not recorded
    confidence: NDArray[np.float32]  # (M,) 0..1, NaN = not given
    proba_row: IntArray  # (M,) row of `proba`, -1 = none given
    proba: NDArray[np.float32]  # (Mp, L), rows sum to 1

    def __len__(self) -> int:
        return len(self.label)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Cases and the answers already given to them.

    N cases, M answers, K agents, L labels of all questions together; `truth` -1 = unknown. An agent can be asked about a
    case only if the history holds its answer; who is askable is known, what was answered only after asking and paying.
    Where the team has several questions, `kind` numbers them, and a case of each knows only the labels of its own.
    """

    team: Team
    case_id: tuple[str, ...]  # (N,)
    truth: IntArray  # (N,) index of the label, -1 = unknown
    parent: IntArray  # (N,) cases with one parent never straddle folds; its own number where none is given
    agent_id: tuple[str, ...]  # (K,)
    is_person: NDArray[np.bool_]  # (K,)
    answers: Answers
    features: Features = field(default_factory=Features)
    group: Codes | None = None
    kind: Codes | None = None
    arrived: FloatArray | None = None  # (N,) seconds, NaN = unknown
    deadline: FloatArray | None = None  # (N,) seconds, NaN = none
    stakes: FloatArray | None = None  # (N,) multiplies the utility; None = 1 everywhere
    most_seconds: FloatArray | None = None  # (K,) that an answer is charged; None = all that were recorded
    not_learnable: tuple[str, ...] = ()  # what this history cannot tell, one sentence each

    def __len__(self) -> int:
        return len(self.case_id)

    def cost(self, only: str | None = None) -> dict[str, NDArray[np.float32]]:
        """Resource -> (M,) what each recorded answer used, in the resource's unit; of the resource `only`, where it is named.

        Stated costs come from the team file; a person without one costs the `charged_seconds` as
        ``<person>.minutes`` and ``people.minutes`` (the person's own median where a row has none), or, where a
        person has no recorded seconds at all, one ``answers``.
        """
        a, charged = self.answers, self.charged_seconds()
        out: dict[str, NDArray[np.float32]] = {}

        def write(resource: str, rows: NDArray[np.int64], used: NDArray[np.floating[Any]] | float) -> None:
            if only is None or resource == only:
                out.setdefault(resource, np.zeros(len(a), np.float32))[rows] = used

        order = np.argsort(a.agent, kind="stable")
        bounds = np.searchsorted(a.agent[order], np.arange(len(self.agent_id) + 1))
        for k, agent_id in enumerate(self.agent_id):
            rows = order[bounds[k] : bounds[k + 1]]
            agent = self.team.agent(agent_id)
            if agent is not None and agent.cost:
                for resource, cost in agent.cost.items():
                    grown = cost.per * self.numeric(cost.of)[a.case[rows]] if cost.of else 0.0
                    write(resource, rows, cost.fixed + grown)
            elif self.is_person[k] and len(rows):
                seconds = charged[rows]
                gaps = np.isnan(seconds)
                if gaps.all():
                    write("answers", rows, 1.0)
                    continue
                if gaps.any():
                    seconds = np.where(gaps, np.median(seconds[~gaps]), seconds)
                write(PEOPLE_MINUTES, rows, seconds / 60.0)
                write(person_of(agent_id) + MINUTES, rows, seconds / 60.0)
        return out

    def charged_seconds(self) -> NDArray[np.float32]:
        """(M,) the seconds recorded, at most what an answer of that agent is charged (`core/charge.py`); NaN = not recorded."""
        a = self.answers
        if self.most_seconds is None:
            return a.seconds
        return np.minimum(a.seconds, self.most_seconds.astype(np.float32)[a.agent])

    def numeric(self, name: str) -> FloatArray:
        """The numeric feature `name`, which a cost may grow with; raises where there is none."""
        if name not in self.features.numeric:
            raise MindshareError(
                f"A cost grows with '{name}', but the cases have no numeric column of that name. "
                f"They have: {', '.join(self.features.numeric) or 'none'}."
            )
        return self.features.numeric[name]

    def stated_confidence(self) -> FloatArray:
        """(M,) the confidence given with an answer, else the probability of the answered label, else NaN."""
        a = self.answers
        out = a.confidence.astype(np.float64)
        rows = np.flatnonzero(np.isnan(out) & (a.proba_row >= 0) & (a.label >= 0))
        out[rows] = a.proba[a.proba_row[rows], a.label[rows]]
        return out

    def take(self, cases: NDArray[np.int64]) -> History:
        """The history of these cases only, in the order given; agents, labels and parents keep their numbers."""
        a = self.answers
        counts = (a.indptr[1:] - a.indptr[:-1])[cases]
        indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        rows = np.repeat(a.indptr[cases] - indptr[:-1], counts) + np.arange(indptr[-1])
        told = a.proba_row[rows] >= 0
        return replace(
            self,
            case_id=tuple(self.case_id[i] for i in cases),
            truth=self.truth[cases],
            parent=self.parent[cases],
            answers=Answers(
                indptr=indptr,
                case=np.repeat(np.arange(len(cases), dtype=np.int32), counts),
                agent=a.agent[rows],
                label=a.label[rows],
                seconds=a.seconds[rows],
                confidence=a.confidence[rows],
                proba_row=np.where(told, np.cumsum(told) - 1, -1).astype(np.int32),
                proba=a.proba[a.proba_row[rows[told]]],  # a part does not carry what the whole was told
            ),
            features=Features(
                numeric={n: v[cases] for n, v in self.features.numeric.items()},
                categorical={
                    n: Codes(code=c.code[cases], names=c.names) for n, c in self.features.categorical.items()
                },
                text={n: tuple(t[i] for i in cases) for n, t in self.features.text.items()},
            ),
            group=None if self.group is None else Codes(code=self.group.code[cases], names=self.group.names),
            kind=None if self.kind is None else Codes(code=self.kind.code[cases], names=self.kind.names),
            arrived=None if self.arrived is None else self.arrived[cases],
            deadline=None if self.deadline is None else self.deadline[cases],
            stakes=None if self.stakes is None else self.stakes[cases],
        )
