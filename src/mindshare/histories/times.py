"""When a case arrived and by when it is due: seconds, or ISO 8601 timestamps on one clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindshare.core.history import FloatArray
from mindshare.histories.tables import Table

if TYPE_CHECKING:
    import polars as pl

ISO = (
    r"^(?<day>\d{4}-\d{2}-\d{2})(?:[T ](?<minute>\d{2}:\d{2})(?<second>:\d{2}(?:\.\d+)?)?)?"
    r"\s*(?<offset>[zZ]|[+-]\d{2}:?\d{2})?$"
)
RIGHT = "write seconds or a timestamp such as 2024-05-31T08:30:00"


def read_times(table: Table) -> dict[str, FloatArray | None]:
    """`arrived` and `deadline` in seconds, NaN = not known; a timestamp without an offset is read as UTC."""
    times: dict[str, pl.Series] = {}
    stamped: dict[str, bool] = {}
    for column in ("arrived", "deadline"):
        if column in table.frame.columns:
            times[column], stamped[column] = _seconds(table, column)
    if len(times) == 2:
        _check_order(table, times, stamped)
    return {
        c: times[c].fill_null(float("nan")).to_numpy() if c in times else None
        for c in ("arrived", "deadline")
    }


def _check_order(table: Table, times: dict[str, pl.Series], stamped: dict[str, bool]) -> None:
    filled = all(series.null_count() < len(series) for series in times.values())
    if filled and stamped["arrived"] != stamped["deadline"]:
        raise table.error(
            "arrived and deadline must be on one clock, both seconds or both timestamps.", column="deadline"
        )
    table.refuse(
        times["deadline"] < times["arrived"],
        "deadline",
        lambda at: (
            f"the deadline {table.text('deadline')[at]} is before the arrival {table.text('arrived')[at]}."
            " Correct one of them."
        ),
    )


def _seconds(table: Table, column: str) -> tuple[pl.Series, bool]:
    """The column in seconds and whether it held timestamps."""
    import polars as pl

    series = table.frame[column]
    if series.dtype in (pl.Date, pl.Datetime):
        return series.cast(pl.Datetime("us")).dt.epoch("us") / 1e6, True
    text, number = table.text(column), table.loose_number(column)
    if (number.is_not_null() | text.is_null()).all():
        return table.number(column, RIGHT), False
    stamp = _stamps(text)
    table.refuse(
        text.is_not_null() & stamp.is_null(),
        column,
        lambda at: f"'{text[at]}' is not a time; {RIGHT}, or leave it empty.",
    )
    return stamp.dt.epoch("us") / 1e6, True


def _stamps(text: pl.Series) -> pl.Series:
    """ISO 8601 to a time in UTC; null where it is none."""
    parts = text.str.strip_chars().str.extract_groups(ISO).struct.unnest()
    day, minute, second, offset = (parts[name] for name in ("day", "minute", "second", "offset"))
    offset = offset.replace({"Z": "+00:00", "z": "+00:00"}).fill_null("+00:00")
    whole = day + " " + minute.fill_null("00:00") + second.fill_null(":00") + offset
    return whole.str.to_datetime("%Y-%m-%d %H:%M:%S%.f%z", time_unit="us", strict=False)
