"""The bodies of one frame: contents that lie beside the chain, each with the digest that the chain holds of it."""

from __future__ import annotations

from mindshare.engine.events import Kept
from mindshare.engine.state import State
from mindshare.store.protocol import Body


class Bodies:
    """Those that wait to be written, by key."""

    def __init__(self, state: State) -> None:
        self._state, self._new = state, dict[int, Body]()

    def keep(self, data: bytes, keep: str, at: float) -> Kept:
        """Keeps contents of this retention class. Their digest is salted: it tells nothing once they are erased."""
        body = Body.salted(self._state.keys + 1, data, keep, at)
        self._state.keys = body.key
        self._new[body.key] = body
        return Kept(body.key, body.digest.hex())

    def get(self, key: int) -> bytes | None:
        """Contents that are not written yet."""
        body = self._new.get(key)
        return None if body is None else body.data

    def all(self) -> tuple[Body, ...]:
        """In the order of keys."""
        return tuple(self._new.values())
