"""Cells that are merged over several rows: a file keeps their value in the first of these rows only."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from mindshare.core.errors import counted, listed
from mindshare.histories.intake import names
from mindshare.histories.intake.roles import Columns

if TYPE_CHECKING:
    import polars as pl

SOME = 0.2  # of the rows are empty: fewer are slips


def filled_down(columns: Columns) -> Columns:
    """The sheet with the case, or else the agent, in every row, where it stands only in the first of its rows.

    That is so where each value stands once, with empty rows below it, and no agent answers a case twice if they are its
    rows too. Columns that are filled in the same rows only are filled within the case, as they describe it.
    """
    import polars as pl

    frame, sheet = columns.frame, columns.sheet
    case = _first(columns, "case", names.CASE)
    agent = _first(columns, "agent", names.AGENT)
    if sheet.layout is not None or not case or not agent or case == agent:
        return columns
    for column, other in ((case, agent), (agent, case)):
        empty = frame[column].is_null()
        n = int(empty.sum())
        if (
            n < SOME * frame.height
            or empty[0]
            or frame[other].null_count()
            or frame[column].drop_nulls().is_duplicated().any()
        ):
            continue
        whole = frame.with_columns(pl.col(column).forward_fill())
        if whole.select(case, agent).n_unique() < frame.height:
            continue
        others = [c for c in frame.columns if c not in (case, agent)] if column == case else []
        merged = [c for c in others if _is_within(frame[c].is_not_null(), ~empty)]
        whole = whole.with_columns(pl.col(c).drop_nulls().first().over(case) for c in merged)
        also = f", with {listed([repr(c) for c in merged], 4)}" if merged else ""
        columns.notes.say(
            f"{sheet.file}: '{column}' stands once and is empty in {counted(n, 'row')} below, as merged cells are written: it is filled"
            f" down{also}."
        )
        return Columns(replace(sheet, frame=whole), columns.questions, columns.settings, columns.notes)
    return columns


def _first(columns: Columns, role: str, pattern: re.Pattern[str]) -> str:
    return columns.of(role) or next(iter(columns.named(pattern)), "")


def _is_within(filled: pl.Series, rows: pl.Series) -> bool:
    """Whether the column is filled somewhere, and only in these rows."""
    return bool(filled.any()) and bool((~filled | rows).all())
