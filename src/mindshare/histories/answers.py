"""The answers file as arrays: who said what about which case, sorted by case and agent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import listed, nearest
from mindshare.core.history import Answers, Codes, IntArray, Question, Team
from mindshare.histories.cases import Cases, label_codes
from mindshare.histories.tables import Table, read_table
from mindshare.histories.team import TeamFile

COLUMNS = ("case", "agent", "answer", "seconds", "confidence")
PROBA = "p:"
MOST_SECONDS = 1e9  # more is a time of day in seconds since 1970, not how long an answer took
SUM_WITHIN = 1e-3  # probabilities written with three decimals still sum to 1
Float32 = NDArray[np.float32]


def read_answers(
    path: Path, cases: Cases, team: TeamFile, agent_ids: Sequence[str] | None = None
) -> tuple[Answers, tuple[str, ...]]:
    """Checks and converts the answers; returns them with the ids that number the agents.

    Agents are numbered in the order of team.yaml, those of one pattern by name; `agent_ids` fixes the numbers instead.
    """
    table = read_table(path, required=("case", "agent", "answer"), numbers=_is_number)
    _check_columns(table, team.team)
    case = _case(table, cases)
    ids, agent = _agents(table, team, agent_ids)
    kinds = cases.columns["kind"] if len(team.team.questions) > 1 else None
    kind = None if kinds is None else Codes(code=kinds.code[case], names=kinds.names)
    label = label_codes(table, "answer", team.team, kind)
    seconds = _bounded(table, "seconds", MOST_SECONDS)
    confidence = _bounded(table, "confidence", 1.0)
    proba_row, proba = _proba(table, team.team, None if kind is None else kind.code)
    order = _order(table, case, agent, len(ids))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(case, minlength=len(cases)))]).astype(np.int64)
    rows = slice(None) if order is None else order
    return Answers(
        indptr=indptr,
        case=case[rows],
        agent=agent[rows],
        label=label[rows],
        seconds=seconds[rows],
        confidence=confidence[rows],
        proba_row=proba_row[rows],
        proba=proba,
    ), ids


def no_answers(cases: int, labels: int) -> Answers:
    """No answer to any of the cases."""
    return Answers(
        indptr=np.zeros(cases + 1, np.int64),
        case=np.zeros(0, np.int32),
        agent=np.zeros(0, np.int32),
        label=np.zeros(0, np.int32),
        seconds=np.zeros(0, np.float32),
        confidence=np.zeros(0, np.float32),
        proba_row=np.zeros(0, np.int32),
        proba=np.zeros((0, labels), np.float32),
    )


def _is_number(column: str) -> bool:
    return column in ("seconds", "confidence") or column.startswith(PROBA)


def _check_columns(table: Table, team: Team) -> None:
    labels = _distinct(team)
    every = [PROBA + label for label in labels]
    given = table.frame.columns
    for column in given:
        if column in COLUMNS or column in every:
            continue
        if column.startswith(PROBA):
            raise table.error(
                f"'{column[2:]}' is not one of the labels in team.yaml: {listed(labels)}.{nearest(column[2:], labels)}",
                column=column,
            )
        raise table.error(
            f"this column has no meaning here; the columns are {', '.join(COLUMNS)} and p:<label>."
            f"{nearest(column, COLUMNS)} Columns that describe the case belong in the cases file.",
            column=column,
        )
    for question in team.questions:
        missing = [label for label in question.labels if PROBA + label not in given]
        if missing and len(missing) < len(question.labels):
            of = f" of kind '{question.kind}'" if question.kind else ""
            raise table.error(
                f"there is no column '{PROBA}{missing[0]}'; probabilities need one column for every label{of} in team.yaml."
            )


def _distinct(team: Team) -> tuple[str, ...]:
    """Labels of all questions, each once: two kinds may both know a 'yes'."""
    return tuple(dict.fromkeys(label for question in team.questions for label in question.labels))


def _case(table: Table, cases: Cases) -> IntArray:
    import polars as pl

    text = table.text("case")
    table.refuse(text.is_null(), "case", "the field is empty. Write the id of the case that was answered.")
    left = text.to_frame("id")
    right = pl.DataFrame({"id": cases.id, "number": pl.int_range(0, len(cases), dtype=pl.Int32, eager=True)})
    number = left.join(right, on="id", how="left", maintain_order="left")["number"]
    table.refuse(
        number.is_null(),
        "case",
        lambda at: (
            f"case '{text[at]}' is not in {cases.table.path.name}. Add it there, or remove this answer."
        ),
    )
    return number.to_numpy()


def _agents(table: Table, team: TeamFile, known: Sequence[str] | None) -> tuple[tuple[str, ...], IntArray]:
    import polars as pl

    text = table.text("agent")
    table.refuse(text.is_null(), "agent", "the field is empty. Write who gave this answer.")
    seen = text.unique().to_list()
    strangers = (
        [a for a in seen if team.team.agent(a) is None] if known is None else list(set(seen) - set(known))
    )
    if strangers:
        patterns = [agent.id for agent in team.team.agents]
        table.refuse(
            text.is_in(strangers),
            "agent",
            lambda at: (
                f"no agent in team.yaml has the id or pattern of '{text[at]}'; it names {listed(patterns)}."
                f"{nearest(text[at], patterns)}"
                if known is None
                else f"agent '{text[at]}' has no answers in the history, so nothing is known about it."
                f"{nearest(text[at], known)}"
            ),
        )
    ids = number_agents(team.team, seen) if known is None else tuple(known)
    return ids, text.cast(pl.Enum(ids)).to_physical().cast(pl.Int32).to_numpy()


def number_agents(team: Team, seen: Sequence[str]) -> tuple[str, ...]:
    """Agents in the order of team.yaml, those of one pattern by name with numbers as numbers.

    An id written out in team.yaml is an agent even before the first answer.
    """
    position = {agent.id: i for i, agent in enumerate(team.agents)}
    exact = [agent.id for agent in team.agents if not re.search(r"[*?\[]", agent.id)]

    def place(agent_id: str) -> tuple[int, list[tuple[int, int, str]]]:
        if agent_id in position:
            return position[agent_id], []
        first = next(i for i, agent in enumerate(team.agents) if fnmatchcase(agent_id, agent.id))
        parts = re.findall(r"\d+|\D+", agent_id)
        return first, [(0, int(p), p) if p.isdecimal() else (1, 0, p) for p in parts]

    return tuple(sorted({*seen, *exact}, key=place))


def _bounded(table: Table, column: str, most: float) -> Float32:
    """Numbers from 0 to `most`, NaN where none is given."""
    if column not in table.frame.columns:
        return np.full(table.frame.height, np.nan, np.float32)
    right = "write seconds" if column == "seconds" else "write a confidence from 0 to 1"
    values = table.number(column, right)
    hint = " A time of day is not how long it took." if column == "seconds" else ""
    table.refuse(
        (values < 0) | (values > most),
        column,
        lambda at: (
            f"{column} must be >= 0 and <= {most:,.0f}. Got {values[at]:.10g} instead.{hint if values[at] > 0 else ''}"
        ),
    )
    return values.fill_null(float("nan")).to_numpy().astype(np.float32, copy=False)


def _proba(table: Table, team: Team, kind: IntArray | None) -> tuple[IntArray, Float32]:
    """The row of each answer's probabilities (-1 = none given) and the probabilities, summing to 1 over its own labels.

    `kind` (n,) of each answer, None where there is one question.
    """
    row, count, parts = np.full(table.frame.height, -1, np.int32), 0, []
    for j, (first, question) in enumerate(zip(team.first_label, team.questions, strict=True)):
        mine = np.ones(len(row), bool) if kind is None else kind == j
        if kind is not None:
            _refuse_others(table, question, mine)
        if PROBA + question.labels[0] not in table.frame.columns:
            continue
        given, proba = _chances(table, question.labels, mine)
        row[given] = count + np.arange(len(proba))
        count += len(proba)
        parts.append((first, proba))
    if len(team.questions) == 1 and parts:
        return row, parts[0][1]
    out, at = np.zeros((count, len(team.labels)), np.float32), 0
    for first, proba in parts:
        out[at : at + len(proba), first : first + proba.shape[1]] = proba
        at += len(proba)
    return row, out


def _refuse_others(table: Table, question: Question, mine: NDArray[np.bool_]) -> None:
    """An answer about one kind gives no probability to the labels of another."""
    import polars as pl

    for column in table.frame.columns:
        if column.startswith(PROBA) and column.removeprefix(PROBA) not in question.labels:
            table.refuse(
                pl.Series(mine & (_bounded(table, column, 1.0) > 0)),
                column,
                f"this is no label of kind '{question.kind}', which the case is of. Leave the field empty.",
            )


def _chances(
    table: Table, labels: tuple[str, ...], mine: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], Float32]:
    """The rows among `mine` that give probabilities, and these."""
    import polars as pl

    every = np.empty((len(mine), len(labels)), np.float32)
    for j, label in enumerate(labels):
        every[:, j] = _bounded(table, PROBA + label, 1.0)
    empty = np.isnan(every).sum(axis=1)
    table.refuse(
        pl.Series(mine & (empty > 0) & (empty < len(labels))),
        PROBA + labels[0],
        lambda at: f"{empty[at]} of the {len(labels)} probabilities are empty. Fill in all of them, or none.",
    )
    given = mine & (empty == 0)
    total = every.sum(axis=1, dtype=np.float64)
    table.refuse(
        pl.Series(given & (np.abs(total - 1.0) > SUM_WITHIN)),
        PROBA + labels[0],
        lambda at: f"the probabilities of all labels must sum to 1. They sum to {total[at]:.6g}.",
    )
    proba = every if given.all() else every[given]
    proba /= total[given, None].astype(np.float32)
    return np.flatnonzero(given), proba


def _order(table: Table, case: IntArray, agent: IntArray, agents: int) -> NDArray[np.int64] | None:
    """The order by case and agent, None where the file has it already; refuses a second answer by one agent."""
    key = case.astype(np.int64) * agents + agent
    if bool((key[1:] > key[:-1]).all()):
        return None
    order = np.argsort(key, kind="stable")
    twice = np.flatnonzero(key[order[1:]] == key[order[:-1]])
    if len(twice):
        at = int(order[twice + 1].min())
        first = int(np.flatnonzero(key == key[at])[0])
        who, what = table.text("agent")[at], table.text("case")[at]
        raise table.error(
            f"'{who}' already answered case '{what}' in row {table.line(first)}. Keep one answer per agent and case.",
            at=at,
        )
    return order
