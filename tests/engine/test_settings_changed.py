"""A service that has a log, and is started with other settings: what the settings say holds, and what was spent stays spent."""

from __future__ import annotations

from typing import Any

import pytest

from mindshare.core.errors import MindshareError
from mindshare.engine import events as ev
from mindshare.engine.probing import Said
from mindshare.engine.rebuild import rebuilt
from tests.engine.world import World, made, mark_of

ANSWERS = {"human_answers": {"limit": 40.0}}
MINUTES = {"people.minutes": {"limit": 60.0}}
ANA = {"ana.minutes": {"limit": 30.0, "per_s": 3_600.0}}


def worked(**settings: Any) -> World:
    """Twenty cases came, and ana answered ten."""
    world = World(**settings)
    for i in range(20):
        world.submit(i)
    for _ in range(10):
        lease = world.step(lambda e: e.next("ana", e.now + 60.0))
        if lease is not None:
            world.step(lambda e, at=lease: e.answer(at.case, "ana", at.token, Said("bug", seconds=30.0)))
    return world


def begun_again(world: World, **settings: Any) -> None:
    """The service ends, and begins again with these settings."""
    world.made = made(**settings)
    world.engine = rebuilt(world.made, world.log, world.now)
    world.step(lambda e: e.start("test", {"": "0"}))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ANSWERS, ANSWERS | MINUTES | ANA),
        (ANSWERS, MINUTES | ANSWERS),
        (ANSWERS | MINUTES | ANA, ANSWERS),
        (ANSWERS | MINUTES, ANA | MINUTES),
        (ANSWERS, {}),
        ({}, ANSWERS),
    ],
)
def test_limits_can_be_added_and_taken_out_and_what_was_used_of_the_others_stays_used(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    world = worked(limits=before, cases=None, expect=30.0)
    used = dict(world.engine.spending.pacer.used)
    begun_again(world, limits=after, cases=None, expect=30.0)
    now = world.engine.spending.pacer
    assert tuple(now.resources) == tuple(after)
    for r in after:
        assert now.used[r] == (used[r] if r in before else 0.0)
    if "human_answers" in before and "human_answers" in after:
        assert now.used["human_answers"] > 0
    for i in range(20, 30):
        world.submit(i)
    for _ in range(3):
        if (lease := world.step(lambda e: e.next("ben", e.now + 60.0))) is not None:
            world.step(lambda e, at=lease: e.answer(at.case, "ben", at.token, Said("bug", seconds=30.0)))
    begun_again(world, limits=after, cases=None, expect=30.0)
    again = rebuilt(world.made, world.log, world.now)
    assert mark_of(again) == mark_of(world.engine)


def test_a_case_that_is_held_while_limits_change_is_answered_and_counted_on_what_there_is_now() -> None:
    world = World(limits=ANSWERS | ANA, cases=None, expect=30.0)
    for i in range(20):
        world.submit(i)
    lease = world.step(lambda e: e.next("ana", e.now + 60.0))
    begun_again(world, limits=MINUTES | ANSWERS, cases=None, expect=30.0)
    case = world.step(lambda e: e.answer(lease.case, "ana", lease.token, Said("bug", seconds=30.0)))
    assert case.heard[-1].label == "bug"
    assert world.engine.spending.pacer.used["human_answers"] == 1.0


def test_a_new_amount_holds_from_the_next_start_also_where_a_lead_had_changed_it_since() -> None:
    world = worked(limits=ANSWERS, cases=None, expect=30.0)
    used = world.engine.spending.pacer.used["human_answers"]
    world.step(lambda e: e.change_limits({"human_answers": 33.0}, "lead"))
    begun_again(world, limits=ANSWERS, cases=None, expect=30.0)
    assert world.engine.spending.pacer.left["human_answers"] == 33.0 - used, "nothing new was written"
    begun_again(world, limits={"human_answers": {"limit": 50.0}}, cases=None, expect=30.0)
    assert world.engine.spending.pacer.left["human_answers"] == 50.0 - used
    begun_again(world, limits={"human_answers": {"limit": 50.0}}, cases=None, expect=30.0)
    assert world.engine.spending.pacer.left["human_answers"] == 50.0 - used


def test_what_the_computer_leaves_holds_for_a_new_limit_too() -> None:
    world = World(limits=ANSWERS, cases=None, expect=30.0)
    world.step(lambda e: e.see({"cpu_s": 2.0}))
    begun_again(world, limits=ANSWERS | {"cpu_s": {"limit": 1e9, "per_s": 100.0}}, cases=None, expect=30.0)
    assert world.engine.spending.pacer.left["cpu_s"] == 200.0


def test_a_log_of_an_older_program_says_what_to_do_first() -> None:
    world = worked(limits=ANSWERS, cases=None, expect=30.0)
    for at, frame in enumerate(world.log.kept):
        events = ev.read_lines(frame.events)
        for event in events:
            if isinstance(event, ev.Started):
                event.limits = event.body = None
        world.log.kept[at] = type(frame)(frame.number, frame.at, ev.lines(events), frame.bodies)
    rebuilt(made(limits=ANSWERS, cases=None, expect=30.0), world.log, world.now)
    with pytest.raises(MindshareError, match="Start once with limits as they were then"):
        rebuilt(made(limits=ANSWERS | MINUTES, cases=None, expect=30.0), world.log, world.now)
