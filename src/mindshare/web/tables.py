"""`accounts.db`: what the API keeps beside the log, in one small SQLite file: accounts, tokens, invitations, webhooks.

They are no bodies of the log, because a token is looked up before anything may reach the engine, also while the engine is halted; because
a password must not be part of an export or a replay; and because erasing an account is then the deletion of its rows.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from mindshare.core.errors import StoreError
from mindshare.engine.folder import ACCOUNTS

STEPS = (
    """
    CREATE TABLE accounts (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, password TEXT, active INTEGER NOT NULL, made REAL NOT NULL
    );
    CREATE TABLE tokens (
        id INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL UNIQUE, account TEXT NOT NULL, name TEXT NOT NULL,
        role TEXT NOT NULL, session INTEGER NOT NULL, made REAL NOT NULL, expires REAL
    );
    CREATE TABLE invitations (
        digest BLOB PRIMARY KEY, account TEXT NOT NULL, role TEXT NOT NULL, name TEXT NOT NULL, by TEXT NOT NULL, expires REAL NOT NULL
    );
    CREATE TABLE hooks (
        id INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL, events TEXT NOT NULL, secret TEXT NOT NULL, by TEXT NOT NULL,
        made REAL NOT NULL, frame INTEGER NOT NULL, place INTEGER NOT NULL
    );
    CREATE TABLE deliveries (
        id INTEGER PRIMARY KEY AUTOINCREMENT, hook INTEGER NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL, at REAL NOT NULL,
        attempt INTEGER NOT NULL, status INTEGER, problem TEXT NOT NULL, seconds REAL NOT NULL
    );
    CREATE INDEX deliveries_of ON deliveries (hook, id);
    """,
)


class Tables:
    """The open file. Any thread may call it."""

    def __init__(self, folder: Path) -> None:
        self._path, self._lock = folder / ACCOUNTS, RLock()
        try:
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten
            self._migrate()
        except (OSError, sqlite3.Error) as e:
            raise StoreError(f"{self._path} cannot be opened: {e}.") from e

    def _migrate(self) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > len(STEPS):
            raise StoreError(f"{self._path} is of a newer program (version {version}). Update this one.")
        for number, step in enumerate(STEPS[version:], version + 1):
            self._db.executescript(f"BEGIN; {step} PRAGMA user_version = {number}; COMMIT;")

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it, or nothing."""
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield self._db
                except BaseException:
                    self._db.execute("ROLLBACK")
                    raise
                self._db.execute("COMMIT")
            except sqlite3.Error as e:
                raise StoreError(f"{self._path} cannot be written: {e}.") from e

    def read(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self._lock:
            try:
                return self._db.execute(sql, values).fetchall()
            except sqlite3.Error as e:
                raise StoreError(f"{self._path} cannot be read: {e}.") from e

    def close(self) -> None:
        """May be called twice."""
        with self._lock:
            self._db.close()
