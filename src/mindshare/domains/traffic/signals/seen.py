"""Who comes to each signal, lane by lane, and when; read from the running simulation once a step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.traffic.onsets import Flags
from mindshare.domains.traffic.signals.crossings import Crossing, table
from mindshare.domains.traffic.signals.sumo import drawn
from mindshare.domains.traffic.speeds import Ints

ACCELERATION = 2.6  # m/s2, of SUMO's passenger car
NEAR_M = 30.0  # from here on somebody who stands needs less time than to his full speed
BEFORE_M = 2.0  # how far before the line a vehicle is when it leaves
FULL, CREEPS = 0.6, 1.0  # a lane takes nobody where more of it is taken, and those on it are slower, m/s


@dataclass(frozen=True, slots=True)
class Seen:
    """Vehicles before all signals, first come first within each lane.

    `arrive` (N,): seconds until each is at its line if nobody stops it; `link` (N,): its movement there; `head`, `tail`: vehicles of each
    lane of all crossings; `ids`: their names; `speed` (N,), m/s; `emergency` (N,): who
    has priority.
    """

    arrive: FloatArray
    link: Ints
    head: Ints
    tail: Ints
    ids: list[str]
    speed: FloatArray
    emergency: Flags


class Eyes:
    """Reads the vehicles of a running simulation. `unseen`: the share of vehicles that tell nothing, the same ones all the time."""

    def __init__(self, crossings: list[Crossing], unseen: float = 0.0) -> None:
        self._at = {c.name: k for k, c in enumerate(crossings)}
        self._first = table(crossings).first
        self._lane = [(c.lane + self._first[k]).tolist() for k, c in enumerate(crossings)]
        self._leads = [c.out for c in crossings]
        self._exits = sorted({lane for c in crossings for lane in c.out if lane})
        self._unseen, self._tells = unseen, dict[str, bool]()
        self._priority = dict[str, bool]()

    def see(self, simulation: Any) -> Seen:
        """All vehicles that have a signal before them, but for those whose next lane is full: green is of no use to them."""
        vehicle, full = simulation.vehicle, self._full(simulation)
        ids, lane, link, rows = [], [], [], []
        for name in vehicle.getIDList():
            if self._unseen and not self._told(name):
                continue
            before = vehicle.getNextTLS(name)
            if not before or before[0][0] not in self._at:
                continue
            signal, movement, metres, _ = before[0]
            at = self._at[signal]
            if self._leads[at][movement] in full:
                continue
            ids.append(name)
            lane.append(self._lane[at][movement])
            link.append(movement)
            rows.append((metres, vehicle.getSpeed(name), vehicle.getAllowedSpeed(name)))
        fast = np.array([self._has_priority(vehicle, name) for name in ids], bool)
        return _sorted(
            ids,
            np.array(lane, np.int64),
            np.array(link, np.int64),
            np.array(rows).reshape(-1, 3),
            fast,
            int(self._first[-1]),
        )

    def _full(self, simulation: Any) -> set[str]:
        lane = simulation.lane
        often = [name for name in self._exits if lane.getLastStepOccupancy(name) > FULL]
        return {name for name in often if lane.getLastStepMeanSpeed(name) < CREEPS}

    def _has_priority(self, vehicle: Any, name: str) -> bool:
        if name not in self._priority:
            self._priority[name] = vehicle.getVehicleClass(name) == "emergency"
        return self._priority[name]

    def _told(self, name: str) -> bool:
        if name not in self._tells:
            self._tells[name] = not drawn(name, self._unseen)
        return self._tells[name]


def _sorted(ids: list[str], lane: Ints, link: Ints, rows: FloatArray, emergency: Flags, lanes: int) -> Seen:
    metres, speed, most = rows[:, 0], rows[:, 1], np.maximum(rows[:, 2], 1.0)
    faster = np.maximum(most - speed, 0.0) / (2.0 * ACCELERATION) * np.minimum(1.0, metres / NEAR_M)
    arrive = np.maximum(metres - BEFORE_M, 0.0) / most + faster
    order = np.lexsort((arrive, lane))
    ends = np.searchsorted(lane[order], np.arange(lanes + 1))
    names = [ids[k] for k in order]
    return Seen(arrive[order], link[order], ends[:-1], ends[1:], names, speed[order], emergency[order])
