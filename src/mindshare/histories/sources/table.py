"""A table without a format of its own: csv of any spelling, a workbook, parquet, JSON lines of flat objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindshare.histories.sources.raw import Raw, plain
from mindshare.histories.sources.source import Sheet

if TYPE_CHECKING:
    import polars as pl

    from mindshare.histories.intake.questions import Questions

CALLED = {"utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-32": "UTF-32"}
BETWEEN = {";": "semicolons", "\t": "tabs", "|": "bars"}


class PlainTable:
    """Rows and columns; their names and values must tell the rest."""

    name = "table"

    def recognises(self, raw: Raw) -> bool:
        return not raw.is_json or (
            raw.sample is not None and not any(_nested(v) for v in raw.sample.values())
        )

    def read(self, raw: Raw, questions: Questions) -> list[Sheet]:  # noqa: ARG002  a table asks later
        frame = _records(raw) if raw.is_json else raw.frame
        return [Sheet(file=raw.file, format=spelling(raw), frame=frame)]


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


def _nested(value: object) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(v, dict | list) for v in value)
    )


def _records(raw: Raw) -> pl.DataFrame:
    import polars as pl

    columns: dict[str, list[str | None]] = {}
    n = 0
    for n, record in enumerate(raw.records(), 1):
        for name, value in record.items():
            if not name.strip():
                continue
            column = columns.setdefault(name.strip(), [])
            if len(column) < n:
                column.extend([None] * (n - 1 - len(column)))
                column.append(plain(value))
    for column in columns.values():
        column.extend([None] * (n - len(column)))
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
