"""What a client hears of rules and guidelines, as types."""

from __future__ import annotations

from typing import Any

import msgspec


class LiveSet(msgspec.Struct, frozen=True):
    """Who set something, when (seconds since 1970) and why; None where it is what service.yaml says."""

    by: str | None
    at: float | None
    reason: str | None


class LiveGuidelines(LiveSet, frozen=True):
    """Guidelines of a kind, as people see them."""

    text: str


class LiveGuard(LiveSet, frozen=True):
    """The rules as service.yaml has them, and the `checks` that they are, in words."""

    rules: dict[str, Any]
    checks: list[str]


class LiveRules(msgspec.Struct, frozen=True):
    """What holds now: `guidelines` of each kind, the guard; `digest`: of all of it; `notes`: names that are not known yet."""

    guidelines: dict[str, LiveGuidelines]
    guard: LiveGuard
    digest: str
    notes: list[str] = []
