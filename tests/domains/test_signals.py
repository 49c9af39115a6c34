"""Promises of signals: the same seed, the same run; vehicles wait less than at fixed times; rollouts keep within their share; the guard is above."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mindshare.core.errors import MindshareError
from mindshare.domains.traffic.domain import Traffic
from mindshare.domains.traffic.signals import rollouts, rules, sumo
from mindshare.domains.traffic.signals.control import (
    Pressure,
    Rollouts,
    Spent,
    Studied,
    learnt_from,
    picked,
)
from mindshare.domains.traffic.signals.crossings import MAJOR, RED, Table, crossings
from mindshare.domains.traffic.signals.rollouts import STEP_S
from mindshare.domains.traffic.signals.seen import Seen
from mindshare.domains.traffic.signals.shown import PICTURE, TABLE, write_signals
from mindshare.domains.traffic.signals.simulate import Guard, Setting, Waited, simulate
from mindshare.domains.traffic.speeds import Ints

with_sumo = pytest.mark.skipif(not sumo.has_sumo(), reason="needs SUMO: pip install 'mindshare[sim]'")
SPAN_S, CROSSINGS, STEPS = 240, 16, 240 // STEP_S

# two lanes that cross: phase 0 lets link 0 go, phase 1 link 1
SHOWS = np.array([[MAJOR, RED], [RED, MAJOR]], np.int64)
FOES = np.array([[False, True], [True, False]])
arrivals = st.lists(st.floats(0.0, 14.0), max_size=6).map(sorted)


def lanes(first: list[float], second: list[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    arrive = np.array([*first, *second], float)
    link = np.array([0] * len(first) + [1] * len(second), np.int64)
    return arrive, link, np.array([0, len(first)]), np.array([len(first), len(arrive)])


def waits(first: list[float], second: list[float], plan: list[int], before: int) -> float:
    known = (SHOWS, FOES, np.array(plan, np.int64), before, np.inf)
    return float(rollouts.waiting(*lanes(first, second), *known))


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sumo.grid(tmp_path_factory.mktemp("signals") / "grid.net.xml")


@pytest.fixture(scope="module")
def trips(net: Path) -> Path:
    return trips_of(net, "trips.xml", an_hour=5000)


def trips_of(net: Path, name: str, *, an_hour: float, seed: int = 3, priority: float = 0.0) -> Path:
    out = net.with_name(name)
    return sumo.write_trips(net, out, sumo.Demand(an_hour, SPAN_S, seed, priority))


@dataclass(slots=True)
class Stuck:
    """A control that never changes a light."""

    spent: Spent = field(default_factory=Spent)

    def next(self, seen: Seen, known: Table, before: Ints) -> Ints:
        return before


@given(arrivals, arrivals, st.integers(0, 1))
def test_a_look_ahead_is_never_worse_than_staying(
    first: list[float], second: list[float], before: int
) -> None:
    least, plans = rollouts.rolled_out(*lanes(first, second), SHOWS, FOES, before, 3)
    assert least[before] <= waits(first, second, [before] * 3, before)
    for phase in (0, 1):
        assert plans[phase][0] == phase
        assert least[phase] == waits(first, second, list(plans[phase]), before)


@given(arrivals, arrivals, st.integers(0, 1))
def test_waiting_is_never_below_nothing_and_green_alone_is_never_worse(
    first: list[float], second: list[float], before: int
) -> None:
    assert 0.0 <= waits(first, [], [0, 0, 0], 0) <= waits(first, [], [1, 1, 1], before)
    assert waits(first, second, [0, 1, 1], before) >= 0.0


@given(arrivals, arrivals)
def test_the_rule_lets_most_vehicles_go(first: list[float], second: list[float]) -> None:
    count = [sum(x < STEP_S for x in each) for each in (first, second)]
    ends = np.array([0, 2])
    known = (ends, SHOWS[None], np.array([2]), np.array([1]), float(STEP_S))
    assert rules.fullest(*lanes(first, second), *known)[0] == int(count[0] <= count[1])


def test_without_sumo_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sumo, "has_sumo", lambda: False)
    with pytest.raises(MindshareError, match=r"SUMO, which is not installed: .*mindshare\[sim\]"):
        sumo.grid(tmp_path / "grid.net.xml")
    assert not list(tmp_path.iterdir())


@with_sumo
def test_a_network_and_its_trips_are_the_same_from_the_same_seed(
    net: Path, trips: Path, tmp_path: Path
) -> None:
    again = sumo.grid(tmp_path / "grid.net.xml")
    assert [c.states for c in crossings(again)] == [c.states for c in crossings(net)]
    assert trips_of(net, "again.xml", an_hour=5000).read_bytes() == trips.read_bytes()
    assert trips_of(net, "other.xml", an_hour=5000, seed=4).read_bytes() != trips.read_bytes()


@with_sumo
def test_each_crossing_has_phases_without_yellow_and_yellow_between_them(net: Path) -> None:
    found = crossings(net)
    assert len(found) == CROSSINGS
    for crossing in found:
        assert not any("y" in state for state in crossing.states)
        ends = (crossing.shows[0] > RED) & (crossing.shows[1] == RED)
        shown = crossing.between(0, 1)
        assert ends.any()
        assert [c == "y" for c in shown] == ends.tolist()
        assert not crossing.foes[crossing.shows[0] == MAJOR][:, crossing.shows[0] == MAJOR].any()


@with_sumo
def test_a_signal_that_sumo_cannot_run_is_one_sentence(net: Path, tmp_path: Path) -> None:
    with pytest.raises(MindshareError, match="Got 'clever'"):
        sumo.run_by(net, "clever", tmp_path / "out.net.xml")


@with_sumo
def test_vehicles_wait_less_by_the_rule_and_with_looks_than_at_fixed_times(net: Path, trips: Path) -> None:
    fixed, setting = simulate(net, trips, None, Setting(0, SPAN_S)), Setting(0, SPAN_S)
    rule, ahead = simulate(net, trips, Pressure(), setting), simulate(net, trips, Rollouts(), setting)
    assert rule.mean_s < 0.7 * fixed.mean_s
    assert ahead.mean_s < 0.7 * fixed.mean_s
    assert len(fixed.ids) == len(rule.ids) == trips.read_text().count("<trip ")  # nobody is left out


@with_sumo
def test_the_same_seed_gives_the_same_run(net: Path, trips: Path) -> None:
    one, two = (simulate(net, trips, Pressure(), Setting(0, SPAN_S, seed=5)) for _ in range(2))
    assert one.ids == two.ids
    assert np.array_equal(one.delay_s, two.delay_s)


@with_sumo
def test_looks_never_pass_their_share_and_are_made(net: Path, trips: Path) -> None:
    studied = Studied()
    simulate(net, trips, studied, Setting(0, SPAN_S))
    worth, foretold, rollout_s = learnt_from([studied])
    assert min(studied.saved) >= 0.0
    assert rollout_s > 0.0
    control = picked(worth, foretold, rollout_s, share=0.25, steps=STEPS, crossings=CROSSINGS)
    simulate(net, trips, control, Setting(0, SPAN_S))
    assert control.spent.decisions == STEPS * CROSSINGS
    assert 0.1 < control.spent.share <= 0.25


@with_sumo
def test_whoever_never_gets_onto_the_road_is_counted_with_what_he_waited(net: Path) -> None:
    crowd = trips_of(net, "crowd.xml", an_hour=20_000)
    waited = simulate(net, crowd, Stuck(), Setting(0, SPAN_S, guard=Guard(np.inf, np.inf)))
    assert waited.undeparted > 0
    assert waited.unfinished >= waited.undeparted
    assert len(waited.ids) == crowd.read_text().count("<trip ")
    assert waited.delay_s.min() >= 0.0


@with_sumo
def test_the_guard_gives_green_to_who_stands_long_whatever_the_control_says(net: Path, trips: Path) -> None:
    stuck = simulate(net, trips, Stuck(), Setting(0, SPAN_S, guard=Guard(np.inf, np.inf)))
    guarded = simulate(net, trips, Stuck(), Setting(0, SPAN_S, guard=Guard(longest_s=60.0)))
    assert stuck.forced == 0
    assert guarded.forced > 0
    assert guarded.longest_s < stuck.longest_s


@with_sumo
def test_unseen_vehicles_get_green_because_no_movement_is_without_for_long(net: Path, trips: Path) -> None:
    blind = Setting(0, SPAN_S, unseen=1.0, guard=Guard(blind_s=60.0))
    assert simulate(net, trips, Pressure(), blind).forced > 0
    assert (
        simulate(net, trips, Pressure(), Setting(0, SPAN_S, unseen=1.0, guard=Guard(blind_s=np.inf))).forced
        == 0
    )


@with_sumo
def test_the_demo_shows_signals_and_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    both = [tmp_path / name for name in ("one", "two")]
    for out in both:
        out.mkdir()
        write_signals(out, seed=0, span_s=120)
    table = (both[0] / TABLE).read_text().splitlines()
    assert table[0] == "control,mean_delay_s,not_arrived,longest_stand_s,rollouts"
    assert len(table) == 7
    assert "MADE-UP" in (both[0] / PICTURE).read_text()
    for name in (TABLE, PICTURE):
        assert (both[0] / name).read_bytes() == (both[1] / name).read_bytes()


def test_without_sumo_the_demo_says_what_it_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mindshare.domains.traffic.domain.has_sumo", lambda: False)
    assert Traffic().preflight(None) == (sumo.MISSING,)


@with_sumo
def test_an_emergency_vehicle_waits_less_with_priority(net: Path) -> None:
    urgent = trips_of(net, "urgent.xml", an_hour=6000, priority=0.02)
    first, last = (
        simulate(net, urgent, Pressure(rules.ALL_S), Setting(0, SPAN_S, guard=Guard(priority=on)))
        for on in (True, False)
    )
    assert of(first, "ambulance") < of(last, "ambulance")


def of(waited: Waited, kind: str) -> float:
    return float(waited.delay_s[np.array(waited.kinds) == kind].mean())


@with_sumo
@pytest.mark.parametrize("text", [None, "", "a,b\n1,2\n", '<net><edge id="a"/></net>'])
def test_a_file_that_is_no_network_is_one_sentence(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "town.net.xml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(MindshareError, match=r"town\.net\.xml") as told:
        crossings(file)
    assert "\n" not in str(told.value)
