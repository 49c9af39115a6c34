"""Events of the service itself: it began, and where its pacer stands. Part of the closed list of `events.py`."""

from __future__ import annotations

from typing import Any

import msgspec

from mindshare.engine.envelope import Event, Kept


class Started(Event, kw_only=True, tag="started"):
    """The service began on this log, or began again. `models`: kind -> digest of the file of its model.

    `limits`: resource -> (limit, seconds after which it comes back); None in logs of before December 2026, as are the others.
    `shifts`: person, or default -> a digest of the shifts that the settings write of them.
    """

    build: str
    models: dict[str, str]
    people: list[str]
    settings: str  # digest
    limits: dict[str, tuple[float, float | None]] | None = None
    body: Kept | None = None  # the settings themselves
    team: str = ""  # digest
    shifts: dict[str, str] | None = None
    rules: dict[str, str] | None = (
        None  # what can change while the service runs (`ruled.py`) -> digest of what service.yaml says of it
    )


class RulesChanged(Event, kw_only=True, tag="rules"):
    """Guidelines of these kinds, and where it is given the whole guard, from now on. `words`: the body of a reason."""

    guidelines: dict[str, str] = msgspec.field(default_factory=dict)
    guard: dict[str, Any] | None = None
    by: str
    words: Kept | None = None


class Paced(Event, kw_only=True, tag="paced"):
    """Where the pacer stands behind this frame (`core/pacing/mark.py`); `moved` are float64 in base64."""

    moved: bytes
    case: int
    kind: str
    fresh: int
    charges: int
