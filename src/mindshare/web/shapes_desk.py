"""The shapes of responses about what a person sees, and about the person's own work."""

from __future__ import annotations

from typing import Any

from mindshare.web.shapes import Out


class SeenOut(Out):
    """A case as a person would see it; `escalated`: of one that waits for the lead, by whom, when and why it was sent up (null: erased)."""

    class By(Out):
        """Who sent it up."""

        by: str
        at: float
        reason: str | None

    case: str
    kind: str
    labels: list[str]
    guidelines: str
    features: dict[str, Any]
    show: Any
    deadline: float | None
    why: str
    escalated: By | None
    template: list[dict[str, str]] | None = None
    keys: dict[str, str] | None = None
    blur: bool = False


class FileOut(Out):
    """A file that cases may show by its `digest`; `bytes`: how large it is."""

    digest: str
    bytes: int
    type: str


class SheetOut(Out):
    """A sheet; `bytes` and `written` (seconds since 1970) are of its file as it is now, `wrong` says why it cannot be shown."""

    title: str
    type: str
    bytes: int
    written: float | None
    wrong: str | None


class SheetsOut(Out):
    """All sheets, in the order of service.yaml."""

    sheets: list[SheetOut]


class MyKind(Out):
    """A person's figures on one kind. `seconds`: the median of an answer; the others have an interval of 95 % too. `right`, `wrong`:
    answers on cases whose outcome is known; gold probes are in none of these but the seconds.
    """

    seconds: float
    mean_s: float
    mean_s_95: tuple[float, float]
    right: int
    wrong: int
    accuracy: float | None
    accuracy_95: tuple[float, float] | None


class MeOut(Out):
    """A person's own figures. `answers`, `minutes`: in all; `today`: of the two since the day of the person began; `left`: minutes still to
    give today, null where no end is written; `compared`: answers of others on the same cases, final ones, and of these `agreed` with the
    same label; `break_in`: minutes of attention until a break is due, and `break_min` how long it is; `closed`: why no case is given now,
    `until` when.
    """

    class Today(Out):
        """Since the person's day began."""

        answers: int
        minutes: float

    person: str
    answers: int
    minutes: float
    today: Today
    left: float | None
    compared: int
    agreed: int
    break_in: float | None
    break_min: float | None
    closed: str | None
    until: float | None
    kinds: dict[str, MyKind]


class LeaseOut(Out):
    """A lease as it stands."""

    case: str
    token: int
    until: float
    held: bool
