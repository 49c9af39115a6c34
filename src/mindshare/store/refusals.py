"""What a disk, a file system or SQLite refuses, in one sentence that says what to do."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mindshare.core.errors import StoreError

SENTENCES = {
    "SQLITE_FULL": "The disk of {path} is full: nothing of this was stored. Free some space and try again.",
    "SQLITE_READONLY": "{path} can only be read here. Give this user the right to write it and its folder.",
    "SQLITE_CANTOPEN": "{path} cannot be opened. Look at its folder and at the rights of this user.",
    "SQLITE_CORRUPT": "{path} is damaged ({why}). Restore the last backup.",
    "SQLITE_NOTADB": "{path} is no store, or its beginning is damaged. Give another file, or restore the last backup.",
    "SQLITE_BUSY": "Another program holds {path}. End it and try again.",
    "SQLITE_IOERR": "The disk of {path} fails ({why}): nothing of this was stored. Look at the disk and try again.",
    "SQLITE_CONSTRAINT": "The key of a body is taken ({why}): nothing of this was stored. Every key is given once.",
}
OTHER = "{path} refuses this ({why})."
SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
RIGHTS = {errno.EROFS, errno.EACCES, errno.EPERM}


@contextmanager
def in_one_sentence(path: Path) -> Iterator[None]:
    """Turns what SQLite or the system raises into a StoreError about this file."""
    try:
        yield
    except sqlite3.Error as e:
        name = "_".join(
            getattr(e, "sqlite_errorname", "").split("_")[:2]
        )  # SQLITE_IOERR_READ is an SQLITE_IOERR
        raise StoreError(SENTENCES.get(name, OTHER).format(path=path, why=e)) from e
    except OSError as e:
        if e.errno in SPACE:
            raise StoreError(SENTENCES["SQLITE_FULL"].format(path=path)) from e
        if e.errno in RIGHTS:
            raise StoreError(SENTENCES["SQLITE_READONLY"].format(path=path)) from e
        raise StoreError(f"{e.filename or path}: {e.strerror}.") from e
