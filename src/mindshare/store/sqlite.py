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
from mindshare.store.connections import (
    PATIENCE,
    connect,
    connect_to_make,
    connect_to_read,
    connect_to_write,
    make,
    refuse_a_log_alone,
)
from mindshare.store.lock import Lock
from mindshare.store.new_file import new_file
from mindshare.store.protocol import EMPTY, Archived, Body, Checkpoint, Frame, Head, Sealed, Snapshot
from mindshare.store.refusals import in_one_sentence
from mindshare.store.snapshots import read_snapshot, write_snapshot

LAST = 2**63 - 1  # no frame has a higher number
AT_ONCE = 64  # frames, or names, or 8 times as many keys, that are read in one go; between them a reader holds nothing


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
            self._reading = connect_to_read(self._path)

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

    def archived(self, name: str, upto: int | None = None) -> bytes | None:
        with self._read() as db:
            row = db.execute(
                "SELECT data FROM archive WHERE name = ? AND frame <= ? ORDER BY frame DESC LIMIT 1",
                (name, LAST if upto is None else upto),
            ).fetchone()
        return None if row is None else self._bytes(row[0], f"what was archived of {name}")

    def archived_of(self, names: Sequence[str]) -> dict[str, bytes]:
        found = dict[str, bytes]()
        for start in range(0, len(names), AT_ONCE):
            part = names[start : start + AT_ONCE]
            marks = ",".join("?" * len(part))
            with self._read() as db:
                rows = db.execute(
                    f"SELECT name, data, max(frame) FROM archive WHERE name IN ({marks}) GROUP BY name", part
                ).fetchall()
            found |= {name: self._bytes(data, f"what was archived of {name}") for name, data, _ in rows}
        return found

    def archived_after(self, place: int, most: int) -> list[Archived]:
        with self._read() as db:
            rows = db.execute(
                "SELECT name, place, data, max(frame) FROM archive WHERE place > ? GROUP BY place ORDER BY place LIMIT ?",
                (place, most),
            ).fetchall()
        return [Archived(n, p, self._bytes(d, f"what was archived of {n}")) for n, p, d, _ in rows]

    def _bytes(self, data: object, what: str) -> bytes:
        if not isinstance(data, bytes):
            raise StoreError(f"{self._path} is damaged ({what}). Restore the last backup.")
        return data

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
        refuse_a_log_alone(target)
        with in_one_sentence(target), new_file(target) as half:
            with (
                in_one_sentence(self._path),
                closing(connect_to_read(self._path)) as source,
                closing(connect_to_make(half)) as copy,
            ):
                source.backup(copy)  # all pages in one go: those of one moment, while the service writes on
            with closing(connect(half)) as copy:
                copy.execute(
                    "PRAGMA journal_mode = DELETE"
                )  # one file, readable where nothing can be written

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
                    make(path)
                self._writing = connect_to_write(path)
                try:
                    super().__init__(path)
                    self._last: Head | None = self.head()
                    self._file = path.stat().st_ino
                except BaseException:
                    self._writing.close()
                    raise
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
            archived = [(a.place, frame.number, a.name, a.data) for frame in frames for a in frame.archived]
            db.executemany("INSERT INTO archive (place, frame, name, data) VALUES (?, ?, ?, ?)", archived)
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
