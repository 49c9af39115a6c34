"""The tables of a store in SQLite, as steps from each version to the next; a step is done whole or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from mindshare.core.errors import StoreError

OURS = int.from_bytes(b"mind", "big")  # in the file's header: this database is a store


def _first(db: sqlite3.Connection) -> None:
    """`data` stands last, so that looking for classes and times reads little of it."""
    db.execute("CREATE TABLE frames (number INTEGER PRIMARY KEY, at REAL, events BLOB, hash BLOB)")
    db.execute("CREATE TABLE bodies (key INTEGER PRIMARY KEY, keep TEXT, at REAL, salt BLOB, data BLOB)")
    db.execute("CREATE TABLE checkpoints (number INTEGER PRIMARY KEY, hash BLOB, signature BLOB)")


def _archive(db: sqlite3.Connection) -> None:
    db.execute(
        "CREATE TABLE archive (place INTEGER, frame INTEGER, name TEXT, data BLOB, PRIMARY KEY (place, frame)) WITHOUT ROWID"
    )
    db.execute("CREATE INDEX archive_names ON archive (name)")


STEPS: list[Callable[[sqlite3.Connection], None]] = [
    _first,
    _archive,
]  # the step at place n makes version n + 1


def version(db: sqlite3.Connection, path: Path) -> int:
    """The version of this store; refused where it is none, or of a newer program."""
    if db.execute("PRAGMA application_id").fetchone() != (OURS,):
        raise StoreError(f"{path} is a database, but not one of Mindshare's. Give the service another file.")
    found: int = db.execute("PRAGMA user_version").fetchone()[0]
    if found > len(STEPS):
        raise StoreError(
            f"{path} is of version {found}, and this program knows versions up to {len(STEPS)}. Install a newer one."
        )
    return found


def migrate(db: sqlite3.Connection, found: int) -> None:
    """Does the steps that are missing, each in a transaction of its own."""
    for number, step in enumerate(STEPS[found:], found + 1):
        db.execute("BEGIN IMMEDIATE")
        step(db)
        db.execute(f"PRAGMA user_version = {number}")
        db.execute("COMMIT")
