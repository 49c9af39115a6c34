"""A table without a format of its own: csv of any spelling, a workbook, parquet, JSON lines of flat objects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mindshare.histories.sources.foreign import Record, plain
from mindshare.histories.sources.raw import Raw
from mindshare.histories.sources.source import Sheet

if TYPE_CHECKING:
    import polars as pl

    from mindshare.histories.intake.questions import Questions

DEEPEST = 3  # objects within objects whose fields are columns
CALLED = {"utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-32": "UTF-32"}
BETWEEN = {";": "semicolons", "\t": "tabs", "|": "bars"}


class PlainTable:
    """Rows and columns; their names and values must tell the rest."""

    name = "table"

    def recognises(self, raw: Raw) -> bool:
        return not raw.is_json or raw.sample is not None

    def read(self, raw: Raw, questions: Questions) -> list[Sheet]:  # noqa: ARG002  a table asks later
        if raw.is_json:
            return [Sheet(file=raw.file, format=spelling(raw), frame=_records(raw))]
        several = len(raw.pages) > 1
        return [
            Sheet(file=f"{raw.file}/{page}" if several else raw.file, format=spelling(raw), frame=frame)
            for page, frame in raw.pages
        ]


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


def _flat(record: Record, above: str = "") -> Iterator[tuple[str, Any]]:
    """Fields, those of objects within under both names: meta.source."""
    for name, value in record.items():
        full = f"{above}{name.strip()}"
        if isinstance(value, dict) and value and above.count(".") < DEEPEST:
            yield from _flat(value, f"{full}.")
        elif name.strip():
            yield full, value


def _records(raw: Raw) -> pl.DataFrame:
    import polars as pl

    columns: dict[str, list[str | None]] = {}
    n = 0
    for n, record in enumerate(raw.records(), 1):
        for name, value in _flat(record):
            column = columns.setdefault(name, [])
            if len(column) < n:
                column.extend([None] * (n - 1 - len(column)))
                column.append(plain(value))
    for column in columns.values():
        column.extend([None] * (n - len(column)))
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
