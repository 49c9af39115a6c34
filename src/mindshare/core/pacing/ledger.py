"""What is spent and held of every resource: no spend passes a limit.

Flows are spent, and come back whole when their period ends. Stocks (`mem_mb`, `gpu_mem_mb`, `disk_mb`) are held and
released, and never over their limit at any instant. What was used beyond a limit all the same, because it was measured only
afterwards, is told apart (`overrun`): it is never counted as if there had been more to spend.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError, OverBudget, listed, nearest
from mindshare.core.kernel import kernel

Floats = NDArray[np.float64]
STOCKS = frozenset({"mem_mb", "gpu_mem_mb", "disk_mb"})
SETTLED, RELEASED = 1, 2  # what has become of a charge, a bit each


class Charged(Protocol):
    """What was charged under a number: a `Charge`, or a decision that made one."""

    @property
    def number(self) -> int: ...
    @property
    def use(self) -> Floats: ...
    @property
    def until(self) -> Floats: ...


class Charge(NamedTuple):
    """What was charged, to be settled (flows) or released (stocks)."""

    number: int
    use: Floats  # (R,)
    until: Floats  # (R,) when the periods end in which it was spent


class Ledger:
    """`limit`: resource -> the most that may be spent in a period, or held at once; the order is that of all arrays.

    `period_s`: resource -> seconds after which a flow comes back; one that it does not name never does. `stocks`: which
    resources are held and released; all others are spent.
    """

    def __init__(
        self,
        limit: Mapping[str, float],
        period_s: Mapping[str, float] | None = None,
        stocks: Container[str] = STOCKS,
    ) -> None:
        self.resources = tuple(limit)
        self._place = {name: r for r, name in enumerate(self.resources)}
        for name, amount in limit.items():
            checked(name, amount)
        self.limit = np.array([limit[r] for r in self.resources], np.float64)
        self.used = np.zeros(len(self.resources))
        self.stock = np.array([r in stocks for r in self.resources], np.bool_)
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
        self.reserved = np.zeros(len(self.resources))  # of what is left: for charges that say so
        self.overrun = np.zeros(len(self.resources))  # used beyond the limit, all periods
        self.parts: dict[str, Ledger] = {}
        self._given: dict[str, Floats] = {}  # what each part was made with
        self._period_s = dict(period_s or {})
        self._became = bytearray()  # a byte a charge: SETTLED, RELEASED, both or neither

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
                self.used[at] = sum((amount[at] for amount in self._given.values()), np.zeros(len(at)))
                opened += at.tolist()
        for part in self.parts.values():
            part.advance(now)
        return np.array(opened, np.int64)

    def ends(self) -> Iterator[tuple[float, NDArray[np.int64] | slice]]:
        """(when a period ends, the resources it is the period of); infinity for those that never come back."""
        for at in self._periods.values():
            yield float(self.until[at[0]]), slice(None) if len(at) == len(self.until) else at

    @property
    def left(self) -> Floats:
        """(R,) what may still be spent or held; below 0 where a limit was lowered under what is used."""
        return self.limit - self.used

    @property
    def overrun_by(self) -> dict[str, float]:
        """Resource -> what was used beyond its limit; only those where something was."""
        return {r: float(x) for r, x in zip(self.resources, self.overrun, strict=True) if x > 0}

    def reserve(self, amount: Mapping[str, float]) -> None:
        """From now on keeps so much of what is left for charges that say `reserved`. Replaces what was kept of these resources."""
        self._told(amount)
        for name, kept in amount.items():
            self.reserved[self.at(name)] = kept

    def charge(self, use: Mapping[str, float], *, measured: bool = False, reserved: bool = False) -> Charge:
        """Spends flows and holds stocks: all of it, or OverBudget and nothing.

        `measured`: it has been used already, so it is never refused; what passes a limit is an overrun. `reserved`: what is kept
        may be used too. An estimate is settled when what was really used is known.
        """
        use_ = self._told(use)
        room = self.left if reserved or measured else np.maximum(self.left - self.reserved, 0.0)
        over = use_ > room
        if over.any() and not measured:
            short = [
                f"{self.resources[r]} ({room[r]:.3g} left, {use_[r]:.3g} asked)" for r in np.flatnonzero(over)
            ]
            raise OverBudget(
                f"The charge does not fit: {listed(short)}. Nothing was spent; raise the limit, or wait."
            )
        room = np.maximum(room, 0.0)
        self.overrun += np.maximum(use_ - room, 0.0)
        spent = np.minimum(use_, room)
        if reserved:
            self.reserved = np.maximum(self.reserved - spent, 0.0)
        return Charge(self.take(spent), spent, self.until.copy())

    def take(self, use: Floats) -> int:
        """Charges (R,) amounts that are known to fit; returns the number of the charge."""
        add(self.used, self.limit, use)
        self._became.append(0)
        return len(self._became)

    def settle(self, charge: Charged, spent: Mapping[str, float]) -> dict[str, float]:
        """What was measured takes the place of the estimate, once, for the flows that `spent` names; what passed a limit is returned.

        A second settlement is refused and changes nothing. Less is given back, unless the period of the charge is over.
        """
        actual, over = self._told(spent), dict[str, float]()
        self._once(charge, SETTLED, "is settled already; settle it once")
        if held := [name for name in spent if self.stock[self.at(name)]]:
            raise ValueError(f"'{held[0]}' is held, not spent: release the charge when it is free again.")
        self._became[charge.number - 1] |= SETTLED
        for name in spent:
            r = self.at(name)
            same = bool(charge.until[r] == self.until[r])
            excess = correct(self.used, self.limit, r, charge.use[r], actual[r], same)
            if excess > 0:
                self.overrun[r] += excess
                over[name] = float(excess)
        return over

    def release(self, charge: Charged) -> None:
        """The stocks of a charge are free again, once."""
        told = "holds nothing (any more); release it once"
        self._once(charge, RELEASED, told)
        if not charge.use[self.stock].any():
            raise MindshareError(f"Charge {charge.number} {told}.")
        self._became[charge.number - 1] |= RELEASED
        self.used[self.stock] = np.maximum(self.used - charge.use, 0.0)[self.stock]

    def _once(self, charge: Charged, what: int, told: str) -> None:
        """Raises MindshareError for a charge that this ledger never made, or of which `what` was done before."""
        if not 0 < charge.number <= len(self._became):
            raise MindshareError(
                f"There is no charge {charge.number}: {len(self._became)} were made, and it holds nothing."
            )
        if self._became[charge.number - 1] & what:
            raise MindshareError(f"Charge {charge.number} {told}.")

    def split(self, share: Mapping[str, float], of: Mapping[str, float] | None = None) -> dict[str, Ledger]:
        """Agent -> a ledger of its own: its share (0 to 1, together at most 1) of what is left and not reserved, in this and
        every later period. `of`: no more than so much of these resources is split; all are where it is not given.
        """
        if not share or min(share.values()) < 0 or math.fsum(share.values()) > 1 + 1e-9:
            raise ValueError(f"Shares must be >= 0 and together at most 1. Got {dict(share)!r} instead.")
        if taken := sorted(set(share) & set(self.parts)):
            raise MindshareError(f"'{taken[0]}' has a part already; take it back first.")
        free = np.maximum(self.left - self.reserved, 0.0)
        pot = free if of is None else np.minimum(self._told(of), free)
        left, whole = pot.copy(), math.fsum(share.values())
        for i, (agent, part) in enumerate(share.items()):
            last = (
                i == len(share) - 1 and abs(whole - 1.0) <= 1e-9
            )  # rounding is nobody's gain: the last gets the rest
            amount = left.copy() if last else np.minimum(pot * part, left)
            left = left - amount
            made = Ledger(dict(zip(self.resources, amount.tolist(), strict=True)), self._period_s)
            made.until[:] = self.until
            self.parts[agent], self._given[agent] = made, amount
            add(self.used, self.limit, amount)
        return {agent: self.parts[agent] for agent in share}

    def take_back(self, agent: str) -> None:
        """What the part of an agent has not used is free again; what it used and holds counts here from now on."""
        if agent not in self.parts:
            raise MindshareError(f"'{agent}' has no part; parts have {listed(self.parts) or 'nobody'}.")
        part, amount = self.parts.pop(agent), self._given.pop(agent)
        self.used[:] = np.maximum(self.used - np.maximum(amount - part.used, 0.0), 0.0)
        self.overrun += part.overrun

    def _told(self, use: Mapping[str, float]) -> Floats:
        amount = np.zeros(len(self.resources))
        for name, x in use.items():
            amount[self.at(name)] = x
            checked(name, x)
        return amount

    def change(self, limit: Mapping[str, float]) -> None:
        """New limits, in force at once. One below what is used stops that resource."""
        for name, amount in limit.items():
            self.at(name)
            checked(name, amount)
        for name, amount in limit.items():
            self.limit[self.at(name)] = amount

    def state(self) -> dict[str, Any]:
        """All that the ledger knows, as arrays of numbers and words."""
        if self.parts:
            raise MindshareError(
                f"A ledger with parts cannot be saved; take back those of {listed(self.parts)} first."
            )
        period = [self._period_s.get(r, math.inf) for r in self.resources]
        told: dict[str, Any] = {
            name: getattr(self, name).copy() for name in ("limit", "used", "until", "reserved", "overrun")
        }
        became = np.frombuffer(bytes(self._became), np.uint8)
        told |= {
            "resources": np.array(self.resources),
            "period_s": np.array(period),
            "stock": self.stock.copy(),
        }
        return {"became": became, **told}

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Ledger:
        """The ledger whose `state` this is."""
        names = [str(r) for r in state["resources"]]
        period = {r: float(s) for r, s in zip(names, state["period_s"], strict=True) if math.isfinite(s)}
        stocks = {r for r, held in zip(names, state["stock"], strict=True) if held}
        made = cls(dict(zip(names, map(float, state["limit"]), strict=True)), period, stocks)
        for name in ("used", "until", "reserved", "overrun"):
            getattr(made, name)[:] = state[name]
        made._became = bytearray(np.asarray(state["became"], np.uint8).tobytes())
        return made


@kernel
def add(used: Floats, limit: Floats, amount: Floats) -> None:
    """Adds (R,) amounts that fit, in place: whoever steers by the prices reads this very array. Rounding never passes a limit."""
    for r in range(len(used)):
        used[r] = min(used[r] + amount[r], max(limit[r], used[r]))


@kernel
def correct(used: Floats, limit: Floats, r: int, expected: float, actual: float, same_period: bool) -> float:
    """Resource `r` used `actual` instead of `expected`; returns what of that is more than was left.

    More than is left was not worked: the answer ends at the limit. Less is given back, unless its period is over.
    """
    if actual >= expected:
        most = max(limit[r], used[r])
        excess = actual - expected - (most - used[r])
        used[r] = min(used[r] + (actual - expected), most)
        return max(excess, 0.0)
    if same_period:
        used[r] = max(used[r] - (expected - actual), 0.0)
    return 0.0


def checked(name: str, amount: float) -> None:
    """Raises ValueError unless the amount is a finite number >= 0."""
    if not amount >= 0 or math.isinf(amount):
        raise ValueError(
            f"The limit, price or amount of '{name}' must be a finite number >= 0. Got {amount!r} instead."
        )
