"""What attention costs now, and what of it is spent: the pacer in the words of a service."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mindshare.core.history import Team
from mindshare.core.pacing.decision import Arrival, Decision
from mindshare.core.pacing.demand import Demand
from mindshare.core.pacing.ledger import Charge
from mindshare.core.pacing.mark import begin, foretell, mark, stocks_of
from mindshare.core.pacing.pacer import Pacer
from mindshare.core.records import MINUTES, PEOPLE_MINUTES
from mindshare.engine import events as ev
from mindshare.engine.cases import CaseState, Charged, Lease, Run

F64 = NDArray[np.float64]
ANSWERS = "human_answers"


class Spending:
    """`resources`: the order of all amounts."""

    def __init__(self, pacer: Pacer, team: Team) -> None:
        self.pacer, self._team, self._moved = pacer, team, False
        self.resources = pacer.resources

    def begin(self, now: float) -> None:
        """The service begins: cases come from now on."""
        begin(self.pacer, now)

    def arrive(self, kind: str, now: float) -> int:
        """A case has come; its number."""
        self._moved = True
        return self.pacer.arrive(kind, now=now).number

    def price(self, now: float) -> F64:
        """(R,) today's prices."""
        self._moved = True
        return self.pacer.reprice(now)

    def told_price(self) -> dict[str, float]:
        """Resource -> its price at the last decision; looking at it changes nothing."""
        return self.pacer.price

    @property
    def left(self) -> F64:
        """(R,) what may still be spent."""
        return self.pacer.room()

    def fits(self, use: F64) -> NDArray[np.bool_]:
        """(...,) whether each of these uses (..., R) fits into that; who uses none of what is gone may go on."""
        return self.pacer.fits(use)

    def decide(self, case: CaseState, worth: F64, use: F64, now: float) -> Decision:
        """The stop (option 0), or the k-th of these answers (option k + 1), whose expected use is charged then."""
        self._moved = True
        options = np.concatenate([np.zeros((1, use.shape[1])), use])
        return self.pacer.decide(
            np.concatenate([[0.0], worth]), options, Arrival(case.number, case.kind), now=now
        )

    def charge(self, use: F64) -> Charge:
        """Charges an answer that a rule wants; no price decides about it, and prices do not learn from it."""
        self._moved = True
        return self.pacer.charge(dict(zip(self.resources, use.tolist(), strict=True)))

    def settle(self, lease: Lease, seconds: float, *, answered: bool) -> dict[str, float]:
        """What attending has used takes the place of what was expected; returns it."""
        spent: dict[str, float] = {}
        stated = self._team.agent(lease.person)
        if stated is None or not stated.cost:
            own = lease.person + MINUTES
            if lease.use.get(PEOPLE_MINUTES, 0.0) > 0 or lease.use.get(own, 0.0) > 0:
                spent = {PEOPLE_MINUTES: seconds / 60.0, own: seconds / 60.0}
            if lease.use.get("answers"):
                spent["answers"] = float(answered)
        spent[ANSWERS] = float(answered)
        spent = {r: x for r, x in spent.items() if r in self.resources}
        self.pacer.settle(self._charge_of(lease), spent)
        self._moved = True
        return spent

    def settle_run(self, run: Run, used: Mapping[str, float]) -> dict[str, float]:
        """What a run has used takes the place of what was expected, and what it held is free again; returns what was used."""
        held = stocks_of(self.pacer)
        spent = {r: used[r] for r in self.resources if r in used and r not in held}
        charge = self._charge_of(run)
        self.pacer.settle(charge, spent)
        if any(run.use.get(r, 0.0) > 0 for r in held):
            self.pacer.release(charge)
        self._moved = True
        return dict(used)

    def _charge_of(self, charged: Charged) -> Charge:
        ends = dict(zip(charged.use, charged.ends, strict=True))  # limits may have come and gone since
        use = np.array([charged.use.get(r, 0.0) for r in self.resources])
        until = [ends.get(r, -1.0) for r in self.resources]
        return Charge(charged.charge, use, np.array([math.inf if t < 0 else t for t in until]))

    def change(self, limit: dict[str, float]) -> None:
        """New limits, in force at once."""
        self.pacer.change(limit)
        self._moved = True

    def foretell(self, demand: Demand | None) -> None:
        """What old cases would buy is known better now."""
        foretell(self.pacer, demand)
        self._moved = True

    def paced(self, now: float) -> ev.Paced | None:
        """Where the pacer stands, if it has moved since it was last asked."""
        if not self._moved:
            return None
        self._moved, stood = False, mark(self.pacer)
        return ev.Paced(
            at=now,
            moved=stood.moved.tobytes(),
            case=stood.case,
            kind=stood.kind,
            fresh=stood.fresh,
            charges=stood.charges,
        )
