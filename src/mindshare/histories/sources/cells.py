"""A table of any program as strings: text in any encoding and with any separator, a workbook, a parquet file."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mindshare.core.errors import HistoryError
from mindshare.histories.sources.foreign import shown
from mindshare.histories.sources.opened import Opened

if TYPE_CHECKING:
    import polars as pl


TITLES = 20  # rows among which the names of the columns stand
QUOTES = "Save it as CSV with quotation marks around fields that hold the separator."


def read_pages(raw: Opened) -> list[tuple[str, pl.DataFrame]]:
    """See `Raw.pages`."""
    if raw.is_json:
        raise HistoryError(
            "this is JSON, and the format is one of tables. Set another format.", file=raw.file
        )
    if raw.is_book:
        return [(name, _cleaned(raw, frame)) for name, frame in _book(raw)]
    return [("", _cleaned(raw, _parquet(raw) if raw.is_parquet else _text(raw)))]


def _cleaned(raw: Opened, frame: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    _each_name_once(raw, frame.columns)
    frame = frame.select(_as_text(frame[name]).alias(name.strip()) for name in frame.columns if name.strip())
    keep = ~frame.select(pl.all_horizontal(pl.all().is_null())).to_series() if frame.width else None
    if keep is None or not keep.any():
        raise HistoryError("there is no row below the names of the columns.", file=raw.file)
    return frame if keep.all() else frame.filter(keep)


def _each_name_once(raw: Opened, names: Iterable[str]) -> None:
    for name, times in Counter(name.strip() for name in names).items():
        if times > 1 and name:
            raise HistoryError(
                f"{times} columns are called '{shown(name)}'. Rename all but one.", file=raw.file, row=1
            )


def _as_text(series: pl.Series) -> pl.Series:
    """As strings: whole floats as integers, durations in seconds, lists and structures as JSON, empty = null."""
    import polars as pl

    if series.dtype.is_float():
        series = series.fill_nan(None)
        whole = series.drop_nulls()
        if bool((whole == whole.round()).all()) and bool((whole.abs() < 1e15).all()):
            series = series.cast(pl.Int64)
    elif isinstance(series.dtype, pl.Duration):
        series = series.dt.total_microseconds() / 1e6
    elif series.dtype.is_nested():
        wrapped = series.to_frame("x").select(pl.struct("x").struct.json_encode())
        text = wrapped.to_series().str.strip_prefix('{"x":').str.strip_suffix("}")
        series = text.set(series.is_null(), None)
    text = series.cast(pl.String, strict=False)
    if isinstance(series.dtype, pl.String):
        stripped = text.str.strip_chars()
        if stripped.str.len_bytes().sum() < text.str.len_bytes().sum():  # a copy only where there is space
            text = stripped
    return text.set(text == "", None) if (text == "").any() else text


def _parquet(raw: Opened) -> pl.DataFrame:
    import polars as pl

    try:
        return pl.read_parquet(raw.path)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as e:
        raise HistoryError("this is not a whole parquet file. Write it again.", file=raw.file) from e


def _book(raw: Opened) -> list[tuple[str, pl.DataFrame]]:
    """The pages of the workbook that hold a table: two columns and a row below their names, or the only page with rows."""
    import fastexcel
    import polars as pl

    try:
        book = fastexcel.read_excel(raw.path)
        pages = [
            (name, book.load_sheet(name, header_row=None, dtypes="string").to_polars())
            for name in book.sheet_names
        ]
    except (fastexcel.FastExcelError, pl.exceptions.PolarsError, OSError) as e:
        raise HistoryError("this is not a whole workbook. Save it again, or as CSV.", file=raw.file) from e
    tables = [(name, _below_its_names(frame)) for name, frame in pages if frame.height > 1]
    tables = [(name, frame) for name, frame in tables if frame.height and frame.width]
    if not tables:
        raise HistoryError("no page of the workbook has a row below its first one.", file=raw.file)
    return [(name, frame) for name, frame in tables if frame.width > 1] or tables[:1]


def _below_its_names(frame: pl.DataFrame) -> pl.DataFrame:
    """The table below its names: the first row that is about as full as any, so titles above it are none."""
    import polars as pl

    full = frame.head(TITLES).select(pl.sum_horizontal(pl.all().is_not_null())).to_series()
    at = int((full >= 0.8 * full.max()).arg_max() or 0)  # type: ignore[operator]
    names = [(cell or "").strip() for cell in frame.row(at)]
    kept = [i for i, name in enumerate(names) if name]
    twice = Counter(names[i] for i in kept)
    called = [names[i] if twice[names[i]] == 1 else f"{names[i]} ({frame.columns[i]})" for i in kept]
    return frame.slice(at + 1).select(
        pl.col(frame.columns[i]).alias(c) for i, c in zip(kept, called, strict=True)
    )


def _text(raw: Opened) -> pl.DataFrame:
    _each_name_once(raw, raw.names)  # before polars gives the second one another name
    import polars as pl

    with raw.text() as file:
        for _ in range(raw.above):
            file.readline()
        plain_utf8 = raw.encoding in ("utf-8", "utf-8-sig") and raw.path.suffix != ".gz" and not raw.above
        body = raw.path if plain_utf8 else io.BytesIO(file.read().encode())
    problem = ""
    for quote in ('"', None):
        if isinstance(body, io.BytesIO):
            body.seek(0)
        try:
            return pl.read_csv(body, infer_schema=False, separator=raw.separator, quote_char=quote)
        # a file whose last byte opens a quoted field is no error of the reader, it panics
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as e:
            problem = problem or str(e).splitlines()[0]
    raise _broken(raw, problem)


def _broken(raw: Opened, problem: str) -> HistoryError:
    """Reads the file again, slowly, to find the row that could not be read."""
    import csv

    csv.field_size_limit(2**31 - 1)
    width, start = len(raw.names), raw.above + 1
    with raw.text() as file:
        for _ in range(raw.above):
            file.readline()
        rows = csv.reader(file, delimiter=raw.separator)
        for row in rows:
            if len(row) > width:
                return HistoryError(
                    f"the row has {len(row)} fields and the first row {width}. {QUOTES}",
                    file=raw.file,
                    row=start,
                )
            start = raw.above + rows.line_num + 1
    return HistoryError(f"the file cannot be read as a table: {shown(problem, 200)}. {QUOTES}", file=raw.file)
