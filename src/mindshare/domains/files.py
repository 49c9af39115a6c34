"""Files of the public sets: where one is, its cells as texts, and columns of numbers; every mistake in it is one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mindshare.core.errors import MindshareError, listed
from mindshare.core.history import FloatArray

if TYPE_CHECKING:
    import polars as pl

SHOWN = 9  # columns that a sentence lists
FIRST_ROW = 2  # of cases, as an editor counts lines: the header is the first


def public_file(data: str | Path, folder: str, name: str, instead: str) -> Path:
    """Where the file is; raises where it is not. `instead`: what there is without data, such as "made-up visits"."""
    path = Path(data) / folder / name
    if not path.is_file():
        raise MindshareError(
            f"There is no {name} of {folder} in {path.parent}: name the folder of the public sets with --data DIR,"
            f" or leave --data away for {instead}."
        )
    return path


def text_table(
    path: Path, columns: Sequence[str], rows: str, *, has_header: bool = True, secret: bool = False
) -> pl.DataFrame:
    """The file as texts, with these columns at least. `rows`: what its rows are called, plural. `secret`: no sentence repeats anything of
    the file, for without its header a row of a patient would pass for names of columns.
    """
    import polars as pl

    try:
        table = pl.read_csv(path, infer_schema=False, has_header=has_header)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as wrong:
        why = "it must be CSV in UTF-8" if secret else " ".join(str(wrong).split())[:200]
        raise MindshareError(f"{path} cannot be read as a table: {why}.") from (None if secret else wrong)
    missing = [name for name in columns if name not in table.columns]
    if missing:
        there = f"{len(table.columns)} others" if secret else listed(table.columns, SHOWN)
        raise MindshareError(f"{path} has no column {listed(missing)}; it has {there}.")
    if not table.height:
        raise MindshareError(f"{path} has no {rows}.")
    return table


def numbers(table: pl.DataFrame, column: str, path: Path) -> FloatArray:
    """(N,) numbers of a column, each 0 or more; raises for the first cell that is none."""
    import polars as pl

    told = table[column].cast(pl.Float64, strict=False)
    told = told.set(~told.is_finite(), None)
    told = told.set(told < 0, None)
    none_missing(told, table[column], path, "a number that is 0 or more")
    return told.to_numpy()


def none_missing(told: pl.Series, text: pl.Series, path: Path, right: str) -> None:
    """Raises for the first cell of the column `text` that was not understood, null in `told`; `right`: what it must be."""
    wrong = told.is_null().arg_true()
    if len(wrong):
        row = int(wrong[0])
        raise MindshareError(
            f"{path}, row {row + FIRST_ROW}: {text.name} is {text[row] or 'empty'!r}; it must be {right}."
        )
