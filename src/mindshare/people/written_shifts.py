"""Shifts as a team writes them down."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from functools import cache
from typing import Any, get_args
from zoneinfo import ZoneInfo, available_timezones

from mindshare.core.errors import MindshareError, nearest
from mindshare.core.guard.written import keys_of, number_of
from mindshare.people.breaks import Breaks
from mindshare.people.shifts import DAYS, Per, Shift, Shifts

KEYS = ("zone", "week", "off", "minutes", "per", "break")
SPAN = re.compile(r"\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*")


def read_shifts(written: Any, where: str = "shifts") -> Shifts:
    """What is written: `{zone: Europe/Berlin, week: {mon-fri: ['09:00-12:00', '13:00-17:00'], sat: '22:00-02:00'},
    off: ['2026-12-25'], minutes: 120, per: day, break: {after: 50, minutes: 10}}`.

    Raises MindshareError, one sentence, for whatever is not understood.
    """
    tree = keys_of(written, KEYS, where)
    week, off = tree.get("week"), tree.get("off") or []
    if not isinstance(week, Mapping) or not any(spans != [] for spans in week.values()):
        raise MindshareError(
            f"{where}.week must hold days and times, such as {{mon-fri: '09:00-17:00'}}. Got {week!r} instead."
        )
    shifts = [
        Shift(day, *span)
        for days, spans in week.items()
        for day in _days(days, f"{where}.week")
        for span in _spans(spans, f"{where}.week.{days}")
    ]
    per = tree.get("per", "day")
    if per not in get_args(Per):
        raise MindshareError(f"{where}.per must be day or shift. Got {per!r} instead.")
    return Shifts(
        zone=_zone(tree.get("zone"), f"{where}.zone"),
        week=tuple(sorted(shifts)),
        off=frozenset(_date(day, f"{where}.off") for day in (off if isinstance(off, list) else [off])),
        most=None if tree.get("minutes") is None else number_of(tree["minutes"], f"{where}.minutes", 0.0),
        per=per,
        breaks=_breaks(tree.get("break"), f"{where}.break"),
    )


def written_of(shifts: Shifts) -> dict[str, Any]:
    """The same shifts written down day by day, in words and numbers only; `read_shifts` of it gives them again."""
    week: dict[str, list[str]] = {}
    for shift in shifts.week:
        end = "24:00" if shift.end == time() else f"{shift.end:%H:%M}"
        week.setdefault(DAYS[shift.day], []).append(f"{shift.start:%H:%M}-{end}")
    out: dict[str, Any] = {"zone": shifts.zone.key, "week": week, "per": shifts.per}
    if shifts.off:
        out["off"] = [day.isoformat() for day in sorted(shifts.off)]
    if shifts.most is not None:
        out["minutes"] = shifts.most
    if shifts.breaks is not None:
        out["break"] = {"after": shifts.breaks.after, "minutes": shifts.breaks.minutes}
    return out


def _zone(written: Any, where: str) -> ZoneInfo:
    known = _zones()
    if not isinstance(written, str) or written not in known:
        raise MindshareError(
            f"{where} must name a time zone such as Europe/Berlin. Got {written!r} instead.{nearest(str(written), known)}"
        )
    return ZoneInfo(written)


@cache
def _zones() -> frozenset[str]:
    """Finding them means reading a folder tree."""
    return frozenset(available_timezones())


def _days(written: Any, where: str) -> list[int]:
    """`mon`, or `mon-fri`, which may go over the end of the week."""
    ends = str(written).strip().lower().split("-")
    for day in ends:
        if day not in DAYS or len(ends) > 2:
            raise MindshareError(
                f"{where} must name days such as mon or mon-fri. Got '{written}' instead.{nearest(day, DAYS)}"
            )
    first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
    return [(first + i) % 7 for i in range((last - first) % 7 + 1)]


def _spans(written: Any, where: str) -> list[tuple[time, time]]:
    out = []
    for each in written if isinstance(written, list) else [written]:
        found = SPAN.fullmatch(each) if isinstance(each, str) else None
        if found is None:
            raise MindshareError(f"{where} must be times such as '09:00-17:00'. Got {each!r} instead.")
        try:
            hours = [int(part) for part in found.groups()]
            out.append((time(hours[0], hours[1]), time(0 if hours[2:] == [24, 0] else hours[2], hours[3])))
        except ValueError as e:
            raise MindshareError(f"{where} must be times of a day, to 24:00. Got {each!r} instead.") from e
    return out


def _date(written: Any, where: str) -> date:
    try:
        return written if isinstance(written, date) else date.fromisoformat(str(written))
    except ValueError as e:
        raise MindshareError(f"{where} must be dates such as 2026-12-25. Got {written!r} instead.") from e


def _breaks(written: Any, where: str) -> Breaks | None:
    if written is None:
        return None
    tree = keys_of(written, ("after", "minutes"), where)
    after, minutes = (number_of(tree.get(name), f"{where}.{name}", 1.0) for name in ("after", "minutes"))
    return Breaks(after, minutes)
