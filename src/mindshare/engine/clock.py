"""The service's clock: seconds since 1970 that never fall, whatever is done to the wall clock while it runs."""

from __future__ import annotations

import time


class Clock:
    """Begins at the wall clock, or at `after` if that is later (the last event of the log), and goes on by the monotonic one."""

    def __init__(self, after: float = 0.0) -> None:
        self._start, self._wall = time.monotonic(), max(time.time(), after)

    def __call__(self) -> float:
        """Now."""
        return self._wall + (time.monotonic() - self._start)

    @property
    def off(self) -> float:
        """Seconds by which the wall clock is ahead of this one: it was put forward, or back (negative)."""
        return time.time() - self()
