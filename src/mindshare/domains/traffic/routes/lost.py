"""How much later vehicles are than by the shortest way on empty roads: a way round counts, and so does waiting before the start."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.traffic.routes.roads import Roads


class Trip(NamedTuple):
    """A trip as it was wished: from the beginning of one road to the end of another."""

    name: str
    second: float
    start: int
    end: int


@dataclass(slots=True)
class Diary:
    """Notes who has arrived, and where the others are at `end_s`. One for each run, among `Setting.also`."""

    trips: list[Trip]
    roads: Roads
    end_s: int
    _arrived: dict[str, int] = field(default_factory=dict)
    _left: dict[str, tuple[str, float]] = field(default_factory=dict)

    def __call__(self, simulation: Any, now: int) -> None:
        self._arrived.update(dict.fromkeys(simulation.simulation.getArrivedIDList(), now + 1))
        if now + 1 == self.end_s:
            vehicle = simulation.vehicle
            for name in vehicle.getIDList():
                route, at = vehicle.getRoute(name), max(vehicle.getRouteIndex(name), 0)
                self._left[name] = route[at], vehicle.getLanePosition(name)

    @property
    def unfinished(self) -> int:
        return len(self.trips) - sum(t.name in self._arrived for t in self.trips)

    def lost_s(self) -> FloatArray:
        """(N,) seconds of each trip since it wished to start, less what it has done of the shortest way on empty roads."""
        least, _ = self.roads.least(self.roads.free_s, range(len(self.roads.names)))
        free, metres = self.roads.free_s, self.roads.metres
        lost = []
        for name, second, start, end in self.trips:
            whole = free[start] + least[start, end]
            if name in self._left:
                road, position = self._left[name]
                k = self.roads.at[road]
                whole -= free[k] * (1.0 - position / metres[k]) + least[k, end]
            elif name not in self._arrived:
                whole = 0.0
            lost.append(self._arrived.get(name, self.end_s) - second - whole)
        return np.array(lost)


def read_trips(trips: Path, roads: Roads) -> list[Trip]:
    """The trips of a file of `write_trips`; the broken-down vehicle is none."""
    return [
        Trip(
            e.get("id", ""),
            float(e.get("depart", "0")),
            roads.at[e.get("from", "")],
            roads.at[e.get("to", "")],
        )
        for e in ET.parse(trips).getroot().iter("trip")
    ]
