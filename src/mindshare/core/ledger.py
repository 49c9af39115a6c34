"""What is spent and held of every resource: no spend passes a limit.

Flows are spent, and come back whole when their period ends. Stocks (`mem_mb`, `gpu_mem_mb`, `disk_mb`) are held and
released, and never over their limit at any instant.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError, listed, nearest

Floats = NDArray[np.float64]
STOCKS = frozenset({"mem_mb", "gpu_mem_mb", "disk_mb"})


class Ledger:
    """`limit`: resource -> the most that may be spent in a period, or held at once; the order is that of all arrays.

    `period_s`: resource -> seconds after which a flow comes back; one that it does not name never does.
    """

    def __init__(self, limit: Mapping[str, float], period_s: Mapping[str, float] | None = None) -> None:
        self.resources = tuple(limit)
        self._place = {name: r for r, name in enumerate(self.resources)}
        for name, amount in limit.items():
            checked(name, amount)
        self.limit = np.array([limit[r] for r in self.resources], np.float64)
        self.used = np.zeros(len(self.resources))
        self.stock = np.array([r in STOCKS for r in self.resources], np.bool_)
        self.until = np.full(len(self.resources), math.inf)  # when the period of each ends
        length = np.full(len(self.resources), math.inf)
        for name, seconds in (period_s or {}).items():
            if self.stock[r := self.at(name)]:
                raise ValueError(f"'{name}' is held and released; a period is for what is spent.")
            if not (math.isfinite(seconds) and seconds > 0):
                raise ValueError(f"period_s['{name}'] must be a finite number > 0. Got {seconds!r} instead.")
            length[r] = seconds
        self._periods = {float(s): np.flatnonzero(length == s) for s in np.unique(length)}
        self.until[np.isfinite(length)] = -math.inf  # the first look at the clock opens the first period

    def at(self, name: str) -> int:
        """The place of a resource in all arrays."""
        if name not in self._place:
            raise MindshareError(
                f"There is no limit on '{name}'; limits are on {listed(self.resources) or 'nothing'}."
                f"{nearest(name, self.resources)}"
            )
        return self._place[name]

    @property
    def follows_clock(self) -> bool:
        """Whether something comes back with time."""
        return any(math.isfinite(seconds) for seconds in self._periods)

    def advance(self, now: float) -> NDArray[np.int64]:
        """Looks at the clock: which flows came back since the last look. Periods begin at whole multiples of their length."""
        opened: list[int] = []
        for seconds, at in self._periods.items():
            if now >= self.until[at[0]]:
                self.until[at] = (math.floor(now / seconds) + 1) * seconds
                self.used[at] = 0.0
                opened += at.tolist()
        return np.array(opened, np.int64)

    def ends(self) -> Iterator[tuple[float, NDArray[np.int64]]]:
        """(when a period ends, the resources it is the period of); infinity for those that never come back."""
        for at in self._periods.values():
            yield float(self.until[at[0]]), at

    @property
    def left(self) -> Floats:
        """(R,) what may still be spent or held; below 0 where a limit was lowered under what is used."""
        return self.limit - self.used

    def correct(self, r: int, expected: float, actual: float, until: float) -> None:
        """An answer used `actual` instead of `expected`, spent in the period that ended at `until`.

        More than is left was not worked: the answer ends at the limit. Less is given back, unless that period is over.
        """
        if actual >= expected:
            self.used[r] = min(self.used[r] + (actual - expected), max(self.limit[r], self.used[r]))
        elif until == self.until[r]:
            self.used[r] = max(self.used[r] - (expected - actual), 0.0)

    def change(self, limit: Mapping[str, float]) -> None:
        """New limits, in force at once. One below what is used stops that resource."""
        for name, amount in limit.items():
            self.at(name)
            checked(name, amount)
        for name, amount in limit.items():
            self.limit[self.at(name)] = amount


def checked(name: str, amount: float) -> None:
    """Raises ValueError unless the amount is a finite number >= 0."""
    if not amount >= 0 or math.isinf(amount):
        raise ValueError(
            f"The limit or price of '{name}' must be a finite number >= 0. Got {amount!r} instead."
        )
