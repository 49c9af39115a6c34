"""Files that cases may show: images and series of a closed list of types, each looked at before it is taken.

What a browser could run is not in the list: no SVG, no HTML. Nothing here decodes a picture.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from mindshare.core.errors import MindshareError, NotThere, listed
from mindshare.engine.evidence import check_place

MOST = 8 << 20  # bytes of one file
MAGIC = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/webp": (b"RIFF",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "application/x-npy": (b"\x93NUMPY",),
}  # with what the bytes of a type begin
TYPES = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "text/csv": ".csv",
    "application/json": ".json",
    "application/x-npy": ".npy",
}
ENDINGS = {ending: kind for kind, ending in TYPES.items()} | {".jpeg": "image/jpeg"}


class File(NamedTuple):
    """A file, and what is in it; `size`: bytes."""

    data: bytes
    type: str
    size: int


def file_of(data: bytes, kind: str) -> File:
    """A file of this type; MindshareError where there is no such type here, or where the bytes are of another one."""
    kind = kind.partition(";")[0].strip().lower()
    if kind not in TYPES:
        raise MindshareError(f"Say in Content-Type what it is: {listed(TYPES)}. Got '{kind[:80]}' instead.")
    if not data:
        raise MindshareError("The file is empty.")
    if not _is(data, kind):
        raise MindshareError(f"The bytes are not those of {kind}.")
    return File(data, kind, len(data))


def read_below(root: Path, name: str) -> File:
    """A file below `media_root`; NotThere for all that lies elsewhere, also by a link, or is of no type that is shown."""
    gone = NotThere("There is no such file, or no case of yours shows it.")
    try:
        check_place(name)
        place, home = (root / name).resolve(strict=True), root.resolve(strict=True)
        kind = ENDINGS.get(place.suffix.lower())
        if (
            kind is None
            or not (place.is_relative_to(home) and place.is_file())
            or place.stat().st_size > MOST
        ):
            raise gone
        return file_of(place.read_bytes(), kind)
    except (MindshareError, OSError, ValueError) as e:
        raise gone from e


def _is(data: bytes, kind: str) -> bool:
    if kind in MAGIC:
        webp = kind != "image/webp" or data[8:12] == b"WEBP"
        return webp and data.startswith(MAGIC[kind])
    try:
        text = data.decode("utf-8-sig")
        return "\0" not in text and (kind == "text/csv" or isinstance(json.loads(text), dict | list))
    except (ValueError, RecursionError):
        return False
