"""What of the settings can change while the service runs: the guard, and the guidelines of each kind.

What somebody changed holds, through every start, until `service.yaml` says something else there than at the start before.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mindshare.engine import events as ev
from mindshare.engine.settings import Settings, digest_of
from mindshare.engine.state import State

GUARD = "guard"


def place_of(kind: str) -> str:
    """What the guidelines of a kind are called where changes are kept."""
    return f"guidelines.{kind}"


def changed_by(event: ev.RulesChanged) -> list[str]:
    """What this event changed."""
    return [*map(place_of, event.guidelines), *([] if event.guard is None else [GUARD])]


def filed(settings: Settings, kinds: Iterable[str]) -> dict[str, str]:
    """All that can change -> the digest of what the settings say of it."""
    told: dict[str, Any] = {place_of(kind): settings.kind(kind).guidelines for kind in kinds}
    return {name: digest_of(value) for name, value in {**told, GUARD: settings.guard}.items()}


def last_change(state: State, settings: Settings, name: str) -> ev.RulesChanged | None:
    """The change that holds; None where the settings do, also from the moment on at which they are read with something else."""
    event = state.ruled.get(name)
    if event is None:
        return None
    kind = name.partition(".")[2]
    now = digest_of(settings.guard if name == GUARD else settings.kind(kind).guidelines)
    return event if state.filed.get(name) == now else None


def guard_of(state: State, settings: Settings) -> dict[str, Any]:
    """The guard that holds, as it is written."""
    event = last_change(state, settings, GUARD)
    return settings.guard if event is None or event.guard is None else event.guard


def guidelines_of(state: State, settings: Settings, kind: str) -> str:
    """The guidelines of a kind that hold."""
    event = last_change(state, settings, place_of(kind))
    return settings.kind(kind).guidelines if event is None else event.guidelines[kind]
