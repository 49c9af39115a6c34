"""The store in one SQLite file: a write-ahead log, flushed at every commit, one writer, any number of readers."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock as Mutex
from typing import Any

from mindshare.core.errors import StoreError
from mindshare.store.chain import sealed
from mindshare.store.lock import Lock
from mindshare.store.new_file import new_file
from mindshare.store.protocol import EMPTY, Body, Checkpoint, Frame, Head, Sealed, Snapshot
from mindshare.store.refusals import in_one_sentence
from mindshare.store.schema import OURS, STEPS, migrate, version
from mindshare.store.snapshots import read_snapshot, write_snapshot

AT_ONCE = 64  # frames, or 8 times as many keys, that are read in one go; between them a reader holds nothing
LOG_BYTES = 1 << 26  # what the write-ahead log shrinks to after a long backup let it grow
PATIENCE = 5.0  # seconds; only a reader that starts can be in the way, and only for a moment


def open_store(path: str | os.PathLike[str]) -> SqliteStore:
    """Opens the store to write it, and makes it where there is none; a second service on the file is refused."""
    return SqliteStore(Path(path))


def open_to_read(path: str | os.PathLike[str]) -> SqliteReader:
    """Opens a store to read it, beside a service that writes it or without one."""
    return SqliteReader(Path(path))


class SqliteReader:
    """A `Reader`."""

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()  # one lock, whatever way leads to the file
        self._mutex = Mutex()
        with in_one_sentence(self._path):
            self._reading = _connect_to_read(self._path)

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        with self._mutex, in_one_sentence(self._path):
            yield self._reading

    def frames(self, after: int = 0) -> Iterator[Sealed]:
        rows = [(after,)]
        while rows:
            with self._read() as db:
                rows = db.execute(
                    "SELECT number, at, events, hash FROM frames WHERE number > ? ORDER BY number LIMIT ?",
                    (rows[-1][0], AT_ONCE),
                ).fetchall()
            yield from map(Sealed._make, rows)

    def head(self) -> Head:
        with self._read() as db:
            return _head(db)

    def bodies(self, keys: Iterable[int]) -> dict[int, Body]:
        asked, found = list(keys), dict[int, Body]()
        for start in range(0, len(asked), 8 * AT_ONCE):
            part = asked[start : start + 8 * AT_ONCE]
            marks = ",".join("?" * len(part))
            with self._read() as db:
                rows = db.execute(f"SELECT * FROM bodies WHERE key IN ({marks})", part).fetchall()
            found |= {row[0]: self._whole(row) for row in rows}
        return found

    def _whole(self, row: tuple[Any, ...]) -> Body:
        if list(map(type, row)) != [int, str, float, bytes, bytes]:
            raise StoreError(f"{self._path} is damaged (body {row[0]}). Restore the last backup.")
        return Body(*row)

    def body(self, key: int) -> Body | None:
        return self.bodies([key]).get(key)

    def bodies_of(self, keep: str, before: float) -> Iterator[int]:
        rows = [(-1,)]
        while rows:
            with self._read() as db:
                rows = db.execute(
                    "SELECT key FROM bodies WHERE key > ? AND keep = ? AND at < ? ORDER BY key LIMIT ?",
                    (rows[-1][0], keep, before, 8 * AT_ONCE),
                ).fetchall()
            yield from (key for (key,) in rows)

    def snapshot(self) -> Snapshot | None:
        with in_one_sentence(self._path):
            return read_snapshot(self._path, lambda head: self._place(head.number) == head)

    def _place(self, number: int) -> Head | None:
        """A frame of the chain without its events."""
        with self._read() as db:
            row = db.execute("SELECT number, hash, at FROM frames WHERE number = ?", (number,)).fetchone()
        return row and Head._make(row)

    def checkpoints(self) -> list[Checkpoint]:
        with self._read() as db:
            rows = db.execute("SELECT number, hash, signature FROM checkpoints ORDER BY number").fetchall()
        return list(map(Checkpoint._make, rows))

    def backup(self, path: str | os.PathLike[str]) -> None:
        target = Path(path)
        if target.exists():
            raise StoreError(f"{target} is there already, and a backup never overwrites. Give a new name.")
        with in_one_sentence(target), new_file(target) as half:
            with (
                in_one_sentence(self._path),
                closing(_connect_to_read(self._path)) as source,
                closing(_connect_to_make(half)) as copy,
            ):
                source.backup(copy)  # all pages in one go: those of one moment, while the service writes on
            with closing(_connect(half)) as copy:
                copy.execute(
                    "PRAGMA journal_mode = DELETE"
                )  # one file, that can be read where nothing can be written

    def close(self) -> None:
        with self._mutex:
            self._reading.close()


class SqliteStore(SqliteReader):
    """A `Store`. The first hash to follow is kept in memory, so an append reads nothing."""

    def __init__(self, path: Path) -> None:
        path = path.resolve()
        self._writes = Mutex()
        with in_one_sentence(path):
            self._lock = Lock(path)
            try:
                if not path.exists():
                    _make(path)
                self._writing = _connect_to_write(path)
                super().__init__(path)
                self._last: Head | None = self.head()
                self._file = path.stat().st_ino
            except BaseException:
                self._lock.release()
                raise

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        """A transaction. When it raises, nothing of it counts, and the head is read anew before the next."""
        db = self._writing
        with self._writes, in_one_sentence(self._path):
            last, self._last = self._last, None
            db.execute("BEGIN IMMEDIATE")
            try:
                self._last = last or _head(db)
                yield db
                db.execute("COMMIT")
                self._is_there()
            except BaseException:
                self._last = None
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def _is_there(self) -> None:
        """What is written to a file that somebody has removed is lost when this process ends, so it does not count."""
        try:
            os.stat(f"{self._path}-wal")
            there = os.stat(self._path).st_ino == self._file
        except FileNotFoundError:
            there = False
        if not there:
            raise StoreError(f"{self._path} was moved or removed while in use. Put it back, or start again.")

    def append(self, frames: Sequence[Frame]) -> Head:
        with self._write() as db:
            assert self._last is not None
            rows = list(sealed(frames, self._last))
            bodies = [(b.key, b.keep, b.at + 0.0, b.salt, b.data) for frame in frames for b in frame.bodies]
            db.executemany("INSERT INTO frames (number, at, events, hash) VALUES (?, ?, ?, ?)", rows)
            db.executemany("INSERT INTO bodies (key, keep, at, salt, data) VALUES (?, ?, ?, ?, ?)", bodies)
            if rows:
                self._last = Head(rows[-1].number, rows[-1].hash, rows[-1].at)
            return self._last

    def erase(self, keys: Iterable[int]) -> int:
        with self._write() as db:
            gone = db.executemany("DELETE FROM bodies WHERE key = ?", ((key,) for key in keys)).rowcount
        with self._writes, in_one_sentence(self._path):  # the bytes stand in the write-ahead log too
            self._writing.execute("PRAGMA busy_timeout = 0")  # a backup may hold it: commits must not wait
            self._writing.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._writing.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")
        return max(gone, 0)

    def keep_snapshot(self, number: int, data: bytes) -> None:
        place = self._place(number)
        if place is None:
            raise StoreError(f"There is no frame {number:,}, so there can be no snapshot of it.")
        with in_one_sentence(self._path):
            write_snapshot(self._path, Snapshot(place, data))

    def keep_checkpoint(self, checkpoint: Checkpoint) -> None:
        place = self._place(checkpoint.number)
        if place is None or place.hash != checkpoint.hash:
            raise StoreError(f"Frame {checkpoint.number:,} of this store is not the one that was signed.")
        with self._write() as db:
            db.execute("INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?)", checkpoint)

    def close(self) -> None:
        super().close()
        with self._writes, in_one_sentence(self._path):
            self._writing.close()
        self._lock.release()


def _head(db: sqlite3.Connection) -> Head:
    row = db.execute("SELECT number, hash, at FROM frames ORDER BY number DESC LIMIT 1").fetchone()
    return Head._make(row) if row else EMPTY


def _connect(path: Path, how: str = "rwc") -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={how}",
        uri=True,
        timeout=PATIENCE,
        isolation_level=None,  # transactions are written out
        check_same_thread=False,  # each connection has its mutex
    )


def _not_empty(path: Path) -> None:
    if path.exists() and path.stat().st_size == 0:
        raise StoreError(f"{path} is empty: its content was lost. Restore the last backup, or remove it.")


def _connect_to_read(path: Path) -> sqlite3.Connection:
    _not_empty(path)
    try:
        return _readable(_connect(path, "ro"), path)
    except sqlite3.OperationalError:
        log = Path(f"{path}-wal")
        if not path.exists() or (log.exists() and log.stat().st_size):
            raise
        # in a folder that cannot be written SQLite asks to be told that nobody writes
        return _readable(_connect(path, "ro&immutable=1"), path)


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


def _connect_to_write(path: Path) -> sqlite3.Connection:
    """Migrated, and with an empty write-ahead log: what a failed flush left there is written anew, and flushed."""
    _not_empty(path)
    db = _connect(path, "rw")
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


def _make(path: Path) -> None:
    """A new store; the file gets its name when it is complete, so an empty file is never a store."""
    with new_file(path) as half, closing(_connect_to_make(half)) as db:
        db.execute(f"PRAGMA application_id = {OURS}")
        migrate(db, 0)


def _connect_to_make(half: Path) -> sqlite3.Connection:
    db = _connect(half)
    db.execute("PRAGMA journal_mode = MEMORY")  # a half file is thrown away, never mended
    return db
