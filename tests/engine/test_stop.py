"""STOP in the engine: what is decided while it is on, and what was before."""

from __future__ import annotations

import pytest

from mindshare.core.errors import Conflict
from mindshare.engine.attending import Said
from mindshare.engine.cases import DECIDED, WAITING
from mindshare.engine.rebuild import rebuilt
from mindshare.engine.replay import replayed
from tests.engine.world import World


def test_while_stopped_no_verdict_is_made_by_machines_alone():
    world = World()
    before = [world.submit(i) for i in range(10)]
    world.step(lambda e: e.stop("lead", reason="drift"))
    after = [world.submit(i) for i in range(10, 30)]
    alone = [c for c in (*before, *after) if c.status == DECIDED and not c.heard]
    assert all(c.until <= world.now for c in alone)
    lease = world.step(lambda e: e.next("ana", world.now + 10))
    case = world.engine.state.cases[lease.case]
    world.step(lambda e: e.answer(case.id, "ana", lease.token, Said("bug")))
    assert case.label == "bug" or case.status != DECIDED  # a person has said so
    world.step(lambda e: e.resume("lead", "admin"))
    assert not [c for c in after if c.status == WAITING and not c.heard and c.must]
    with pytest.raises(Conflict, match="not stopped"):
        world.step(lambda e: e.resume("lead", "admin"))


def test_a_verdict_that_was_final_before_a_stop_was_heard_of_stays_final_also_in_a_replay():
    world = World()
    assert world.submit(0, askable=[]).status == DECIDED  # provisional for 30 s
    world.step(lambda e: e.tick(), later=31.0)
    world.step(lambda e: e.stop("lead", since=e.now - 20.0))
    assert world.engine.case("n0").status == DECIDED
    assert replayed(world.made, world.log).differences == ()


def test_a_stop_that_is_heard_of_after_a_restart_is_replayed_as_of_the_last_look_at_the_clock() -> None:
    world = World(kinds={"default": {"grace_s": 20.0}})
    world.free("ana")
    world.step(lambda e: e.next("ben", world.now + 1.0))
    world.step(lambda e: e.tick(), later=50.0)
    world.engine = rebuilt(world.made, world.log, world.now)
    world.step(lambda e: e.stop("lead", since=e.now - 40.0))
    assert replayed(world.made, world.log).differences == ()
