"""One file as somebody gave it: its rows or its records, each read when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from mindshare.core.errors import HistoryError
from mindshare.histories.sources.cells import Page, read_pages
from mindshare.histories.sources.foreign import Record
from mindshare.histories.sources.opened import Opened
from mindshare.histories.sources.records import read_records

if TYPE_CHECKING:
    import polars as pl


class Raw(Opened):
    """A file that exists and can be read. Everything about it is looked up once, and only when asked for."""

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of a table's columns; none where the file is JSON or holds no table."""
        if self.is_json:
            return ()
        if self.is_parquet or self.is_book:
            return tuple(self.frame.columns)
        return self.names

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The table, all columns as strings, empty = null; blank rows are gone. Of a workbook, the first page that holds one."""
        return self.pages[0].frame

    @cached_property
    def pages(self) -> list[Page]:
        """The tables of the file: of a workbook each page that holds one."""
        return read_pages(self)

    @cached_property
    def sample(self) -> Record | None:
        """The first record of a JSON file, None where there is none or it is damaged."""
        try:
            return next(self.records(), None)
        except HistoryError:
            return None

    def records(self) -> Iterator[Record]:
        """The objects of a JSON file, one after another: a list of them, or one a line (JSON lines).

        An object that holds a list of objects under `records`, `data`, `items`, `examples` or `results` is that list; one whose
        objects stand under their ids, or whose columns stand under their names, is the list of its rows.
        Raises HistoryError where the JSON is damaged or holds something else.
        """
        return read_records(self)

    def rows(self) -> Iterator[Record]:
        """The objects of a JSON file, or the rows of a table as such: column -> cell, None where it is empty."""
        return self.records() if self.is_json else iter(self.frame.iter_rows(named=True))
