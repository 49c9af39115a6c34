"""Which files a case shows, and who may see them: a person only under a lease on a case or a probe that names them.

A file is called by the digest of its body, or by its place below `media_root` of the settings.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

from mindshare.core.errors import MindshareError
from mindshare.engine.incoming import NewCase
from mindshare.engine.settings import Kind

DIGEST = re.compile(r"[0-9a-f]{64}")
FILES = ("image", "window")  # parts of what is shown that may be files
MOST_NAME = 500  # characters


def is_digest(name: str) -> bool:
    """Whether this is the digest of a file that was brought, and no place below `media_root`."""
    return DIGEST.fullmatch(name) is not None


def named(new: NewCase, how: Kind) -> tuple[str, ...]:
    """The files that a person sees who has this case, each once, in the order of the case."""
    out, left = list[str](), [new.show]
    while left:
        part: Any = left.pop()
        if isinstance(part, list):
            left += reversed(part)
        elif isinstance(part, dict):
            out += [part[what] for what in FILES if isinstance(part.get(what), str)]
    for told in how.template:
        value = new.features.get(told.feature)
        if told.as_ in FILES and isinstance(value, str):
            out.append(value)
    return tuple(dict.fromkeys(out))


def check_place(name: str, root: str = "media_root") -> None:
    """Raises MindshareError for a name that could lead out of the folder, which the sentence calls `root`, or that no file has."""
    parts = PurePosixPath(name).parts
    if (
        not 0 < len(name) <= MOST_NAME
        or not name.isprintable()
        or name.startswith("/")
        or ".." in parts
        or "\\" in name
        or ":" in name
    ):
        raise MindshareError(
            f"'{name[:80]}' is no file below {root}; name one such as scans/1.png, without '..' and not from '/'."
        )
