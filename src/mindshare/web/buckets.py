"""How often somebody may do something: token buckets for requests, and waits that double for wrong passwords."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from mindshare.core.errors import TooOften

MOST_KEYS = 10_000  # whoever was not seen for longest is forgotten


class Buckets:
    """A bucket for each key holds `burst` and gains `per_s`; whoever takes from an empty one is told when to come again."""

    def __init__(self, per_s: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_s, self._burst, self._clock = per_s, burst, clock
        self._held: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, key: Hashable, amount: float = 1.0) -> None:
        """Takes so much, perhaps more than there is, but never from an empty bucket: then TooOften."""
        now = self._clock()
        held, then = self._held.get(key, (self._burst, now))
        held = min(self._burst, held + (now - then) * self._per_s)
        if held < 1.0:
            raise TooOften(retry_s=(1.0 - held) / self._per_s)
        self._held[key] = held - amount, now
        self._held.move_to_end(key)
        if len(self._held) > MOST_KEYS:
            self._held.popitem(last=False)


class Waits:
    """After `free` failures of a key each further try has to wait: 1 s, 2 s, 4 s and so on up to `most` seconds."""

    def __init__(self, free: int, most: float = 900.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._free, self._most, self._clock = free, most, clock
        self._failed: OrderedDict[Hashable, tuple[int, float]] = OrderedDict()

    def check(self, key: Hashable) -> None:
        """Raises TooOften where it is too early for a try."""
        count, then = self._failed.get(key, (0, 0.0))
        if count > self._free:
            wait = min(2.0 ** min(count - self._free - 1, 30), self._most) - (self._clock() - then)
            if wait > 0:
                raise TooOften("Too many wrong passwords; wait before the next try.", retry_s=wait)

    def failed(self, key: Hashable) -> None:
        """A try has failed."""
        count, _ = self._failed.pop(key, (0, 0.0))
        self._failed[key] = count + 1, self._clock()
        if len(self._failed) > MOST_KEYS:
            self._failed.popitem(last=False)

    def passed(self, key: Hashable) -> None:
        """A try has not failed: the count begins again."""
        self._failed.pop(key, None)
