"""Cases one by one as they come: prices that rise when a resource is spent faster than its pace, and a hard ledger.

The price of a resource has two parts. One is learnt (dual mirror descent with the entropy as mirror map: Balseiro, Lu &
Mirrokni 2023, "The best of many worlds: dual mirror descent for online allocation problems"), case by case:

    log price[r] += step * (wanted[r] / pace[r] - 1),   pace[r] = left[r] / cases still expected

The other follows the pace itself, so that a limit or a load that changes is answered at once, not after it was learnt:
price[r] *= (pace[r] at the start / pace[r]) ** FOLLOW. What is wanted, not what is got, moves a price: a resource that is
gone stays dear. Cases of several kinds share all prices; each kind's pace is its part of what all kinds are expected to want.
A stock is paced by what is released: held[r] stays at its limit when as much is wanted as comes back (Little's law).

Prices steer, the ledger forbids: an option that would pass a limit is not taken, whatever it is worth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mindshare.core.arrivals import Arrivals, Counted, foreseen
from mindshare.core.errors import MindshareError, OverBudget, listed, nearest
from mindshare.core.ledger import Floats, Ledger, checked
from mindshare.core.steer import Pool, course, least_use, sensible, take, upper

KNOWN = 20  # musts after which their own use is reserved
REMEMBERED = 200  # musts
QUANTILE = 0.95  # of the least that musts use
DOUBT = 2.0  # standard errors of the number of musts that the clock foresees


class Decision(NamedTuple):
    """What was done with one case, and all that led to it. Option 0 is the stop."""

    option: int
    value: float
    net: float  # value - price . use
    use: Floats  # (R,) what the option is expected to use
    price: Floats  # (R,) at which it was taken
    left: Floats  # (R,) before it was taken
    reserve: Floats  # (R,) of what was left, kept for cases that must be served
    second: int  # the best other option that fitted, -1 where there is none
    second_net: float
    refused: int  # the option of the best net, where the ledger forbade it; else -1
    until: Floats  # (R,) when the period ends in which it was spent
    number: int


class Pacer:
    """Takes, for one case after another, the option of the best net that fits into what is left.

    `limit`: resource -> the most that may be spent (in each of its periods), or held at once; their order is that of the
    columns of `use`. `cases`: how many are to come, a number that is counted down or `Arrivals` that read the clock, or
    kind -> either of them. `price`: what to start from, such as `Plan.price` of old cases; one that it does not name is
    learnt from nothing. `period_s`: resource -> seconds after which a flow comes back. `musts`: kind whose cases must be
    served -> the most that serving one is thought to use of each resource; that much is kept for each that is expected
    (of none named: what most such cases used at least). `usual`: kind -> what a case of it usually uses, where known.
    """

    def __init__(
        self,
        limit: Mapping[str, float],
        cases: float | Arrivals | Mapping[str, float | Arrivals],
        price: Mapping[str, float],
        *,
        period_s: Mapping[str, float] | None = None,
        musts: Mapping[str, Mapping[str, float]] | None = None,
        usual: Mapping[str, Mapping[str, float]] | None = None,
    ) -> None:
        self._ledger = Ledger(limit, period_s)
        self.resources = self._ledger.resources
        for name, amount in price.items():
            checked(name, amount)
            if amount > 0:  # a plan tells a price of 0 for what has no limit
                self._ledger.at(name)
        kinds = cases if isinstance(cases, Mapping) else {"": cases}
        self._kind = {name: j for j, name in enumerate(kinds)}
        self._arrivals = [foreseen(a) for a in kinds.values()]
        start = np.array([price.get(r, 0.0) for r in self.resources], np.float64)
        known = np.full((len(kinds), len(start)), np.nan)
        for kind, uses in (usual or {}).items():
            known[self._of(kind)] = 0.0
            for name, amount in uses.items():
                checked(name, amount)
                known[self._of(kind), self._ledger.at(name)] = amount
        self._course, self._nothing = course(start, known), np.zeros(len(start))
        self._pool = Pool(self._ledger.limit, self._ledger.used, self._ledger.stock, start, self._nothing)
        self._expected = np.zeros((len(kinds), len(start)))
        self._lasts = 0.0  # cases that a price is for
        self._must = {self._of(kind): _Must(self._ledger, told) for kind, told in (musts or {}).items()}
        self._holds, self._held = bool(self._ledger.stock.any()), dict[int, Floats]()
        self._number, self._now = 0, -math.inf

    @property
    def price(self) -> dict[str, float]:
        """Resource -> value per unit, at the last decision."""
        return dict(zip(self.resources, self._pool.price.tolist(), strict=True))

    @property
    def left(self) -> dict[str, float]:
        """Resource -> what may still be spent in this period, or held."""
        return dict(zip(self.resources, self._ledger.left.tolist(), strict=True))

    def decide(
        self, value: ArrayLike, use: ArrayLike, *, kind: str = "", now: float | None = None
    ) -> Decision:
        """The decision on the next case; what its option is expected to use is spent or held, and prices follow.

        `value` (K,), `use` (K, R) >= 0. Option 0 is the stop: it uses nothing, and its value is what stopping is worth.
        `now`: seconds, wherever arrivals or limits follow the clock. A case of a kind that must be served is never
        stopped; where nothing fits, OverBudget is raised and nothing is spent, though the case has come.
        """
        worth, uses = self._case(value, use)
        j, ledger = self._of(kind), self._ledger
        self._look(now)
        must, left = self._must.get(j), ledger.left
        reserve = self._foresee(j, now)
        pool = self._pool if not self._must else self._pool._replace(reserve=reserve)
        case = (j, must is not None, self._lasts)
        chosen, net, second, second_net, wanted = take(self._course, pool, worth, uses, case, self._expected)
        if must is not None:
            must.see(uses)
        if chosen < 0:
            raise OverBudget(self._nothing_fits(kind, uses))
        self._number += 1
        told = Decision(
            option=chosen,
            value=float(worth[chosen]),
            net=net,
            use=uses[chosen].copy(),
            price=pool.price.copy(),
            left=left,
            reserve=pool.reserve,
            second=second,
            second_net=second_net,
            refused=wanted if wanted != chosen else -1,
            until=ledger.until.copy(),
            number=self._number,
        )
        if self._holds and told.use[ledger.stock].any():
            self._held[told.number] = np.where(ledger.stock, told.use, 0.0)
        return told

    def settle(self, decision: Decision, spent: Mapping[str, float]) -> None:
        """The answer is in, once: what it really spent of the flows that `spent` names takes the place of what was expected.

        What cannot be paid any more was not worked: the answer ends at the limit.
        """
        at = [(self._ledger.at(name), name, amount) for name, amount in spent.items()]
        for r, name, amount in at:
            checked(name, amount)
            if self._ledger.stock[r]:
                raise ValueError(f"'{name}' is held, not spent: release the decision when it is free again.")
        for r, _, amount in at:
            self._ledger.correct(r, float(decision.use[r]), amount, float(decision.until[r]))

    def release(self, decision: Decision) -> None:
        """The stocks that the decision holds are free again."""
        held = self._held.pop(decision.number, None)
        if held is None:
            raise MindshareError(f"Decision {decision.number} holds nothing (any more); release it once.")
        self._ledger.used[:] = np.maximum(self._ledger.used - held, 0.0)
        np.add(self._course.released, held, out=self._course.released)

    def change(
        self,
        limit: Mapping[str, float] | None = None,
        cases: float | Arrivals | Mapping[str, float | Arrivals] | None = None,
    ) -> None:
        """New limits, or new counts of cases still to come: followed from the next case on.

        A limit below what is spent already stops that resource.
        """
        kinds = cases if isinstance(cases, Mapping) else {} if cases is None else {"": cases}
        arrivals = {self._of(name): foreseen(a) for name, a in kinds.items()}
        self._ledger.change(limit or {})
        for j, given in arrivals.items():
            self._arrivals[j] = given

    def explain(self, decision: Decision, options: Sequence[str]) -> str:
        """The decision in one sentence that can be checked: value, use, prices, net, and what else there was."""
        paid = " + ".join(
            f"{u:.3g} {r} at {p:.3g}"
            for r, u, p in zip(self.resources, decision.use, decision.price, strict=True)
            if u > 0
        )
        told = f"{options[decision.option]} is worth {decision.value:.3f}"
        told += f" and uses {paid}: net {decision.net:+.3f}." if paid else " and uses nothing."
        if decision.refused >= 0:
            told += (
                f" {options[decision.refused]} would have been better, but does not fit into what is left."
            )
        if decision.second >= 0:
            told += f" Next: {options[decision.second]}, net {decision.second_net:+.3f}."
        return told

    def _case(self, value: ArrayLike, use: ArrayLike) -> tuple[Floats, Floats]:
        worth, uses = np.asarray(value, np.float64), np.asarray(use, np.float64)
        if worth.ndim != 1 or not len(worth) or uses.shape != (len(worth), len(self.resources)):
            raise ValueError(
                f"value must be (K,) and use (K, {len(self.resources)}). Got {worth.shape} and {uses.shape} instead."
            )
        if not sensible(worth, uses):
            raise ValueError(
                "value must be finite, use finite and not negative, and option 0, the stop, must use nothing."
            )
        return worth, uses

    def _of(self, kind: str) -> int:
        if kind not in self._kind:
            raise MindshareError(
                f"No cases of kind '{kind}' are expected; kinds are {listed(self._kind)}."
                f"{nearest(kind, self._kind)}"
            )
        return self._kind[kind]

    def _look(self, now: float | None) -> None:
        if now is not None and not (math.isfinite(now) and now >= self._now):
            raise ValueError(
                f"now must be a finite number of seconds that never falls. Got {now!r} after {self._now:g}."
            )
        if now is not None:
            self._now = now
        if self._ledger.follows_clock:
            if now is None:
                raise ValueError("now must be given: some limits come back with time.")
            opened = self._ledger.advance(now)
            if len(opened):
                self._course.first[opened] = 0.0  # each period has its own pace

    def _foresee(self, kind: int, now: float | None) -> Floats:
        """Sees a case of `kind` come, and tells what is expected after it; returns (R,) what is kept for those that must be served."""
        self._arrivals[kind].see(now)
        for end, at in self._ledger.ends():
            coming = 0.0
            for j, arrivals in enumerate(self._arrivals):
                expected = arrivals.expected(now, end)
                coming += expected
                self._expected[j, at] = expected
            if math.isfinite(coming):
                self._lasts = max(self._lasts, coming)
            elif not self._ledger.stock[at].all():
                name = next(r for r, x in zip(self.resources, self._ledger.until, strict=True) if x == end)
                raise ValueError(
                    f"The limit on '{name}' never comes back, and cases come for ever: give it a period."
                )
        if not self._must:
            return self._nothing
        kept = np.zeros(len(self.resources))
        for j, must in self._must.items():
            coming_here = self._expected[j]
            doubt = 0.0 if isinstance(self._arrivals[j], Counted) else DOUBT
            number = coming_here + doubt * np.sqrt(coming_here)
            kept += must.each * np.where(self._ledger.stock, 1.0, number)
        return kept

    def _nothing_fits(self, kind: str, uses: Floats) -> str:
        short = np.any(self._ledger.used + uses[1:] > self._ledger.limit, axis=0).tolist()
        names = [
            f"{r} ({left:.3g} left)"
            for r, left, s in zip(self.resources, self._ledger.left, short, strict=True)
            if s
        ]
        return (
            f"A case of kind '{kind}' must be served, and no option fits into what is left of {listed(names) or 'the limits'}."
            " Raise the limit, or wait for the next period."
        )


class _Must:
    """What serving one case that must be served is thought to use: as told, or else a quantile of the least that such cases used."""

    def __init__(self, ledger: Ledger, told: Mapping[str, float]) -> None:
        self._limit, self._told = ledger.limit, bool(told)
        self.each = np.zeros(len(ledger.resources))
        for name, amount in told.items():
            checked(name, amount)
            self.each[ledger.at(name)] = amount
        self._seen, self._count = np.zeros((REMEMBERED, len(ledger.resources))), 0

    def see(self, uses: Floats) -> None:
        if self._told:
            return
        least_use(uses, self._limit, self._seen[self._count % REMEMBERED])
        self._count += 1
        if self._count <= KNOWN or self._count % KNOWN == 0:
            upper(self._seen[: self._count], QUANTILE, self.each)
