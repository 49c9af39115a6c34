"""How the file of a store is opened: to read, to write, to be made."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from mindshare.core.errors import StoreError
from mindshare.store.new_file import new_file
from mindshare.store.schema import OURS, STEPS, migrate, version

LOG_BYTES = 1 << 26  # what the write-ahead log shrinks to after a long backup let it grow
PATIENCE = 5.0  # seconds; only a reader that starts can be in the way, and only for a moment


def connect(path: Path, how: str = "rwc") -> sqlite3.Connection:
    """A connection that any thread may use, one at a time."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={how}",
        uri=True,
        timeout=PATIENCE,
        isolation_level=None,  # transactions are written out
        check_same_thread=False,
    )


def _not_empty(path: Path) -> None:
    if path.exists() and path.stat().st_size == 0:
        raise StoreError(f"{path} is empty: its content was lost. Restore the last backup, or remove it.")


def connect_to_read(path: Path) -> sqlite3.Connection:
    """A store of this program's version, also where the folder cannot be written."""
    _not_empty(path)
    try:
        return _readable(connect(path, "ro"), path)
    except sqlite3.OperationalError:
        log = Path(f"{path}-wal")
        if not path.exists() or (log.exists() and log.stat().st_size):
            raise
        # in a folder that cannot be written SQLite asks to be told that nobody writes
        return _readable(connect(path, "ro&immutable=1"), path)


def _readable(db: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    try:
        found = version(db, path)
        if found < len(STEPS):
            raise StoreError(
                f"{path} is of version {found}; a start of the service brings it to {len(STEPS)}."
            )
    except BaseException:
        db.close()
        raise
    return db


def connect_to_write(path: Path) -> sqlite3.Connection:
    """Migrated, and with an empty write-ahead log: what a failed flush left there is written anew, and flushed."""
    _not_empty(path)
    db = connect(path, "rw")
    try:
        found = version(db, path)
        if db.execute("PRAGMA journal_mode = WAL").fetchone() != ("wal",):
            raise StoreError(f"The file system of {path} cannot hold a write-ahead log. Use a local disk.")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA fullfsync = ON")  # on macOS a flush alone does not reach the disk
        db.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten
        db.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
        migrate(db, found)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except BaseException:
        db.close()
        raise
    return db


def refuse_a_log_alone(path: Path) -> None:
    """SQLite would put the write-ahead log of a store that is gone into the new one."""
    log = Path(f"{path}-wal")
    if log.exists():
        raise StoreError(
            f"{log} is there without {path.name}: they belong together. Put the store back, or remove both."
        )


def make(path: Path) -> None:
    """A new store; the file gets its name when it is complete, so an empty file is never a store."""
    refuse_a_log_alone(path)
    with new_file(path) as half, closing(connect_to_make(half)) as db:
        db.execute(f"PRAGMA application_id = {OURS}")
        migrate(db, 0)


def connect_to_make(half: Path) -> sqlite3.Connection:
    """A file that gets its name later."""
    db = connect(half)
    db.execute("PRAGMA journal_mode = MEMORY")  # a half file is thrown away, never mended
    return db
