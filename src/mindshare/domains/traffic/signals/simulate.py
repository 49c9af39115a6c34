"""A run of SUMO under one control: how long everybody waited, those included who never arrived or never got onto the road."""

from __future__ import annotations

import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.traffic.signals.control import Control
from mindshare.domains.traffic.signals.crossings import Crossing, crossings, table
from mindshare.domains.traffic.signals.rollouts import STEP_S, YELLOW_S
from mindshare.domains.traffic.signals.seen import Eyes, Seen
from mindshare.domains.traffic.signals.sumo import need_sumo
from mindshare.domains.traffic.speeds import Ints

STANDING = 0.1  # m/s
CLEAR_S = 10.0  # seconds at most that green comes later because somebody stands within the crossing
SIGHT_S = 8.0  # seconds before its line from which a priority vehicle gets green


@dataclass(frozen=True, slots=True)
class Guard:
    """Rules above every control: a vehicle that stands at red for `longest_s` gets green next; no movement is without for `blind_s` (unseen
    vehicles cannot say that they wait); an emergency vehicle gets green when it comes.
    """

    longest_s: float = 90.0
    blind_s: float = 120.0
    priority: bool = True


@dataclass(frozen=True, slots=True)
class Waited:
    """Per vehicle, in the order of `ids`: `delay_s`, what it lost on the road and before it got there.

    `unfinished`: had not arrived at the end; `undeparted`: not even left. `longest_s`: the longest that one stood. `forced`: phases by the
    guard.
    """

    ids: tuple[str, ...]
    kinds: tuple[str, ...]  # types of vehicles
    delay_s: FloatArray
    unfinished: int
    undeparted: int
    longest_s: float
    forced: int = 0

    @property
    def mean_s(self) -> float:
        return float(self.delay_s.mean())


@dataclass(slots=True)
class _Signals:
    """The phases that are on, and when those that come begin to be green."""

    crossings: list[Crossing]
    phase: Ints = field(init=False)
    green_at: list[float] = field(init=False)
    green: list[FloatArray] = field(init=False)  # when each link was last green
    forced: int = 0

    def __post_init__(self) -> None:
        self.phase, self.green_at = np.zeros(len(self.crossings), np.int64), [np.inf] * len(self.crossings)
        self.green = [np.zeros(c.shows.shape[1]) for c in self.crossings]

    def show(self, simulation: Any, k: int, phase: int, now: float) -> None:
        """A change that has begun is not broken off."""
        crossing = self.crossings[k]
        if phase != self.phase[k] and self.green_at[k] == np.inf:
            state = crossing.between(self.phase[k], phase)
            simulation.trafficlight.setRedYellowGreenState(crossing.name, state)
            self.phase[k], self.green_at[k] = phase, now + YELLOW_S
        self.green[k][crossing.shows[self.phase[k]] > 0] = now

    def _clear(self, simulation: Any, k: int) -> bool:
        """Whether nobody who had green stands within the crossing: he would block whoever comes, and those him."""
        crossing, red = self.crossings[k], self.crossings[k].shows[self.phase[k]] == 0
        inside = {lane for link in np.flatnonzero(red) for lane in crossing.inside[link]}
        return not any(simulation.lane.getLastStepHaltingNumber(lane) for lane in inside)

    def end_yellow(self, simulation: Any, now: float) -> None:
        for k, crossing in enumerate(self.crossings):
            if now >= self.green_at[k] and (now >= self.green_at[k] + CLEAR_S or self._clear(simulation, k)):
                simulation.trafficlight.setRedYellowGreenState(crossing.name, crossing.states[self.phase[k]])
                self.green_at[k] = np.inf


@dataclass(frozen=True, slots=True)
class Setting:
    """What is run: from `begin_s` to `end_s`, with this seed of SUMO. `unseen`: share of the vehicles that the control does not see.

    `also`: called with the running simulation and the second, after each step.
    """

    begin_s: int
    end_s: int
    seed: int = 1
    unseen: float = 0.0
    guard: Guard = Guard()
    also: tuple[Callable[[Any, int], None], ...] = ()


