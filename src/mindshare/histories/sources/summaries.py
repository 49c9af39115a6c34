"""Rows of a table that sum up others, stand below it, or repeat the names of its columns: they are nobody's answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mindshare.core.errors import listed
from mindshare.histories.intake import names
from mindshare.histories.sources.foreign import shown

if TYPE_CHECKING:
    import polars as pl

LAST = 3  # rows in which totals stand
MOST_BELOW = 10  # rows below an empty one
NUMBER = r"^[+-]?[0-9]+([.,][0-9]+)*\s*%?$"
BARE = r"( ?[:=(].*)?$"  # the whole cell says that it is a total
MOST_EMPTY = 0.34  # of a column's cells, where an empty one is worth a look
LOOKED_AT = 100_000  # rows
MOSTLY = 0.9
NAMED = rf"{names.A_TOTAL}|{names.MEASURE}"


def without_summaries(frame: pl.DataFrame, gaps: Sequence[int]) -> tuple[pl.DataFrame, list[tuple[int, str]]]:
    """The table's own rows, and how many others there were, with the reason. `gaps`: numbers of rows above empty ones.

    A row called a total or a measure of agreement, in any of its cells, is left out at the end of the table, or where it is
    unlike the others: a number stands where they hold words, or it is empty where they are filled. So are unlike rows below
    the last empty one.
    """
    import polars as pl

    left: list[tuple[int, str]] = []
    if not frame.width or frame.height < 2:
        return frame, left
    end = _end(frame, gaps)
    if end < frame.height:
        cells = [shown(cell) for cell in frame.to_series(0)[end:].drop_nulls().to_list()]
        told = f" ({listed([repr(cell) for cell in cells], 3)})" if cells else ""
        left.append((frame.height - end, f"below the table, after an empty row{told}"))
        frame = frame.head(end)
    total = _totals(frame)
    if total.any():
        firsts = frame.filter(total).select(pl.coalesce(pl.all())).to_series()
        called = firsts.unique(maintain_order=True).to_list()
        left.append((int(total.sum()), f"called {listed([repr(shown(c)) for c in called], 3)}"))
        frame = frame.filter(~total)
    again = frame.to_series(0) == frame.columns[0]
    if again.any():
        whole = frame.select(
            pl.all_horizontal((pl.col(c) == c).fill_null(value=False) for c in frame.columns)
        )
        left.append((int(whole.to_series().sum()), "the names of the columns again"))
        frame = frame.filter(~whole.to_series())
    return frame, [(n, why) for n, why in left if n]


def _end(frame: pl.DataFrame, gaps: Sequence[int]) -> int:
    """The number of rows above the empty ones below which all are unlike those above."""
    end = frame.height
    for gap in sorted(gaps, reverse=True):
        rows, above = frame.slice(gap, end - gap), frame.head(gap)
        if not 0 < rows.height <= min(MOST_BELOW, gap):
            break
        called = _called(above)
        own = above.filter(~called) if int(called.sum()) < gap / 2 else above
        if not _unlike(own, rows).all():
            break
        end = gap
    return end


def _called(frame: pl.DataFrame) -> pl.Series:
    """(rows,) whose first cell is a total's or a measure's name; or where a cell is empty that is mostly filled, and any cell is
    such a name, or the first one has no digit though ids have.
    """
    import polars as pl

    first = frame.to_series(0).str.to_lowercase()
    told = (first.str.contains(names.TOTAL) | first.str.contains(NAMED)).fill_null(value=False)
    most = MOST_EMPTY * min(frame.height, LOOKED_AT)
    partly = [c for c in frame.columns if 0 < frame[c].null_count() <= most]
    if not partly:
        return told
    at = frame.select(pl.any_horizontal(pl.col(partly).is_null())).to_series().arg_true()
    cells = pl.all().str.to_lowercase().str.contains(NAMED).fill_null(value=False)
    here = frame[at].select(pl.any_horizontal(cells)).to_series()
    digits = first.str.contains(r"[0-9]").fill_null(value=False)
    if int(digits.sum()) >= MOSTLY * frame.height:
        here |= ~digits[at]
    return told | pl.arange(frame.height, eager=True).is_in(at.filter(here).to_list())


def _totals(frame: pl.DataFrame) -> pl.Series:
    """(rows,) which are totals."""
    import polars as pl

    called = _called(frame)
    at = called.arg_true()
    if not len(at) or len(at) > frame.height / 3:
        return called.clear(frame.height).fill_null(value=False)
    own = frame.filter(~called)
    unlike = _unlike(own, frame[at])
    first = frame.to_series(0).str.to_lowercase()[at]
    ids = bool(own.to_series(0).str.contains(r"[0-9]").all())  # `count` is no id among numbers
    bare = first.str.contains(rf"{names.TOTAL}{BARE}|{names.MEASURE}" if ids else names.TOTAL + BARE)
    last = (
        (at >= frame.height - LAST) & bool(called[-1]) & bare.fill_null(value=False) & (frame.height > LAST)
    )
    return pl.arange(frame.height, eager=True).is_in(at.filter(unlike | last).to_list())


def _unlike(frame: pl.DataFrame, rows: pl.DataFrame) -> pl.Series:
    """(rows,) whether each has a number where the frame holds words only, or is empty where it is filled in half of its columns."""
    import polars as pl

    columns = frame.columns[1:]
    full = [c for c in frame.columns if frame[c].null_count() == 0]
    words = [
        c for c in columns if not frame[c].str.contains(NUMBER).any() and frame[c].null_count() < frame.height
    ]
    no = pl.lit(value=False)
    number = pl.any_horizontal([no, *(pl.col(c).str.contains(NUMBER).fill_null(value=False) for c in words)])
    empty = pl.sum_horizontal([pl.lit(0), *(pl.col(c).is_null().cast(pl.Int32) for c in full)])
    return rows.select(unlike=number | (empty >= max(1, len(full) / 2))).to_series()
