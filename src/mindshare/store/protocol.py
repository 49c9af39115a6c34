"""What a live service keeps: frames in a chain, bodies beside it, snapshots, checkpoints. The store knows bytes, not events.

Frame   one group commit: its number (1, 2, ...), its time, its events
Body    evidence or personal data that an event names by key and digest; outside the chain, so that it can be erased
Sealed  a frame as it is stored: with its hash, without its bodies
Archived  what follows from the frames, and is no longer kept in memory; outside the chain
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple, Protocol

FIRST = bytes(32)  # the hash before the first frame


@dataclass(frozen=True, slots=True)
class Body:
    """Bytes that can be erased. `keep` is the class of retention, such as evidence or person; `at` is in seconds.

    The salt is kept with the body only: when both are gone, the digest tells nothing of what was erased.
    """

    key: int
    keep: str
    at: float
    salt: bytes
    data: bytes

    @classmethod
    def salted(cls, key: int, data: bytes, keep: str, at: float) -> Body:
        """A new body, with 16 random bytes of salt."""
        return cls(key, keep, at, secrets.token_bytes(16), data)

    @property
    def digest(self) -> bytes:
        """32 bytes, for the event that names this body."""
        return sha256(self.salt + self.data).digest()


class Archived(NamedTuple):
    """What the owner of the store no longer keeps in memory: by name, and by its place in an order of the owner's.

    It follows from the frames up to the one that it is stored with, so the chain need not hold it.
    """

    name: str
    place: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Frame:
    """What is stored at once. `events` are JSON lines, one event a line; `at` is in seconds and never falls."""

    number: int
    at: float
    events: bytes
    bodies: Sequence[Body] = ()
    archived: Sequence[Archived] = ()


class Sealed(NamedTuple):
    """A stored frame: its hash covers its number, its time, its events and all frames before it."""

    number: int
    at: float
    events: bytes
    hash: bytes


class Head(NamedTuple):
    """The last frame without its events; number 0 where there is none."""

    number: int
    hash: bytes
    at: float


EMPTY = Head(0, FIRST, 0.0)


class Snapshot(NamedTuple):
    """The state after the frame of `head`, in the words of whoever kept it; the store does not read `data`."""

    head: Head
    data: bytes


class Checkpoint(NamedTuple):
    """A signed place in the chain; the key is never in the store."""

    number: int
    hash: bytes
    signature: bytes


class Reader(Protocol):
    """A store that is only read, also while a service writes it. All raise StoreError; any thread may call them."""

    def frames(self, after: int = 0) -> Iterator[Sealed]:
        """Frames with higher numbers, in order and as they are stored, a few at a time; `chain.followed` checks them."""

    def head(self) -> Head:
        """The last frame that is stored."""

    def bodies(self, keys: Iterable[int]) -> dict[int, Body]:
        """The bodies with these keys; those erased or never there are left out."""

    def body(self, key: int) -> Body | None:
        """The body with this key; none where it was erased or never there."""

    def bodies_of(self, keep: str, before: float) -> Iterator[int]:
        """Keys, ascending, of the bodies of a class of retention whose time is before this one."""

    def archived(self, name: str, upto: int | None = None) -> bytes | None:
        """What was archived last under this name, with the frame of number `upto` or before; None where nothing was."""

    def archived_of(self, names: Sequence[str]) -> dict[str, bytes]:
        """The same of many names; those under which nothing was archived are left out."""

    def archived_after(self, place: int, most: int) -> list[Archived]:
        """What was archived last in each of the next places, in their order."""

    def snapshot(self) -> Snapshot | None:
        """The newest whole one that belongs to these frames. A damaged one is skipped, with a warning in the log."""

    def checkpoints(self) -> list[Checkpoint]:
        """All of them, by number."""

    def backup(self, path: str | os.PathLike[str]) -> None:
        """Writes all frames, bodies and checkpoints of one moment to a new file, also while a service writes.

        Never over a file that is there. Snapshots are left out: they are made anew from the frames.
        """

    def close(self) -> None:
        """Ends reading and writing; may be called twice."""


class Store(Reader, Protocol):
    """A store that one service, and no other, writes.

    When a call returns, what it stored survives a kill and a loss of power. When it raises, nothing of it is acknowledged:
    `head` says where the chain ends now, and the store may be tried again from there.
    """

    def append(self, frames: Sequence[Frame]) -> Head:
        """Stores all of these frames, their bodies and what they archive, or none, with one flush; returns the new head."""

    def erase(self, keys: Iterable[int]) -> int:
        """Erases bodies, with their salt, and returns how many were there. The chain stays as it is."""

    def keep_snapshot(self, number: int, data: bytes) -> None:
        """Keeps the state after the frame of this number, and the snapshot before it; older ones go."""

    def keep_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keeps a signed place in the chain; one of the same number is replaced."""
