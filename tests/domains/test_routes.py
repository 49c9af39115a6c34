"""Routes by forecast travel times: who gets which, when, and how it is judged. Small runs in SUMO; skipped where it is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mindshare.core.errors import MindshareError
from mindshare.domains.traffic.routes.advice import Advice, follows
from mindshare.domains.traffic.routes.forecast import STEP_S, Forecast
from mindshare.domains.traffic.routes.lost import Diary, Trip, read_trips
from mindshare.domains.traffic.routes.roads import Roads, read_roads, town, way
from mindshare.domains.traffic.signals import sumo
from mindshare.domains.traffic.signals.control import Pressure
from mindshare.domains.traffic.signals.simulate import Setting, simulate

needs_sumo = pytest.mark.skipif(not sumo.has_sumo(), reason=sumo.MISSING)
END_S = 300


def small() -> Roads:
    """a leads to b and c, both lead to d; by c it is 10 s longer."""
    seconds = np.array([10.0, 10.0, 20.0, 10.0])
    before, after = np.array([0, 0, 1, 2]), np.array([1, 2, 3, 3])
    names = ("a", "b", "c", "d")
    return Roads(
        names, {n: k for k, n in enumerate(names)}, 10.0 * seconds, seconds, before, after, np.ones(4)
    )


class Told:
    """What a simulation says of one vehicle on road a and of the roads; it stands for libsumo in tests of the rules alone."""

    def __init__(self, jam: str = "", position: float = 0.0) -> None:
        self.jam, self.position, self.route = jam, position, ["a", "b", "d"]
        self.simulation = self.vehicle = self.edge = self
        self.departed, self.arrived = ["v"], list[str]()

    def getDepartedIDList(self) -> list[str]:  # noqa: N802 - libsumo's own names
        return self.departed

    def getArrivedIDList(self) -> list[str]:  # noqa: N802
        return self.arrived

    def getRoute(self, _: str) -> list[str]:  # noqa: N802
        return self.route

    def setRoute(self, _: str, route: list[str]) -> None:  # noqa: N802
        self.route = route

    def getRouteIndex(self, _: str) -> int:  # noqa: N802
        return 0

    def getRoadID(self, _: str) -> str:  # noqa: N802
        return "a"

    def getLanePosition(self, _: str) -> float:  # noqa: N802
        return self.position

    def getLastStepVehicleNumber(self, road: str) -> int:  # noqa: N802
        return 9 if road == self.jam else 0

    def getLastStepMeanSpeed(self, _: str) -> float:  # noqa: N802
        return 0.1


def advised(told: Told, **how: Any) -> Advice:
    """Four minutes of advice to everybody."""
    advice = Advice(small(), follows=1.0, **how)
    for now in range(240):
        advice(told, now)
        told.departed = []
    return advice


def test_the_least_way_counts_roads_and_turns_and_leaves_a_slow_road_out() -> None:
    roads = small()
    least, before = roads.least(roads.free_s, [0])
    assert least[0, 3] == 22.0
    assert way(before[0], 0, 3) == (0, 1, 3)
    slow = roads.free_s + np.array([0.0, 60.0, 0.0, 0.0])
    least, before = roads.least(slow, [0])
    assert way(before[0], 0, 3) == (0, 2, 3)
    assert least[0, 3] == roads.along((0, 2, 3), slow) == 32.0
    assert way(before[0], 0, 0) == (0,)


def test_a_road_on_which_nobody_was_seen_takes_what_is_usual_and_a_jam_fades_to_that() -> None:
    forecast, told = Forecast(small()), Told(jam="b")
    assert np.allclose(forecast.seconds(), forecast.usual_s)
    for _ in range(12):
        forecast.look(told)
    assert forecast.seconds()[1] > 10 * forecast.usual_s[1]
    told.jam = ""
    for _ in range(1200 // STEP_S * 2):
        forecast.look(told)
    assert np.allclose(forecast.seconds(), forecast.usual_s, rtol=0.01)


def test_a_vehicle_leaves_a_jam_out_and_keeps_its_route_where_the_gain_is_too_small() -> None:
    jammed, free = Told(jam="b"), Told()
    assert advised(jammed).spent.changed == 1
    assert jammed.route == ["a", "c", "d"]
    assert advised(free).spent.changed == 0
    kept = Told(jam="b")
    advised(kept, gain_s=1e6)
    assert kept.route == ["a", "b", "d"]


def test_a_vehicle_too_near_to_the_crossing_keeps_its_next_turn() -> None:
    told = Told(jam="b", position=60.0)
    advised(told)
    assert told.route == ["a", "b", "d"]


def test_only_whose_road_ahead_has_become_slower_is_planned_anew() -> None:
    calm, jammed = advised(Told(), slower_s=10.0), Told(jam="b")
    assert calm.spent.planned == 1  # as it set out
    assert advised(Told()).spent.planned > 5
    advised(jammed, slower_s=10.0)
    assert jammed.route == ["a", "c", "d"]


def test_the_same_vehicles_follow_all_the_time_and_as_many_as_stated() -> None:
    names = [str(k) for k in range(4000)]
    half = {n for n in names if follows(n, 0.5)}
    assert abs(len(half) / len(names) - 0.5) < 0.03
    assert {n for n in names if follows(n, 0.2)} < half
    assert not any(follows(n, 0.0) for n in names)
    assert all(follows(n, 1.0) for n in names)


def test_who_has_not_set_out_has_lost_all_the_time_since_and_a_way_round_counts_as_lost() -> None:
    roads, told = small(), Told()
    diary = Diary([Trip("v", 0.0, 0, 3), Trip("w", 40.0, 0, 3)], roads, 100)
    told.arrived = ["v"]
    diary(told, 59)
    assert diary.lost_s().tolist() == [60.0 - 32.0, 60.0]
    assert diary.unfinished == 1


@needs_sumo
def test_roads_of_a_network_of_sumo_lead_from_everywhere_on_and_trips_take_their_free_time_at_least(
    tmp_path: Path,
) -> None:
    net = town(tmp_path / "town.net.xml")
    roads, trips = read_roads(net), tmp_path / "trips.xml"
    sumo.write_trips(net, trips, sumo.Demand(1500, END_S, 3))
    diary = Diary(read_trips(trips, roads), roads, END_S)
    waited = simulate(net, trips, Pressure(), Setting(0, END_S, 3, also=(diary,)))
    assert diary.unfinished == waited.unfinished
    assert len(diary.trips) == len(waited.ids)
    assert diary.lost_s().min() > -15.0  # some drive faster than allowed
    assert abs(diary.lost_s().mean() - waited.mean_s) < 10.0


@needs_sumo
def test_advice_sends_followers_round_a_broken_down_vehicle_the_same_way_each_time(tmp_path: Path) -> None:
    net = town(tmp_path / "town.net.xml")
    roads, trips = read_roads(net), tmp_path / "trips.xml"
    sumo.write_trips(net, trips, sumo.Demand(3000, END_S, 3, broken=True))
    changed = []
    for _ in range(2):
        advice = Advice(roads, follows=1.0)
        simulate(net, trips, Pressure(), Setting(0, END_S, 3, also=(advice,)))
        changed.append((advice.spent.asked, advice.spent.changed))
    assert changed[0] == changed[1]
    assert changed[0][1] > 0


@needs_sumo
def test_a_network_without_roads_is_one_sentence(tmp_path: Path) -> None:
    net = tmp_path / "empty.net.xml"
    net.write_text('<net version="1.20"/>')
    with pytest.raises(MindshareError, match=r"empty\.net\.xml has no road for vehicles"):
        read_roads(net)
