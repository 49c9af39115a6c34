"""Rows that hold a list of annotators and a list of their answers: `[r1, r2]` beside `[cat, dog]`. A row for each position."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mindshare.core.errors import HistoryError, counted, listed
from mindshare.histories.intake import names
from mindshare.histories.intake.asked import case_of_row
from mindshare.histories.intake.choices import listed_in
from mindshare.histories.intake.roles import Columns
from mindshare.histories.sources.foreign import plain, shown
from mindshare.histories.sources.source import Role

if TYPE_CHECKING:
    import re

    import polars as pl

MOSTLY = 0.5  # of the cells hold several elements
AGAIN = 0.1  # of the lists hold an element twice: no choice of labels does
RIGHT = "Write a table with a row per answer: case, annotator, label."


def in_lists(columns: Columns) -> Columns:
    """The sheet with a row per answer, where a row lists who answered and, in the same order, what.

    Raises HistoryError where the lists are of different lengths, or where one holds several answers and nobody is named.
    """
    if columns.sheet.layout is not None or columns.questions.setting("layout", columns.sheet.file):
        return columns
    lists = {c: cells for c in columns.frame.columns if (cells := _lists(columns.frame[c]))}
    who = columns.of("agent") if columns.of("agent") in lists else _called(lists, names.AGENT)
    rest = [c for c in lists if c != who]
    what = columns.of("answer") if columns.of("answer") in rest else _called(rest, names.ANSWER)
    if not what:
        return columns
    if not who:
        _check_choices(columns, what, lists[what])
        return columns
    for i, (mine, theirs) in enumerate(zip(lists[who], lists[what], strict=True), 1):
        if len(mine) != len(theirs):
            problem = (
                f"'{who}' names {counted(len(mine), 'annotator')} ({listed(map(str, mine), 4)}), and '{what}' holds"
                f" {counted(len(theirs), 'answer')} ({listed(map(str, theirs), 4)}). {RIGHT}"
            )
            raise HistoryError(problem, file=columns.sheet.file, row=i)
    columns.notes.say(
        f"{columns.sheet.file}: '{who}' lists who answered, and '{what}' what, in the same order: each position is an answer."
    )
    lengths = [len(cell) for cell in lists[who]]
    alike = {c: cells for c, cells in lists.items() if [len(cell) for cell in cells] == lengths}
    return _turned(columns, alike, who, what)


def _lists(cells: pl.Series) -> list[list[object]]:
    """(rows,) the elements of each cell; none where few of the cells hold several."""
    every = [listed_in(cell) if cell is not None else [] for cell in cells.head(100).to_list()]
    several = sum(len(one) > 1 for one in every)
    if not several or several < MOSTLY * sum(bool(one) for one in every):
        return []
    return [listed_in(cell) if cell is not None else [] for cell in cells.to_list()]


def _called(among: Iterable[str], pattern: re.Pattern[str]) -> str:
    """The first column of such a name, in the singular or in the plural."""
    return next((c for c in among if any(pattern.search(name) for name in _singular(c))), "")


def _singular(column: str) -> tuple[str, str]:
    name = names.plain_name(column)
    return name, "_".join(word.removesuffix("s") for word in name.split("_"))


def _check_choices(columns: Columns, what: str, cells: Sequence[Sequence[object]]) -> None:
    """Refuses lists that hold a label twice: these are answers of several people, and no choice of several labels."""
    again = [i for i, cell in enumerate(cells) if len({plain(one) for one in cell}) < len(cell)]
    if len(again) > AGAIN * len(cells):
        cell = shown(columns.frame[what][again[0]])
        problem = (
            f"'{what}' holds a label twice in one row ({cell}), so it lists what several people answered, and no column lists who."
            f" Add one, such as 'annotators', or: {RIGHT}"
        )
        raise HistoryError(problem, file=columns.sheet.file, row=again[0] + 1)


def _turned(columns: Columns, lists: dict[str, list[list[object]]], who: str, what: str) -> Columns:
    import polars as pl

    frame, case = columns.frame, case_of_row(columns)
    lengths = [len(cell) for cell in lists[who]]
    at = [i for i, n in enumerate(lengths) for _ in range(max(n, 1))]
    told = frame[at]
    for column, cells in lists.items():
        each = [plain(one) for cell in cells for one in (cell or [None])]
        told = told.with_columns(pl.Series(column, each, dtype=pl.String))
    if not case:
        case = "row"
        told = told.with_columns(pl.Series(case, [str(i + 1) for i in at]))
    roles: dict[str, Role] = {case: "case", who: "agent", what: "answer"}
    again = replace(
        columns.sheet, frame=told, layout="long", roles=roles, format="a table with lists of answers"
    )
    return Columns(again, columns.questions, columns.settings, columns.notes)
