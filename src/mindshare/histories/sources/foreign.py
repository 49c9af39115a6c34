"""Values of foreign files, of which nothing is certain: each is taken for what it is, or for nothing."""

from __future__ import annotations

import json
from typing import Any

Record = dict[str, Any]


def plain(value: Any) -> str | None:
    """A JSON value as a cell: words and numbers as they are, none and empty ones as nothing, anything else as JSON."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:  # nested as no program nests: nothing that a cell could tell
        return None


def shown(value: Any, most: int = 40) -> str:
    """A foreign word within a sentence: on one line, and not longer than words are."""
    words = " ".join(str(value).split())
    return words if len(words) <= most else f"{words[:most]}..."


def unpacked(cell: Any) -> Any:
    """What a cell holds that is JSON, as tables hold lists and objects; anything else as it is."""
    if not isinstance(cell, str) or cell[:1] not in ("{", "["):
        return cell
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell


def mapping(value: Any) -> Record:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> list[Any]:
    """The value where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def elements(value: Any) -> list[Any]:
    """What should be a list, where what is none is still an element that somebody has to leave out with a word."""
    return value if isinstance(value, list) else [] if value is None else [value]
