"""Promises of a reader of foreign files: `check_source` runs them all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from mindshare.core.errors import HistoryError
from mindshare.histories.intake.questions import Questions
from mindshare.histories.sources.raw import Raw
from mindshare.histories.sources.source import ROLES, Sheet, Source

FOREIGN: Mapping[str, bytes] = {
    "tickets.csv": b"case_id,truth,model,ana\nc1,bug,bug,other\nc2,other,bug,other\n",
    "long.csv": b"item,rater,says\n1,ana,b\n1,ben,b\n2,ana,a\n",
    "numbers.tsv": b"x\ty\n1\t2\n3\t4\n",
    "log.jsonl": b'{"level": "info", "message": "started"}\n{"level": "info", "message": "ended"}\n',
    "places.json": b'{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}}]}',
    "lists.json": b"[[1, 2], [3, 4]]",
    "cut.json": b'[{"id": 1, "te',
}
SWAPS: tuple[Any, ...] = (None, True, 7, -1.5, 1e300, "", "x", "\ud800", [], [[]], [None, 3], {}, {"a": {}})
CUTS = 10  # places at which a copy ends too early, or at which bytes are put in
SWAPPED = 25  # values of a record that are swapped for others
DEEP = b"[" * 100_000
BYTES = (b"\xff\xfe\x80", b"\x00", b"9" * 5000, b"1e999", b'"', DEEP)


def check_source(
    source: Source,
    examples: Mapping[str, bytes],
    *,
    given: Mapping[str, str] | None = None,
    foreign: Mapping[str, bytes] = FOREIGN,
) -> None:
    """Runs on whole files of the format, each its name -> its bytes; keep them small, each is damaged some hundred times.

    `given`: settings without which the examples cannot be read. `foreign`: files of other formats; none where the
    source reads all.
    """
    assert source.name.strip() == source.name != "", "a source has a name, which --set format=NAME chooses"
    with TemporaryDirectory(prefix="mindshare-source-") as place:
        for name, body in examples.items():
            file = _written(Path(place), name, body)
            assert source.recognises(Raw(file)), f"{source.name} does not recognise its example {name}"
            sheets = source.read(Raw(file), Questions(dict(given or {})))
            assert sheets, f"{name} gives no sheet"
            _sheets_are_whole(sheets, name)
            _read_twice_gives_the_same(source, file, given, sheets)
        for name, body in foreign.items():
            assert not source.recognises(Raw(_written(Path(place), name, body))), (
                f"{source.name} takes {name}, which is not its"
            )
            sheets_or_refused(source, _written(Path(place), name, body), given)
        for name, body in examples.items():
            for damaged in damaged_copies(body):
                sheets_or_refused(source, _written(Path(place), name, damaged), given)


def sheets_or_refused(
    source: Source, file: Path, given: Mapping[str, str] | None = None
) -> list[Sheet] | HistoryError:
    """What a file of any content gives: whole sheets, or the error that refuses it in a sentence. Else AssertionError."""
    try:
        raw = Raw(file)
        source.recognises(raw)
        sheets = source.read(raw, Questions(dict(given or {})))
    except HistoryError as refused:
        sentence = str(refused)
        assert sentence.endswith((".", "?")), f"refused, but not in a sentence: {sentence[:500]}"
        assert len(sentence) < 1000, f"refused in too many words: {sentence[:500]}"
        return refused
    _sheets_are_whole(sheets, file.name)
    return sheets


def damaged_copies(body: bytes) -> Iterator[bytes]:
    """Cut at many places, with odd bytes put in at many, and, where it is JSON, with one value swapped for another."""
    step = max(1, len(body) // CUTS)
    for at in range(1, len(body), step):
        yield body[:at]
    for put in BYTES:
        for at in range(0, len(body), step if len(put) < 10_000 else 8 * step):
            yield body[:at] + put + body[at:]
            yield body[:at] + put + body[at + len(put) :]
    yield from _swapped(body)


def _swapped(body: bytes) -> Iterator[bytes]:
    try:
        text = body.decode()
        lines = not text.startswith("[") and "\n" in text.strip()
        whole = [json.loads(line) for line in text.splitlines()] if lines else json.loads(text)
    except ValueError:
        return
    places = list(_places(whole, ()))
    for n, place in enumerate(places[:: max(1, len(places) // SWAPPED)]):
        for value in SWAPS[n % 2 :: 2]:  # half of them each, so that a check stays quick
            other = _with(whole, place, value)
            yield "\n".join(map(json.dumps, other)).encode() if lines else json.dumps(other).encode()


def _places(value: Any, at: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """The way to each value within a JSON value, itself not among them."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield (*at, key)
        yield from _places(each, (*at, key))


def _with(value: Any, place: tuple[Any, ...], other: Any) -> Any:
    if not place:
        return other
    copy = value.copy()
    copy[place[0]] = _with(value[place[0]], place[1:], other)
    return copy


def _written(place: Path, name: str, body: bytes) -> Path:
    (place / name).write_bytes(body)
    return place / name


def _read_twice_gives_the_same(
    source: Source, file: Path, given: Mapping[str, str] | None, once: list[Sheet]
) -> None:
    again = source.read(Raw(file), Questions(dict(given or {})))
    assert len(again) == len(once), f"{file.name}, read twice, gave another number of sheets"
    for one, other in zip(once, again, strict=True):
        assert one.frame.equals(other.frame), f"{file.name}, read twice, gave other rows"
        told = [(s.layout, s.roles, s.kinds, s.left_out, s.said, s.format, s.file) for s in (one, other)]
        assert told[0] == told[1], f"{file.name}, read twice, was told otherwise"


def _sheets_are_whole(sheets: list[Sheet], name: str) -> None:
    for sheet in sheets:
        frame, roles = sheet.frame, sheet.roles
        assert all(kind == pl.String for kind in frame.dtypes), f"{name}: a column holds other than strings"
        assert all(column.strip() for column in frame.columns), f"{name}: a column has no name"
        assert set(roles) <= set(frame.columns), f"{name}: a role is given to a column that is not there"
        assert set(roles.values()) <= set(ROLES), f"{name}: there is no such role"
        empty = frame.select((pl.all() == "").any()).row(0) if frame.height and frame.width else ()
        assert not any(empty), f"{name}: an empty cell is an empty string, not null"
        if sheet.layout is not None:
            _a_known_layout_has_its_columns(sheet, name)
        assert all(one.number > 0 and one.what and one.why for one in sheet.left_out), (
            f"{name}: what is left out is not told"
        )
        assert all(said.strip().endswith(".") for said in sheet.said), f"{name}: what was said is no sentence"
        assert set(sheet.kinds.values()) <= {"machine", "person"}, (
            f"{name}: an agent is a machine or a person"
        )
        assert sheet.format.strip(), f"{name}: the format is not told in words"


def _a_known_layout_has_its_columns(sheet: Sheet, name: str) -> None:
    """A case in each row, and in a long sheet an agent wherever there is an answer."""
    by = {role: column for column, role in sheet.roles.items()}
    needed = {"long": ("case", "agent", "answer"), "cases": ("case",), "wide": ()}[sheet.layout or "wide"]
    missing = [role for role in needed if role not in by]
    assert not missing, f"{name}: no column of the {sheet.layout} sheet is the {' or the '.join(missing)}"
    if "case" in by:
        assert not sheet.frame[by["case"]].has_nulls(), f"{name}: a row has no case"
    if sheet.layout == "long":
        said = sheet.frame.filter(pl.col(by["answer"]).is_not_null())
        assert not said[by["agent"]].has_nulls(), f"{name}: an answer has no agent"
