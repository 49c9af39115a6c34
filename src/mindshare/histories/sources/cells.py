"""A table of any program as strings: text in any encoding and with any separator, a workbook, a parquet file."""

from __future__ import annotations

import io
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from mindshare.core.errors import HistoryError, listed
from mindshare.histories.parquet import read_parquet
from mindshare.histories.sources.foreign import shown
from mindshare.histories.sources.header import FIRST, NAMELESS, Header, find_header
from mindshare.histories.sources.opened import Opened

if TYPE_CHECKING:
    import polars as pl


QUOTES = "Save it as CSV with quotation marks around fields that hold the separator."


class Page(NamedTuple):
    """A table of a file: the page of a workbook, else the file itself, without a name.

    In `frame` all columns are strings, empty = null, and blank rows are gone; `gaps` are the numbers of rows above those.
    `said`: what stands around the table, a clause each.
    """

    name: str
    frame: pl.DataFrame
    gaps: tuple[int, ...] = ()
    said: tuple[str, ...] = ()


def read_pages(raw: Opened) -> list[Page]:
    """See `Raw.pages`."""
    if raw.is_json:
        raise HistoryError(
            "this is JSON, and the format is one of tables. Set another format.", file=raw.file
        )
    if raw.is_book:
        return _book(raw)
    if raw.is_parquet:
        frame = read_parquet(raw.path, raw.file)
        header = Header(tuple(frame.columns))
        _check_names(raw, header)
        return [_cleaned(raw, "", frame, header)]
    _check_names(raw, raw.header)
    return [_cleaned(raw, "", _text(raw), raw.header)]


def _cleaned(raw: Opened, name: str, frame: pl.DataFrame, header: Header) -> Page:
    """The page of a frame, whose columns get the names of the header; those without one, and without a cell, are gone."""
    import polars as pl

    names = header.names if len(header.names) == frame.width else tuple(frame.columns)
    called = [name.strip() or f"(column {i})" for i, name in enumerate(names, 1)]
    kept = [
        _as_text(frame.to_series(i)).alias(column)
        for i, column in enumerate(called)
        if not (NAMELESS.fullmatch(column) and frame.to_series(i).null_count() == frame.height)
    ]
    frame = pl.DataFrame(kept)
    keep = ~frame.select(pl.all_horizontal(pl.all().is_null())).to_series() if frame.width else None
    if keep is None or not keep.any():
        raise HistoryError("there is no row below the names of the columns.", file=raw.file)
    if keep.all():
        return Page(name, frame, said=header.said)
    above = keep.cum_sum().filter(~keep).unique().sort().to_list()
    return Page(name, frame.filter(keep), tuple(n for n in above if 0 < n < keep.sum()), header.said)


def _check_names(raw: Opened, header: Header) -> None:
    if header.missing:
        cells = listed([shown(repr(cell)) for cell in header.names], 4)
        problem = f"the first row ({cells}) is like all others, so no row names the columns. Write a row of names above it."
        raise HistoryError(problem, file=raw.file, row=1)
    for name, times in Counter(name.strip() for name in header.names).items():
        if times > 1 and name:
            problem = f"{times} columns are called '{shown(name)}'. Rename all but one."
            raise HistoryError(problem, file=raw.file, row=header.above + 1)


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


def _book(raw: Opened) -> list[Page]:
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
    headers = [find_header(frame.head(FIRST).rows()) for _, frame in pages]
    for header in headers:
        _check_names(raw, _once_each(header))
    tables = [
        (name, frame.slice(header.above + header.rows), _once_each(header))
        for (name, frame), header in zip(pages, headers, strict=True)
        if header.names and frame.height > header.above + header.rows
    ]
    if not tables:
        raise HistoryError("no page of the workbook has a row below its first one.", file=raw.file)
    tables = [table for table in tables if table[1].width > 1] or tables[:1]
    read = [_cleaned(raw, *table) for table in tables]
    aside = [name for name, frame in pages if frame.height and name not in {page.name for page in read}]
    hold = "holds no table and is" if len(aside) == 1 else "hold no table and are"
    told = f"{listed([repr(name) for name in aside], 4)} {hold} not read"
    return [*([read[0]._replace(said=(*read[0].said, told))] if aside else read[:1]), *read[1:]]


def _once_each(header: Header) -> Header:
    """The header with the number of their column behind names that come twice."""
    twice = Counter(header.names)
    names = [n if twice[n] == 1 else f"{n} (column {i})" for i, n in enumerate(header.names, 1)]
    return header._replace(names=tuple(names))


def _text(raw: Opened) -> pl.DataFrame:
    import polars as pl

    plain_header = raw.header.above + raw.above == 0 and raw.header.rows == 1
    plain_utf8 = raw.encoding in ("utf-8", "utf-8-sig") and raw.path.suffix != ".gz" and not raw.is_old_mac
    with raw.text() as file:
        for _ in range(0 if plain_header else raw.begin):
            file.readline()
        names = "" if plain_header else raw.separator.join(f"c{i}" for i in range(len(raw.names))) + "\n"
        body = raw.path if plain_utf8 and plain_header else io.BytesIO((names + file.read()).encode())
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
    width, start = len(raw.names), raw.begin + 1
    with raw.text() as file:
        for _ in range(raw.begin):
            file.readline()
        rows = csv.reader(file, delimiter=raw.separator)
        for row in rows:
            if len(row) > width:
                return HistoryError(
                    f"the row has {len(row)} fields and the first row {width}. {QUOTES}",
                    file=raw.file,
                    row=start,
                )
            start = raw.begin + rows.line_num + 1
    return HistoryError(f"the file cannot be read as a table: {shown(problem, 200)}. {QUOTES}", file=raw.file)
