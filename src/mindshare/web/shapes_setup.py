"""The shapes of what setting a service up tells: links, what a service is, files that were read."""

from __future__ import annotations

from typing import Any

from mindshare.web.asked import RoleName
from mindshare.web.shapes import Out


class LinkOut(Out):
    """The code of a link that signs a browser in; it is told this once."""

    code: str
    account: str
    role: RoleName
    expires: float


class Asks(Out):
    """What is asked about cases of one kind; `machines` that may have answered, and an `example` of its features."""

    kind: str
    labels: list[str]
    guidelines: str
    machines: list[str]
    example: dict[str, Any]


class ServiceOut(Out):
    """What a service is. `simulated`: people that are made up; `history`: whether it began with one."""

    name: str
    version: str
    kinds: list[Asks]
    simulated: list[str]
    history: bool


class SettingsOut(Out):
    """service.yaml as it was read at the start."""

    settings: dict[str, Any]


class Set(Out):
    """Who set something, when (seconds since 1970), and why; null where it is what service.yaml says."""

    by: str | None
    at: float | None
    reason: str | None


class GuidelinesSet(Set):
    """Guidelines of a kind, as people see them."""

    text: str


class GuardSet(Set):
    """The rules that no price can buy, as service.yaml has them; `checks`: the same in words."""

    rules: dict[str, Any]
    checks: list[str]


class RulesOut(Out):
    """What holds now, by kind; `digest`: of all of it; `notes`: names in rules that were changed which are not known yet."""

    guidelines: dict[str, GuidelinesSet]
    guard: GuardSet
    digest: str
    notes: list[str]


class CasesToSend(Out):
    """Cases as `POST /v1/cases` takes them."""

    count: int
    cases: list[dict[str, Any]]


class Column(Out):
    """What a column of a file was taken for, and why."""

    column: str
    taken_as: str
    why: str


class FileOut(CasesToSend):
    """What was read of a file; `said`: what was decided and left out, a sentence each."""

    file: str
    format: str
    rows: int
    columns: list[Column]
    said: list[str]
