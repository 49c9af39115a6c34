"""Where the names of a table's columns stand: below titles, in one row or in two, or nowhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from mindshare.core.errors import listed
from mindshare.histories.sources.foreign import shown

TITLES = 20  # rows among which the names stand
FIRST = 200  # rows that tell which of them are names
FULL = 0.8  # of the cells that the fullest row fills: as full as a row of names
HALF = 0.5  # the same of names some of which are missing
LEAST_BELOW = 5  # rows that show what rows are like
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*%?")
DIGITS = re.compile(r"\d+")
NAMELESS = re.compile(r"\(column \d+\)")  # what a column without a name is called

Row = Sequence[str]


class Header(NamedTuple):
    """The names of the columns, each column's; `above` rows stand over them, and they take `rows` rows themselves.

    `said`: what stands there beside the names, a clause each. `missing`: the first row is like all others, so none names the
    columns.
    """

    names: tuple[str, ...] = ()
    above: int = 0
    rows: int = 1
    said: tuple[str, ...] = ()
    missing: bool = False


def find_header(first: Sequence[Sequence[str | None]]) -> Header:
    """The header among a table's first rows, whose cells are empty or None where nothing stands in them.

    It is the first row that is about as full as any. Where that one is a row of the table, it is the one above, in which
    some names are missing. A second row of names, above it or below, is part of it.
    """
    rows = [[(cell or "").strip() for cell in row] for row in first[:FIRST]]
    filled = [sum(map(bool, row)) for row in rows[:TITLES]]
    most = max(filled, default=0)
    if not most:
        return Header()
    at = next(i for i, n in enumerate(filled) if n >= FULL * most)
    if at and filled[at - 1] >= max(2, HALF * most) and _is_data(rows, at) and not _is_data(rows, at - 1):
        at -= 1
    missing = not at and _is_like_the_rows(rows, at)
    if at and filled[at - 1] >= 2 and _completes(rows[at - 1], rows[at]) and not _is_data(rows, at - 1):
        top, names = at - 1, _in_two_rows(rows[at - 1], rows[at])
    elif _is_second(rows, at):
        top, names = at, _in_two_rows(rows[at], rows[at + 1])
    else:
        top, names = at, rows[at]
        return Header(_with_numbers(names), top, 1, _told_above(rows[:top]), missing)
    said = f"the names of the columns stand in two rows ({listed([n for n in names if n], 4)})"
    return Header(_with_numbers(names), top, 2, (*_told_above(rows[:top]), said))


def _told_above(rows: Sequence[Row]) -> tuple[str, ...]:
    told = [shown(" ".join(filter(None, row))) for row in rows if any(row)]
    if not told:
        return ()
    stand = "a line stands" if len(told) == 1 else f"{len(told)} lines stand"
    return (
        f"{stand} above the names of the columns and {'is' if len(told) == 1 else 'are'} not read ({listed(told, 3)})",
    )


def _with_numbers(names: Row) -> tuple[str, ...]:
    return tuple(name or f"(column {i})" for i, name in enumerate(names, 1))


def _is_data(rows: Sequence[Row], at: int) -> bool:
    """Whether the row is none of names: it holds a number, or a cell that comes again below in its column or has its form."""
    for i, cell in enumerate(rows[at]):
        below = _below(rows, at, i) if cell else []
        if cell and (
            NUMBER.fullmatch(cell) or cell in below or (DIGITS.search(cell) and _has_form(cell, below))
        ):
            return True
    return False


def _below(rows: Sequence[Row], at: int, column: int) -> list[str]:
    """The filled cells of the column below the row, but for those of rows that repeat it."""
    whole = rows[at]
    return [row[column] for row in rows[at + 1 :] if column < len(row) and row[column] and row != whole]


def _has_form(cell: str, below: Sequence[str]) -> bool:
    """Whether most cells below are written as this one, whatever their digits: 'T12' as 'T3'."""
    form = DIGITS.sub("0", cell)
    return sum(DIGITS.sub("0", other) == form for other in below) >= max(1, HALF * len(below))


def _is_like_the_rows(rows: Sequence[Row], at: int) -> bool:
    """Whether each cell comes again below, at least two of them, or is written as most cells of its column are."""
    again = 0
    for i, cell in enumerate(rows[at]):
        below = _below(rows, at, i)
        if not cell or len(below) < LEAST_BELOW:
            return False
        if cell in below and len({*below}) > 1:
            again += 1
        elif not _has_form(cell, below):
            return False
    return again >= 2


def _completes(upper: Row, lower: Row) -> bool:
    """Whether the upper row names a column that the lower one leaves without a name, or names twice."""
    named = [name for name in lower if name]
    gaps = any(above and not below for above, below in zip(upper, lower, strict=False))
    return gaps or len({*named}) < len(named)


def _is_second(rows: Sequence[Row], at: int) -> bool:
    """Whether the row below is one of names too: no row of the table, and empty where all rows below it are filled."""
    below = rows[at + 2 :]
    if len(below) < LEAST_BELOW or not any(rows[at + 1]) or _is_data(rows, at + 1):
        return False
    filled = [all(i < len(row) and row[i] for row in below if any(row)) for i in range(len(rows[at]))]
    second = [*rows[at + 1], *[""] * len(filled)]
    return any(full and rows[at][i] and not second[i] for i, full in enumerate(filled))


def _in_two_rows(upper: Row, lower: Row) -> list[str]:
    """Names such as 'Rater 1 Verdict': a name of the upper row goes on to the right over cells that are merged with it.

    A name that stands over one column only needs no second one.
    """
    width = max(len(upper), len(lower))
    above, below = ([*row, *[""] * (width - len(row))] for row in (upper, lower))
    group: list[int] = []  # of each column the one whose upper name stands over it
    for i in range(width):
        group.append(i if above[i] or not below[i] or not group else group[-1])
    return [
        f"{above[g]} {below[i]}".strip() if group.count(g) > 1 or not above[g] else above[g]
        for i, g in enumerate(group)
    ]
