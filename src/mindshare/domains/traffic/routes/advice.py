"""Which vehicle gets which route, and when it is planned anew: where another way is foretold to be faster by more than a stated time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from mindshare.core.history import FloatArray
from mindshare.domains.traffic.routes.forecast import STEP_S, Forecast
from mindshare.domains.traffic.routes.roads import Roads, way
from mindshare.domains.traffic.signals.sumo import drawn
from mindshare.domains.traffic.speeds import Ints

LATE_M = 80.0  # nearer to a crossing lanes are taken: the next turn stays as it is


@dataclass(slots=True)
class Followed:
    """What was planned, and CPU seconds: `watch_s` of looking at roads, `plan_s` of routes."""

    asked: int = 0  # vehicles that were asked about
    planned: int = 0  # of these, for how many a route was sought
    changed: int = 0  # of these, how many got another one
    watch_s: float = 0.0
    plan_s: float = 0.0


@dataclass(slots=True)
class _Going:
    """A vehicle that follows: its route, and the forecast by which it was last planned."""

    route: tuple[int, ...]
    told: FloatArray


@dataclass(slots=True)
class Advice:
    """Routes for a share of the vehicles, the same ones all the time; one for each run, among `Setting.also`.

    `every_s`: seconds between two plans. `gain_s`: a way is changed only where that is foretold to save more. `slower_s`: it is planned
    anew only where the road ahead is foretold to take so much longer than when last planned; None: for everybody.
    """

    roads: Roads
    follows: float = 0.5
    every_s: int = 30
    gain_s: float = 10.0
    slower_s: float | None = None
    forecast: Forecast = field(init=False)
    spent: Followed = field(default_factory=Followed)
    _going: dict[str, _Going] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.forecast = Forecast(self.roads)

    def __call__(self, simulation: Any, now: int) -> None:
        began = time.process_time()
        if now % STEP_S == 0:
            self.forecast.look(simulation)
        looked = time.process_time()
        self.spent.watch_s += looked - began
        for name in simulation.simulation.getArrivedIDList():
            self._going.pop(name, None)
        new = [
            name
            for name in simulation.simulation.getDepartedIDList()
            if name != "broken" and follows(name, self.follows)
        ]
        for name in new:
            route = tuple(self.roads.at[each] for each in simulation.vehicle.getRoute(name))
            self._going[name] = _Going(route, self.forecast.usual_s)
        if new:
            self._plan(simulation, new, departing=True)
        if now % self.every_s == 0 and self._going:
            self._plan(simulation, list(self._going), departing=False)
        self.spent.plan_s += time.process_time() - looked

    def _plan(self, simulation: Any, names: list[str], *, departing: bool) -> None:
        """Each gets the way of the least forecast time if it saves enough."""
        seconds, vehicle = self.forecast.seconds(), simulation.vehicle
        asked: list[tuple[str, int]] = []
        for name in names:
            going, at = self._going[name], max(vehicle.getRouteIndex(name), 0)
            self.spent.asked += 1
            if not departing and self._as_told(going, at, seconds):
                continue
            at += self._is_late(vehicle, name, going.route[at])
            if at < len(going.route) - 2:  # with one road left there is no other way
                asked.append((name, at))
        if not asked:
            return
        origins = sorted({self._going[name].route[at] for name, at in asked})
        least, before = self.roads.least(seconds, origins)
        row = {origin: k for k, origin in enumerate(origins)}
        for name, at in asked:
            k = row[self._going[name].route[at]]
            self._offer(vehicle, name, at, (seconds, least[k], before[k]))

    def _is_late(self, vehicle: Any, name: str, road: int) -> bool:
        """Whether it is at a crossing or too near to one to take another lane."""
        on_it = vehicle.getRoadID(name) == self.roads.names[road]
        return not on_it or self.roads.metres[road] - vehicle.getLanePosition(name) < LATE_M

    def _as_told(self, going: _Going, at: int, seconds: FloatArray) -> bool:
        if self.slower_s is None:
            return False
        ahead = list(going.route[at + 1 :])
        return float((seconds[ahead] - going.told[ahead]).sum()) <= self.slower_s

    def _offer(self, vehicle: Any, name: str, at: int, known: tuple[FloatArray, FloatArray, Ints]) -> None:
        """The least way from the end of its road `at` on, if it saves enough; `known`: seconds of roads, and a row of `Roads.least`."""
        (seconds, least, before), going = known, self._going[name]
        origin, end = going.route[at], going.route[-1]
        self.spent.planned += 1
        going.told = seconds
        if self.roads.along(going.route[at:], seconds) - least[end] <= self.gain_s:
            return
        past = going.route[max(vehicle.getRouteIndex(name), 0) : at]
        vehicle.setRoute(name, [self.roads.names[k] for k in past + way(before, origin, end)])
        going.route = tuple(self.roads.at[each] for each in vehicle.getRoute(name))
        self.spent.changed += 1


def follows(name: str, share: float) -> bool:
    """Whether a vehicle follows advice; drawn by its name, apart from who is seen by signals."""
    return drawn(f"follows {name}", share)
