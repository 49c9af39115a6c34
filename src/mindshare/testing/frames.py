"""Made frames, and what a test of a store asks of them."""

from __future__ import annotations

import random
from collections.abc import Callable

from mindshare.core.errors import StoreError
from mindshare.store.chain import followed
from mindshare.store.protocol import Body, Frame, Reader


def made_frame(number: int, bodies: int = 1, seed: int = 0) -> Frame:
    """A frame whose bytes follow from its number: one to nine events, some empty or not text, and bodies of two classes."""
    chance = random.Random(f"{seed} {number}")
    events = b"\n".join(
        b'{"n":%d,"x":"%d"}' % (number, chance.getrandbits(400)) for _ in range(chance.randint(1, 9))
    )
    keys = range(number * 100, number * 100 + bodies)
    kept = [
        Body.salted(key, chance.randbytes(chance.choice((0, 9, 5_000))), "evidence", number) for key in keys
    ]
    return Frame(number, number / 3, events, kept)


def as_stored(frames: list[Frame]) -> list[tuple[int, float, bytes]]:
    """What of these frames comes back, apart from their hashes."""
    return [(frame.number, frame.at, frame.events) for frame in frames]


def read_back(store: Reader) -> list[tuple[int, float, bytes]]:
    """All frames, checked against the chain, apart from their hashes."""
    return [(frame.number, frame.at, frame.events) for frame in followed(store.frames())]


def refused(act: Callable[[], object]) -> str:
    """The one sentence, or the two or three, with which it is refused."""
    try:
        act()
    except StoreError as e:
        told = str(e)
        assert told.endswith("."), f"no sentence: {told!r}"
        assert "\n" not in told, f"no sentence: {told!r}"
        return told
    raise AssertionError("it was not refused")
