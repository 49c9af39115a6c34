"""How long a series in a file is, and what its channels are called, as the desk reads it (`static/series_read.js`)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from itertools import islice

import msgspec

TIME = re.compile(r"t|time|seconds|sec|s|zeit|时间", re.IGNORECASE)
HEAD = 10_000  # bytes of an array's header, at most
MOST = 1_000  # channels; a file with more is not looked into
Samples = Mapping[str, int]  # channel -> samples


def samples_of(data: bytes, kind: str, names: Sequence[object] = ()) -> Samples | None:
    """Channel -> samples; None where the file is no series that can be read, or has very many channels. `names`: of channels, where
    the file has none.
    """
    try:
        if kind == "application/json":
            told = msgspec.json.decode(data)["channels"]
            return {name: len(values) for name, values in told.items() if isinstance(values, list)}
        if kind == "text/csv":
            return _table(data.decode("utf-8-sig"), names)
        return _array(data[:HEAD], names)
    except (
        msgspec.DecodeError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        StopIteration,
        RecursionError,
    ):
        return None


def _table(text: str, names: Sequence[object]) -> Samples:
    lines = (line for line in text.splitlines() if line.strip())
    first = next(lines)
    between = max((",", ";", "\t"), key=first.count)
    if first.count(between) >= MOST:
        raise ValueError("too many channels")
    cells = [cell.strip().strip('"') for cell in first.split(between)]
    headed = any(cell and not _is_number(cell) for cell in cells)
    rows = sum(1 for _ in lines) + (not headed)
    if not headed:
        return {_named(names, i): rows for i in range(len(cells))}
    at = next((i for i, cell in enumerate(cells) if TIME.fullmatch(cell)), -1)
    return {cell: rows for i, cell in enumerate(cells) if i != at}


def _array(head: bytes, names: Sequence[object]) -> Samples:
    shape = re.search(r"'shape':\s*\(([^)]*)\)", head.decode("latin1"))
    sizes = [int(n) for n in shape[1].split(",") if n.strip()] if shape else []
    if not 1 <= len(sizes) <= 2 or sizes[1:] > [MOST]:
        raise ValueError("no series, or too many channels")
    return {_named(names, i): sizes[0] for i in range((*sizes, 1)[1])}


def _named(names: Sequence[object], i: int) -> str:
    return str(next(islice(names, i, None), i + 1))


def _is_number(cell: str) -> bool:
    try:
        return not math.isnan(float(cell))
    except ValueError:
        return False
