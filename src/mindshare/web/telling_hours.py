"""What is told of a person's hours; made in the engine's thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mindshare.core.errors import NotThere, nearest
from mindshare.engine.engine import Engine
from mindshare.people.shifts import Shifts
from mindshare.people.written_shifts import written_of


def hours_told(person: str, engine: Engine) -> dict[str, Any]:
    """The hours that hold, those of the settings, and who changed them; NotThere where there is no such person."""
    if person not in engine.state.people:
        raise NotThere(f"There is no person '{person}' here.{nearest(person, engine.state.people)}")
    hours, given = engine.presence.hours, engine.state.hours.get(person)
    closed = engine.presence.closed(person, engine.now)
    return {
        "person": person,
        "shifts": _written(hours.of(person)),
        "settings": _written(hours.written(person)),
        "changed": None if given is None else {"by": given.by, "at": given.at},
        "why_not": None if closed is None else closed.why,
        "until": None if closed is None else closed.until,
    }


def change_hours(person: str, shifts: Mapping[str, Any] | None, by: str, engine: Engine) -> dict[str, Any]:
    """The same after a change."""
    engine.change_shifts(person, shifts, by)
    return hours_told(person, engine)


def _written(shifts: Shifts | None) -> dict[str, Any] | None:
    return None if shifts is None else written_of(shifts)
