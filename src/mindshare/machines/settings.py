"""Settings that are handed on by name: a name that nobody knows is refused, as Python does for parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def check_names(given: Mapping[str, Any], known: type, what: str) -> None:
    """Raises TypeError for settings that `known` (a TypedDict) does not have, and for those that it needs and that are missing."""
    names: Mapping[str, Any] = known.__annotations__
    needed: frozenset[str] = getattr(known, "__required_keys__", frozenset())
    for name in given:
        if name not in names:
            raise TypeError(f"{what} has no setting '{name}'. It has: {', '.join(sorted(names))}.")
    if missing := sorted(needed - given.keys()):
        raise TypeError(f"{what} needs {', '.join(missing)}.")
