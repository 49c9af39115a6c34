"""Every frame's hash covers all frames before it, so whoever changes one has to change all that follow and every checkpoint.

hash = sha256(the hash before, 32 bytes + number, 8 bytes big-endian + time, 8 bytes, a big-endian double + sha256(events))
"""

from __future__ import annotations

import hmac
import math
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, pairwise

from mindshare.core.errors import StoreError
from mindshare.store.protocol import EMPTY, Checkpoint, Frame, Head, Reader, Sealed

NUMBER_AND_TIME = struct.Struct(">Qd")
CHECKPOINT = b"mindshare checkpoint\0"  # so that no signature of anything else can pass for one


class NotTheChain(StoreError):
    """A stored frame that does not follow the one before it."""

    def __init__(self, number: int, wrong: str) -> None:
        self.number = number
        super().__init__(f"Frame {number:,}: {wrong}.")


@dataclass(frozen=True, slots=True)
class Verified:
    """What `verify` read until the end, or until the first frame that does not fit: `number` and `wrong` say which, and how."""

    frames: int
    events: int
    checkpoints: int
    head: Head
    number: int | None = None
    wrong: str = ""


def chained(before: bytes, number: int, at: float, events: bytes) -> bytes:
    """The hash of a frame, given the one before it."""
    return sha256(before + NUMBER_AND_TIME.pack(number, at) + sha256(events).digest()).digest()


def sealed(frames: Iterable[Frame], head: Head) -> Iterator[Sealed]:
    """New frames with their hashes; refused where one does not follow, in number and time, the one before it."""
    for frame in frames:
        at = float(frame.at) + 0.0  # minus zero is stored as zero
        if frame.number != head.number + 1:
            raise StoreError(f"Frame {frame.number:,} cannot follow frame {head.number:,}.")
        if not (math.isfinite(at) and at >= head.at):
            raise StoreError(
                f"The time of frame {frame.number:,} is {at!r}; the frame before it has {head.at!r}, and time never falls."
            )
        head = Head(frame.number, chained(head.hash, frame.number, at, frame.events), at)
        yield Sealed(frame.number, at, frame.events, head.hash)


def followed(frames: Iterable[Sealed], head: Head = EMPTY) -> Iterator[Sealed]:
    """The same frames, each once it is known to follow the one before it, the first one `head`.

    The first that does not raises NotTheChain, which says what is wrong with it.
    """
    before, hash_, time = head  # no Head a frame: this loop is what verifying and starting wait for
    for frame, after in pairwise(chain(frames, [None])):
        assert frame is not None
        number = before + 1
        if frame.number != number:
            raise NotTheChain(number, f"it is missing; frame {frame.number:,} comes after frame {before:,}")
        computed = _hash(hash_, frame)
        if computed is None:
            raise NotTheChain(number, "its row is damaged")
        if computed != frame.hash:
            raise NotTheChain(number, _changed(computed, frame, after))
        if frame.at < time:
            raise NotTheChain(number, "its time is before that of the frame before it")
        before, hash_, time = number, computed, frame.at
        yield frame


def _hash(before: bytes, frame: Sealed) -> bytes | None:
    """None where the row is damaged: then anything may stand in it."""
    try:
        return chained(before, frame.number, frame.at, frame.events)
    except (TypeError, struct.error):
        return None


def _changed(computed: bytes, frame: Sealed, after: Sealed | None) -> str:
    """What was changed: the frame after it was chained to the true hash."""
    if after is None or after.number != frame.number + 1:
        return "its events, its time or its hash was changed"
    if after.hash and _hash(frame.hash, after) == after.hash:
        return "its events or its time were changed"
    if after.hash and _hash(computed, after) == after.hash:
        return "its hash was changed"
    return "its events, its time or its hash was changed, and so was the frame after it"


def signed(head: Head, key: bytes) -> Checkpoint:
    """The checkpoint of this head: HMAC-SHA256 of number and hash."""
    return Checkpoint(head.number, head.hash, _signature(head.number, head.hash, key))


def _signature(number: int, hash_: bytes, key: bytes) -> bytes:
    if not key:
        raise StoreError("The key that signs checkpoints is empty.")
    return hmac.new(key, CHECKPOINT + number.to_bytes(8, "big") + hash_, "sha256").digest()


def verify(store: Reader, key: bytes | None = None) -> Verified:
    """Reads every frame and holds it against the chain, the head and the checkpoints; with the key their signatures too.

    What is appended meanwhile may or may not be read. Bodies are outside the chain: events hold their digests.
    """
    end, promised = store.head(), {c.number: c for c in store.checkpoints()}
    last, events, fit = Sealed(EMPTY.number, EMPTY.at, b"", EMPTY.hash), 0, 0
    try:
        for frame in followed(store.frames()):
            if frame.number == end.number and frame.hash != end.hash:
                raise NotTheChain(frame.number, "it was changed while it was read")
            if frame.number in promised:
                _fits(promised.pop(frame.number), frame, key)
                fit += 1
            last = frame
            events += frame.events.rstrip(b"\n").count(b"\n") + (frame.events != b"")
        if last.number < (missing := max([end.number, *promised])):
            raise NotTheChain(last.number + 1, f"it is missing; there was a frame {missing:,}")
    except NotTheChain as e:
        return Verified(last.number, events, fit, Head(last.number, last.hash, last.at), e.number, str(e))
    return Verified(last.number, events, fit, Head(last.number, last.hash, last.at))


def _fits(checkpoint: Checkpoint, frame: Sealed, key: bytes | None) -> None:
    if key is not None and not hmac.compare_digest(
        _signature(checkpoint.number, checkpoint.hash, key), checkpoint.signature
    ):
        raise NotTheChain(frame.number, "its checkpoint is signed with another key, or was changed")
    if checkpoint.hash != frame.hash:
        raise NotTheChain(
            frame.number, "its checkpoint holds another hash: frames up to this one were rewritten"
        )
