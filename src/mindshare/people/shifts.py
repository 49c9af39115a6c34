"""When a person works: weekly shifts in a time zone, days off, and how many of those minutes the person gives.

Instants are seconds since 1970 (UTC), as in `Case.arrived`. A time on the wall means the first instant at which a clock
there shows it or a later time: a shift that begins in the hour that spring leaves out begins when that hour ends, and one
that begins in the hour that autumn repeats begins in the first of the two. So shifts that meet on the wall meet always, and
minutes are those that really pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from mindshare.core.errors import MindshareError
from mindshare.people.breaks import Breaks

DAY = timedelta(days=1)
WEEK_MIN = 7 * 24 * 60
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
AHEAD_DAYS = 370  # that are looked at for the next shift
Per = Literal["shift", "day"]


class Shift(NamedTuple):
    """From one time on the wall to another, on one day of the week; an end that is not later is one of the next day."""

    day: int  # 0 = Monday
    start: time
    end: time


class Turn(NamedTuple):
    """One shift on one date, as instants."""

    date: date  # on which it begins
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Shifts:
    """One person's. A shift belongs to the date on which it begins: a day off leaves out what begins on it.

    `most` minutes are given per shift or per day, None = all; of a shift with breaks, what `Breaks.share` leaves. Raises
    MindshareError where two shifts of a week overlap.
    """

    zone: ZoneInfo
    week: tuple[Shift, ...]
    off: frozenset[date] = frozenset()
    most: float | None = None
    per: Per = "day"
    breaks: Breaks | None = None

    def __post_init__(self) -> None:
        spans = sorted(_minutes(shift) for shift in self.week)
        around = [*spans, *((low + WEEK_MIN, high + WEEK_MIN) for low, high in spans[:1])]
        for (low, high), (next_low, _) in pairwise(around):
            if next_low < high:
                day, at = divmod(low, 24 * 60)
                raise MindshareError(
                    f"The shift of {DAYS[day]} {at // 60:02d}:{at % 60:02d} overlaps the next one. "
                    "Write shifts that end before another begins."
                )

    def turns(self, start: float, end: float) -> Iterator[Turn]:
        """The shifts that have a part between two instants, in order; they never overlap."""
        if end <= start:
            return
        first, last = self.local_date(start) - DAY, self.local_date(end)
        for number in range(first.toordinal(), last.toordinal() + 1):
            for turn in self._of(date.fromordinal(number)):
                if turn.end > start and turn.start < end:
                    yield turn

    def on_shift(self, at: float) -> bool:
        """Whether the person is on shift; at the instant of its end no more."""
        return any(turn.start <= at for turn in self.turns(at, at + 1.0))

    def next_start(self, at: float) -> float | None:
        """The instant at which the next shift begins, at `at` or later; None = none within a year."""
        today = self.local_date(at) - DAY
        for ahead in range(AHEAD_DAYS):
            for turn in self._of(today + ahead * DAY):
                if turn.start >= at and turn.end > turn.start:
                    return turn.start
        return None

    def minutes_between(self, start: float, end: float) -> float:
        """Minutes on shift between two instants, breaks and all."""
        return sum(_overlap(turn, start, end) for turn in self.turns(start, end))

    def given_between(self, start: float, end: float, spent: float = 0.0) -> float:
        """Minutes that the person will at most give between two instants.

        `spent`: minutes given already, before `start`, of what `most` allows for the shift or the day in which it lies.
        """
        share = 1.0 if self.breaks is None else self.breaks.share
        of: dict[object, float] = {}
        for turn in self.turns(start, end):
            unit = turn.date if self.per == "day" else turn.start
            of[unit] = of.get(unit, 0.0) + share * _overlap(turn, start, end)
        if self.most is None:
            return sum(of.values())
        now = self._unit(start)
        return sum(
            min(minutes, max(self.most - (spent if unit == now else 0.0), 0.0))
            for unit, minutes in of.items()
        )

    def day(self, at: float) -> date:
        """The day to which work at this instant belongs: that of the shift that runs, else the date there."""
        for turn in self.turns(at, at + 1.0):
            if turn.start <= at:
                return turn.date
        return self.local_date(at)

    def local_date(self, at: float) -> date:
        """The date there."""
        return datetime.fromtimestamp(at, self.zone).date()

    def turn(self, at: float) -> Turn | None:
        """The shift that runs at an instant."""
        return next((turn for turn in self.turns(at, at + 1.0) if turn.start <= at), None)

    def began(self, at: float) -> float:
        """Since when work counts for the day of an instant: the first shift of that day, or its midnight where none has begun."""
        day = self.day(at)
        starts = [turn.start for turn in self._of(day) if turn.start <= at]
        return starts[0] if starts else instant(day, time(), self.zone)

    def _unit(self, at: float) -> object:
        """The shift or the day of which what was spent before `at` counts."""
        if self.per == "day":
            return self.day(at)
        return next((turn.start for turn in self.turns(at, at + 1.0) if turn.start <= at), None)

    def _of(self, day: date) -> list[Turn]:
        """The shifts that begin on a date, in order."""
        if day in self.off:
            return []
        mine = sorted(shift for shift in self.week if shift.day == day.weekday())
        return [Turn(day, *self._instants(day, shift)) for shift in mine]

    def _instants(self, day: date, shift: Shift) -> tuple[float, float]:
        ends = day if shift.end > shift.start else day + DAY
        return instant(day, shift.start, self.zone), instant(ends, shift.end, self.zone)


def instant(day: date, at: time, zone: ZoneInfo) -> float:
    """The first instant at which a clock in the zone shows this time of this day or a later one."""
    wall = datetime.combine(day, at)
    early, late = (wall.replace(tzinfo=zone, fold=fold).timestamp() for fold in (1, 0))
    if early <= late:
        shown = datetime.fromtimestamp(late, zone).replace(tzinfo=None)
        return late if shown == wall else _leap(early, late, zone)
    return late  # an hour that comes twice: the first of them


def _leap(before: float, after: float, zone: ZoneInfo) -> float:
    """The instant between two, to the second, from which the clock is set forward."""
    low, high = int(before), int(after)
    offset = _offset(high, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(middle, zone) == offset:
            high = middle
        else:
            low = middle
    return float(high)


def _offset(at: int, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(at, UTC).astimezone(zone).utcoffset()


def _overlap(turn: Turn, start: float, end: float) -> float:
    """Minutes of a shift between two instants."""
    return max(min(turn.end, end) - max(turn.start, start), 0.0) / 60.0


def _minutes(shift: Shift) -> tuple[int, int]:
    """Its start and end in minutes since Monday."""
    first = shift.day * 24 * 60
    low, high = (first + at.hour * 60 + at.minute for at in (shift.start, shift.end))
    return low, high if high > low else high + 24 * 60
