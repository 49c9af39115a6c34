"""Commands at which the engine raised: the same one again is refused at once, so that it holds nobody up.

Which one it was is known where it was done alone. Of cases that were looked at together, each is done alone the next time.
Nothing of a command is kept but a digest, for ten minutes: then it is tried again, since what it met may have gone. So are the parts of a
tick (`ticking.py`), by their names.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from time import monotonic
from types import FunctionType
from typing import Any

from mindshare.engine.inbox import Case, Item, Next

FOR_S = 600.0
MOST = 1_000  # digests; the oldest go first


class Poison:
    """What is known of commands that raised. All of it in the engine's thread."""

    def __init__(self) -> None:
        self._raised: dict[bytes, float] = {}  # digest -> when
        self._suspect: dict[bytes, float] = {}
        self._parts: dict[str, float] = {}  # parts of a tick

    def leave_out(self, part: str) -> None:
        """The engine raised at this part of a tick."""
        _put(self._parts, part)

    def left_out(self) -> tuple[str, ...]:
        """The parts of a tick at which it raised."""
        since = monotonic() - FOR_S
        return tuple(part for part, at in self._parts.items() if at > since)

    def blame(self, items: Sequence[Item]) -> Item | None:
        """The engine raised while it did these; returns the one that it was, None where it may be any of them."""
        for item in items:
            digest = digest_of(item)
            if digest is not None:
                _put(self._raised if len(items) == 1 else self._suspect, digest)
        return items[0] if len(items) == 1 else None

    def has(self, item: Item) -> bool:
        """Whether the engine raised at this very command before."""
        return _there(self._raised, item)

    def together(self, first: Case, rest: Sequence[Item]) -> list[Case]:
        """Cases that may be looked at together: those that come next, of one sender; what may raise is done alone."""
        out = [first]
        for other in () if _there(self._suspect, first) else rest:
            if not isinstance(other, Case) or other.by != first.by:
                break
            if self.has(other) or _there(self._suspect, other):
                break
            out.append(other)
        return out


def digest_of(item: Item) -> bytes | None:
    """The same for the same command; None where that cannot be told."""
    if isinstance(item, Case):
        return sha256(b"case " + item.raw).digest()
    if isinstance(item, Next):
        return sha256(b"next " + item.person.encode()).digest()
    told = _told(item.command)
    return None if " at 0x" in told else sha256(told.encode("utf-8", "surrogatepass")).digest()


def _told(value: object) -> str:
    """A function is what it does, with the values that it was given; anything else is what it says of itself."""
    if not isinstance(value, FunctionType):
        return repr(value)
    code = value.__code__
    given = [cell.cell_contents for cell in value.__closure__ or ()] + list(value.__defaults__ or ())
    return f"{code.co_filename}:{code.co_firstlineno} {code.co_code!r} {code.co_names} ({', '.join(map(_told, given))})"


def _put(known: dict[Any, float], key: bytes | str) -> None:
    known.pop(key, None)
    known[key] = monotonic()
    if len(known) > MOST:
        del known[next(iter(known))]


def _there(known: dict[bytes, float], item: Item) -> bool:
    if not known:  # as good as always
        return False
    digest = digest_of(item)
    return digest is not None and monotonic() - known.get(digest, -FOR_S) < FOR_S
