"""How long an answer took and how sure it was, from columns in the units that people write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from mindshare.core.errors import HistoryError, counted, listed
from mindshare.histories.intake import names
from mindshare.histories.intake.questions import Questions
from mindshare.histories.intake.roles import Columns
from mindshare.histories.sources.numbers import numbers
from mindshare.histories.sources.stamps import durations, order_of, stamps

if TYPE_CHECKING:
    import polars as pl

MOST_SECONDS = 1e8  # three years; a larger number is a date
MOSTLY = 0.9  # of the filled cells must be what the column is taken for
SOON, LATE = 2.0, 3600.0  # a median of seconds outside these, where no unit is told, is asked about
TIMES = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "milliseconds": 1e-3}
LEAVE_OUT = "leave out"
GRADE = r"^\s*(?<grade>[0-9]+([.,][0-9]+)?)\s*/\s*(?<top>[0-9]+)\s*$"
SURE = re.compile(r"conf|certain|sure|sicher|konf|fiab|fiduc", re.I)  # a score in words may be an answer
MOST_WORDS = 12


class Measured(NamedTuple):
    """A column's numbers, null where there is none, and how they were read."""

    values: pl.Series
    how: str


def find_seconds(columns: Columns, among: Mapping[str, str] | None = None, of: str = "") -> pl.Series:
    """(rows,) seconds from the first column that is a duration, else from a start and an end; claims what it uses."""
    import polars as pl

    nothing = pl.Series("seconds", [None] * columns.frame.height, dtype=pl.Float64)
    told = f"seconds{of}"
    set_ = columns.of("seconds") if not of else ""
    called = {set_: set_} if set_ else {c: c for c in columns.free} if among is None else among
    for short, name in called.items():
        unit = names.unit_of(short) if names.unit_of(short) is not None or not set_ else 0.0
        if (
            unit is None
            or (name not in columns.free and name != set_)
            or (not of and not set_ and _is_of_case(columns, name))
        ):
            continue
        measured = seconds_of(columns.frame[name], unit, name, columns)
        if measured is None and name == set_:
            raise _no_numbers(columns, "seconds", name)
        if measured is not None:
            if measured.how == LEAVE_OUT:
                columns.claim(name, "ignore", "its unit is not known")
                return nothing
            columns.claim(name, told, measured.how)
            return measured.values.alias("seconds")
    if columns.role and among is not None and not among:
        return nothing
    started, finished = (
        (columns.of(role) if not of else "") or next(iter(columns.named(pattern, among)), "")
        for role, pattern in (("started", names.STARTED), ("finished", names.FINISHED))
    )
    took = _between(columns, started, finished) if started and finished else nothing
    if took.null_count() == len(took):
        return nothing
    columns.claim(started, f"start{of}", "when it began")
    columns.claim(finished, f"end{of}", f"seconds = '{finished}' - '{started}'")
    return _not_negative(took, columns, finished).alias("seconds")


def _between(columns: Columns, started: str, finished: str) -> pl.Series:
    """(rows,) seconds from a start to an end."""
    order = order_of(columns.frame[started], columns.frame[finished])
    begun, ended = (stamps(columns.frame[name], order) for name in (started, finished))
    return ended - begun


def _no_numbers(columns: Columns, role: str, name: str) -> HistoryError:
    words = columns.frame[name].drop_nulls().head(1).to_list()
    told = f"but '{words[0]}'" if words else "and is empty"
    return HistoryError(
        f"--set {role}={name}: it holds no {role}, {told}.", file=columns.sheet.file, column=name
    )


def _is_of_case(columns: Columns, name: str) -> bool:
    """Whether the column is the same in all rows of each case although several are filled: how long a video lasts."""
    import polars as pl

    case = columns.of("case")
    if not case:
        return False
    cells = pl.col(name).drop_nulls()
    told = columns.frame.group_by(case).agg(cells.len().alias(" rows"), cells.n_unique().alias(" values"))
    several = told.filter(told[" rows"] > 1)
    return several.height > 0 and int((several[" values"] > 1).sum()) == 0


