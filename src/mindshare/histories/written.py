"""A history in memory as the tables of a directory, and a team as the mapping of its file: what `read_history` reads back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mindshare.core.history import FloatArray, History, IntArray, Question, Team
from mindshare.histories.answers import PROBA
from mindshare.histories.places import write_directory
from mindshare.histories.write import write_history

if TYPE_CHECKING:
    import polars as pl


def write_history_of(history: History, out: Path) -> None:
    """Writes the history to `out`, a new directory, whole or not at all. What was left out as it was read stays out."""

    def fill(place: Path) -> None:
        write_history(place, team_tree(history.team), cases_of(history), answers_of(history))

    write_directory(out, fill)


def team_tree(team: Team) -> dict[str, Any]:
    """The team as `team.yaml` states it."""
    agents = {}
    for agent in team.agents:
        stated: dict[str, Any] = {"kind": agent.kind}
        if agent.cost:
            stated["cost"] = {
                r: {"fixed": c.fixed, "per": c.per, "of": c.of} if c.of else c.fixed
                for r, c in agent.cost.items()
            }
        agents[agent.id] = stated
    tree: dict[str, Any] = {"name": team.name}
    if team.kinds == ("",):
        tree |= _question_tree(team.questions[0])
    else:
        tree["kinds"] = {q.kind: _question_tree(q) for q in team.questions}
    tree["agents"] = agents
    if team.limits:
        tree["limits"] = dict(team.limits)
    return tree


def _question_tree(question: Question) -> dict[str, Any]:
    labels = list(question.labels)
    if isinstance(question.utility, str):
        return {"labels": labels}
    rows = question.utility.tolist()
    return {
        "labels": labels,
        "utility": {
            truth: dict(zip(labels, row, strict=True)) for truth, row in zip(labels, rows, strict=True)
        },
    }


def cases_of(history: History) -> pl.DataFrame:
    """One row per case; times in seconds."""
    import polars as pl

    features = history.features
    columns: dict[str, Any] = {"case": list(history.case_id), "truth": labels_of(history, history.truth)}
    count = np.bincount(history.parent, minlength=1)
    if (count > 1).any():
        columns["parent"] = [f"parent_{p}" if count[p] > 1 else None for p in history.parent.tolist()]
    for name, codes in (("group", history.group), ("kind", history.kind)):
        if codes is not None:
            columns[name] = [codes.names[c] if c >= 0 else None for c in codes.code.tolist()]
    for name, times in (("arrived", history.arrived), ("deadline", history.deadline)):
        if times is not None:
            columns[name] = _numbers(times)
    if history.stakes is not None:
        columns["stakes"] = history.stakes
    for name, values in features.numeric.items():
        columns[name] = _numbers(values)
    for name, codes in features.categorical.items():
        columns[name] = [codes.names[c] if c >= 0 else None for c in codes.code.tolist()]
    columns |= {name: list(words) for name, words in features.text.items()}
    return pl.DataFrame(columns)


def answers_of(history: History) -> pl.DataFrame:
    """One row per answer."""
    import polars as pl

    a = history.answers
    columns: dict[str, Any] = {
        "case": [history.case_id[i] for i in a.case.tolist()],
        "agent": [history.agent_id[k] for k in a.agent.tolist()],
        "answer": labels_of(history, a.label),
        "seconds": _numbers(a.seconds),
        "confidence": _numbers(a.confidence),
    }
    columns |= _proba_of(history)
    schema = {name: pl.String if name in ("case", "agent", "answer") else pl.Float64 for name in columns}
    return pl.DataFrame(columns, schema=schema)


def _proba_of(history: History) -> dict[str, list[float | None]]:
    """The columns of probabilities, each told for the labels of the case's own question."""
    a, questions = history.answers, history.team.questions
    if not len(a.proba):
        return {}
    told = np.full((len(a), a.proba.shape[1]), np.nan, np.float32)
    told[a.proba_row >= 0] = a.proba[a.proba_row[a.proba_row >= 0]]
    question = np.repeat(np.arange(len(questions)), [len(q.labels) for q in questions])
    if len(questions) > 1:
        assert history.kind is not None, "several kinds, and a case without one"
        told[history.kind.code[a.case][:, None] != question] = np.nan
    names = [label for q in questions for label in q.labels]
    return {
        PROBA + label: _numbers(
            np.fmax.reduce(told[:, [y for y, n in enumerate(names) if n == label]], axis=1)
        )
        for label in dict.fromkeys(names)
    }


def labels_of(history: History, label: IntArray) -> list[str | None]:
    """The words of labels by their numbers, each as its question has it; None where there is none."""
    names = [name for q in history.team.questions for name in q.labels]
    return [names[y] if y >= 0 else None for y in label.tolist()]


def _numbers(values: FloatArray | NDArray[np.float32]) -> list[float | None]:
    """As written: the shortest number that reads back as the same, and nothing where there is none."""
    return [None if np.isnan(x) else float(str(x)) for x in values]
