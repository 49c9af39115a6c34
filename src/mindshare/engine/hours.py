"""When a person gets cases: shifts, breaks that are due, minutes that are given. A function of the state and the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from mindshare.core.errors import counted
from mindshare.engine.cases import GivenHours, Person
from mindshare.engine.people_settings import DEFAULT
from mindshare.engine.state import State
from mindshare.people.shifts import DAYS, Shifts
from mindshare.people.written_shifts import read_shifts

DAY = 86_400.0
UTC_ZONE = ZoneInfo("UTC")
Stretch = tuple[float, float, float]  # start, end, seconds of attention


class Closed(NamedTuple):
    """Why a person gets no case now, in one sentence, and when next; `until` None: not within a year."""

    why: str
    until: float | None
    is_break: bool = False

    def over_by(self, at: float) -> bool:
        """Whether it is a break that is over by then, so that somebody who waits so long need not ask again."""
        return self.is_break and self.until is not None and self.until <= at


class _Seen(NamedTuple):
    """What was found of a person, as long as nothing else was attended to and it is not yet `until`."""

    shifts: Shifts  # of which it was found
    last: tuple[float, float, float] | None
    until: float
    closed: Closed | None


class Hours:
    """`shifts`: person -> when, as the settings say; `default` for whoever is not named. Hours that somebody gave a person while the
    service ran (`State.hours`) count for more.
    """

    def __init__(self, shifts: Mapping[str, Shifts], state: State) -> None:
        self._shifts, self._state = shifts, state
        self._seen: dict[str, _Seen] = {}
        self._read: dict[str, tuple[GivenHours, Shifts]] = {}  # what was given, and how it is understood

    @property
    def any(self) -> bool:
        """Whether there is anybody who does not work always."""
        return bool(self._shifts or self._state.hours)

    def of(self, person: str) -> Shifts | None:
        """The shifts of a person; None = always."""
        given = self._state.hours.get(person)
        if given is None:
            return self.written(person)
        known = self._read.get(person)
        if known is None or known[0] is not given:
            known = self._read[person] = given, read_shifts(given.shifts)
        return known[1]

    def written(self, person: str) -> Shifts | None:
        """Those of the settings; None = always."""
        return self._shifts.get(person) or self._shifts.get(DEFAULT)

    def closed(self, person: str, now: float) -> Closed | None:
        """Why the person gets no case now; None = nothing is against it."""
        if not self.any:
            return None
        shifts, who = self.of(person), self._state.people.get(person)
        if shifts is None or who is None:
            return None
        last = who.attended[-1] if who.attended else None
        seen = self._seen.get(person)
        if seen is None or seen.shifts is not shifts or seen.last != last or now >= seen.until:
            seen = self._seen[person] = _look(shifts, who, last, now)
        return seen.closed

    def began(self, person: str, now: float) -> float:
        """Since when it is today for this person; midnight UTC where no shifts are written."""
        return began_of(self.of(person), now)

    def carried(self, person: str, now: float) -> float:
        """Minutes of attention today."""
        return attended(self._state.people[person].attended, self.began(person, now))

    def left(self, person: str, now: float) -> float | None:
        """Minutes that the person has still to give in this day or shift; None where no end of them is written."""
        shifts = self.of(person)
        if shifts is None or shifts.most is None:
            return None
        turn = shifts.turn(now)
        since = turn.start if turn is not None and shifts.per == "shift" else shifts.began(now)
        return max(shifts.most - attended(self._state.people[person].attended, since), 0.0)

    def next_break(self, person: str, now: float) -> tuple[float, float] | None:
        """In how many minutes of attention a break is due, and how many minutes it is; None where none is written."""
        shifts = self.of(person)
        if shifts is None or shifts.breaks is None:
            return None
        spans = sorted((start, end) for start, end, _ in self._state.people[person].attended)
        return max(shifts.breaks.after - shifts.breaks.attended_since(spans, now), 0.0), shifts.breaks.minutes

    def gives(self, person: str, now: float, otherwise: float) -> float:
        """Minutes that the person gives today; `otherwise` where no shifts are written."""
        shifts = self.of(person)
        if shifts is None:
            return otherwise
        start = shifts.began(now)
        return max(shifts.given_between(start, start + DAY), 1.0)


def began_of(shifts: Shifts | None, now: float) -> float:
    """Since when it is today under these shifts; midnight UTC where there are none."""
    return now - now % DAY if shifts is None else shifts.began(now)


def attended(stretches: Sequence[Stretch], since: float) -> float:
    """Minutes of attention in those stretches that began then or later."""
    return sum(seconds for start, _, seconds in stretches if start >= since) / 60.0


def told(at: float, shifts: Shifts, now: float) -> str:
    """An instant as people there say it: `Mon 09:00`, with the date where it is a week away."""
    wall = datetime.fromtimestamp(at, UTC).astimezone(shifts.zone)
    date = f" {wall:%Y-%m-%d}" if at - now > 6 * DAY else ""
    return f"{DAYS[wall.weekday()].capitalize()}{date} {wall:%H:%M}"


def _look(shifts: Shifts, who: Person, last: tuple[float, float, float] | None, now: float) -> _Seen:
    turn = shifts.turn(now)
    if turn is None:
        start = shifts.next_start(now)
        return _seen(f"{who.id} is off shift", start, last, shifts, now)
    since = turn.start if shifts.per == "shift" else shifts.began(now)
    if shifts.most is not None and attended(who.attended, since) >= shifts.most:
        start = shifts.next_start(turn.end)
        while start is not None and shifts.per == "day" and shifts.day(start) == turn.date:
            start = shifts.next_start(start + 1.0)
        given = counted(f"{shifts.most:g}", "minute")
        return _seen(f"{who.id} has given all of {given}", start, last, shifts, now)
    breaks = shifts.breaks
    if breaks is not None and last is not None:
        spans = sorted((start, end) for start, end, _ in who.attended)
        if breaks.due(spans, now):
            over = max(end for _, end in spans) + 60.0 * breaks.minutes
            return _seen(f"{who.id} has a break", over, last, shifts, now, is_break=True)
    return _Seen(shifts, last, turn.end, None)


def _seen(
    why: str,
    start: float | None,
    last: tuple[float, float, float] | None,
    shifts: Shifts,
    now: float,
    *,
    is_break: bool = False,
) -> _Seen:
    """The finding, as a sentence; where no shift comes within a year, it is looked at again in a day."""
    if start is None:
        return _Seen(
            shifts, last, now + DAY, Closed(f"{why}, and no shift is written for a year to come.", None)
        )
    return _Seen(shifts, last, start, Closed(f"{why} until {told(start, shifts, now)}.", start, is_break))
