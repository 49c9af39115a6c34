"""Objects of a JSON file that stand under names instead of in a list: each row under its id, or each column under its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mindshare.histories.sources.foreign import Record

LEAST = 3  # rows
ALIKE = 0.5  # of the names that any of the objects has, each has on average: fewer, and they are parts of one thing


def rows_under_names(whole: Mapping[str, Any]) -> list[Record] | None:
    """The rows of an object of objects, None where it is something else.

    {"q1": {"truth": "a"}, ...} has a row under each id, which it gets as `id`; {"truth": {"0": "a", ...}, ...}, as data frames
    write it, has a column under each name.
    """
    parts = {name: part for name, part in whole.items() if isinstance(part, dict) and part}
    inner = list(dict.fromkeys(key for part in parts.values() for key in part))
    filled = sum(map(len, parts.values()))
    if len(parts) < max(2, len(whole)) or filled <= ALIKE * len(inner) * len(parts):
        return None
    flat = not any(isinstance(value, dict | list) for part in parts.values() for value in part.values())
    if flat and len(inner) >= LEAST and (len(inner) > len(parts) or all(key.isdecimal() for key in inner)):
        columns = [{name: part[key] for name, part in parts.items() if key in part} for key in inner]
        counted = inner == [str(i) for i in range(len(inner))]
        return columns if counted else _named(inner, columns)
    return _named(list(parts), list(parts.values())) if len(parts) >= LEAST else None


def rows_of_split(whole: Mapping[str, Any]) -> list[Record] | None:
    """The rows of {"columns": ["id", "label"], "data": [["7", "cat"], ...]}, as data frames write it too; None where it is none."""
    names, rows = whole.get("columns"), whole.get("data")
    if not isinstance(names, list) or not isinstance(rows, list) or not rows:
        return None
    if not all(isinstance(row, list) and len(row) == len(names) for row in rows):
        return None
    return [dict(zip(map(str, names), row, strict=True)) for row in rows]


def _named(ids: list[str], rows: list[Record]) -> list[Record]:
    """The rows with their ids, under a name that none of them has."""
    name = next(n for n in ("id", "key", "_key") if not any(n in row for row in rows) or n == "_key")
    return [{name: key, **row} for key, row in zip(ids, rows, strict=True)]
