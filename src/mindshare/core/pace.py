"""Cases one by one as they come: prices that rise when a resource is spent faster than its pace, and a hard ledger.

The price of a resource moves against what each case spends of it (dual mirror descent with the entropy as mirror map:
Balseiro, Lu & Mirrokni 2023, "The best of many worlds: dual mirror descent for online allocation problems"):

    price[r] *= exp( step * (spent[r] / pace[r] - 1) ),   pace[r] = left[r] / cases still expected

Prices steer, the ledger forbids: an option that would pass a limit is not taken, whatever it is worth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from mindshare.core.errors import MindshareError, listed, nearest

Floats = NDArray[np.float64]
STEP = 0.1  # over the root of the cases expected: how fast prices move
MOST = 0.5  # the most that one case moves the logarithm of a price
LEAST_PACE = 0.05  # of the pace at the start: what is nearly gone moves prices no faster


class Decision(NamedTuple):
    """The option taken (0 = stop), its value, its net, and prices and what was left when it was taken, both (R,)."""

    option: int
    value: float
    net: float
    price: Floats
    left: Floats


class Pacer:
    """Takes, for one case after another, the option of the best net that fits into what is left.

    `limit`: resource -> the most that may be spent over all cases; their order is that of the columns of `use`.
    `cases`: how many are expected. `price`: what to start from, such as `Plan.price` of old cases; a resource that it
    does not name starts at 0 and stays there until it is named.
    """

    def __init__(self, limit: Mapping[str, float], cases: float, price: Mapping[str, float]) -> None:
        if not (math.isfinite(cases) and cases >= 1):
            raise ValueError(f"cases must be a number >= 1, how many are expected. Got {cases!r} instead.")
        self.resources = tuple(limit)
        for name in price:
            self._at(name)
        for name, amount in (*limit.items(), *price.items()):
            _checked(name, amount)
        self._limit = np.array([limit[r] for r in self.resources], np.float64)
        self._price = np.array([price.get(r, 0.0) for r in self.resources], np.float64)
        self._spent = np.zeros(len(self.resources))
        self._expected, self._start = float(cases), float(cases)

    @property
    def price(self) -> dict[str, float]:
        """Resource -> value per unit, now."""
        return dict(zip(self.resources, self._price.tolist(), strict=True))

    @property
    def left(self) -> dict[str, float]:
        """Resource -> what may still be spent."""
        return dict(zip(self.resources, (self._limit - self._spent).tolist(), strict=True))

    def decide(self, value: ArrayLike, use: ArrayLike) -> Decision:
        """The decision on the next case; what its option uses is spent, and prices follow.

        `value` (K,), `use` (K, R) >= 0. Option 0 is the stop: it uses nothing, and its value is what stopping is worth.
        """
        worth, uses = np.asarray(value, np.float64), np.asarray(use, np.float64)
        if worth.ndim != 1 or not len(worth) or uses.shape != (len(worth), len(self.resources)):
            raise ValueError(
                f"value must be (K,) and use (K, {len(self.resources)}). Got {worth.shape} and {uses.shape} instead."
            )
        price, left = self._price.copy(), self._limit - self._spent
        option, net = _choose(worth, uses, price, left)
        if option < 0:
            raise ValueError(
                "value must be finite, use finite and not negative, and option 0, the stop, must use nothing."
            )
        self._expected = max(self._expected - 1.0, 1.0)
        _follow(self._price, self._spent, uses[option], self._limit, self._expected, self._start)
        return Decision(int(option), float(worth[option]), float(net), price, left)

    def charge(self, resource: str, amount: float) -> float:
        """What an answer cost beyond (or, negative, below) what was expected; returns what is left, 0 at the limit.

        What cannot be paid any more was not worked: the answer ends at the limit.
        """
        r = self._at(resource)
        if not math.isfinite(amount):
            raise ValueError(f"The amount of '{resource}' must be a finite number. Got {amount!r} instead.")
        self._spent[r] = min(max(self._spent[r] + amount, 0.0), max(self._limit[r], self._spent[r]))
        return max(float(self._limit[r] - self._spent[r]), 0.0)

    def change(self, limit: Mapping[str, float] | None = None, cases: float | None = None) -> None:
        """New limits or a new count of cases still to come: followed from the next case on.

        A limit below what is spent already stops that resource.
        """
        for name, amount in (limit or {}).items():
            r = self._at(name)
            _checked(name, amount)
            self._limit[r] = amount
        if cases is not None:
            if not (math.isfinite(cases) and cases >= 1):
                raise ValueError(
                    f"cases must be a number >= 1, how many are still expected. Got {cases!r} instead."
                )
            self._expected = float(cases)

    def _at(self, name: str) -> int:
        if name not in self.resources:
            raise MindshareError(
                f"There is no limit on '{name}'; limits are on {listed(self.resources) or 'nothing'}."
                f"{nearest(name, self.resources)}"
            )
        return self.resources.index(name)


def _checked(name: str, amount: float) -> None:
    if not amount >= 0 or math.isinf(amount):
        raise ValueError(
            f"The limit or price of '{name}' must be a finite number >= 0. Got {amount!r} instead."
        )


@njit(cache=True)
def _choose(value: Floats, use: Floats, price: Floats, left: Floats) -> tuple[int, float]:
    """(option of the best net that fits, net); (-1, 0) where the numbers make no sense. The stop always fits."""
    found, best = 0, value[0]
    for k in range(len(value)):
        fits, net = np.isfinite(value[k]), value[k]
        if not fits:
            return -1, 0.0
        for r in range(len(price)):
            if not (0.0 <= use[k, r] < np.inf) or (k == 0 and use[k, r] > 0):
                return -1, 0.0
            net -= price[r] * use[k, r]
            fits &= use[k, r] == 0 or use[k, r] <= left[r]
        if fits and net > best:
            found, best = k, net
    return found, best


@njit(cache=True)
def _follow(price: Floats, spent: Floats, use: Floats, limit: Floats, expected: float, start: float) -> None:
    """Spends, and moves each price against what was spent of its pace."""
    step = STEP / np.sqrt(start)
    for r in range(len(price)):
        spent[r] += use[r]
        pace = max(limit[r] - spent[r], 0.0) / expected
        pace = max(pace, LEAST_PACE * limit[r] / start)
        if pace > 0:
            price[r] *= np.exp(min(step * (use[r] / pace - 1.0), MOST))
