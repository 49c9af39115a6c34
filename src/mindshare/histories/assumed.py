"""What is assumed of a team that has no history yet, as a made history to learn the first model from. Nothing of it is evidence.

Labels are equally frequent and mistaken for each other evenly. A part of the cases is hard for everybody; there machines
make common mistakes. Real outcomes take its place as they come (`engine/refit.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mindshare.core.history import Answers, Codes, History, Question, Team
from mindshare.core.records import Kind

ASSUMED = "assumed:"  # how ids begin of agents that nobody has met
FEWEST = 2  # agents of each kind, so that agreement among them can be learnt


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """Shares of all cases."""

    cases: int = 600
    hard: float = 0.35
    machine: float = 0.85  # right on easy cases
    machine_hard: float = 0.55
    person: float = 0.95
    person_hard: float = 0.75
    common: float = 0.5  # of the machines' mistakes on a case are the same one
    asked: float = 0.7  # of the cases a person has answered
    median_s: float = 30.0  # of an answer by a person
    log_s_sd: float = 0.5


def assumed_history(team: Team, question: Question, assumed: Assumed | None = None, seed: int = 0) -> History:
    """A made history for this question, of whoever the team names, and of others where it names fewer than two of a kind."""
    how, rng = assumed or Assumed(), np.random.default_rng(seed)
    machines, people = (_ids(team, kind) for kind in ("machine", "person"))
    n, agents = how.cases, len(machines) + len(people)
    truth, hard = rng.integers(0, len(question.labels), n), rng.random(n) < how.hard
    person = np.arange(agents) >= len(machines)
    answered = ~person | (rng.random((n, agents)) < how.asked)
    case, agent = (at.astype(np.int32) for at in np.nonzero(answered))
    label = _said(rng, how, (truth, hard, len(question.labels)), (case, agent, person))
    seconds = np.round(how.median_s * np.exp(how.log_s_sd * rng.standard_normal(len(case))), 1)
    return History(
        team=Team(name=team.name, agents=team.agents, questions=(question,), limits=team.limits),
        case_id=tuple(f"{ASSUMED}{i + 1}" for i in range(n)),
        truth=truth.astype(np.int32),
        parent=np.arange(n, dtype=np.int32),
        agent_id=(*machines, *people),
        is_person=person,
        answers=Answers(
            indptr=np.searchsorted(case, np.arange(n + 1)).astype(np.int64),
            case=case,
            agent=agent,
            label=label,
            seconds=np.where(person[agent], seconds, np.nan).astype(np.float32),
            confidence=np.full(len(case), np.nan, np.float32),
            proba_row=np.full(len(case), -1, np.int32),
            proba=np.zeros((0, len(question.labels)), np.float32),
        ),
        kind=Codes(code=np.zeros(n, np.int32), names=(question.kind,)) if question.kind else None,
    )


def _ids(team: Team, kind: Kind) -> tuple[str, ...]:
    """Agents of this kind that the team names one by one; strangers where those are too few."""
    named = [a.id for a in team.agents if a.kind == kind and not set("*?[") & set(a.id)]
    return tuple(named + [f"{ASSUMED}{kind}_{i + 1}" for i in range(FEWEST - len(named))])


def _said(
    rng: np.random.Generator,
    how: Assumed,
    cases: tuple[NDArray[np.int64], NDArray[np.bool_], int],
    rows: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]],
) -> NDArray[np.int32]:
    """`cases`: truth, hard, how many labels; `rows`: case, agent, which agents are people."""
    (truth, hard, labels), (case, agent, is_person) = cases, rows
    person = is_person[agent]
    right = np.where(
        person,
        np.where(hard[case], how.person_hard, how.person),
        np.where(hard[case], how.machine_hard, how.machine),
    )
    common = (truth + rng.integers(1, labels, len(truth))) % labels
    wrong = (truth[case] + rng.integers(1, labels, len(case))) % labels
    wrong = np.where(~person & (rng.random(len(case)) < how.common), common[case], wrong)
    return np.where(rng.random(len(case)) < right, truth[case], wrong).astype(np.int32)


def is_assumed(agent_id: str) -> bool:
    """Whether this agent is one that nobody has met."""
    return agent_id.startswith(ASSUMED)
