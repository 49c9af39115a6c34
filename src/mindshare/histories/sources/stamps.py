"""Times and durations in the spellings of many programs, as seconds: null where a cell is none."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from mindshare.histories.sources.numbers import NUMBER, numbers, plain_numbers, put, stripped

if TYPE_CHECKING:
    import polars as pl

Order = Literal["day", "month"]

CLOCK = (
    r"(?:[T ,]\s*(?<hour>[0-9]{1,2}):(?<minute>[0-9]{2})(?::(?<second>[0-9]{2})(?:[.,](?<part>[0-9]{1,9})[0-9]*)?)?"
    r"\s*(?<half>[AaPp])?(?:\.?[Mm]\.?)?)?"
)
ZONE = r"\s*\(?(?<zone>[A-Za-z]{1,5}|(?:UTC|GMT)?[+-][0-9]{2}(?::?[0-9]{2})?)?\)?"
YEAR_FIRST = rf"^(?<year>[0-9]{{4}})[-/.](?<month>[0-9]{{1,2}})[-/.](?<day>[0-9]{{1,2}}){CLOCK}{ZONE}$"
YEAR_LAST = rf"^(?<one>[0-9]{{1,2}})(?<between>[/.-])(?<two>[0-9]{{1,2}})[/.-](?<year>[0-9]{{4}}|[0-9]{{2}}){CLOCK}{ZONE}$"
WORD = r"(?<word>[A-Za-z]{3})[a-z]*\.?"
WEEKDAY = r"^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\.?,?\s+)?"
YEAR_AT_END = (  # Mon Mar 03 10:00:00 PST 2025, as Java and C write it
    rf"{WEEKDAY}{WORD}\s+(?<day>[0-9]{{1,2}})\s+(?<hour>[0-9]{{1,2}}):(?<minute>[0-9]{{2}})(?::(?<second>[0-9]{{2}}))?"
    r"(?:\s+(?<zone>[A-Za-z]{1,5}|(?:UTC|GMT)?[+-][0-9]{2}:?[0-9]{2}))?\s+(?<year>[0-9]{4})$"
)
MONTH_DAY = rf"{WEEKDAY}{WORD}\s+(?<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,?\s+(?<year>[0-9]{{4}}){CLOCK}{ZONE}$"
DAY_MONTH = rf"{WEEKDAY}(?<day>[0-9]{{1,2}})\.?[\s-]+{WORD},?[\s-]+(?<year>[0-9]{{4}}){CLOCK}{ZONE}$"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NAMED = (  # hours from UTC; letters that mean several zones are read as the American one
    (0.0, "Z UTC GMT UT WET"),
    (-10.0, "HST"),
    (-9.0, "AKST"),
    (-8.0, "PST AKDT"),
    (-7.0, "MST PDT"),
    (-6.0, "CST MDT"),
    (-5.0, "EST CDT"),
    (-4.0, "EDT"),
    (1.0, "CET MEZ BST WEST"),
    (2.0, "CEST MESZ EET"),
    (3.0, "EEST MSK"),
    (5.5, "IST"),
    (9.0, "JST KST"),
    (10.0, "AEST"),
    (11.0, "AEDT"),
    (12.0, "NZST"),
    (13.0, "NZDT"),
)
ZONES = {name: hours for hours, names in NAMED for name in names.split()}
PIECE = 1 << 17  # cells
# from 1973 on seconds, then milliseconds, microseconds and nanoseconds, told by their size; a smaller number is no date
EPOCHS = ((1e8, 1.0), (1e11, 1e-3), (1e14, 1e-6), (1e17, 1e-9), (1e20, 0.0))

UNITS = {  # seconds
    "ms": (1e-3, r"ms|msecs?|millis|milliseconds?"),
    "s": (1.0, r"s|secs?|seconds?|sek\.?|sekunden?"),
    "m": (60.0, r"m|mins?|minutes?|min\.|minuten?"),
    "h": (3600.0, r"h|hrs?|hours?|std\.?|stunden?"),
    "d": (86400.0, r"d|days?|tage?"),
}
AMOUNT = r"[0-9]+(?:[.,][0-9]+)?"
WORDS = (
    "^(?i)"
    + "".join(rf"(?:(?<{key}>{AMOUNT})\s*(?:{UNITS[key][1]})(?:,?\s*(?:(?:and|und)\s+)?))?" for key in "dhm")
    + rf"(?:(?<s>{AMOUNT})\s*(?:{UNITS['s'][1]})\s*)?(?:(?<ms>{AMOUNT})\s*(?:{UNITS['ms'][1]}))?$"
)
ISO = rf"^P(?:(?<d>{AMOUNT})D)?(?:T(?:(?<h>{AMOUNT})H)?(?:(?<m>{AMOUNT})M)?(?:(?<s>{AMOUNT})S)?)?$"
HANDS = (  # 1 day, 10:00:27.5; 0 days 00:00:27; 0:27 is minutes and seconds
    r"^(?:(?<d>[0-9]+)\s*(?:d|days?)?[ ,.]\s*)?(?:(?<h>[0-9]+):)?(?<m>[0-9]{1,4}):(?<s>[0-9]{2}(?:[.,][0-9]+)?)$"
)


def stamps(cells: pl.Series, order: Order | None = None) -> pl.Series:
    """Points in time as seconds since 1970, null where a cell is none; without a zone it is read as UTC.

    ISO 8601 and its neighbours; 3/31/2025 10:00 PM; 31.03.2025 10:00; Mon Mar 03 10:00:00 PST 2025; 3 Mar 2025; epoch
    seconds, milliseconds, microseconds and nanoseconds. `order` of day and month where both are numbers and the year comes
    last: else see `order_of`. A start and an end have one order: hand `order_of(start, end)` to both.
    """
    import polars as pl

    order = order or order_of(cells)
    return pl.concat([_stamps(piece, order) for piece in _pieces(cells)]).rename(cells.name)


def _stamps(cells: pl.Series, order: Order) -> pl.Series:
    text = stripped(cells)
    found = _epochs(text)
    for pattern in (YEAR_FIRST, YEAR_LAST, YEAR_AT_END, MONTH_DAY, DAY_MONTH):
        found = _where_null(text, found, pattern, order)
    return found


def _pieces(cells: pl.Series) -> list[pl.Series]:
    """Slices, one after another, so that what is cut out of the cells never needs much more memory than they do."""
    return [cells.slice(at, PIECE) for at in range(0, max(len(cells), 1), PIECE)]


def order_of(*columns: pl.Series) -> Order:
    """Whether the day or the month comes first in dates such as 3/4/2025, by all cells of all columns.

    A first number above 12 somewhere is a day, a second one above 12 says that the month is first; where both occur, what
    more different dates show. Where nothing tells: dots and dashes mean the day first, and slashes the month first if a cell says AM
    or PM or writes numbers below ten without a zero (1/2/2025), as American programs do; else the day.
    """
    import polars as pl

    each = (stripped(piece).str.extract_groups(YEAR_LAST) for c in columns for piece in _pieces(c))
    parts = pl.concat(
        [found.struct.unnest()["one", "between", "two", "half"].unique() for found in each]
    ).unique()
    parts = parts.drop_nulls("one")
    one, two = parts["one"].cast(pl.Int32), parts["two"].cast(pl.Int32)
    day, month = int((one > 12).sum()), int((two > 12).sum())
    if day or month:
        return "day" if day > month else "month"
    slashes = parts.filter(parts["between"] == "/")
    short = (slashes["one"].str.len_chars() == 1) | (slashes["two"].str.len_chars() == 1)
    return "month" if bool(short.any()) or slashes["half"].is_not_null().any() else "day"


def durations(cells: pl.Series) -> pl.Series:
    """Durations in seconds: 00:00:27, 0:27 (minutes and seconds), 27 s, 1m 3s, 1 day 2 h, PT1M3S, 350 ms.

    A number without a unit stays as it is (1,5 is 1.5): its unit is for the reader to know. Null where a cell is none of
    these or is negative.
    """
    import polars as pl

    if (found := plain_numbers(cells)) is not None:
        return put(found, found < 0, None)
    text = stripped(cells)
    found = numbers(put(text, text.str.contains("%", literal=True), None))
    if found.null_count() == text.null_count():  # numbers only
        return put(found, found < 0, None).rename(cells.name)
    pieces = zip(_pieces(text), _pieces(found), strict=True)
    return pl.concat([_durations(*piece) for piece in pieces]).rename(cells.name)


def _durations(text: pl.Series, found: pl.Series) -> pl.Series:
    import polars as pl

    for pattern in (HANDS, ISO, WORDS):
        rest = text.filter(found.is_null() & text.is_not_null())
        if not len(rest):
            break
        parts = rest.str.extract_groups(pattern).struct.unnest()
        amounts = [parts[k].str.replace(",", ".").cast(pl.Float64) * UNITS[k][0] for k in parts.columns]
        total = pl.DataFrame(amounts).sum_horizontal()
        nothing = pl.DataFrame(a.is_null() for a in amounts).select(pl.all_horizontal(pl.all())).to_series()
        found = _fill(text, found, put(total, nothing, None))
    return put(found, found < 0, None)


def _fill(text: pl.Series, found: pl.Series, more: pl.Series) -> pl.Series:
    """`found` with `more` in the rows that are filled in `text` and were null."""
    import polars as pl

    at = (found.is_null() & text.is_not_null()).arg_true()
    return found.cast(pl.Float64).scatter(at, more)


def _epochs(text: pl.Series) -> pl.Series:
    """Seconds of 1973 and later, in whatever thousandth they are counted."""
    import polars as pl

    number = put(text, ~text.str.contains(NUMBER), None).cast(pl.Float64)
    out = pl.repeat(None, len(text), dtype=pl.Float64, eager=True)
    for (least, unit), (below, _) in pairwise(EPOCHS):
        out = put(out, (number >= least) & (number < below), number * unit)
    return out


def _where_null(text: pl.Series, found: pl.Series, pattern: str, order: Order) -> pl.Series:
    """Reads the cells that are in no spelling so far in this one."""
    import polars as pl

    rest = text.filter(found.is_null() & text.is_not_null())
    if not len(rest):
        return found
    parts = rest.str.extract_groups(pattern).struct.unnest()
    if "one" in parts.columns:
        first, second = ("day", "month") if order == "day" else ("month", "day")
        parts = parts.rename({"one": first, "two": second})
    if "word" in parts.columns:
        word = parts["word"].str.to_lowercase()
        number = word.replace_strict(MONTHS, range(1, 13), default=None, return_dtype=pl.Int32)
        parts = parts.with_columns(month=number.cast(pl.String))
    return found if parts["year"].null_count() == len(parts) else _fill(text, found, _seconds(parts))


def _seconds(parts: pl.DataFrame) -> pl.Series:
    """A day, a clock and a zone as seconds; null where there is no such time."""
    import polars as pl

    year = parts["year"].cast(pl.Int32)
    short = parts["year"].str.len_chars() == 2
    year = put(year, short & (year < 69), year + 2000)
    year = put(year, short & (year < 100), year + 1900)
    date = pl.select(pl.format("{}-{}-{}", year, parts["month"], parts["day"])).to_series()
    day = date.str.to_date("%Y-%m-%d", strict=False).cast(pl.Int32).cast(pl.Float64) * 86400

    def number(name: str) -> pl.Series:
        there = name in parts.columns
        return parts[name].cast(pl.Float64).fill_null(0.0) if there else pl.zeros(len(parts), eager=True)

    hour, minute, second = number("hour"), number("minute"), number("second")
    if "part" in parts.columns and parts["part"].null_count() < len(parts):
        second = second + ("0." + parts["part"].fill_null("0")).cast(pl.Float64)
    if "half" in parts.columns and parts["half"].null_count() < len(parts):
        half = parts["half"].str.to_lowercase()
        hour = put(hour, (half == "a") & (hour == 12), hour - 12)
        hour = put(hour, (half == "p") & (hour < 12), hour + 12)
    fits = (hour < 24) & (minute < 60) & (second < 61)
    zone = _offset(parts["zone"])
    return put(day + hour * 3600 + minute * 60 + second - zone, ~fits, None)


def _offset(zone: pl.Series) -> pl.Series:
    """Seconds from UTC: nothing is UTC, letters that are no zone are null."""
    import polars as pl

    if zone.null_count() == len(zone):
        return pl.zeros(len(zone), eager=True)
    letters = zone.str.to_uppercase().replace_strict(ZONES, default=None, return_dtype=pl.Float64) * 3600
    parts = zone.str.extract_groups(
        r"(?<sign>[+-])(?<hours>[0-9]{2}):?(?<minutes>[0-9]{2})?$"
    ).struct.unnest()
    size = parts["hours"].cast(pl.Float64) * 3600 + parts["minutes"].cast(pl.Float64).fill_null(0.0) * 60
    signed = put(size, parts["sign"] == "-", -size)
    return pl.select(pl.coalesce(letters, signed, pl.when(zone.is_null()).then(0.0))).to_series()
