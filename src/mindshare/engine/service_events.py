"""Events of the service itself: it began, and where its pacer stands. Part of the closed list of `events.py`."""

from __future__ import annotations

from mindshare.engine.envelope import Event, Kept


class Started(Event, kw_only=True, tag="started"):
    """The service began on this log, or began again. `models`: kind -> digest of the file of its model.

    `limits`: resource -> (limit, seconds after which it comes back); None in logs of before December 2026, as are the others.
    """

    build: str
    models: dict[str, str]
    people: list[str]
    settings: str  # digest
    limits: dict[str, tuple[float, float | None]] | None = None
    body: Kept | None = None  # the settings themselves
    team: str = ""  # digest


class Paced(Event, kw_only=True, tag="paced"):
    """Where the pacer stands behind this frame (`core/pacing/mark.py`); `moved` are float64 in base64."""

    moved: bytes
    case: int
    kind: str
    fresh: int
    charges: int
