"""A table without a format of its own: csv of any spelling, a workbook, parquet, JSON lines of flat objects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mindshare.core.errors import HistoryError, listed
from mindshare.histories.sources.cells import Page
from mindshare.histories.sources.foreign import Record, plain
from mindshare.histories.sources.nested import (
    Answers,
    a_row_each,
    answers_of,
    answers_under,
    flat,
    machines_beside,
)
from mindshare.histories.sources.raw import Raw
from mindshare.histories.sources.source import LeftOut, Sheet
from mindshare.histories.sources.summaries import without_summaries

if TYPE_CHECKING:
    import polars as pl

    from mindshare.histories.intake.questions import Questions

CALLED = {"utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-32": "UTF-32"}
BETWEEN = {";": "semicolons", "\t": "tabs", "|": "bars"}


class PlainTable:
    """Rows and columns; their names and values must tell the rest."""

    name = "table"

    def recognises(self, raw: Raw) -> bool:
        return not raw.is_json or raw.sample is not None

    def read(self, raw: Raw, questions: Questions) -> list[Sheet]:
        if raw.is_json:
            return [_of_records(raw, answers_of(raw, questions))]
        _refuse_field(raw, questions)
        several = len(raw.pages) > 1
        return [_of_page(page, f"{raw.file}/{page.name}" if several else raw.file, raw) for page in raw.pages]


def _of_page(page: Page, file: str, raw: Raw) -> Sheet:
    frame, left_out = without_summaries(page.frame, page.gaps)
    return Sheet(
        file=file,
        format=spelling(raw),
        frame=frame,
        left_out=tuple(LeftOut(n, "row", f"{file}: {why}") for n, why in left_out),
        said=tuple(f"{file}: {clause}." for clause in page.said),
    )


def spelling(raw: Raw) -> str:
    """How the table is written, in words."""
    if raw.is_json:
        return "JSON, an object a row"
    if raw.is_parquet or raw.is_book:
        return "parquet" if raw.is_parquet else "a workbook"
    encoding = CALLED.get(
        raw.encoding, "Windows-1252 (Latin-1)" if raw.encoding in ("cp1252", "latin-1") else ""
    )
    between = f"{BETWEEN[raw.separator]} between columns" if raw.separator in BETWEEN else ""
    return ", ".join(word for word in ("a table", between, encoding) if word)


def _refuse_field(raw: Raw, questions: Questions) -> None:
    """Refuses `field` of a table, in which it would change nothing."""
    if questions.is_meant("field", raw.file):
        set_ = questions.setting("field", raw.file)
        problem = f"--set field={set_}: this is a table, whose column of answers --set answer=COLUMN names."
        raise HistoryError(problem, file=raw.file)


def _of_records(raw: Raw, answers: Answers | None) -> Sheet:
    """A row for each object or, where a field holds lists of answers, for each of those."""
    if answers is None:
        return Sheet(file=raw.file, format=spelling(raw), frame=_frame(dict(flat(r)) for r in raw.records()))
    field, others = answers.field, answers.others
    machines = machines_beside(raw, answers)
    said = [
        f"{raw.file}: '{field}' holds a list of objects, each of them an answer, so each is a row, with the other fields of"
        " what it is about."
    ]
    said += [f"{raw.file}: '{m.answer}' holds what a machine answered, so it is a row too." for m in machines]
    why = f"under {listed(others)}, and '{field}' is the field that is read (--set field=...)"
    left_out = (LeftOut(answers_under(others, raw.records()), "answer", why),) if others else ()
    called = {m.agent(dict(flat(record))) for record in raw.records() for m in machines}
    return Sheet(
        file=raw.file,
        format=f"JSON, an object a case, with its answers under '{field}'",
        frame=_frame(a_row_each(raw.records(), answers, machines)),
        roles=answers.roles,
        kinds=dict.fromkeys(sorted(called), "machine"),
        said=tuple(said),
        left_out=left_out,
    )


def _frame(rows: Iterable[Record]) -> pl.DataFrame:
    """The rows as strings, with a column for each name in any of them."""
    import polars as pl

    columns: dict[str, list[str | None]] = {}
    n = 0
    for n, row in enumerate(rows, 1):
        for name, value in row.items():
            column = columns.setdefault(name, [])
            if len(column) < n:
                column.extend([None] * (n - 1 - len(column)))
                column.append(plain(value))
    for column in columns.values():
        column.extend([None] * (n - len(column)))
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
