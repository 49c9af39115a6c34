"""Events of people at the desk: they ask, see, give back, take back. Part of the closed list of `events.py`."""

from __future__ import annotations

from typing import Any

import msgspec

from mindshare.engine.envelope import Event, Kept


class Free(Event, kw_only=True, tag="free"):
    """A person asks for the next case, and waits until then where there is none."""

    person: str
    until: float


class Ahead(Event, kw_only=True, tag="ahead"):
    """A person's program asks for the case after the one that the person has."""

    person: str


class Shown(Event, kw_only=True, tag="shown"):
    """A case that was asked for ahead is to be shown: from now on the clock runs, until then. Not `good`: it goes back instead."""

    case: str
    person: str
    token: int
    until: float
    good: bool = True


class Away(Event, kw_only=True, tag="away"):
    """A person does not wait any more."""

    person: str


class Skipped(Event, kw_only=True, tag="skipped"):
    """A person gave a case back; `away`: to nobody else either (hand-over names the person)."""

    case: str
    person: str
    token: int
    reason: str = ""
    spent: dict[str, float] = msgspec.field(default_factory=dict)
    to: str = ""
    words: Kept | None = None


class Beat(Event, kw_only=True, tag="beat"):
    """A lease goes on until then: the person is still at it (`held`: it is put aside and another case may be asked for)."""

    person: str
    token: int
    until: float
    held: bool = False


class Undone(Event, kw_only=True, tag="undone"):
    """A person took an answer back within the grace period."""

    case: str
    person: str


class ShiftsChanged(Event, kw_only=True, tag="shifts_changed"):
    """A person has other hours from now on, written day by day (`people/written_shifts.py`); None = those of the settings."""

    person: str
    shifts: dict[str, Any] | None
    by: str
