"""Times, durations and numbers of many programs: one meaning for a column, and nothing where a cell is none."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mindshare.histories.sources.numbers import numbers, per_cents
from mindshare.histories.sources.stamps import durations, order_of, stamps


def column(*cells: str | None) -> pl.Series:
    return pl.Series("at", cells, dtype=pl.String)


def told(*cells: str | None) -> list[str | None]:
    """Each cell's point in time in UTC."""
    times = stamps(column(*cells))
    return [
        t if t is None else dt.datetime.fromtimestamp(t, dt.UTC).strftime("%Y-%m-%d %H:%M:%S") for t in times
    ]


@pytest.mark.parametrize(
    ("cell", "utc"),
    [
        ("2025-03-03T10:00:00Z", "2025-03-03 10:00:00"),
        ("2025-03-03 10:00", "2025-03-03 10:00:00"),
        ("2025-03-03", "2025-03-03 00:00:00"),
        ("2025-03-03T10:00:00.5+02:00", "2025-03-03 08:00:00"),
        ("2019-10-27T10:35:45+0000", "2019-10-27 10:35:45"),
        ("2025-03-03 10:00:00-08", "2025-03-03 18:00:00"),
        ("2025-03-03 10:00:00 UTC", "2025-03-03 10:00:00"),
        ("2025/03/03 10:00:00", "2025-03-03 10:00:00"),
        ("1/2/2025 10:00:10", "2025-01-02 10:00:10"),
        ("31/12/2025 23:59", "2025-12-31 23:59:00"),
        ("12/31/25 1:05 PM", "2025-12-31 13:05:00"),
        ("12/31/2025, 12:05:09 a.m.", "2025-12-31 00:05:09"),
        ("03.04.2025 10:00", "2025-04-03 10:00:00"),
        ("Mon Mar 03 10:00:00 PST 2025", "2025-03-03 18:00:00"),
        ("Tue Jul  1 10:00:00 2025", "2025-07-01 10:00:00"),
        ("Mon, 03 Mar 2025 10:00:00 GMT", "2025-03-03 10:00:00"),
        ("March 3, 2025 10:00 AM", "2025-03-03 10:00:00"),
        ("3-Mar-2025", "2025-03-03 00:00:00"),
        ("1714557600", "2024-05-01 10:00:00"),
        ("1714557600.25", "2024-05-01 10:00:00"),
        ("1714557600123", "2024-05-01 10:00:00"),
        ("1714557600123456", "2024-05-01 10:00:00"),
    ],
)
def test_a_stamp_is_read_in_the_spelling_of_its_program(cell: str, utc: str) -> None:
    assert told(cell, None, "") == [utc, None, None]


@pytest.mark.parametrize("cell", ["12", "soon", "2025-02-30", "2025-13-01", "2025-01-01 25:00", "10:00", "nan", "Mon Mar 03 10:00:00 XQZ 2025"])  # fmt: skip
def test_what_is_no_point_in_time_is_null_and_spoils_no_other_cell(cell: str) -> None:
    assert told(cell, "2025-03-03") == [None, "2025-03-03 00:00:00"]


def test_a_value_above_12_anywhere_in_the_column_tells_day_from_month() -> None:
    assert told("03/04/2025", "25/04/2025")[0] == "2025-04-03 00:00:00"
    assert told("03/04/2025", "04/25/2025")[0] == "2025-03-04 00:00:00"
    assert told("3/4/2025")[0] == "2025-03-04 00:00:00", "no zeros before the digits: an American program"
    assert told("03/04/2025")[0] == "2025-04-03 00:00:00"


def test_a_start_and_an_end_share_the_order_that_one_of_them_shows() -> None:
    start, end = column("31/03/2025 23:59:50"), column("01/04/2025 00:00:10")
    order = order_of(end, start)
    assert order == "day" and (stamps(end, order) - stamps(start, order)).to_list() == [20.0]


@given(st.integers(157_766_400, 2_840_140_800))
def test_every_moment_comes_back_from_every_spelling(seconds: int) -> None:
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    spellings = (
        "%Y-%m-%dT%H:%M:%SZ",
        "%d.%m.%Y %H:%M:%S",
        "%a %b %d %H:%M:%S UTC %Y",
        "%b %d, %Y %I:%M:%S %p",
    )
    for spelling in spellings:
        assert stamps(column(moment.strftime(spelling)), "day").to_list() == [seconds], spelling


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("00:00:27", 27),
        ("0:27", 27),
        ("1:02:03.5", 3723.5),
        ("27 s", 27),
        ("27s", 27),
        ("1m 3s", 63),
        ("1h5m3s", 3903),
        ("1 min 3 sec", 63),
        ("1,5 min", 90),
        ("2 Std. 3 Min.", 7380),
        ("250 ms", 0.25),
        ("PT1M3.5S", 63.5),
        ("P1DT2H", 93600),
        ("0 days 00:00:27.125000", 27.125),
        ("1 day, 0:00:27", 86427),
        ("26,3", 26.3),
        ("26.3", 26.3),
    ],
)
def test_a_duration_is_read_in_seconds(cell: str, seconds: float) -> None:
    assert durations(column(cell, None)).to_list() == [seconds, None]


@pytest.mark.parametrize("cell", ["٣", "٣:٤٥", "٢٠٢٥-٠١-٠١", "1 ٢٣٤", "٣ s", "1/٢/2025"])
def test_digits_of_other_scripts_are_null(cell: str) -> None:
    for read in (stamps, durations, numbers):
        assert read(column(cell)).to_list() == [None]


@pytest.mark.parametrize("cell", ["-5", "87%", "soon", "", "P", "min", "5 apples", "1:99:99:99"])
def test_what_is_no_duration_is_null(cell: str) -> None:
    assert durations(column(cell, "27 s")).to_list() == [None, 27]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1.5", "-2", "+3", ".5", "5.", "1e-3"], [1.5, -2, 3, 0.5, 5, 0.001]),
        (["33,6", "1,234", "2"], [33.6, 1.234, 2]),
        (["1,234", "12"], [1234, 12]),
        (["1,234", "1.5"], [1234, 1.5]),
        (["1.234,5", "1.234"], [1234.5, 1234]),
        (["1,234.5", "1,234,567"], [1234.5, 1234567]),
        (["1 234,5", "1'234", "1\u202f234"], [1234.5, 1234, 1234]),
        (["87%", "87,5 %", "0,5"], [0.87, 0.875, 0.5]),
        (["abc", "", "inf", "nan", "1,2,3", "0x1F", "1-2"], [None] * 7),
        (["1,25", "1.25"], [None, 1.25]),
    ],
)
def test_the_column_tells_decimals_from_thousands(cells: list[str], values: list[float | None]) -> None:
    assert numbers(column(*cells)).to_list() == pytest.approx(values)


def test_a_per_cent_sign_is_said() -> None:
    assert per_cents(column("87%", "87", "%", None)).to_list() == [True, False, False, False]


def test_who_knows_the_decimal_mark_may_say_it() -> None:
    assert numbers(column("1,234"), decimal=",").to_list() == [1.234]


@given(st.lists(st.one_of(st.none(), st.text(max_size=12), st.from_regex(r"[0-9.,:/ -]{1,12}")), max_size=6))
def test_any_cells_give_as_many_finite_numbers_or_nulls(cells: list[str | None]) -> None:
    for read in (stamps, durations, numbers):
        values = read(column(*cells))
        assert values.dtype == pl.Float64 and values.name == "at" and len(values) == len(cells)
        assert values.drop_nulls().is_finite().all()
