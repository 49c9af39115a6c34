"""The objects of a JSON file one by one, so that memory holds one of them and the text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from mindshare.core.errors import HistoryError
from mindshare.histories.sources.foreign import Record, mapping
from mindshare.histories.sources.keyed import rows_of_split, rows_under_names
from mindshare.histories.sources.opened import Opened

UNDER = ("records", "data", "items", "examples", "results", "rows", "tasks")
SPACE = " \t\r\n\ufeff"
AGAIN = "Export it again."
HALF = re.compile(r"\\u[dD][89a-fA-F]")
ESCAPE = re.compile(
    r"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)


def read_records(raw: Opened) -> Iterator[Record]:
    """See `Raw.records`."""
    with raw.text() as file:
        text = _without_half_characters(file.read())
    at = _skip(text, 0)
    if text.startswith("[", at):
        yield from _list(raw, text, at + 1)
        return
    first, end = _decode(raw, text, at)
    rest = _skip(text, end)
    if rest < len(text):
        yield from _lines(raw, text, at)
        return
    if not isinstance(first, dict):
        raise _damaged(raw, text, at, "this is not a list of objects.")
    held = rows_of_split(first)
    if held is None:
        held = next((first[key] for key in UNDER if isinstance(first.get(key), list)), None)
    if held is None:
        every = (rows_under_names(mapping(one)) for one in (first, *(first.get(key) for key in UNDER)))
        held = next((rows for rows in every if rows is not None), None)
    for one in [first] if held is None else held:
        if not isinstance(one, dict):
            raise HistoryError(f"this is not a list of objects. {AGAIN}", file=raw.file)
        yield one


def _list(raw: Opened, text: str, at: int) -> Iterator[Record]:
    at = _skip(text, at)
    while not text.startswith("]", at):
        one, at = _decode(raw, text, at)
        if not isinstance(one, dict):
            raise _damaged(raw, text, at, "this is a list of something other than objects.")
        yield one
        at = _skip(text, at)
        if text.startswith(",", at):
            at = _skip(text, at + 1)
        elif not text.startswith("]", at):
            raise _damaged(raw, text, at, "this is not whole JSON.")


def _lines(raw: Opened, text: str, at: int) -> Iterator[Record]:
    """Objects with nothing but space between them."""
    while at < len(text):
        one, at = _decode(raw, text, at)
        if not isinstance(one, dict):
            raise _damaged(raw, text, at, "a line of JSON lines is an object.")
        yield one
        at = _skip(text, at)


def _decode(raw: Opened, text: str, at: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except RecursionError as e:
        raise _damaged(raw, text, at, "the JSON is nested too deeply.") from e
    except ValueError as e:  # broken JSON, or a number of thousands of digits
        raise _damaged(raw, text, getattr(e, "pos", at), "this is not whole JSON.") from e


def _damaged(raw: Opened, text: str, at: int, problem: str) -> HistoryError:
    return HistoryError(f"{problem} {AGAIN}", file=raw.file, row=text.count("\n", 0, at) + 1)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in SPACE:
        at += 1
    return at


def _without_half_characters(text: str) -> str:
    """Half of a pair of escapes is no character, and no table can hold it: it becomes the sign of a replacement."""
    if not HALF.search(text):
        return text
    return ESCAPE.sub(lambda found: "\\ufffd" if found[1] else found[0], text)


def _no_constant(name: str) -> None:
    """NaN and Infinity, which Python writes into JSON, are nothing."""


_DECODER = json.JSONDecoder(parse_constant=_no_constant)
