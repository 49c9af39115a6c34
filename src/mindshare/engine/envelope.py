"""What every event has, and the name of a body beside the chain."""

from __future__ import annotations

import msgspec


class Kept(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A body beside the chain: its key, and the digest that the chain holds of it."""

    key: int
    digest: str


class Event(msgspec.Struct, kw_only=True, omit_defaults=True, tag_field="is", gc=False):
    """Anything that happened."""

    at: float