def simulate(net: Path, trips: Path, control: Control | None, setting: Setting) -> Waited:
    """Runs the trips, a second a step, with a decision every STEP_S; without a control signals run as the network says.

    Nobody is taken off a road that is blocked.
    """
    need_sumo()
    import libsumo

    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "trips.xml"
        libsumo.start(_command(net, trips, told, setting))
        try:
            forced = _run(libsumo, net, control, setting)
        finally:
            libsumo.close()
        return _waited(told, forced)


def _command(net: Path, trips: Path, told: Path, setting: Setting) -> list[str]:
    output = [
        "--tripinfo-output",
        str(told),
        "--tripinfo-output.write-unfinished",
        "--tripinfo-output.write-undeparted",
    ]
    begin, end = ["--begin", str(setting.begin_s)], ["--end", str(setting.end_s)]
    quiet = ["--no-step-log", "--no-warnings", "--time-to-teleport", "-1", "--seed", str(setting.seed)]
    return ["sumo", "--net-file", str(net), "--route-files", str(trips), *output, *begin, *end, *quiet]


def _run(simulation: Any, net: Path, control: Control | None, setting: Setting) -> int:
    span = range(setting.begin_s, setting.end_s)
    if control is None:
        for now in span:
            _step(simulation, setting, now)
        return 0
    every = crossings(net)
    known, eyes, signals = table(every), Eyes(every, setting.unseen), _Signals(every)
    for k, crossing in enumerate(every):
        simulation.trafficlight.setRedYellowGreenState(crossing.name, crossing.states[0])
        ever = crossing.shows.any(axis=0)
        signals.green[k][:] = np.where(ever, float(setting.begin_s), np.inf)
    for now in span:
        if (now - setting.begin_s) % STEP_S == 0:
            seen = eyes.see(simulation)
            chosen = control.next(seen, known, signals.phase.copy())
            for k, crossing in enumerate(every):
                lanes = slice(known.first[k], known.first[k + 1])
                must = _must(simulation, seen, crossing, lanes, now - signals.green[k], setting)
                signals.forced += must is not None
                signals.show(simulation, k, int(chosen[k]) if must is None else must, now)
        signals.end_yellow(simulation, now)
        _step(simulation, setting, now)
    return signals.forced


def _step(simulation: Any, setting: Setting, now: int) -> None:
    simulation.simulationStep()
    for each in setting.also:
        each(simulation, now)


def _must(
    simulation: Any, seen: Seen, crossing: Crossing, lanes: slice, red_s: FloatArray, setting: Setting
) -> int | None:
    """The phase that the guard demands; None leaves it to the control."""
    guard, parts = setting.guard, list(zip(seen.head[lanes], seen.tail[lanes], strict=True))
    if guard.priority and seen.emergency.any():
        for n, end in parts:
            for q in range(n, end):
                if seen.emergency[q] and seen.arrive[q] < SIGHT_S:
                    return _serving(crossing, int(seen.link[q]))
    heads = [n for n, end in parts if n < end and seen.speed[n] < STANDING]
    # with green it is the road that stops them
    heads = [n for n in heads if red_s[seen.link[n]] > guard.longest_s]
    stood = [(simulation.vehicle.getWaitingTime(seen.ids[n]), n) for n in heads]
    if stood and max(stood)[0] > guard.longest_s:
        return _serving(crossing, int(seen.link[max(stood)[1]]))
    if setting.unseen and red_s.max() > guard.blind_s:
        return _serving(crossing, int(red_s.argmax()))
    return None


def _serving(crossing: Crossing, link: int) -> int | None:
    """The phase in which a movement need not wait for oncoming, else one in which it is green at all; None where there is none."""
    shows = crossing.shows[:, link]
    return int(shows.argmax()) if shows.max() > 0 else None


def _waited(told: Path, forced: int) -> Waited:
    trips: Sequence[Any] = [e for e in ET.parse(told).getroot().iter("tripinfo") if e.get("id") != "broken"]
    delay = [max(float(e.get("timeLoss")), 0.0) + float(e.get("departDelay")) for e in trips]
    return Waited(
        tuple(e.get("id") for e in trips),
        tuple(e.get("vType") for e in trips),
        np.array(delay),
        sum(float(e.get("arrival")) < 0 for e in trips),
        sum(float(e.get("depart")) < 0 for e in trips),
        max((float(e.get("waitingTime")) for e in trips), default=0.0),
        forced,
    )
