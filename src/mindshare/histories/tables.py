"""One file as a table of strings, and the sentences for files that cannot be read as one."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from mindshare.core.errors import HistoryError, listed
from mindshare.histories.lines import line_of, raw_lines, read_header, records
from mindshare.histories.parquet import read_parquet

if TYPE_CHECKING:
    import polars as pl

ENDINGS = (".csv", ".csv.gz", ".parquet")


@dataclass(frozen=True, slots=True)
class Table:
    """A file's columns. `place` is the data row in the file of every row, None where no blank line was left out."""

    path: Path
    frame: pl.DataFrame
    place: pl.Series | None = None

    def error(self, problem: str, *, at: int | None = None, column: str | None = None) -> HistoryError:
        """The error at row `at` of the frame; its message counts lines as an editor does."""
        row = None if at is None else self.line(at)
        problem = problem.replace("\n", "\\n").replace(
            "\r", "\\r"
        )  # a value may hold lines, a sentence is one line
        return HistoryError(problem, file=self.path.name, row=row, column=column)

    def line(self, at: int) -> int:
        """The line of the file on which row `at` of the frame starts; the header is line 1."""
        return line_of(self.path, at if self.place is None else self.place[at])

    def refuse(self, bad: pl.Series, column: str, problem: str | Callable[[int], str]) -> None:
        """Raises for the first row where `bad` is true; `problem` is the sentence, or writes it for that row."""
        if bad.any():
            at = bad.fill_null(value=False).arg_max() or 0
            raise self.error(problem if isinstance(problem, str) else problem(at), at=at, column=column)

    def text(self, column: str) -> pl.Series:
        """The column as strings, empty = null; whole floats as integers, so that parquet and csv agree."""
        import polars as pl

        series = self.frame[column]
        if series.dtype.is_float():
            whole = series.fill_nan(None).drop_nulls()
            if bool((whole == whole.round()).all()):
                series = series.fill_nan(None).cast(pl.Int64)
        series = series.cast(pl.String)
        return series.set(series == "", None) if (series == "").any() else series

    def strings(self) -> pl.DataFrame:
        """All columns that have a name, as strings."""
        import polars as pl

        return pl.DataFrame(
            [self.text(column).alias(column) for column in self.frame.columns if column.strip()]
        )

    def loose_number(self, column: str) -> pl.Series:
        """The column as float64, null where it is empty or no number."""
        import polars as pl

        series = self.frame[column]
        if series.dtype == pl.Boolean:  # a csv says true and false, which are words
            return pl.Series(column, [None] * len(series), dtype=pl.Float64)
        if not series.dtype.is_numeric():
            series = series.cast(pl.String).str.strip_chars()
        return series.cast(pl.Float64, strict=False).fill_nan(None)

    def number(self, column: str, meaning: str) -> pl.Series:
        """The column as floats, empty = null; refuses what is no finite number."""
        import polars as pl

        series = self.frame[column]
        if not series.dtype.is_numeric():
            text = self.text(column)
            series = text.str.strip_chars().cast(pl.Float64, strict=False)
            self.refuse(
                text.is_not_null() & series.is_null(),
                column,
                lambda at: f"'{text[at]}' is not a number; {meaning}, or leave it empty.",
            )
        elif not series.dtype.is_float():
            series = series.cast(pl.Float64)
        self.refuse(
            series.is_infinite(),
            column,
            lambda at: f"{series[at]} is not a finite number; {meaning}, or leave it empty.",
        )
        return series.fill_nan(None)


def find_table(directory: Path, stem: str, why: str) -> Path:
    """The one file of this stem in the directory."""
    found = [directory / f"{stem}{end}" for end in ENDINGS if (directory / f"{stem}{end}").is_file()]
    if not found:
        raise HistoryError(
            f"there is no {stem}.csv, {stem}.csv.gz or {stem}.parquet. Write one: {why}.", file=str(directory)
        )
    if len(found) > 1:
        names = " and ".join(f.name for f in found)
        raise HistoryError(
            f"there are {names}, and only one of them can be read. Keep one.", file=str(directory)
        )
    return found[0]


