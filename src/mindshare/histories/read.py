"""A directory of cases, answers and a team becomes a History, or one sentence that says what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mindshare.core.cost import resources
from mindshare.core.errors import HistoryError, listed, nearest
from mindshare.core.history import Answers, History, Team
from mindshare.histories.answers import no_answers, number_agents, read_answers
from mindshare.histories.cannot_tell import cannot_tell
from mindshare.histories.cases import ROLES, Cases, read_cases
from mindshare.histories.charged import charged, charges_in_words
from mindshare.histories.leaks import without_leaks
from mindshare.histories.tables import ENDINGS, find_table
from mindshare.histories.team import FILE, TeamFile, read_team
from mindshare.histories.why import why_in_words

WHAT_CASES = "one row per case, with the columns case and truth and whatever describes a case"
WHAT_ANSWERS = "one row per answer, with the columns case, agent and answer"


def read_history(path: str | Path, features: Sequence[str] = ()) -> History:
    """The history in this directory, checked; raises HistoryError with file, row and column for the first mistake.

    Columns that name the case or give an answer or the truth away become no features, and a sentence in `not_learnable`
    says so; those that `features` names are used all the same.
    """
    directory = Path(path)
    if not directory.is_dir():
        there = "this is a file" if directory.exists() else "there is no such directory"
        raise HistoryError(
            f"{there}. Name a directory with cases.csv, answers.csv and {FILE}.", file=str(path)
        )
    team = read_team(directory / FILE)
    wanted = {*features, *_sizes(team)}
    cases = read_cases(find_table(directory, "cases", WHAT_CASES), team.team, wanted=wanted)
    _check_truth(cases)
    _check_features(cases, features)
    answers, agent_ids = read_answers(find_table(directory, "answers", WHAT_ANSWERS), cases, team)
    history = charged(_history(team.team, cases, answers, agent_ids))
    history, leaking = without_leaks(history, cases.table.path.name, wanted)
    _check_sizes(history, cases, team)
    _check_limits(history, team)
    cannot = (
        *cannot_tell(history),
        *charges_in_words(history),
        *leaking,
        *cases.notes,
        *why_in_words(directory),
    )
    return replace(history, not_learnable=cannot)


def read_open_cases(path: str | Path, history: History | Team) -> History:
    """Unfinished cases in the numbers of `history`, so that what was learnt from it applies to them.

    `path` is a cases file, or a directory with one and, where some answers were already given, an answers file.
    The truth may be absent. With a Team alone the features are guessed from the file and every id the team writes out
    is an agent.
    """
    place = Path(path)
    if not place.exists():
        raise HistoryError(
            "there is no such file. Name a cases file or a directory with one.", file=str(path)
        )
    known = history if isinstance(history, History) else None
    team = TeamFile(history.team if isinstance(history, History) else history, {})
    file = find_table(place, "cases", WHAT_CASES) if place.is_dir() else place
    cases = read_cases(file, team.team, known=known, wanted=_sizes(team))
    agent_ids: Sequence[str] | None = known.agent_id if known else None
    if place.is_dir() and any((place / f"answers{end}").is_file() for end in ENDINGS):
        answers, ids = read_answers(find_table(place, "answers", WHAT_ANSWERS), cases, team, agent_ids)
    else:
        answers, ids = (
            no_answers(len(cases), len(team.team.labels)),
            tuple(agent_ids or number_agents(team.team, ())),
        )
    opened = _history(team.team, cases, answers, ids)
    _check_sizes(opened, cases, team, known)
    return opened if known is None else replace(opened, most_seconds=known.most_seconds)


def _history(team: Team, cases: Cases, answers: Answers, agent_ids: tuple[str, ...]) -> History:
    agents = [team.agent(agent_id) for agent_id in agent_ids]
    return History(
        team=team,
        agent_id=agent_ids,
        is_person=np.array([agent is not None and agent.kind == "person" for agent in agents], np.bool_),
        answers=answers,
        **cases.columns,
    )


def _check_truth(cases: Cases) -> None:
    if "truth" not in cases.table.frame.columns:
        names = cases.table.frame.columns
        raise cases.table.error(
            f"there is no column 'truth'; the columns are {listed(names)}. Name the one that holds the truth 'truth', or"
            " add an empty one if no truth is known."
        )


def _sizes(team: TeamFile) -> set[str]:
    """The columns that costs grow with."""
    return {cost.of for agent in team.team.agents for cost in agent.cost.values() if cost.of}


def _check_features(cases: Cases, features: Sequence[str]) -> None:
    known = [column for column in cases.table.frame.columns if column not in ROLES]
    for name in features:
        if name not in known:
            raise cases.table.error(
                f"there is no column '{name}' that could be a feature; those that could are {listed(known) or 'none'}."
                f"{nearest(name, known)}"
            )


def _check_sizes(history: History, cases: Cases, team: TeamFile, known: History | None = None) -> None:
    """A cost that grows with a column needs that column, as a number >= 0, on every case that the agent may answer.

    `known`: the history that tells which kinds of cases an agent answers; None = this one.
    """
    for agent in team.team.agents:
        for resource, cost in agent.cost.items():
            if cost.of is None:
                continue
            numeric = history.features.numeric
            if cost.of not in numeric:
                raise team.error(
                    f"the cost of '{agent.id}' grows with '{cost.of}', which is no numeric column of the cases;"
                    f" numeric are {listed(numeric) or 'none'}.{nearest(cost.of, numeric)}",
                    *("agents", agent.id, "cost", resource, "of"),
                )
            bad = np.flatnonzero(~(numeric[cost.of] >= 0) & _answerable(history, known or history, agent.id))
            if len(bad):
                raise cases.table.error(
                    f"the cost of '{agent.id}' grows with this column, so it must be a number >= 0 in every row.",
                    at=int(bad[0]),
                    column=cost.of,
                )


def _answerable(history: History, known: History, pattern: str) -> NDArray[np.bool_]:
    """(N,) cases of the kinds of which an agent of this pattern has answered one; all where there is one question."""
    if len(history.team.questions) == 1:
        return np.ones(len(history), np.bool_)
    assert history.kind is not None, "several kinds, and a case without one"
    assert known.kind is not None, "several kinds, and a case without one"
    mine = np.array([fnmatchcase(agent_id, pattern) for agent_id in known.agent_id], np.bool_)
    answered = np.unique(known.kind.code[known.answers.case[mine[known.answers.agent]]])
    return np.isin(history.kind.code, answered)


def _check_limits(history: History, team: TeamFile) -> None:
    used = resources(history)
    for resource in team.team.limits:
        if resource not in used:
            raise team.error(
                f"limits.{resource}: nobody uses this resource; the resources are {listed(used)}.{nearest(resource, used)}",
                *("limits", resource),
            )
