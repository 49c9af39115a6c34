"""Tables that lie on their side, a row per annotator and a column per case: turned, so that a row is an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from mindshare.core.errors import listed
from mindshare.histories.intake import names
from mindshare.histories.intake.annotators import words_of
from mindshare.histories.intake.roles import Columns
from mindshare.histories.sources.source import Role

if TYPE_CHECKING:
    import polars as pl

LEAST_ITEMS = 3
MOST_WORDS = 50  # that one question of a form is answered with
CELL = re.compile(r"(?P<question>.*\S)\s*\[(?P<case>[^\[\]]+)\]")  # a column of a grid, as forms call it
RESPONDENT = "respondent"


class Grid(NamedTuple):
    """What a form's columns called `Question [case]` are about."""

    agent: str  # the column of who answered, RESPONDENT where the rows are numbered
    cells: Mapping[str, tuple[str, str]]  # column -> question, case


def upright(columns: Columns) -> Columns:
    """The sheet with a row per answer, where it has a row per annotator and a column per case."""
    if columns.sheet.layout is not None or {*columns.role.values()} - {"agent", "ignore"}:
        return columns
    if agent := _is_on_its_side(columns):
        columns.notes.say(
            f"{columns.sheet.file}: '{agent}' has a row per annotator, and each other column is a case."
        )
        cells = {c: ("", c) for c in columns.free if c != agent}
        return _turned(columns, Grid(agent, cells))
    grid = _grid(columns)
    if not grid.cells:
        return columns
    questions = list(dict.fromkeys(question for question, _ in grid.cells.values()))
    aside = [c for c in columns.free if c not in grid.cells and c != grid.agent]
    for column in aside:
        columns.claim(column, "ignore", "it describes who answered, and no case")
    who = (
        f"by '{grid.agent}'"
        if grid.agent != RESPONDENT
        else "and nobody is named, so respondents are numbered"
    )
    columns.notes.say(
        f"{columns.sheet.file}: a row holds the answers of a respondent, {who}, and each column of {listed(questions, 3)} is about the"
        " case in its brackets."
    )
    return _turned(columns, grid)


def _is_on_its_side(columns: Columns) -> str:
    """The column of annotators where each has a row and each other column is a case, all with the same few words; else nothing."""
    frame = columns.frame
    set_ = columns.of("agent")
    named = [c for c in [set_] if c] or [
        c for c in columns.named(names.AGENT) if columns.distinct(c) == frame.height
    ]
    rest = [c for c in columns.free if c not in named]
    if len(named) != 1 or len(rest) < max(LEAST_ITEMS, frame.height) or columns.named(names.TRUTH):
        return ""
    words = [words_of(columns, c) for c in rest]
    every = frozenset[str]().union(*words)
    return named[0] if all(words) and len(every) <= max(2, len(rest) / 2) else ""


def _grid(columns: Columns) -> Grid:
    """The grid of a form: a row is what one person answered, as a column of names or a time tells; no cells where there is none."""
    frame = columns.frame
    found: dict[str, dict[str, str]] = {}
    for column in columns.free:
        if match := CELL.fullmatch(column):
            found.setdefault(match["question"], {})[column] = match["case"]
    cells = {
        column: (question, case)
        for question, mine in found.items()
        if len(mine) >= LEAST_ITEMS and _are_labels(frame, list(mine))
        for column, case in mine.items()
    }
    rest = [c for c in columns.free if c not in cells]
    if any(names.CASE.search(names.plain_name(c)) and columns.distinct(c) == frame.height for c in rest):
        return Grid("", {})
    people = [c for c in [columns.of("agent")] if c]
    people = people or [c for c in rest if frame[c].null_count() == 0 and _names_people(frame[c])]
    timed = [c for c in rest if names.TIMESTAMP.search(names.plain_name(c))]
    return Grid(next(iter(people), RESPONDENT), cells if people or timed else {})


def _names_people(cells: pl.Series) -> bool:
    called = names.AGENT.search(names.plain_name(cells.name)) or names.AGENT_LIKE.search(
        names.plain_name(cells.name)
    )
    return called is not None or bool(cells.str.contains("@", literal=True).all())


def _are_labels(frame: pl.DataFrame, among: list[str]) -> bool:
    """Whether the columns hold the same few words again and again."""
    words = frame.select(among).unpivot()["value"].drop_nulls()
    return 2 <= words.n_unique() <= min(MOST_WORDS, max(2, len(words) / 4))


def _turned(columns: Columns, grid: Grid) -> Columns:
    """A row for each answer; where several questions are asked about a case, each is a case of its own."""
    import polars as pl

    sheet = columns.sheet
    number = pl.format("respondent {}", pl.int_range(1, pl.len() + 1))
    who = pl.col(grid.agent) if grid.agent in sheet.frame.columns else number
    frame = sheet.frame.select(who.alias(" agent"), *grid.cells).unpivot(index=" agent").drop_nulls("value")
    about = {c: case for c, (_, case) in grid.cells.items()}
    asked = {c: question for c, (question, _) in grid.cells.items()}
    case = pl.col("variable").replace_strict(about)
    told = {"case": case}
    roles: dict[str, Role] = {grid.agent: "agent", "case": "case", "answer": "answer"}
    if len(set(asked.values())) > 1:
        kind = pl.col("variable").replace_strict(asked)
        told = {"case": pl.format("{}/{}", case, kind), "parent": case, "kind": kind}
        roles |= {"parent": "parent", "kind": "kind"}
    frame = frame.select(
        pl.col(" agent").alias(grid.agent),
        *(value.alias(name) for name, value in told.items()),
        answer="value",
    )
    again = replace(sheet, frame=frame, layout="long", roles=roles, format="a table with a column per case")
    return Columns(again, columns.questions, columns.settings, columns.notes)