def read_table(
    path: Path,
    required: Iterable[str],
    numbers: Callable[[str], bool] = lambda _: False,
    *,
    named: bool = True,
) -> Table:
    """The file as strings, the columns chosen by `numbers` as floats where all of their values parse."""
    if path.name.endswith(".parquet"):
        table = Table(path, read_parquet(path, path.name))
        _check_header(path, table.frame.columns, required, named=named)
    else:
        header = read_header(path)
        _check_header(path, header, required, named=named)
        table = Table(path, _read_csv(path, [name for name in header if numbers(name)]))
        _check_short_rows(table)
    table = _without_blank_rows(table)
    if not table.frame.height:
        raise HistoryError("there is a header, but no row below it.", file=path.name)
    return table


def _without_blank_rows(table: Table) -> Table:
    import polars as pl

    if not table.frame.height or table.frame.to_series(0).null_count() == 0:
        return table
    keep = ~table.frame.select(pl.all_horizontal(pl.all().is_null())).to_series()
    if keep.all():
        return table
    return Table(table.path, table.frame.filter(keep), keep.arg_true())


def _renamed(name: str, header: list[str]) -> str:
    close = get_close_matches(name, header, n=1, cutoff=0.6)
    return f" Rename '{close[0]}' to '{name}' if that is it." if close else ""


def _check_header(path: Path, header: list[str], required: Iterable[str], *, named: bool) -> None:
    for name, times in Counter(header).items():
        if named and not name.strip():  # the index that data frames write has none
            raise HistoryError("a column has no name. Name it or remove it.", file=path.name, row=1)
        if times > 1:
            raise HistoryError(
                f"{times} columns have this name. Rename or remove all but one.",
                file=path.name,
                row=1,
                column=name,
            )
    for name in required:
        if name not in header:
            hint = " Separate the columns with commas." if len(header) == 1 and header[0].count(";") else ""
            raise HistoryError(
                f"there is no column '{name}'; the columns are {listed(header)}.{hint}{_renamed(name, header)}",
                file=path.name,
                row=1,
            )


def _read_csv(path: Path, numbers: list[str]) -> pl.DataFrame:
    import polars as pl

    for chosen in (numbers, []):
        overrides = dict.fromkeys(chosen, pl.Float64)
        try:
            return pl.read_csv(path, infer_schema=False, schema_overrides=overrides)
        # a file whose last byte opens a quoted number is no error of the reader, it panics
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as e:
            if not chosen:  # as strings only the form of the file can be wrong
                raise _broken_csv(path, str(e)) from e
    raise AssertionError("the second round always returns or raises")


def _broken_csv(path: Path, reason: str) -> HistoryError:
    """Reads the file again, slowly, to find the row that could not be read."""
    for line, raw in enumerate(raw_lines(path), 1):
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError as e:
            return HistoryError(
                f"byte {e.start + 1} is not UTF-8. Save the file as UTF-8.", file=path.name, row=line
            )
    width, start, last, end = len(read_header(path)), 1, 1, 0
    for fields, end in records(path):
        if len(fields) > width:
            return _ragged(path, len(fields), width, start)
        last, start = start, end + 1
    # a quoted field that runs over lines to the end of the file, or that opens with its last character
    if end > last or sum(raw.count(b'"') for raw in raw_lines(path)) % 2:
        return HistoryError(
            "a quotation mark opens here and never closes. Close it.", file=path.name, row=last
        )
    return HistoryError(f"the file cannot be read as CSV: {reason.splitlines()[0]}.", file=path.name)


def _check_short_rows(table: Table) -> None:
    """A row that ends early would read as empty fields: attention spent and nothing learnt. It is a mistake."""
    last = table.frame.to_series(table.frame.width - 1)
    if not last.null_count() or _as_many_commas_as_fields(table):
        return
    width, start = table.frame.width, 1
    for fields, end in records(table.path):
        if fields and len(fields) < width:
            raise _ragged(table.path, len(fields), width, start)
        start = end + 1


def _as_many_commas_as_fields(table: Table) -> bool:
    """Whether no row can be short, by counting only: ten million rows in a second. False = not known."""
    commas = 0
    with gzip.open(table.path) if table.path.name.endswith(".gz") else table.path.open("rb") as file:
        while chunk := file.read(1 << 24):
            if b'"' in chunk:
                return False
            commas += chunk.count(b",")
    return commas == (table.frame.height + 1) * (table.frame.width - 1)


def _ragged(path: Path, fields: int, width: int, row: int) -> HistoryError:
    return HistoryError(
        f"the row has {fields} fields and the header {width}. Quote fields that hold commas, and keep empty ones.",
        file=path.name,
        row=row,
    )
