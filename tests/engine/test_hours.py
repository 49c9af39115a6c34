"""Hours of a person that change while the service runs: cases follow, a start keeps them, and the settings win where they changed."""

from __future__ import annotations

from typing import Any

import pytest

from mindshare.core.errors import MindshareError, NotNow, NotThere
from mindshare.engine import events as ev
from mindshare.engine.attending import Said
from mindshare.engine.cases import LEASED, Lease
from mindshare.engine.fold import apply
from mindshare.engine.rebuild import rebuilt
from mindshare.engine.replay import replayed
from mindshare.engine.snapshots import frozen
from mindshare.store.protocol import Snapshot
from tests.engine.world import World, made

# START is Friday 2027-01-15 08:00 UTC
HOUR = 3600.0
EARLY = {"zone": "UTC", "week": {"fri": "07:00-09:00"}}
LATE = {"zone": "UTC", "week": {"fri": "12:00-16:00"}}
MUST: dict[str, Any] = {"guard": {"mandatory_review": {"people": 3}}, "limits": {}}  # every case needs people
LONG = {"default": {"grace_s": 30.0, "wait_s": 1e6, "lease_s": 7200.0}}


def told(**settings: Any) -> dict[str, Any]:
    return MUST | {"kinds": LONG} | settings


def given(world: World, person: str, shifts: Any) -> None:
    world.step(lambda e: e.change_shifts(person, shifts, "lee"))


def asks(world: World, person: str) -> Lease | None:
    return world.step(lambda e: e.next(person, world.now + 10))


def begun_again(world: World, **settings: Any) -> None:
    world.made = made(**settings)
    world.engine = rebuilt(world.made, world.log, world.now)
    world.step(lambda e: e.start("test", {"": "0"}))


def follows(world: World) -> None:
    """The log can be folded and replayed to what is now."""
    remade = replayed(world.made, world.log, remake=lambda s: world.made._replace(settings=s))
    assert remade.differences == () and remade.reasons == ()
    again = rebuilt(world.made, world.log, world.now)
    assert again.state.hours == world.engine.state.hours
    assert again.state.people == world.engine.state.people


def test_a_person_with_longer_hours_gets_a_case_at_once_and_with_shorter_ones_none():
    world = World(**told(people={"ana": EARLY}))
    for i in range(3):
        world.submit(i)
    first = asks(world, "ana")
    assert first is not None
    given(world, "ana", LATE)
    assert world.engine.state.cases[first.case].status == LEASED  # the case in hand stays hers
    world.step(lambda e: e.answer(first.case, "ana", first.token, Said("bug")))
    with pytest.raises(NotNow, match="ana is off shift until Fri 12:00"):
        asks(world, "ana")
    given(world, "ana", {"zone": "UTC", "week": {"fri": "07:00-16:00"}})
    assert asks(world, "ana") is not None
    follows(world)


def test_whoever_waits_when_the_hours_are_cut_waits_no_more_and_what_was_kept_for_them_goes_back():
    world = World(**told())
    world.free("ana")
    given(world, "ana", LATE)
    world.step(lambda e: e.tick())
    assert "ana" not in world.engine.state.free
    world.submit(0)
    world.submit(1)
    assert asks(world, "ben") is not None
    kept = world.step(lambda e: e.ahead("ben"))
    assert kept is not None
    given(world, "ben", LATE)
    assert kept.token not in world.engine.state.leases
    follows(world)


def test_hours_can_be_given_where_none_are_written_and_taken_back():
    world = World(**told())
    world.submit(0)
    given(world, "ana", LATE)
    with pytest.raises(NotNow):
        asks(world, "ana")
    assert asks(world, "ben") is not None  # nothing was said of ben
    world.submit(1)
    given(world, "ana", None)
    assert asks(world, "ana") is not None and world.engine.state.hours == {}
    follows(world)


def test_a_break_that_is_taken_out_of_the_hours_ends_at_once_for_whoever_waits():
    resting = {"zone": "UTC", "week": {"fri": "07:00-16:00"}, "break": {"after": 1, "minutes": 30}}
    world = World(**told(people={"ana": resting}))
    world.submit(0)
    lease = asks(world, "ana")
    world.step(lambda e: e.answer(lease.case, "ana", lease.token, Said("bug")), later=120.0)
    assert world.step(lambda e: e.next("ana", world.now + HOUR)) is None  # waits through the break
    world.submit(1)
    given(world, "ana", {"zone": "UTC", "week": {"fri": "07:00-16:00"}})
    world.step(lambda e: e.tick())
    assert world.engine.state.people["ana"].leases
    follows(world)


def test_changed_hours_outlive_a_start_until_the_settings_say_otherwise_of_that_person():
    world = World(**told(people={"ana": EARLY, "default": EARLY}))
    given(world, "ana", LATE)
    given(world, "ben", LATE)
    begun_again(world, **told(people={"ana": EARLY, "default": EARLY}))
    assert set(world.engine.state.hours) == {"ana", "ben"}
    begun_again(world, **told(people={"ana": EARLY, "default": EARLY | {"minutes": 60}}))
    assert set(world.engine.state.hours) == {"ana"}  # ben is under default, which is told otherwise
    begun_again(world, **told(people={"default": EARLY | {"minutes": 60}}))
    assert world.engine.state.hours == {}
    assert world.engine.presence.hours.of("ana").most == 60
    follows(world)


def test_changed_hours_outlive_a_start_from_a_snapshot():
    world = World(**told(people={"ana": EARLY}))
    given(world, "ana", LATE)
    world.log.snap = Snapshot(world.log.head(), frozen(world.engine, world.made.digest)())
    begun_again(world, **told(people={"ana": EARLY}))
    with pytest.raises(NotNow, match="Fri 12:00"):
        asks(world, "ana")
    follows(world)


def test_hours_that_are_not_understood_change_nothing_and_the_sentence_says_what_would_be_right():
    world = World(**told(people={"ana": EARLY}))
    for shifts, sentence in (
        ({"zone": "Berlin", "week": {"mon": "9-17"}}, "shifts.week.mon must be times such as '09:00-17:00'"),
        ({"zone": ["UTC"], "week": {"mon": "09:00-17:00"}}, "shifts.zone must name a time zone such as"),
        ({"zone": "UTC", "week": {"someday": "09:00-17:00"}}, "must name days such as mon or mon-fri"),
        ({"zone": "UTC", "week": {}}, "shifts.week must hold days and times"),
        ({"zone": "UTC", "week": {"mon": []}}, "shifts.week must hold days and times"),
        ({"zone": "UTC", "week": {"mon": ["09:00-12:00", "11:00-13:00"]}}, "overlaps the next one"),
        (LATE | {"minutes": -1}, "shifts.minutes must be a number >= 0"),
        (LATE | {"off": [f"{y}-01-01" for y in range(1000, 4000)]}, "20,000 characters at most"),
    ):
        with pytest.raises(MindshareError, match=sentence):
            given(world, "ana", shifts)
    with pytest.raises(NotThere, match=r"no person 'anna' here\. Did you mean 'ana'"):
        given(world, "anna", LATE)
    assert not any(isinstance(e, ev.ShiftsChanged) for e in world.events())


def test_a_log_of_a_program_that_wrote_no_shifts_down_keeps_changed_hours():
    world = World(**told(people={"ana": EARLY}))
    given(world, "ana", LATE)
    state = world.engine.state
    state.shifts = None
    started = next(e for e in world.events() if isinstance(e, ev.Started))
    apply(state, started)
    assert set(state.hours) == {"ana"} and state.shifts == started.shifts
