"""Snapshots lie in files of their own beside the store, so that writing a large one holds no commit up.

A snapshot is bound to its frame by the frame's hash: one of another chain, say of before a backup was restored, is never taken.
"""

from __future__ import annotations

import logging
import os
import struct
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from mindshare.store.new_file import new_file
from mindshare.store.protocol import Head, Snapshot

FORMAT = b"mindshare snapshot 1\n"
HEADER = struct.Struct(">Q32sd32s")  # number, hash and time of the frame; sha256 of the data
log = logging.getLogger(__name__)


def write_snapshot(store: Path, snapshot: Snapshot) -> None:
    """Writes it whole or not at all; the last one before it stays, all others go. Raises OSError."""
    number, hash_, at = snapshot.head
    with new_file(_named(store, number)) as place, place.open("wb") as half:
        half.write(FORMAT + HEADER.pack(number, hash_, at, sha256(snapshot.data).digest()))
        half.write(snapshot.data)
        half.flush()
        os.fsync(half.fileno())
    mine = _named(store, number)
    older = [path for path in _newest_first(store) if path < mine]
    for path in _newest_first(store):
        if path != mine and path not in older[:1]:
            path.unlink()


def read_snapshot(store: Path, fits: Callable[[Head], bool]) -> Snapshot | None:
    """The newest that is whole and whose frame `fits`; each that is not is told in the log."""
    for path in _newest_first(store):
        try:
            snapshot = _read(path)
        except (OSError, ValueError) as e:
            log.warning("The snapshot %s is skipped: %s.", path, e)
            continue
        if fits(snapshot.head):
            return snapshot
        log.warning("The snapshot %s is skipped: its frame is not in this store.", path)
    return None


def _read(path: Path) -> Snapshot:
    with path.open("rb") as file:
        header, data = file.read(len(FORMAT) + HEADER.size), file.read()
    if len(header) < len(FORMAT) + HEADER.size or not header.startswith(FORMAT):
        raise ValueError("it has no whole header")
    number, hash_, at, digest = HEADER.unpack(header[len(FORMAT) :])
    if sha256(data).digest() != digest:
        raise ValueError("it is cut or changed")
    return Snapshot(Head(number, hash_, at), data)


def _named(store: Path, number: int) -> Path:
    return store.with_name(f"{store.name}.snapshot-{number:019d}")


def _newest_first(store: Path) -> list[Path]:
    names = f"{store.name}.snapshot-"
    return sorted((path for path in store.parent.iterdir() if path.name.startswith(names)), reverse=True)
