"""Small histories in memory to try promises on: `made_history` builds one without a file, others change one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray

from mindshare.core.history import Answers, Codes, Features, History, Question, Team
from mindshare.core.records import Agent, Cost

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
HARD = 0.35  # share of cases that are hard for everybody


class MadeHow(TypedDict, total=False):
    """How a made-up history differs from the plainest one; `PLAIN` says what holds where nothing is said."""

    shuffled_people: bool  # their labels are dealt out among their rows, so they know nothing
    asked: float  # chance that a person has answered a case
    empty: float  # chance that an answer came back empty
    proba: bool  # machines give probabilities
    utility: Literal["accuracy"] | F64
    cost: Mapping[str, Mapping[str, Cost]] | None  # agent pattern -> resource -> cost


PLAIN: MadeHow = {
    "shuffled_people": False,
    "asked": 1.0,
    "empty": 0.0,
    "proba": False,
    "utility": "accuracy",
    "cost": None,
}


class _Rows(NamedTuple):
    """One row per answer."""

    case: I64
    agent: I64
    person: Mask
    label: NDArray[np.int32]


def made_history(
    n: int = 300,
    machines: int = 3,
    people: int = 2,
    labels: int = 3,
    seed: int = 0,
    **more: Unpack[MadeHow],
) -> History:
    """A made-up history: some cases are hard, machines err together on them, people less often.

    `more` as in `MadeHow`. Feature `fog` tells hard from easy, `size` tells nothing.
    """
    if unknown := more.keys() - PLAIN.keys():
        raise TypeError(f"made_history has no setting '{min(unknown)}'. It has: {', '.join(PLAIN)}.")
    how: MadeHow = {**PLAIN, **more}
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, labels, n)
    hard = rng.random(n) < HARD
    answers = _answers(rng, _rows(rng, (truth, hard), (machines, people, labels), how), (n, labels), how)
    return History(
        team=_team(labels, how),
        case_id=tuple(f"case_{i}" for i in range(n)),
        truth=truth.astype(np.int32),
        parent=np.arange(n, dtype=np.int32),
        agent_id=(*(f"bot_{k + 1}" for k in range(machines)), *(f"person_{k + 1}" for k in range(people))),
        is_person=np.arange(machines + people) >= machines,
        answers=answers,
        features=Features(
            numeric={"size": rng.random(n)},
            categorical={"fog": Codes(code=hard.astype(np.int32), names=("clear", "fog"))},
        ),
    )


def _rows(
    rng: np.random.Generator, cases: tuple[I64, Mask], sizes: tuple[int, int, int], how: MadeHow
) -> _Rows:
    """Who answers which case, and with which label. `cases`: truth and hard; `sizes`: machines, people, labels."""
    (truth, hard), (machines, people, labels), n = cases, sizes, len(cases[0])
    case, agent = (
        grid.ravel() for grid in np.meshgrid(np.arange(n), np.arange(machines + people), indexing="ij")
    )
    kept = (agent < machines) | (rng.random(len(agent)) < how["asked"])
    case, agent = case[kept], agent[kept]
    person = agent >= machines
    skill = np.where(person, np.where(hard[case], 0.75, 0.95), np.where(hard[case], 0.45, 0.9))
    wrong = (truth[case] + rng.integers(1, labels, len(case))) % labels
    common = (truth + rng.integers(1, labels, n)) % labels  # the wrong answer that machines share
    wrong = np.where(~person & (rng.random(len(case)) < 0.5), common[case], wrong)
    label = np.where(rng.random(len(case)) < skill, truth[case], wrong).astype(np.int32)
    if how["shuffled_people"]:
        label[person] = label[rng.permutation(np.flatnonzero(person))]
    label[rng.random(len(case)) < how["empty"]] = -1
    return _Rows(case, agent, person, label)


def _answers(rng: np.random.Generator, rows: _Rows, sizes: tuple[int, int], how: MadeHow) -> Answers:
    """With the seconds of people and, where they are asked for, the probabilities of machines. `sizes`: cases, labels."""
    case, agent, person, label = rows
    n, labels = sizes
    surely = np.flatnonzero(~person & (label >= 0)) if how["proba"] else np.zeros(0, np.int64)
    proba_row = np.full(len(case), -1, np.int32)
    proba_row[surely] = np.arange(len(surely))
    said = rng.dirichlet(np.ones(labels), len(surely)) + 2 * np.eye(labels)[label[surely]]
    return Answers(
        indptr=np.searchsorted(case, np.arange(n + 1)).astype(np.int64),
        case=case.astype(np.int32),
        agent=agent.astype(np.int32),
        label=label,
        seconds=np.where(person, rng.lognormal(1.0, 0.5, len(case)), np.nan).astype(np.float32),
        confidence=np.full(len(case), np.nan, np.float32),
        proba_row=proba_row,
        proba=(said / said.sum(1, keepdims=True)).astype(np.float32).reshape(-1, labels),
    )


def _team(labels: int, how: MadeHow) -> Team:
    patterns = dict(how["cost"] or {})
    return Team(
        name="made",
        questions=(Question(labels=tuple(f"label_{y}" for y in range(labels)), utility=how["utility"]),),
        agents=(
            Agent(id="bot_*", kind="machine", cost=patterns.get("bot_*", {})),
            Agent(id="person_*", kind="person", cost=patterns.get("person_*", {})),
        ),
    )


def shuffled(history: History, seed: int = 0) -> History:
    """People's labels dealt out among all their rows: they know nothing."""
    a = history.answers
    rows = np.flatnonzero(history.is_person[a.agent])
    label = a.label.copy()
    label[rows] = label[np.random.default_rng(seed).permutation(rows)]
    return with_answers(history, label=label)


def histories(most: int = 120) -> SearchStrategy[History]:
    """Hypothesis: small made-up histories of every shape, also without machines or without people."""
    from hypothesis import strategies as st

    return st.builds(
        lambda who, **given: made_history(machines=who[0], people=who[1], **given),
        who=st.sampled_from([(0, 3), (1, 1), (1, 3), (3, 0), (4, 2), (2, 1)]),
        n=st.integers(20, most),
        labels=st.integers(2, 6),
        seed=st.integers(0, 10_000),
        asked=st.sampled_from([0.3, 1.0]),
        empty=st.sampled_from([0.0, 0.2]),
        proba=st.booleans(),
    )


def with_answers(history: History, **columns: NDArray[Any]) -> History:
    """The same history with other columns of its answers."""
    return replace(history, answers=replace(history.answers, **columns))


def relabelled(history: History, rows: Mask, seed: int) -> History:
    """The same history, but what was said in `rows` (M,) is anything: labels, confidences, probabilities."""
    rng = np.random.default_rng(seed)
    a, count = history.answers, int(rows.sum())
    label, confidence, proba_row = a.label.copy(), a.confidence.copy(), a.proba_row.copy()
    label[rows] = rng.integers(-1, len(history.team.labels), count)
    confidence[rows] = np.where(rng.random(count) < 0.5, np.nan, rng.random(count))
    proba_row[rows] = rng.integers(-1, max(len(a.proba), 0), count)
    return with_answers(history, label=label, confidence=confidence, proba_row=proba_row)
