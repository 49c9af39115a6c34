"""The lines and records of a csv as Python reads them: slow, and only used for the header and to say where a mistake is."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from mindshare.core.errors import HistoryError


def open_text(path: Path) -> IO[str]:
    """The file's text, unzipped where needed; broken characters stay visible, they are reported elsewhere."""
    if path.name.endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="replace", newline="")
    return path.open(encoding="utf-8-sig", errors="replace", newline="")


def read_header(path: Path) -> list[str]:
    """The names of the columns."""
    try:
        with open_text(path) as lines:
            header = next(csv.reader(lines), None)
    except (gzip.BadGzipFile, EOFError) as e:
        raise HistoryError("this is not a whole gzip file. Pack it again.", file=path.name) from e
    if header and "\ufffd" in "".join(header):
        raise HistoryError("the file is not UTF-8. Save the file as UTF-8.", file=path.name, row=1)
    if header and "\n" in "".join(header):
        raise HistoryError(
            "a column's name runs over several lines. Close its quotation mark.", file=path.name, row=1
        )
    if not header:
        raise HistoryError("the file is empty. Its first line names the columns.", file=path.name)
    return header


def line_of(path: Path, at: int) -> int:
    """The line on which data row `at` (from 0) starts; the header is line 1. Only called to report an error."""
    if path.name.endswith(".parquet"):
        return at + 2
    for record, (_, end) in enumerate(records(path)):
        if record == at:
            return end + 1
    return at + 2


def records(path: Path) -> Iterator[tuple[list[str], int]]:
    """Each record's fields and the line on which it ends."""
    csv.field_size_limit(2**31 - 1)  # a report of many pages is a fine text; the module's default refuses it
    with open_text(path) as lines:
        reader = csv.reader(lines)
        for fields in reader:
            yield fields, reader.line_num


def raw_lines(path: Path) -> Iterator[bytes]:
    """The lines as bytes, unzipped where needed."""
    with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as lines:
        yield from lines
