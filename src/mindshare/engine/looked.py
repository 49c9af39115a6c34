"""Where machines say that they looked: in places that the case has, with weights from 0 to 1, or the case is refused when it is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from mindshare.core.errors import MindshareError, counted, nearest
from mindshare.engine.incoming import Grid, NewAnswer, NewCase, Where
from mindshare.engine.samples import Samples
from mindshare.engine.settings import Kind

MOST_SIDE = 64  # rows of a grid, and weights of a row
MOST_PARTS = 1_000  # of one text or series, all its channels together


Read = Callable[
    [str, Sequence[object]], Samples | None
]  # name of a file, names of channels -> what the series holds


class Place(NamedTuple):
    """What a name in `where` stands for. `form`: value, text, picture or series; `long`: characters or samples, and `channels`: name ->
    samples, both None where only the `file` tells them; `names`: of its channels, where it has none.
    """

    form: str
    long: int | None = None
    channels: Samples | None = None
    file: str = ""
    names: Sequence[object] = ()


def check_where(case: NewCase, how: Kind, read: Read = lambda *_: None) -> None:
    """Raises MindshareError for places that a case of this kind does not have, and for weights that are none. `read`: a series from
    a file; None where that is not here, so that its length is not known.
    """
    files = dict[str, Place]()
    for answer in case.answers:
        for name, told in answer.where.items():
            at = f"Case '{case.id}': `where` of '{answer.agent}'"
            place = place_of(name, case, how, at)
            if place.file and not isinstance(told, int | float):
                place = files.get(name) or files.setdefault(name, _series(read(place.file, place.names)))
            at = f"{at} for '{name}'"
            if isinstance(told, dict):
                _channels(told, place, at)
            elif isinstance(told, list):
                _grid(told, at) if place.form == "picture" else _parts(told, place, at)
            elif not 0 <= told <= 1:
                raise MindshareError(f"{at} must be a weight from 0 to 1. Got {told!r} instead.")


def where_of(told: Grid, name: str, case: NewCase, how: Kind) -> str:
    """What a machine that runs here told of the part of the case that people see under this name, as JSON; nothing where the case shows
    no such part, or one of another form or length.
    """
    where: Where = {name: told}
    try:
        check_where(msgspec.structs.replace(case, answers=[NewAnswer("", where=where)]), how)
    except MindshareError:
        return ""
    return msgspec.json.encode(where).decode()


def read_where(data: bytes) -> Where:
    """The same from its JSON."""
    return msgspec.json.decode(data, type=Where)


def place_of(name: str, case: NewCase, how: Kind, at: str) -> Place:
    """A feature of this name, else the part of `show` with this title ("": the part that has none)."""
    if name in case.features:
        value = case.features[name]
        as_ = next((part.as_ for part in how.template if part.feature == name), "value")
        if not isinstance(value, str):
            return Place("value")
        return {"image": Place("picture"), "window": Place("series", file=value)}.get(as_) or Place(
            "text", len(value)
        )
    parts = [(title, place) for title, place in map(_shown, _flat(case.show)) if place is not None]
    mine = [place for title, place in parts if title == name]
    if len(mine) == 1:
        return mine[0]
    if mine:
        raise MindshareError(
            f"{at} names '{name}', as {counted(len(mine), 'part')} of `show` are called; give each a title of its own."
        )
    known = [*case.features, *(title for title, _ in parts)]
    raise MindshareError(
        f"{at} must name features of the case, or parts of `show` by their title. Got '{name[:80]}' instead.{nearest(name, known)}"
    )


def _flat(show: Any) -> list[Any]:
    """The parts that are shown, in their order."""
    out, left = list[Any](), [show]
    while left:
        part = left.pop()
        if isinstance(part, list):
            left += reversed(part)
        elif part is not None:
            out.append(part)
    return out


def _shown(part: Any) -> tuple[str, Place | None]:
    """The title of a part of `show`, and what it is; None: nothing that somebody can look at by its name."""
    if isinstance(part, str):
        return "", Place("text", len(part))
    if not isinstance(part, dict):
        return "", None
    title = part.get("title")
    return title if isinstance(title, str) else "", _form(part)


def _form(part: Mapping[str, Any]) -> Place | None:
    """What this part becomes at the desk, as `static/evidence.js` decides it."""
    if part.get("image") and isinstance(part["image"], str):
        return Place("picture")
    window = part.get("window")
    if window and isinstance(window, str):
        names = part.get("channels")
        return Place("series", file=window, names=names if isinstance(names, list) else ())
    if isinstance(window, dict):
        told = window.get("channels")
        named = told.items() if isinstance(told, dict) else ()
        return _series({name: len(values) for name, values in named if isinstance(values, list)})
    if isinstance(part.get("text"), str):
        return Place("text", len(part["text"]))
    if isinstance(part.get("table"), dict):
        return Place("value")
    return Place("picture") if isinstance(part.get("pixels"), list) else None


def _series(channels: Samples | None) -> Place:
    return Place("series", None if channels is None else max(channels.values(), default=0), channels)


def _grid(rows: Grid, at: str) -> None:
    """Rows of weights, laid over a picture from its upper left."""
    want = (
        f"must be a grid of weights from 0 to 1, rows of the same length, at most {MOST_SIDE} by {MOST_SIDE}"
    )
    if not 0 < len(rows) <= MOST_SIDE:
        raise MindshareError(f"{at} {want}. Got {counted(len(rows), 'row')} instead.")
    for i, row in enumerate(rows, 1):
        if len(row) != len(rows[0]) or not 0 < len(row) <= MOST_SIDE:
            raise MindshareError(f"{at} {want}. Got {counted(len(row), 'weight')} in row {i} instead.")
        bad = [weight for weight in row if not 0 <= weight <= 1]
        if bad:
            raise MindshareError(f"{at} {want}. Got {bad[0]!r} in row {i} instead.")


def _channels(told: Mapping[str, Grid], place: Place, at: str) -> None:
    """Parts of a series by the name of their channel."""
    if place.form != "series":
        raise MindshareError(f"{at} names channels, which only a series has.")
    for name, parts in told.items():
        if place.channels is not None and name not in place.channels:
            raise MindshareError(
                f"{at} names the channel '{name[:80]}', which is not there.{nearest(name, place.channels)}"
            )
        long = None if place.channels is None else place.channels[name]
        _parts(parts, Place("series", long), f"{at}, channel '{name[:80]}',")
    if sum(map(len, told.values())) > MOST_PARTS or len(told) > MOST_PARTS:
        raise MindshareError(f"{at} must have at most {MOST_PARTS:,} parts in all its channels together.")


def _parts(parts: Grid, place: Place, at: str) -> None:
    """[from, to, weight] in characters or samples."""
    if place.form not in ("text", "series"):
        raise MindshareError(
            f"{at} must be a weight from 0 to 1: only texts, series and pictures have parts."
        )
    if len(parts) > MOST_PARTS:
        raise MindshareError(f"{at} must have at most {MOST_PARTS:,} parts. Got {len(parts):,} instead.")
    of = {"text": "characters", "series": "samples"}[place.form]
    span = "" if place.long is None else f" of {place.long:,}"
    for part in parts:
        if not _is_part(part, place.long):
            raise MindshareError(
                f"{at} must have parts [from, to, weight] in {of}{span}, from below to, and the weight from 0 to 1."
                f" Got {part[:4]!r} instead."
            )


def _is_part(part: Sequence[float], long: int | None) -> bool:
    if len(part) != 3:
        return False
    first, last, weight = part
    whole = isinstance(first, int) and isinstance(last, int)
    return whole and 0 <= first < last and (long is None or last <= long) and 0 <= weight <= 1
