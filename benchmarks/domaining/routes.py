"""Rows of routes: vehicles that follow forecast travel times, on the grid of signals and in a town with one fast street, in SUMO.

Figures are means over five seeds that no setting was chosen on; intervals are paired over the seeds (Student's t).
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from mindshare.domains.traffic.routes.advice import Advice, follows
from mindshare.domains.traffic.routes.lost import Diary, read_trips
from mindshare.domains.traffic.routes.roads import Roads, read_roads, town
from mindshare.domains.traffic.signals import sumo
from mindshare.domains.traffic.signals.control import Pressure
from mindshare.domains.traffic.signals.simulate import Setting, simulate

Row = tuple[str, str]
Array = NDArray[Any]
SEEDS, END_S, SHARE = (1, 2, 3, 4, 5), 1800, 0.5
GRID_LEVELS, TOWN_LEVELS = (3000, 5000, 7000, 9000), (2000, 3500, 5000)  # vehicles an hour
SLOWER_S = 10.0
MEASURES = ("all", "who follow", "who do not", "unfinished", "CPU s of routes")
Make = Callable[[Roads], Any]


class Run(NamedTuple):
    """Of one run: MEASURES, CPU seconds of all, and what was planned."""

    told: Array
    cpu_s: float
    planned: int
    changed: int


class Own:
    """The opponent: SUMO's own way by the travel times of this moment, for the same vehicles as often."""

    def __init__(self, share: float, every_s: int) -> None:
        self.share, self.every_s = share, every_s

    def __call__(self, simulation: Any, now: int) -> None:
        vehicle = simulation.vehicle
        names = vehicle.getIDList() if now % self.every_s == 0 else simulation.simulation.getDepartedIDList()
        for name in names:
            if name != "broken" and follows(name, self.share):
                vehicle.rerouteTraveltime(name, currentTravelTimes=True)


def routes(_: Path) -> Iterator[Row]:
    """All rows; no data are needed: SUMO's own tools make networks and trips."""
    with tempfile.TemporaryDirectory() as folder:
        nets = ("town", town, TOWN_LEVELS, ALL), ("grid", sumo.grid, GRID_LEVELS, BASIC)
        for name, make, levels, ways in nets:
            net = make(Path(folder) / f"{name}.net.xml")
            for level in levels:
                for broken in (False, True):
                    heading = f"{name}, {level} vehicles an hour{', one broken down' if broken else ''}"
                    yield from _level(heading, net, level, broken, ways if broken else BASIC)


def _level(heading: str, net: Path, level: int, broken: bool, ways: dict[str, Make]) -> Iterator[Row]:
    every = {name: [_run(net, level, broken, seed, make) for seed in SEEDS] for name, make in ways.items()}
    base = np.array([each.told for each in every["free flow"]])
    for name, runs in every.items():
        told = np.array([each.told for each in runs])
        cells = [f"{what} {mean:.2f}" for what, mean in zip(MEASURES, told.mean(axis=0), strict=True)]
        if name != "free flow":
            cells[:3] = [f"{c} ({_paired(told[:, k] - base[:, k])})" for k, c in enumerate(cells[:3])]
            cells.append(
                f"planned {np.mean([e.planned for e in runs]):.0f}, changed {np.mean([e.changed for e in runs]):.0f}"
            )
        yield (
            f"{heading}: {name}",
            "; ".join([*cells, f"CPU of all {np.mean([e.cpu_s for e in runs]):.1f} s"]),
        )


def _run(net: Path, level: int, broken: bool, seed: int, make: Make) -> Run:
    roads, trips = read_roads(net), net.with_name("trips.xml")
    sumo.write_trips(net, trips, sumo.Demand(level, END_S, seed, broken=broken))
    diary, advice = Diary(read_trips(trips, roads), roads, END_S), make(roads)
    began = time.process_time()
    simulate(
        net, trips, Pressure(), Setting(0, END_S, seed, also=(diary,) if advice is None else (advice, diary))
    )
    cpu_s, lost = time.process_time() - began, diary.lost_s()
    follow = np.array([follows(trip.name, SHARE) for trip in diary.trips])
    spent = advice.spent if isinstance(advice, Advice) else None
    own_s = spent.watch_s + spent.plan_s if spent else 0.0
    told = [lost.mean(), lost[follow].mean(), lost[~follow].mean(), diary.unfinished, own_s]
    return Run(np.array(told), cpu_s, spent.planned if spent else 0, spent.changed if spent else 0)


def _paired(less: Array) -> str:
    """Mean difference and its 95 % interval over the seeds."""
    half = stats.t.ppf(0.975, len(less) - 1) * less.std(ddof=1) / np.sqrt(len(less))
    return f"{less.mean():+.1f} [{less.mean() - half:.1f}, {less.mean() + half:.1f}]"


BASIC: dict[str, Make] = {
    "free flow": lambda _: None,
    "advice": lambda roads: Advice(roads, follows=SHARE),
}
ALL: dict[str, Make] = BASIC | {
    "advice where slower": lambda roads: Advice(roads, follows=SHARE, slower_s=SLOWER_S),
    "everybody follows": lambda roads: Advice(roads, follows=1.0),
    "SUMO's own, of this moment": lambda _: Own(SHARE, 30),
}
