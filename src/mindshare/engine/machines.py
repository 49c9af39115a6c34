"""Which machines run on a case, and what a run is charged; the machines themselves run elsewhere (`running/pool.py`)."""

from __future__ import annotations

import math

import numpy as np

from mindshare.core.pacing.ledger import STOCKS
from mindshare.engine import events as ev
from mindshare.engine.cases import CaseState
from mindshare.engine.seeing import Seeing
from mindshare.engine.settings import Settings
from mindshare.engine.spending import Spending
from mindshare.engine.writing import Writing

TRIES = 2  # runs of one machine on one case
PATIENCE, START_S = (
    2.0,
    60.0,
)  # until a run is given up: time limits, as it may wait for another one, and for its process to start


class Machines:
    """Changes the state by events only."""

    def __init__(self, writing: Writing, settings: Settings, seeing: Seeing, spending: Spending) -> None:
        self._w, self._settings, self._seeing, self._spending = writing, settings, seeing, spending

    def begin(self, case: CaseState) -> bool:
        """Runs all machines of the kind that the limits allow, the cheapest first; whether any runs."""
        if not self._settings.machines:
            return False
        sight = self._seeing.sight(case)
        if sight.opted_out:
            return False
        spoke = {a.agent_id for a in sight.answers} | sight.excluded
        names = [name for name in self._settings.machines if name not in spoke and self._may(name, case)]
        price = self._spending.told_price()
        paid = {name: sum(price[r] * x for r, x in self.use(name).items() if r in price) for name in names}
        begun = [self.run(name, case) for name in sorted(names, key=lambda name: (paid[name], name))]
        return any(begun)

    def run(self, name: str, case: CaseState) -> bool:
        """Runs this machine on a case, if what it is expected to use fits."""
        expected = self.use(name)
        use = np.array([expected.get(r, 0.0) for r in self._spending.resources])
        self._spending.price(self._w.now)  # what comes back with time is back
        tried = case.tried.count(name)
        if not (use <= self._spending.left).all() or tried >= TRIES or not self._may(name, case):
            return False
        charge, now = self._spending.charge(use), self._w.now
        self._w.emit(
            ev.Running(
                at=now,
                case=case.id,
                agent=name,
                token=self._w.state.tokens + 1,
                body=case.body.key,
                labels=list(self._seeing.judges[case.kind].labels),
                until=now + PATIENCE * self._settings.machines[name].seconds + START_S,
                use=dict(zip(self._spending.resources, charge.use.tolist(), strict=True)),
                charge=charge.number,
                ends=[-1.0 if math.isinf(t) else t for t in charge.until.tolist()],
                price=self._spending.told_price(),
                attempt=tried + 1,
            )
        )
        return True

    def use(self, name: str) -> dict[str, float]:
        """Resource -> what a run is expected to use: the mean of those measured, else what `uses` says."""
        told, known = self._settings.machines[name].uses, self._w.state.machines.get(name)
        if known is None or not known.runs:
            return dict(told)
        return told | {r: total / known.runs for r, total in known.used.items()}

    def at_most(self, resource: str, limit: float) -> float:
        """A limit, held to what this computer leaves to machines."""
        seen = self._w.state.seen.get(resource)
        if seen is None:
            return limit
        told = self._settings.limits.get(resource)
        if resource in STOCKS or told is None:
            return min(limit, seen)
        return limit if told.per_s is None else min(limit, seen * told.per_s)

    def _may(self, name: str, case: CaseState) -> bool:
        machine, known = self._settings.machines.get(name), self._w.state.machines.get(name)
        if machine is None or (machine.kinds and case.kind not in machine.kinds):
            return False
        return known is None or known.aside <= self._w.now