def seconds_of(cells: pl.Series, unit: float, name: str, columns: Columns) -> Measured | None:
    """Cells as seconds, None where they are no durations (dates, words). `unit` 0: the name tells none, so odd sizes are asked about."""
    values = durations(cells)
    filled = len(cells) - cells.null_count()
    known = values.drop_nulls()
    if not filled or len(known) < MOSTLY * filled or float(known.median()) > MOST_SECONDS:  # type: ignore[arg-type]
        return None
    if numbers(cells).null_count() - cells.null_count() > filled / 2:
        return Measured(values.set(values < 0, None), "as a clock shows it")
    usual = float(known.median())  # type: ignore[arg-type]
    if not unit and not SOON <= usual <= LATE:
        text = f"'{name}' is {usual:g} in the middle. In which unit is it?"
        reply = columns.questions.about(
            "unit", text, (*TIMES, LEAVE_OUT), meanwhile=LEAVE_OUT, file=columns.sheet.file
        )
        if reply == LEAVE_OUT:
            return Measured(values, LEAVE_OUT)
        unit = TIMES[reply]
    values = values * (unit or 1.0)
    return Measured(
        values.set(values < 0, None),
        f"in {next(word for word, size in TIMES.items() if size == (unit or 1.0))}",
    )


def _not_negative(took: pl.Series, columns: Columns, finished: str) -> pl.Series:
    wrong = (took < 0).sum()
    if wrong:
        columns.notes.say(
            f"{columns.sheet.file}: {counted(int(wrong), 'answer')} ended ('{finished}') before they began: their seconds are not known."
        )
    return took.set(took < 0, None)


def find_confidence(columns: Columns, among: Mapping[str, str] | None = None, of: str = "") -> pl.Series:
    """(rows,) confidences from 0 to 1; claims the column that it uses."""
    import polars as pl

    nothing = pl.Series("confidence", [None] * columns.frame.height, dtype=pl.Float64)
    set_ = columns.of("confidence") if not of else ""
    for name in [set_] if set_ else columns.named(names.CONFIDENCE, among):
        measured = confidence_of(columns.frame[name], name, columns.questions, columns.sheet.file)
        if measured is None and name == set_:
            raise _no_numbers(columns, "confidence", name)
        if measured is None:
            if not of:
                _leave_out_words(columns, name)
            continue
        if measured.how == LEAVE_OUT:
            columns.claim(name, "ignore", "its scale is not known")
            return nothing
        columns.claim(name, f"confidence{of}", measured.how)
        return measured.values.alias("confidence")
    return nothing


def confidence_of(cells: pl.Series, name: str, questions: Questions, file: str) -> Measured | None:
    """Cells as confidences from 0 to 1; a scale of grades is asked about. None where they are no numbers."""
    values, top = _grades(cells)
    filled = len(cells) - cells.null_count()
    known = values.drop_nulls()
    if not filled or len(known) < MOSTLY * filled:
        return None
    least, most = float(known.min()), float(known.max())  # type: ignore[arg-type]
    if top:
        least, most = min(least, 1.0), top
    if least >= 0 and most <= 1:
        signed = cells.str.contains("%", literal=True).any()
        return Measured(values, "in per cent" if signed else "from 0 to 1")
    grades = bool((known == known.round()).all()) and most <= 10
    if least >= 0 and most <= 100 and not grades:
        return Measured(values / 100.0, "in per cent")
    scale = f"{least:g} to {most:g}"
    options = (scale, "per cent", LEAVE_OUT) if least >= 0 and most <= 100 and not top else (scale, LEAVE_OUT)
    text = f"'{name}' goes from {scale}. On which scale is it?"
    reply = questions.about("scale", text, options, meanwhile=LEAVE_OUT, file=file)
    if reply == LEAVE_OUT:
        return Measured(values, LEAVE_OUT)
    if reply == "per cent":
        return Measured(values / 100.0, "in per cent")
    return Measured((values - least + 0.5) / (most - least + 1.0), f"a scale from {scale}")


def _grades(cells: pl.Series) -> tuple[pl.Series, float]:
    """The numbers, and the top of their scale where cells are written as `3/5`, all with one number below; else 0."""
    parts = cells.str.extract_groups(GRADE)
    tops = parts.struct.field("top").drop_nulls()
    if tops.n_unique() != 1 or len(tops) < MOSTLY * (len(cells) - cells.null_count()):
        return numbers(cells), 0.0
    return numbers(parts.struct.field("grade")), float(tops[0])


def _leave_out_words(columns: Columns, name: str) -> None:
    """A confidence in words is none that is understood, and no feature: it was known only with the answer."""
    words = columns.frame[name].drop_nulls()
    if SURE.search(names.plain_name(name)) and 0 < words.n_unique() <= MOST_WORDS:
        told = listed(sorted(words.unique().to_list()), 4)
        columns.claim(name, "ignore", f"no confidence that is understood ({told}); write numbers from 0 to 1")
