"""What a client hears of what a person sees, and of the person's own work, as types."""

from __future__ import annotations

from typing import Any

import msgspec


class LiveHours(msgspec.Struct, frozen=True):
    """The `shifts` that hold for a person and those of the `settings` (None: works always); who `changed` them since, and when; why no
    case is given now, `until` when.
    """

    person: str
    shifts: dict[str, Any] | None
    settings: dict[str, Any] | None
    changed: dict[str, Any] | None
    why_not: str | None
    until: float | None


class LiveMyKind(msgspec.Struct, frozen=True):
    """A person's own figures on one kind: the median of the seconds, their mean with its 95 % interval, and how many answers were right
    where the outcome is known.
    """

    seconds: float
    mean_s: float
    mean_s_95: tuple[float, float]
    right: int
    wrong: int
    accuracy: float | None
    accuracy_95: tuple[float, float] | None


class LiveMe(msgspec.Struct, frozen=True):
    """A person's own figures: answers and minutes in all, and `today`; minutes `left` to give today; how many answers of others on the same
    final cases are `compared`, and how many `agreed`; minutes of attention until the next break; why no case is given now, `until` when.
    """

    person: str
    answers: int
    minutes: float
    today: dict[str, float]
    left: float | None
    compared: int
    agreed: int
    break_in: float | None
    break_min: float | None
    closed: str | None
    until: float | None
    kinds: dict[str, LiveMyKind]


class LiveSeen(msgspec.Struct, frozen=True):
    """A case as a person would see it, for the lead; `escalated`: by whom, when and why it was sent up."""

    case: str
    kind: str
    labels: list[str]
    guidelines: str
    features: dict[str, Any]
    show: Any
    deadline: float | None
    why: str
    escalated: dict[str, Any] | None
    template: list[dict[str, str]] = []
    keys: dict[str, str] = {}
    blur: bool = False


class LiveSheet(msgspec.Struct, frozen=True):
    """A sheet; `bytes` and `written` (seconds since 1970) are of its file as it is now, `wrong` says why it cannot be shown."""

    title: str
    type: str
    bytes: int
    written: float | None
    wrong: str | None


class LiveSheets(msgspec.Struct, frozen=True):
    """All sheets, in the order of service.yaml."""

    sheets: list[LiveSheet]


class LiveFile(msgspec.Struct, frozen=True):
    """A file that cases may show by its `digest`; `bytes`: how large it is."""

    digest: str
    bytes: int
    type: str
