"""The answers file as arrays: who said what about which case, sorted by case and agent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import listed, nearest
from mindshare.core.history import Answers, IntArray, Team
from mindshare.histories.cases import Cases, codes
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
    _check_columns(table, team.team.labels)
    case = _case(table, cases)
    ids, agent = _agents(table, team, agent_ids)
    label = codes(table, "answer", team.team.labels, "labels").code
    seconds = _bounded(table, "seconds", MOST_SECONDS)
    confidence = _bounded(table, "confidence", 1.0)
    proba_row, proba = _proba(table, team.team.labels)
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


def _check_columns(table: Table, labels: tuple[str, ...]) -> None:
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
    missing = [column for column in every if column not in given]
    if missing and len(missing) < len(every):
        raise table.error(
            f"there is no column '{missing[0]}'; probabilities need one column for every label in team.yaml."
        )


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


def _proba(table: Table, labels: tuple[str, ...]) -> tuple[IntArray, Float32]:
    """The row of each answer's probabilities (-1 = none given) and the probabilities, summing to 1."""
    n = table.frame.height
    if PROBA + labels[0] not in table.frame.columns:
        return np.full(n, -1, np.int32), np.zeros((0, len(labels)), np.float32)
    every = np.empty((n, len(labels)), np.float32)
    for j, label in enumerate(labels):
        every[:, j] = _bounded(table, PROBA + label, 1.0)
    import polars as pl

    empty = np.isnan(every).sum(axis=1)
    table.refuse(
        pl.Series((empty > 0) & (empty < len(labels))),
        PROBA + labels[0],
        lambda at: f"{empty[at]} of the {len(labels)} probabilities are empty. Fill in all of them, or none.",
    )
    given = empty == 0
    total = every.sum(axis=1, dtype=np.float64)
    table.refuse(
        pl.Series(given & (np.abs(total - 1.0) > SUM_WITHIN)),
        PROBA + labels[0],
        lambda at: f"the probabilities of all labels must sum to 1. They sum to {total[at]:.6g}.",
    )
    rows = np.where(given, np.cumsum(given) - 1, -1).astype(np.int32)
    proba = every if given.all() else every[given]
    proba /= total[given, None].astype(np.float32)
    return rows, proba


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
