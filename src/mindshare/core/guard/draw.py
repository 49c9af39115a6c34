"""Chance that is reproducible and that nobody foresees: a keyed hash of a name (HMAC-SHA256), read as a number from 0 to 1."""

from __future__ import annotations

import hmac

SIZE = 2.0**256  # of the hashes; a power of two, so that share * SIZE has no rounding


def is_drawn(key: bytes, name: str, share: float) -> bool:
    """Whether this name is among the share of all names that is drawn with this key.

    Drawn with probability `share`, exact to 2^-256. Draws are nested: what is drawn at a share is drawn at every larger one.
    """
    return int.from_bytes(digest(key, name), "big") < share * SIZE


def digest(key: bytes, name: str) -> bytes:
    """The keyed hash of a name, 32 bytes: in its order names stand at random."""
    return hmac.digest(key, name.encode("utf-8", "surrogatepass"), "sha256")
