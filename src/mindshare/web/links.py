"""Links that sign a browser in: the code in one is good once and for minutes, and ends with the service.

Whoever opens it has a session, as after a password. The code stands behind the `#` of an address, which no browser sends: it is in no log.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from hashlib import sha256
from threading import Lock
from typing import NamedTuple

from mindshare.core.errors import NotThere

LINK_S = 900.0  # a link is good for so long
MOST = 1_000  # links that are good at once; the oldest give way


class _Held(NamedTuple):
    account: str
    expires: float


class Links:
    """Codes in memory, by their digests. Any thread may call it."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock, self._lock = clock, Lock()
        self._held: dict[bytes, _Held] = {}

    def make(self, account: str) -> tuple[str, float]:
        """A new code for this account, and until when it is good (seconds since 1970); the code is told here and never again."""
        code, now = secrets.token_urlsafe(24), self._clock()
        with self._lock:
            good = [(d, h) for d, h in self._held.items() if h.expires > now]
            self._held = dict(good[-MOST + 1 :])
            self._held[_digest(code)] = _Held(account, now + LINK_S)
        return code, now + LINK_S

    def take(self, code: str) -> str:
        """The account that this code signs in; the code is used up."""
        with self._lock:
            held = self._held.pop(_digest(code), None)
        if held is None or held.expires <= self._clock():
            raise NotThere(
                "This link was used already, or is too old. Ask for a new one; a new start of the service prints one."
            )
        return held.account

    def drop(self, account: str) -> None:
        """No link to this account is good any more: it has a new password."""
        with self._lock:
            self._held = {d: h for d, h in self._held.items() if h.account != account}


def _digest(code: str) -> bytes:
    return sha256(code.encode("utf-8", "surrogatepass")).digest()
