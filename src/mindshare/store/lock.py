"""One service writes a store. The lock is the system's, so it ends with the process that holds it, however that ends."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from weakref import WeakSet

from mindshare.core.errors import StoreError

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


class Lock:
    """Held from when it is made until `release`. Beside the store lies `<name>.lock`, with the id of the process that holds it."""

    def __init__(self, store: Path) -> None:
        self._store, self._file = store, store.with_name(f"{store.name}.lock")
        self._descriptor: int | None = None
        self._database: sqlite3.Connection | None = None
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            flocked = fcntl is not None and self._flock(descriptor)
            if not flocked:
                self._lock_a_database()
            os.truncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        HELD.add(self)

    def _flock(self, descriptor: int) -> bool:
        """Whether this file system has such locks; refused where another process holds this one."""
        assert fcntl is not None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            raise self._refused() from e
        except OSError:  # some network file systems have none; the other way then holds or refuses
            return False
        return True

    def _lock_a_database(self) -> None:
        """SQLite's own lock, on an empty database: slower, and there wherever a store can be."""
        database = sqlite3.connect(
            f"{self._file}.db", timeout=0, isolation_level=None, check_same_thread=False
        )
        try:
            database.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as e:
            database.close()
            raise self._refused() from e
        self._database = database

    def _refused(self) -> StoreError:
        who = ""
        with suppress(OSError, ValueError):  # on Windows a locked file may not be read: then nobody is named
            who = f" (process {int(self._file.read_text(encoding='ascii')):d})"
        return StoreError(
            f"Another service{who} writes {self._store}. Stop it first, or give this one another folder."
        )

    def release(self) -> None:
        """Lets another service in; may be called twice."""
        HELD.discard(self)
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.truncate(descriptor, 0)
            if fcntl is not None:  # a worker that was just forked may not have closed its copy yet
                with suppress(OSError):  # a file system without such locks
                    fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)
        if self._database is not None:
            self._database.close()

    def forget(self) -> None:
        """In a process that was forked: the lock stays its parent's, and must not outlive it here."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


HELD: WeakSet[Lock] = WeakSet()


def _forget_all() -> None:
    for lock in list(HELD):
        lock.forget()
    HELD.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
