"""The bytes of one file as somebody gave it: what it is, its encoding, its separator, each found out when asked for."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import IO

from mindshare.core.errors import HistoryError
from mindshare.histories.sources.header import FIRST, Header, find_header

HEAD = 1 << 16  # bytes that tell what a file is
CHUNK = 1 << 24
MOST_ABOVE = 50  # lines
WANTED = "Name a table (csv, xlsx, parquet) or an export as JSON."
MAGIC = {
    b"%PDF": f"this is a PDF. {WANTED}",
    b"PK\x03\x04": "this is a zip archive. Unpack it, and name the file in it.",
    b"Rar!": "this is an archive. Unpack it, and name the file in it.",
    b"7z\xbc\xaf": "this is an archive. Unpack it, and name the file in it.",
    b"SQLite format": f"this is a database. {WANTED}",
    b"\x89PNG": f"this is a picture. {WANTED}",
    b"\xff\xd8\xff": f"this is a picture. {WANTED}",
}
SEPARATORS = ",;\t|"
BOOKS = (".xlsx", ".xls", ".xlsb", ".xlsm", ".ods")
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Opened:
    """A file that exists and can be read. Everything about it is looked up once, and only when asked for."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.file = self.path.name
        if self.path.is_dir():
            raise HistoryError("this is a directory. Name the files in it.", file=str(path))
        if not self.path.is_file():
            raise HistoryError("there is no such file. Name a table or an export.", file=str(path))
        if not self.first:
            raise HistoryError("the file is empty. Export it again.", file=self.file)

    @cached_property
    def first(self) -> bytes:
        """The first bytes, unzipped."""
        try:
            with self._open() as file:
                return file.read(HEAD)
        except (gzip.BadGzipFile, EOFError) as e:
            raise HistoryError("this is not a whole gzip file. Pack it again.", file=self.file) from e
        except OSError as e:
            raise HistoryError(f"the file cannot be read: {e.strerror}.", file=self.file) from e

    def _open(self) -> IO[bytes]:
        return gzip.open(self.path) if self.path.suffix == ".gz" else self.path.open("rb")  # type: ignore[return-value]

    @property
    def ending(self) -> str:
        """Such as ".csv", also of "answers.csv.gz"."""
        return Path(self.path.stem if self.path.suffix == ".gz" else self.path.name).suffix.lower()

    @property
    def is_parquet(self) -> bool:
        return self.first[:4] == b"PAR1"

    @property
    def is_book(self) -> bool:
        """Whether it is a workbook of a spreadsheet program."""
        zipped = self.first[:4] == b"PK\x03\x04" or self.first[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        return self.ending in BOOKS and zipped

    @cached_property
    def encoding(self) -> str:
        """Of a text file: what its first bytes say, else UTF-8, else Windows-1252, which most programs mean by Latin-1."""
        for bom, name in BOMS:
            if self.first.startswith(bom):
                return name
        for magic, what in MAGIC.items():
            if self.first.startswith(magic):
                raise HistoryError(what, file=self.file)
        if b"\x00" in self.first:
            even, odd = self.first[::2].count(0), self.first[1::2].count(0)
            if max(even, odd) > 0.3 * len(self.first) / 2 and min(even, odd) < 0.05 * len(self.first) / 2:
                return "utf-16-le" if odd > even else "utf-16-be"
            raise HistoryError(
                "this is no text. Name a table (csv, xlsx, parquet) or an export as JSON.", file=self.file
            )
        return next((name for name in ("utf-8", "cp1252") if self._decodes(name)), "latin-1")

    def _decodes(self, encoding: str) -> bool:
        decode = codecs.getincrementaldecoder(encoding)()
        try:
            with self._open() as file:
                while chunk := file.read(CHUNK):
                    decode.decode(chunk)
            decode.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
        return True

    @property
    def is_old_mac(self) -> bool:
        """Whether lines end in a carriage return alone, as Excel for Mac may write them."""
        return b"\r" in self.first and b"\n" not in self.first

    def text(self) -> IO[str]:
        """The file as text; characters that the encoding does not know stay visible as replacements."""
        encoding = self.encoding  # before the file is open, for it may be refused
        newline = None if self.is_old_mac else ""
        return io.TextIOWrapper(self._open(), encoding=encoding, errors="replace", newline=newline)

    @cached_property
    def head(self) -> str:
        """The first characters."""
        if self.is_parquet or self.is_book:
            return ""
        with self.text() as file:
            return file.read(HEAD)

    @property
    def is_json(self) -> bool:
        """Whether it begins as JSON does: an object or a list."""
        return self.head.lstrip()[:1] in ("{", "[") and self.ending not in (".csv", ".tsv", ".txt", ".tab")

    @cached_property
    def above(self) -> int:
        """Lines above the names of the columns: a hint of a spreadsheet program, and comments, which have fewer fields."""
        lines = self.head.splitlines()[:MOST_ABOVE]
        below = next((line for line in lines if not line.startswith("#")), "")
        fields = max(below.count(separator) for separator in SEPARATORS)
        for n, line in enumerate(lines):
            comment = line.startswith("#") and max(line.count(separator) for separator in SEPARATORS) < fields
            if not comment and line[:4].lower() != "sep=":
                return n
        return 0

    def _rows(self, separator: str) -> Iterator[tuple[list[str], int]]:
        """The first rows of a text table, and the lines that they and all above them take."""
        csv.field_size_limit(2**31 - 1)
        lines = self.head.splitlines(keepends=True)[self.above :] if self.above else [self.head]
        rows = csv.reader(
            io.StringIO("".join(lines), newline=""), delimiter=separator
        )  # a lone \r ends a row
        return ((row, self.above + rows.line_num) for row in rows)

    @cached_property
    def separator(self) -> str:
        """What stands between the columns of a text table: the one that cuts most of the first rows into equally many fields."""

        def score(separator: str) -> tuple[float, int]:
            rows = [len(row) for row, _ in self._rows(separator) if row][:-1][:50] or [1]
            usual, times = max(Counter(rows).items(), key=lambda pair: (pair[1], pair[0]))
            return (0.0, 0) if usual < 2 else (times / len(rows), usual)

        return max(SEPARATORS, key=score)  # the first of equals: the comma

    @cached_property
    def header(self) -> Header:
        """Of a text table."""
        rows = [row for row, _ in islice(self._rows(self.separator), FIRST)]
        return find_header(
            rows[:-1] if len(rows) > 1 and len(self.head) == HEAD else rows
        )  # the last may be cut

    @property
    def names(self) -> tuple[str, ...]:
        """The names of a text table's columns."""
        return self.header.names

    @property
    def begin(self) -> int:
        """The lines of a text table above its first row."""
        last = self.header.above + self.header.rows - 1
        return next((line for _, line in islice(self._rows(self.separator), last, None)), self.above)
