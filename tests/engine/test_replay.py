"""A replay after something legitimate: it says which frames it compared, why not the others, and never calls a difference explained that is not."""

from __future__ import annotations

from typing import Any

import pytest

from mindshare.engine import events as ev
from mindshare.engine.probing import Said
from mindshare.engine.rebuild import Made, rebuilt
from mindshare.engine.replay import Replay, replayed
from mindshare.engine.settings import Settings
from mindshare.store.protocol import Frame
from tests.engine.world import World, made

LIMITS: dict[str, Any] = {"human_answers": {"limit": 40.0}}
OTHER: dict[str, Any] = LIMITS | {"people.minutes": {"limit": 10.0}}
SLOW: dict[str, Any] = {"default": {"grace_s": 5.0, "wait_s": 5.0, "lease_s": 20.0}}


def works(world: World, first: int, count: int = 10) -> None:
    """Cases come, ana answers what she is asked, and outcomes teach."""
    for i in range(first, first + count):
        world.submit(i)
        lease = world.step(lambda e: e.next("ana", e.now + 1.0))
        if lease is not None:
            world.step(lambda e, at=lease: e.answer(at.case, "ana", at.token, Said("bug", seconds=9.0)))
        world.step(lambda e: e.tick(), later=10.0)
    world.step(lambda e: e.outcome(f"n{first}", "bug"))


def begins_again(world: World, **settings: Any) -> None:
    world.made = made(**settings)
    world.engine = rebuilt(world.made, world.log, world.now)
    world.step(lambda e: e.start("test", {"": "0"}))


def erased(world: World, case: str) -> None:
    """The case is over, is erased, and its contents are deleted."""
    for _ in range(2):
        world.step(lambda e: e.tick(), later=1e3)
    keys = world.step(lambda e: e.erase(case, "lead")).body.key
    del world.log.bodies_[keys]


def of(settings: Settings) -> Made:
    """What the service of tickets is set up with under these settings."""
    return made()._replace(settings=settings)


def told_by(world: World) -> Replay:
    return replayed(world.made, world.log, remake=of)


def whole(world: World) -> tuple[tuple[int, int], ...]:
    return ((1, len(world.log.kept)),)


@pytest.mark.parametrize(
    "settings",
    [
        {"limits": OTHER, "cases": None},
        {"limits": LIMITS, "cases": None, "kinds": SLOW},
        {"limits": {}, "cases": None, "learn": False},
        {"limits": LIMITS, "cases": None, "expect": 30.0},
    ],
)
def test_a_log_under_settings_that_changed_is_replayed_to_the_bit(settings: dict[str, Any]) -> None:
    world = World(limits=LIMITS, cases=None)
    works(world, 0)
    begins_again(world, **settings)
    works(world, 10)
    begins_again(world, limits=LIMITS, cases=None)
    works(world, 20)
    told = told_by(world)
    assert (told.differences, told.reasons) == ((), ())
    assert told.compared == whole(world) and told.frames == len(world.log.kept)


def test_limits_in_another_order_are_other_settings() -> None:
    world = World(limits=OTHER, cases=None)
    works(world, 0)
    begins_again(world, limits=dict(reversed(OTHER.items())), cases=None)
    works(world, 10)
    assert told_by(world).compared == whole(world)


def test_a_log_of_an_older_program_is_compared_up_to_where_other_settings_make_a_difference() -> None:
    world = World(limits=LIMITS, cases=None)
    works(world, 0)
    frames = len(world.log.kept)
    begins_again(world, limits=LIMITS, cases=None, kinds=SLOW)
    works(world, 10)
    for at, frame in enumerate(world.log.kept):
        events = ev.read_lines(frame.events)
        for event in events:
            if isinstance(event, ev.Started):
                event.limits = event.body = None
        world.log.kept[at] = Frame(frame.number, frame.at, ev.lines(events), frame.bodies)
    world.made = made(limits=LIMITS, cases=None)
    told = told_by(world)
    assert told.differences == ()
    [(first, last)] = told.compared
    assert first == 1 and frames <= last < len(world.log.kept)
    [why] = told.reasons
    assert f"From frame {last + 1} on: the service began under other settings in frame {frames + 1}" in why


@pytest.mark.parametrize("learn", [True, False])
def test_what_followed_an_erased_case_is_not_compared_until_the_service_begins_again(learn: bool) -> None:
    world = World(limits=LIMITS, cases=None, learn=learn)
    works(world, 0)
    before = len(world.log.kept)
    works(world, 10)
    assert told_by(world).compared == whole(world)
    erased(world, "n10")
    begins_again(world, limits=LIMITS, cases=None, learn=learn)
    start = len(world.log.kept)
    works(world, 20)
    told = told_by(world)
    assert told.differences == ()
    assert told.compared == ((1, before), (start, len(world.log.kept)))
    [why] = told.reasons
    assert why == f"From frame {before + 1} on: the contents of case 'n10', which came then, were erased."


def test_a_start_before_an_erasure_does_not_begin_again_what_cannot_be_compared() -> None:
    world = World(limits=LIMITS, cases=None)
    works(world, 0)
    begins_again(world, limits=LIMITS, cases=None)
    works(world, 10)
    erased(world, "n0")
    told = told_by(world)
    assert told.differences == () and told.compared == ((1, 1),) and len(told.reasons) == 1


@pytest.mark.parametrize("also_erased", [False, True])
def test_what_somebody_changed_is_a_difference_that_nothing_explains(also_erased: bool) -> None:
    world = World(limits=LIMITS, cases=None, learn=False)
    works(world, 0)
    works(world, 10)
    if also_erased:
        erased(world, "n15")
    at = next(i for i, frame in enumerate(world.log.kept) if b'"decided"' in frame.events)
    frame = world.log.kept[at]
    changed = frame.events.replace(b'"version":1', b'"version":7')
    assert changed != frame.events
    world.log.kept[at] = Frame(frame.number, frame.at, changed, frame.bodies)
    assert told_by(world).differences


def test_another_team_is_told_where_it_makes_a_difference() -> None:
    from dataclasses import replace

    from mindshare.core.records import Agent

    world = World(limits=LIMITS, cases=None)
    works(world, 0)
    team = replace(world.made.team, agents=(Agent(id="zoe", kind="person"), *world.made.team.agents))
    world.made = world.made._replace(team=team)
    told = told_by(world)
    assert told.differences == () and told.compared == ()
    assert told.reasons == ("From frame 1 on: team.yaml was another one when the service began in frame 1.",)
