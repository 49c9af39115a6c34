"""Bodies of one frame: contents that lie beside the chain, each with the digest that the chain holds of it."""

from __future__ import annotations

import hashlib
import secrets
from typing import NamedTuple

from mindshare.engine.events import Kept
from mindshare.engine.state import State

SALT = 16  # bytes


class Content(NamedTuple):
    """What the store is given to keep."""

    key: int
    keep: str
    at: float
    salt: bytes
    data: bytes


class Bodies:
    """Those that wait to be written, by key."""

    def __init__(self, state: State) -> None:
        self._state, self._new = state, dict[int, Content]()

    def keep(self, data: bytes, keep: str, at: float) -> Kept:
        """Keeps contents of this retention class. Their digest is salted: it tells nothing once they are erased."""
        salt, key = secrets.token_bytes(SALT), self._state.keys + 1
        self._state.keys = key
        self._new[key] = Content(key, keep, at, salt, data)
        return Kept(key, hashlib.sha256(salt + data).hexdigest())

    def pending(self, key: int) -> bytes | None:
        """Contents that are not written yet."""
        content = self._new.get(key)
        return None if content is None else content.data

    def all(self) -> list[Content]:
        """In the order of keys."""
        return list(self._new.values())

    @staticmethod
    def digest_of(data: bytes) -> str:
        """Of what is no secret, such as settings."""
        return hashlib.sha256(data).hexdigest()
