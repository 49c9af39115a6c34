"""Numbers in the spellings of many programs: null where a cell is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import polars as pl

# [0-9] and not \d, which other digits match too, that no cast knows
NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
SPACES = "[\\s\u00a0\u202f\u2009'’_]"


def numbers(cells: pl.Series, decimal: Literal[".", ","] | None = None) -> pl.Series:
    """Numbers, null where a cell is none: 1.5, 1,5, 1,234.5, 1.234,5, 1 234,5, 1'234.5, 1e-3; 87 % is 0.87 (see `per_cents`).

    `decimal` is what stands before the decimals. Else the column tells: a comma that cannot be between thousands (0,5 or
    1,25 or 1.234,5) and no point that cannot be (0.5, 1,234.5) means the comma; else it is the point, and 1,234 is a thousand.
    """
    import polars as pl

    if decimal != "," and (found := plain_numbers(cells)) is not None:
        return found
    text = stripped(cells).str.replace_all("−", "-", literal=True)
    per_cent = text.str.ends_with("%")
    text = (
        text.str.strip_suffix("%")
        .str.replace_all(rf"([0-9]){SPACES}([0-9]{{3}})\b", "${1}${2}")
        .str.strip_chars()
    )
    mark = decimal or _decimal(text)
    between = "," if mark == "." else "."
    grouped = text.str.contains(rf"^[+-]?[1-9][0-9]{{0,2}}(?:\{between}[0-9]{{3}})+(?:\{mark}[0-9]*)?$")
    text = put(text, grouped, text.str.replace_all(between, "", literal=True))
    if mark == ",":
        text = put(text, text.str.contains(".", literal=True), None).str.replace(",", ".", literal=True)
    text = put(text, ~text.str.contains(NUMBER), None)
    found = text.cast(pl.Float64)
    found = put(found, found.is_infinite(), None)
    return put(found, per_cent, found / 100).rename(cells.name)


def plain_numbers(cells: pl.Series) -> pl.Series | None:
    """The numbers of a column that holds nothing but plain ones, as most do: a million of them are read at once. Else None."""
    import polars as pl

    found = cells.cast(pl.Float64, strict=False)
    return found if found.null_count() == cells.null_count() and found.is_finite().all() else None


def per_cents(cells: pl.Series) -> pl.Series:
    """Whether a cell is a number with a per cent sign, which `numbers` has divided by 100."""
    return (stripped(cells).str.ends_with("%") & numbers(cells).is_not_null()).fill_null(value=False)


def stripped(cells: pl.Series) -> pl.Series:
    """Cells as text without space around it, empty = null."""
    import polars as pl

    text = cells.cast(pl.String).str.strip_chars()
    return put(text, text == "", None)


def put(series: pl.Series, where: pl.Series, values: pl.Series | None) -> pl.Series:
    """The series with other values, or none, where it is true."""
    import polars as pl

    where = where.fill_null(value=False)
    if not where.any():
        return series
    if values is None:
        values = pl.repeat(None, len(series), dtype=series.dtype, eager=True)
    return series.zip_with(~where, values)


def _decimal(text: pl.Series) -> Literal[".", ","]:
    """See `numbers`."""

    def shows(mark: str, other: str) -> bool:
        no_group = rf"^[+-]?(?:[0-9]*\{mark}(?:[0-9]{{1,2}}|[0-9]{{4,}})|0\{mark}[0-9]+|[0-9]{{4,}}\{mark}[0-9]+)(?:[eE][+-]?[0-9]+)?$"
        both = rf"[0-9]\{other}[0-9]{{3}}\{mark}[0-9]|^[+-]?[0-9]{{1,3}}(?:\{other}[0-9]{{3}}){{2,}}$"
        return bool(text.str.contains(rf"{no_group}|{both}").any())

    return "," if shows(",", ".") and not shows(".", ",") else "."
