"""Which machines run on a case, and what a run is charged; the machines themselves run elsewhere (`running/pool.py`)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.guard.draw import is_drawn
from mindshare.core.guard.ruling import Ruling
from mindshare.core.pacing.decision import Decision
from mindshare.core.pacing.ledger import STOCKS, Charge
from mindshare.engine import events as ev
from mindshare.engine.cases import CaseState
from mindshare.engine.judging import Look
from mindshare.engine.machine_events import Weight
from mindshare.engine.queue import NEVER
from mindshare.engine.running.told import ALWAYS
from mindshare.engine.seeing import Seeing
from mindshare.engine.settings import Settings
from mindshare.engine.spending import Spending
from mindshare.engine.writing import Writing

F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]
TRIES = 2  # runs of one machine on one case
PATIENCE = 2.0  # time limits until a run is given up, as it may wait for another one
START_S = 60.0  # and for its process to start
STOP, RUNS = -1, -2  # in the place of a person


class Options(NamedTuple):
    """Machines that may be run on a case for what they are worth, the cheapest first: (M,) values, (M, R) uses."""

    names: tuple[str, ...] = ()
    worth: F64 = np.zeros(0)
    use: F64 = np.zeros((0, 0))


NOBODY = Options()


class Machines:
    """Changes the state by events only."""

    def __init__(self, writing: Writing, settings: Settings, seeing: Seeing, spending: Spending) -> None:
        self._w, self._settings, self._seeing, self._spending = writing, settings, seeing, spending

    def begin(self, case: CaseState) -> bool:
        """A case has come: runs all machines that are not weighed, or drawn to be tried, as far as the limits allow, the cheapest first.

        Returns whether any runs.
        """
        if not self._settings.machines:
            return False
        names = [
            name
            for name in self._open(case)
            if not self._is_weighed(name, case) or self._is_tried(name, case)
        ]
        price = self._spending.told_price()
        paid = {name: sum(price[r] * x for r, x in self.use(name).items() if r in price) for name in names}
        begun = [self._run(name, case) for name in sorted(names, key=lambda name: (paid[name], name))]
        return any(begun)

    def again(self, name: str, case: CaseState) -> bool:
        """Runs a machine that has failed once more, if it is not to be weighed anew."""
        return not self._is_weighed(name, case) and self._run(name, case)

    def options(self, case: CaseState, look: Look, ruling: Ruling) -> Options:
        """The machines that a look at the case has weighed, and that may be run on it now."""
        worth = self._worth(case, look, ruling)
        if not worth:
            return NOBODY
        names = list(worth)
        use, price = {name: self._row(name) for name in names}, self._spending.price(self._w.now)
        names.sort(key=lambda name: (float(use[name] @ price), name))
        return Options(tuple(names), np.array([worth[n] for n in names]), np.stack([use[n] for n in names]))

    def runs(self, case: CaseState, look: Look, ruling: Ruling) -> F64:
        """(M,) what the same machines are worth, NEVER for all others, in the order of the settings."""
        worth = self._worth(case, look, ruling)
        return np.array([worth.get(name, NEVER) for name in self._settings.machines])

    def paid(self) -> F64:
        """(M,) what a run costs at the prices of the last decision, without end where it does not fit. Looking changes nothing."""
        if not self._settings.machines:
            return np.zeros(0)
        use = np.array([self._row(name) for name in self._settings.machines])
        price = np.array(list(self._spending.told_price().values()))
        return np.where(self._spending.fits(use), use @ price, np.inf)

    def decide(self, case: CaseState, options: Options, worth: F64, use: F64) -> tuple[Decision | None, int]:
        """One decision over these machines and the people (P,) of these values and uses; a machine that is chosen runs.

        Returns the place of the person who is chosen, STOP, or RUNS where a machine is.
        """
        if not options.names:
            told = self._spending.decide(case, worth, use, self._w.now)
            return told, told.option - 1
        pays = np.flatnonzero(options.worth > 0)
        fits = self._spending.fits(options.use)
        if not len(pays) and not len(worth):
            self._weighed(case, options, fits, "")
            return None, STOP
        told = self._spending.decide(
            case,
            np.concatenate([options.worth[pays], worth]),
            np.concatenate([options.use[pays], use]),
            self._w.now,
        )
        place = told.option - 1 - len(pays)
        name = options.names[pays[told.option - 1]] if 0 < told.option <= len(pays) else ""
        self._weighed(case, options, fits, name, taken=told.option > 0)
        if name:
            charge = Charge(told.number, told.use, told.until)
            self._running(name, case, charge, (told.value, told.net), "worth")
        return told, RUNS if name else max(place, STOP)

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

    # --- inside ---------------------------------------------------------------------------------------------------------

    def _worth(self, case: CaseState, look: Look, ruling: Ruling) -> dict[str, float]:
        """What the machines are worth that a look at the case has weighed, and that may be run on it now."""
        if not look.machines:
            return {}
        names = [n for n in self._open(case) if n in look.machines and ruling.may_attend(n, "machine")]
        names = [name for name in names if case.tried.count(name) < TRIES]
        return {name: self._in_time(name, case, look.machines[name]) for name in names}

    def _open(self, case: CaseState) -> list[str]:
        """The machines that may be run on a case and have not answered it."""
        sight = self._seeing.sight(case)
        if sight.opted_out:
            return []
        spoke = {a.agent_id for a in sight.answers} | {h.agent for h in case.heard} | sight.excluded
        return [name for name in self._settings.machines if name not in spoke and self._may(name, case)]

    def _may(self, name: str, case: CaseState) -> bool:
        machine, known = self._settings.machines.get(name), self._w.state.machines.get(name)
        if machine is None or (machine.kinds and case.kind not in machine.kinds):
            return False
        return known is None or known.aside <= self._w.now

    def _is_weighed(self, name: str, case: CaseState) -> bool:
        """Whether a machine is run for what it is worth only: it may cost something, and the model knows what it brings."""
        return name in self._seeing.judges[case.kind].weighed and bool((self._row(name) > 0).any())

    def _is_tried(self, name: str, case: CaseState) -> bool:
        """Whether a machine that is weighed is run on a case whatever it is worth: what is never run is never learnt anew."""
        share, key = self._settings.machines[name].tried, f"{self._settings.seed}".encode()
        return self._settings.learn and is_drawn(key, f"run:{name}:{case.id}", share)

    def _row(self, name: str) -> F64:
        """(R,) what a run is expected to use."""
        expected = self.use(name)
        return np.array([expected.get(r, 0.0) for r in self._spending.resources])

    def _in_time(self, name: str, case: CaseState, worth: float) -> float:
        """What an answer is worth once it is there: less after the deadline."""
        if case.deadline is not None and self._w.now + self.use(name).get("wall_s", 0.0) > case.deadline:
            return worth * self._settings.kind(case.kind).late
        return worth

    def _run(self, name: str, case: CaseState) -> bool:
        """Runs this machine on a case whatever it is worth, if what it is expected to use fits."""
        if case.tried.count(name) >= TRIES or not self._may(name, case):
            return False
        use = self._row(name)
        self._spending.price(self._w.now)  # what comes back with time is back
        if not self._spending.fits(use):
            return False
        self._running(name, case, self._spending.charge(use), (0.0, 0.0), self._why(name, case, use))
        return True

    def _why(self, name: str, case: CaseState, use: F64) -> str:
        """Why a machine is run whatever it is worth, as in `Weight`."""
        if self._settings.machines[name].when == ALWAYS:
            return ALWAYS
        if not (use > 0).any():
            return "free"
        return "tried" if self._is_weighed(name, case) else "trial"

    def _running(
        self, name: str, case: CaseState, charge: Charge, worth: tuple[float, float], why: str
    ) -> None:
        now = self._w.now
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
                value=worth[0],
                net=worth[1],
                attempt=case.tried.count(name) + 1,
                why=why,
            )
        )

    def _weighed(
        self, case: CaseState, options: Options, fits: Mask, chosen: str, *, taken: bool = False
    ) -> None:
        """Writes down what each machine was worth, and why it is run or not. `taken`: somebody has the case now."""
        price, weights = self._spending.told_price(), list[Weight]()
        costs = options.use @ np.array(list(price.values()))
        for name, worth, cost, fit in zip(
            options.names, options.worth.tolist(), costs.tolist(), fits.tolist(), strict=True
        ):
            why = "dear" if worth <= cost else "full" if not fit else "other" if taken else "dear"
            why = "worth" if name == chosen else "nothing" if worth <= 0 else why
            weights.append(Weight(name, why, worth, cost, worth - cost))
        self._w.emit(ev.Weighed(at=self._w.now, case=case.id, machines=weights, price=price))
