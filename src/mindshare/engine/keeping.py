"""Snapshots and signed checkpoints of a service, made beside its work."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from mindshare.core.errors import StoreError
from mindshare.engine.engine import Engine
from mindshare.engine.snapshots import frozen
from mindshare.store.chain import signed
from mindshare.store.protocol import Store

EVENTS = 100_000  # between snapshots: so many are folded again in about a second
FEW = 2_000  # events that are folded again sooner than a snapshot is read
CHECKPOINT_S = 300.0  # between checkpoints: what comes after the last one could be cut off without a trace
log = logging.getLogger(__name__)


class Keeper:
    """`key` signs checkpoints; `of`: the digest of what the service is set up with."""

    def __init__(self, store: Store, key: bytes, of: str) -> None:
        self._store, self._key, self._of = store, key, of
        self._events, self._signed, self._number = 0, time.monotonic(), 0
        self._work: threading.Thread | None = None

    def look(self, engine: Engine, number: int, events: int) -> None:
        """A frame of so many events was stored, and is what the engine stands behind. Called in the engine's thread."""
        self._events += events
        self._number = number
        if self._work is not None and self._work.is_alive():
            return
        jobs = list[Callable[[], None]]()
        if time.monotonic() - self._signed >= CHECKPOINT_S:
            jobs.append(self._sign)
        if self._events >= EVENTS:
            jobs.append(self._snapshot(engine, number))
        if jobs:
            self._work = threading.Thread(target=_all, args=(jobs,), name="snapshots", daemon=True)
            self._work.start()

    def close(self, engine: Engine) -> None:
        """A last checkpoint, and a snapshot where reading the log again would take a while. The engine works no more."""
        if self._work is not None:
            self._work.join()
        if self._number:
            _all([self._sign, *([self._snapshot(engine, self._number)] if self._events >= FEW else [])])

    def _snapshot(self, engine: Engine, number: int) -> Callable[[], None]:
        data = frozen(engine, self._of)
        self._events = 0
        return lambda: self._store.keep_snapshot(number, data())

    def _sign(self) -> None:
        self._signed = time.monotonic()
        self._store.keep_checkpoint(signed(self._store.head(), self._key))


def _all(jobs: list[Callable[[], None]]) -> None:
    for job in jobs:
        try:
            job()
        except StoreError as e:  # the log is whole without it; the next one comes
            log.warning("no snapshot or checkpoint could be kept: %s", e)
