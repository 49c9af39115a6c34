"""The shape of a person's hours."""

from __future__ import annotations

from typing import Any

from mindshare.web.shapes import Out


class ChangedOut(Out):
    """Who gave a person other hours while the service ran, and when (seconds since 1970)."""

    by: str
    at: float


class HoursOut(Out):
    """The shifts that hold for a person, and those of the settings, each written day by day as they can be sent (null: works always);
    `changed`: null where those of the settings hold. `why_not`: why no case is given now, `until` when that ends, where it is known.
    """

    person: str
    shifts: dict[str, Any] | None
    settings: dict[str, Any] | None
    changed: ChangedOut | None
    why_not: str | None
    until: float | None
