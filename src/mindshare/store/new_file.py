"""A new file gets its name when it is complete, and keeps it when the power goes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HALF = ".half"


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """An empty file to write and flush; it gets its name when the block ends, and is gone where the block raises.

    Only its owner may read it.
    """
    half = target.with_name(f"{target.name}{HALF}")
    half.unlink(missing_ok=True)  # of a process that was killed
    try:
        os.close(os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield half
        os.replace(half, target)
    except BaseException:
        half.unlink(missing_ok=True)
        raise
    _sync(target.parent)


def _sync(folder: Path) -> None:
    """Flushes the names in a folder; on Windows folders cannot be opened, and need not be."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
