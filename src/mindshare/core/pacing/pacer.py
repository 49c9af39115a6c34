"""Cases one by one as they come: prices that rise when a resource is spent faster than its pace, and a hard ledger.

The pace of a resource is what is left of it per case still expected. A price has two parts. One is what demand answers to
today's pace: solved on a sample of old cases where there is one (`Demand`; certainty equivalence), else by a power law,

    answer[r] = (pace[r] at the start / pace[r]) ** FOLLOW,

so that a limit or a load that changes is answered at once. The other is learnt (dual mirror descent with the entropy as
mirror map: Balseiro, Lu & Mirrokni 2023, "The best of many worlds: dual mirror descent for online allocation problems"):

    log learnt[r] += step * wanted[r] / pace[r]   with each decision on a case,
    log learnt[r] -= step                        once a case, when the next one comes.

What is wanted, not what is got, moves a price: a resource that is gone stays dear. Cases of several kinds share all prices;
each kind's pace is its part of what all kinds are expected to want. A stock is paced by what is released: held[r] stays at its
limit when as much is wanted as comes back (Little's law).

Prices steer, the ledger forbids: an option that would pass a limit is not taken, whatever it is worth.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mindshare.core.errors import MindshareError, OverBudget
from mindshare.core.pacing.arrivals import Arrivals, Counted, foreseen, restored
from mindshare.core.pacing.decision import Arrival, Decision, nothing_fits, options_of, recorded, sentence
from mindshare.core.pacing.demand import Demand, Elastic, must_be_of, restored_demand
from mindshare.core.pacing.foresight import foresee
from mindshare.core.pacing.kinds import kind_of, part_of, usual_of
from mindshare.core.pacing.ledger import STOCKS, Charge, Charged, Floats, Ledger, checked
from mindshare.core.pacing.mandatory import Mandatory
from mindshare.core.pacing.price_update import FLOOR, Shared, decide, meet, price_state, reprice

AGAIN = 0.85  # of the cases that were still expected when prices of several resources were solved: then they are solved anew


class Pacer:
    """Takes, for one case after another, the option of the best net that fits into what is left.

    `limit`: resource -> the most that may be spent (in each of its periods), or held at once; their order is that of the
    columns of `use`. `cases`: how many are to come, a number that is counted down or `Arrivals` that read the clock, or
    kind -> either of them. `price`: what to start from, such as `Plan.price` of old cases; one that it does not name is
    learnt from nothing. `demand`: what old cases would buy of the same resources, in the place of prices to start from; the
    price of what they use nothing of is learnt from nothing. `period_s`: resource -> seconds after which a flow comes back.
    `mandatory`: kind whose cases must be served -> the most that serving one is thought to use of each resource; that much
    is kept for each that is expected (of none named: what most such cases used at least). `usual`: kind -> what a case of it
    usually uses, where known. `stocks`: which resources are held and released.
    """

    def __init__(
        self,
        limit: Mapping[str, float],
        cases: float | Arrivals | Mapping[str, float | Arrivals],
        price: Mapping[str, float] | None = None,
        *,
        demand: Demand | Elastic | None = None,
        period_s: Mapping[str, float] | None = None,
        mandatory: Mapping[str, Mapping[str, float]] | None = None,
        usual: Mapping[str, Mapping[str, float]] | None = None,
        stocks: Container[str] = STOCKS,
    ) -> None:
        self._ledger = Ledger(limit, period_s, stocks)
        self.resources, known = self._ledger.resources, {} if price is None else price
        kinds = cases if isinstance(cases, Mapping) else {"": cases}
        self._kind = {name: j for j, name in enumerate(kinds)}
        self._arrivals = [foreseen(a) for a in kinds.values()]
        for name, amount in known.items():
            checked(name, amount)
            if amount > 0:  # a plan tells a price of 0 for what has no limit
                self._ledger.at(name)
        start = np.array([known.get(r, 0.0) for r in self.resources], np.float64)
        if demand is not None:
            must_be_of(demand, self.resources)
        told = np.zeros(len(start), bool) if demand is None else demand.tells()
        self._prices = price_state(start, usual_of(self._kind, self._ledger, usual or {}), demand=told)
        self._demand, self._solved_for = demand, math.inf
        self._has_line = isinstance(demand, Demand) and demand.is_line
        self._nothing, ledger = np.zeros(len(start)), self._ledger
        line = demand.line() if isinstance(demand, Demand) and demand.is_line else (np.zeros(0), np.zeros(0))
        self._shared = Shared(ledger.limit, ledger.used, ledger.stock, start, self._nothing, *line)
        self._expected = np.zeros((len(kinds), len(start)))
        self._lasts = 0.0  # cases that a price is for
        self._mandatory = {
            kind_of(self._kind, k): Mandatory(self._ledger, told) for k, told in (mandatory or {}).items()
        }
        self._last, self._now = Arrival(0, ""), -math.inf
        self._fresh = -1  # the kind of the last case, until prices have met it

    @property
    def price(self) -> dict[str, float]:
        """Resource -> value per unit, at the last decision."""
        return dict(zip(self.resources, self._shared.price.tolist(), strict=True))

    @property
    def left(self) -> dict[str, float]:
        """Resource -> what may still be spent in this period, or held."""
        return dict(zip(self.resources, self._ledger.left.tolist(), strict=True))

    @property
    def used(self) -> dict[str, float]:
        """Resource -> what is spent in this period, or held."""
        return dict(zip(self.resources, self._ledger.used.tolist(), strict=True))

    def arrive(self, kind: str = "", now: float | None = None) -> Arrival:
        """A case has come. It is counted once, however many decisions follow, and prices are those of its pace.

        `now`: seconds, wherever arrivals or limits follow the clock.
        """
        j = kind_of(self._kind, kind)
        self._meet()
        self._look(now, needed=True)
        self._arrivals[j].see(now)
        self._foresee(now)
        self._solve()
        self._fresh = j
        self._last = Arrival(self._last.number + 1, kind)
        if j in self._mandatory:
            self._mandatory[j].waiting.add(self._last.number)
        return self._last

    def decide(
        self, value: ArrayLike, use: ArrayLike, case: Arrival | None = None, *, now: float | None = None
    ) -> Decision:
        """A decision on a case that has come, by default the last one; what its option is expected to use is spent or held.

        `value` (K,), `use` (K, R) >= 0. Option 0 is the stop: it uses nothing, and its value is what stopping is worth.
        There may be several decisions on a case, at any time. The first one on a mandatory case is never the stop; where
        nothing fits, OverBudget is raised and nothing is spent.
        """
        worth, uses = options_of(value, use, len(self.resources))
        if case is None:
            case = self._last
        if not 0 < case.number <= self._last.number:
            raise MindshareError(f"Case {case.number} has not arrived: call arrive before decide.")
        j, ledger = kind_of(self._kind, case.kind), self._ledger
        if now is not None:
            self._meet()
            self._look(now, needed=False)
            self._foresee(now)
        must = self._mandatory.get(j)
        served_now = must is not None and case.number in must.waiting
        shared = (
            self._shared if not self._mandatory else self._shared._replace(reserve=self._reserve(case.number))
        )
        how = (j, int(served_now), self._lasts, self._fresh)
        told, self._fresh = decide(self._prices, shared, worth, uses, how, self._expected), -1
        if must is not None and served_now:
            must.see(uses)
        if told[0] < 0:
            raise OverBudget(nothing_fits(case.kind, uses, ledger))
        if must is not None:
            must.waiting.discard(case.number)
        return recorded(told, worth, uses, shared, ledger, case)

    def reprice(self, now: float | None = None) -> Floats:
        """(R,) today's prices, for whoever looks before deciding; the next `decide` at the same time is at these."""
        self._meet()
        self._look(now, needed=False)
        self._foresee(now)
        reprice(self._prices, self._shared, self._expected)
        return self._shared.price

    def room(self) -> Floats:
        """(R,) what may still be spent, or held: `left` in the order of the resources."""
        return self._ledger.left

    def fits(self, use: Floats) -> NDArray[np.bool_]:
        """(...,) whether each of these uses (..., R) fits, as `decide` sees it; of what it does not use, less than nothing may be left."""
        return np.asarray(((use <= 0) | (self._ledger.used + use <= self._ledger.limit)).all(axis=-1))

    def charge(self, use: Mapping[str, float]) -> Charge:
        """Charges an answer that no price decided about, such as a mandatory review; what passes a limit is an overrun."""
        return self._ledger.charge(use, measured=True)

    def settle(self, decision: Charged, spent: Mapping[str, float]) -> dict[str, float]:
        """The answer is in, once: what it really spent of the flows that `spent` names takes the place of what was expected.

        What cannot be paid any more was not worked: the answer ends at the limit, and what was missing is returned. A
        second settlement is refused and changes nothing.
        """
        return self._ledger.settle(decision, spent)

    def release(self, decision: Charged) -> None:
        """The stocks that the decision holds are free again."""
        self._ledger.release(decision)
        held = np.where(self._ledger.stock, decision.use, 0.0)
        np.add(self._prices.released, held, out=self._prices.released)

    def change(
        self,
        limit: Mapping[str, float] | None = None,
        cases: float | Arrivals | Mapping[str, float | Arrivals] | None = None,
    ) -> None:
        """New limits, or new counts of cases still to come: followed from the next case on.

        A limit below what is spent already stops that resource.
        """
        self._meet()
        kinds = cases if isinstance(cases, Mapping) else {} if cases is None else {"": cases}
        arrivals = {kind_of(self._kind, name): foreseen(a) for name, a in kinds.items()}
        self._ledger.change(limit or {})
        for j, given in arrivals.items():
            self._arrivals[j] = given
        self._solved_for = math.inf

    def explain(self, decision: Decision, options: Sequence[str]) -> str:
        """The decision in one sentence that can be checked: value, use, prices, net, and what else there was."""
        return sentence(decision, self.resources, options)

    def state(self) -> dict[str, Any]:
        """All that the pacer knows, flat: name -> array or number, as `numpy.savez` and (as lists) JSON can hold it."""
        self._meet()
        told: dict[str, Any] = {"kinds": np.array(list(self._kind)), "expected": self._expected.copy()}
        told |= {"lasts": self._lasts, "solved_for": self._solved_for, "now": self._now}
        told |= {"case": self._last.number, "case_kind": self._last.kind, "price": self._shared.price.copy()}
        parts = {"ledger": self._ledger.state(), "learnt": self._prices._asdict()}
        if self._demand is not None:
            parts["demand"] = self._demand._asdict()
        parts |= {f"arrivals.{j}": a.state() for j, a in enumerate(self._arrivals)}
        parts |= {f"mandatory.{j}": m.state() for j, m in self._mandatory.items()}
        return told | {f"{part}.{k}": v for part, of in parts.items() for k, v in of.items()}

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Pacer:
        """The pacer whose `state` this is: it decides as that one would. Arrivals are `Counted` or `Clocked`."""
        of = {name: part_of(state, name) for name in ("ledger", "learnt", "demand")}
        kinds = [str(kind) for kind in state["kinds"]]
        ledger = Ledger.restore(of["ledger"])
        demand = restored_demand(of["demand"])
        limit = dict(zip(ledger.resources, ledger.limit.tolist(), strict=True))
        made = cls(limit, dict.fromkeys(kinds, 1.0), demand=demand)
        made._ledger = ledger
        made._arrivals = [restored(part_of(state, f"arrivals.{j}")) for j in range(len(kinds))]
        made._expected[:] = state["expected"]
        made._lasts, made._now = float(state["lasts"]), float(state["now"])
        made._solved_for = float(state["solved_for"])
        made._last = Arrival(int(state["case"]), str(state["case_kind"]))
        for name, array in made._prices._asdict().items():
            array[:] = np.reshape(of["learnt"][name], array.shape)
        made._shared = made._shared._replace(limit=ledger.limit, used=ledger.used, stock=ledger.stock)
        made._shared.price[:] = state["price"]
        for j in range(len(kinds)):
            if told := part_of(state, f"mandatory.{j}"):
                made._mandatory[j] = Mandatory(ledger, {})
                made._mandatory[j].restore(told)
        return made

    def _look(self, now: float | None, *, needed: bool) -> None:
        if now is not None and not (math.isfinite(now) and now >= self._now):
            raise ValueError(
                f"now must be a finite number of seconds that never falls. Got {now!r} after {self._now:g}."
            )
        if now is None:
            if needed and self._ledger.follows_clock:
                raise ValueError("now must be given: some limits come back with time.")
            return
        self._now = now
        if self._ledger.follows_clock:
            opened = self._ledger.advance(now)
            if len(opened):
                self._prices.first[opened] = 0.0  # each period has its own pace
                self._solved_for = math.inf

    def _meet(self) -> None:
        """Prices meet the last case, unless a decision on it has done that."""
        if self._fresh >= 0:
            meet(self._prices, self._shared, self._fresh, self._expected, self._lasts)
            self._fresh = -1

    def _foresee(self, now: float | None) -> None:
        self._lasts = max(self._lasts, foresee(self._arrivals, self._ledger, now, self._expected))

    def _reserve(self, case: int) -> Floats:
        """(R,) what is kept for mandatory cases other than this one."""
        counted = (isinstance(self._arrivals[j], Counted) for j in self._mandatory)
        return sum(
            (
                m.kept(self._expected[j], case, counted=c)
                for (j, m), c in zip(self._mandatory.items(), counted, strict=True)
            ),
            self._nothing,
        )

    def _solve(self) -> None:
        """Without a line of demand, prices are now and then solved anew for today's pace; between, they answer by the power law."""
        coming = float(self._expected.sum(axis=0).max(initial=0.0))
        if self._demand is None or self._has_line or coming > AGAIN * self._solved_for:
            return
        self._solved_for = coming
        flow, left = self._prices.known & ~self._ledger.stock, np.maximum(self._ledger.left, 0.0)
        pace = np.where(flow, left / (self._expected.sum(axis=0) + 1.0), np.inf)
        least = FLOOR * self._demand.brings()  # from a price of nothing it would never rise
        self._prices.base[flow] = np.maximum(self._demand.price(pace), least)[flow]
        self._prices.first[flow] = pace[flow]
