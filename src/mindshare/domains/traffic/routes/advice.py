"""Which vehicle gets which route, and when it is planned anew: where another way is foretold to be faster by more than a stated time."""

from __future__ import annotations

import time
import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mindshare.domains.traffic.routes.forecast import STEP_S, Forecast
from mindshare.domains.traffic.routes.roads import Roads, way
from mindshare.domains.traffic.signals.seen import Floats

LATE_M = 80.0  # nearer to a crossing lanes are taken: the next turn stays as it is
DAY_S = 86400.0


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
    told: Floats


@dataclass(slots=True)
class Advice:
    """Routes for a share of the vehicles, the same ones all the time; one for each run, among `Setting.also`.

    `every_s`: seconds between two plans. `gain_s`: a way is changed only where that is foretold to save more. `slower_s`: it is planned
    anew only where the road ahead is foretold to take so much longer than when last planned; None: for everybody.
    """

    roads: Roads
    follows: float = 0.5
    every_s: int = 60
    gain_s: float = 20.0
    slower_s: float | None = None
    back_s: float = np.inf  # in so many seconds what is unusual fades to 1 / e
    forecast: Forecast = field(init=False)
    spent: Followed = field(default_factory=Followed)
    _going: dict[str, _Going] = field(default_factory=dict)
    _fades: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.forecast = Forecast(self.roads)
        least, _ = self.roads.least(self.roads.free_s, range(len(self.roads.names)))
        until = np.clip(least - self.roads.free_s, 0.0, DAY_S)  # from the end of a road to the beginning of another
        self._fades = np.exp(-until / self.back_s)

    def __call__(self, simulation: Any, now: int) -> None:
        began = time.process_time()
        if now % STEP_S == 0:
            self.forecast.look(simulation)
        looked = time.process_time()
        self.spent.watch_s += looked - began
        for name in simulation.simulation.getArrivedIDList():
            self._going.pop(name, None)
        new = [name for name in simulation.simulation.getDepartedIDList() if name != "broken" and follows(name, self.follows)]
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
        by_origin: dict[int, list[tuple[str, int]]] = {}
        for name in names:
            going, at = self._going[name], max(vehicle.getRouteIndex(name), 0)
            self.spent.asked += 1
            if not departing and self._as_told(going, at, seconds):
                continue
            at += self._is_late(vehicle, name, going.route[at])
            if at < len(going.route) - 2:  # with one road left there is no other way
                by_origin.setdefault(going.route[at], []).append((name, at))
        for origin, those in by_origin.items():
            self._plan_from(simulation, origin, those, seconds)

    def _is_late(self, vehicle: Any, name: str, road: int) -> bool:
        """Whether it is at a crossing or too near to one to take another lane."""
        on_it = vehicle.getRoadID(name) == self.roads.names[road]
        return not on_it or self.roads.metres[road] - vehicle.getLanePosition(name) < LATE_M

    def _as_told(self, going: _Going, at: int, seconds: Floats) -> bool:
        if self.slower_s is None:
            return False
        ahead = list(going.route[at + 1 :])
        return float((seconds[ahead] - going.told[ahead]).sum()) <= self.slower_s

    def _plan_from(self, simulation: Any, origin: int, those: list[tuple[str, int]], seconds: Floats) -> None:
        usual = self.forecast.usual_s
        ahead = usual + (seconds - usual) * self._fades[origin]
        least, before = self.roads.least(ahead, [origin])
        for name, at in those:
            self.spent.planned += 1
            going = self._going[name]
            now_s = self.roads.along(going.route[at:], ahead)
            going.told = seconds
            end = going.route[-1]
            if now_s - least[0, end] <= self.gain_s:
                continue
            done = simulation.vehicle.getRouteIndex(name)
            found = going.route[max(done, 0) : at] + way(before[0], origin, end)
            simulation.vehicle.setRoute(name, [self.roads.names[k] for k in found])
            going.route = tuple(self.roads.at[each] for each in simulation.vehicle.getRoute(name))
            self.spent.changed += 1


def follows(name: str, share: float) -> bool:
    """Whether a vehicle follows advice; drawn by its name, apart from who is seen by signals."""
    return zlib.crc32(f"follows {name}".encode()) < share * 2**32
