"""One answer out of the ways in which forms store a choice: a label, boxes ticked or not, columns of 0 and 1."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mindshare.histories.sources.foreign import mapping, plain, sequence

if TYPE_CHECKING:
    import polars as pl

SEVERAL = "several labels are chosen, and an answer is one label"
NO_LABEL = "they hold no label (boxes, spans or a ranking?)"
EMPTY = ("0", "0.0", "false", "off")  # what stands in a box that is not ticked

HALF = re.compile(r"\\u[dD][89a-fA-F]")


def read_json(cell: str | None) -> Any:
    """The value of a cell that holds JSON, None where the cell is empty. Raises ValueError where it is damaged."""
    if cell is None:
        return None
    try:
        value = json.loads(cell, parse_constant=lambda _: None)
        if HALF.search(cell):  # half a pair of escapes is no character, and no table can hold it
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError as e:
        raise ValueError("nested too deeply") from e
    return value


def choice(value: Any) -> tuple[str | None, str]:
    """The label that a form's value holds, None where nothing was chosen; and why it cannot be told, else ''.

    Reads "cat", {"label": "cat"}, {"labels": ["cat"]}, {"cat": true, "dog": false} and ["cat"].
    """
    if isinstance(value, list):
        return (None, SEVERAL) if len(value) > 1 else choice(value[0]) if value else (None, "")
    if not isinstance(value, dict):
        return plain(value), ""
    for key in ("label", "labels", "choices"):
        if key in value and not isinstance(value[key], dict):
            return choice(value[key])
    if value and all(isinstance(ticked, bool) for ticked in value.values()):
        if len(value) == 1:  # a single box: it is the answer yes or no
            return plain(next(iter(value.values()))), ""
        names = [name for name, ticked in value.items() if ticked]
        return (None, SEVERAL) if len(names) > 1 else (names[0] if names else None, "")
    return None, NO_LABEL if value else ""


def by_field(content: Any) -> dict[str, Any]:
    """Field -> value of a form that was sent: an object, or a list of them as crowd-html-elements write it."""
    if isinstance(content, list):
        return {name: value for part in sequence(content) for name, value in mapping(part).items()}
    return mapping(content)


def ticked(frame: pl.DataFrame, boxes: Mapping[str, str]) -> tuple[pl.Series, pl.Series]:
    """The label of the one column that is ticked in each row, null where none is; and where several are.

    `boxes`: column -> label. A box is ticked where it is filled with anything but 0, false or off.
    """
    import polars as pl

    on = [~pl.col(c).str.to_lowercase().is_in(EMPTY).fill_null(value=True) for c in boxes]
    number = frame.select(pl.sum_horizontal(box.cast(pl.Int32) for box in on)).to_series()
    first = [pl.when(box).then(pl.lit(label)) for box, label in zip(on, boxes.values(), strict=True)]
    label = frame.select(pl.when(number == 1).then(pl.coalesce(first))).to_series()
    return label, number > 1


def boxes_of(frame: pl.DataFrame, columns: Sequence[str]) -> bool:
    """Whether every cell of these columns is a box, ticked or not."""
    words = ("true", "on", "1", "1.0", *EMPTY)
    cells = [frame[c].drop_nulls().str.to_lowercase() for c in columns]
    return any(len(c) for c in cells) and all(bool(c.is_in(words).all()) for c in cells)
