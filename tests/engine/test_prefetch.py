"""A case that is asked for ahead: kept for one person, with no clock running, and looked at again when it is shown."""

from __future__ import annotations

from mindshare.engine import events as ev
from mindshare.engine.attending import Said
from mindshare.engine.cases import WAITING
from tests.engine.test_people import ALWAYS, LONG, MUST, follows, sent
from tests.engine.world import World


def begun(**told):
    """A world in which ana has a case, and one more is kept for her."""
    world = World(**(MUST | {"kinds": LONG} | told))
    sent(world, 4)
    first = world.step(lambda e: e.next("ana", world.now))
    return world, first, world.step(lambda e: e.ahead("ana"))


def test_the_clock_of_a_case_asked_for_ahead_begins_when_it_is_shown():
    world, first, ahead = begun()
    assert ahead.ahead and ahead.case != first.case and world.step(lambda e: e.ahead("ana")) == ahead
    assert world.step(lambda e: e.next("ana", world.now)) == first  # what is in hand stays the next case
    world.step(lambda e: e.answer(first.case, "ana", first.token, Said("bug")), later=50.0)
    shown = world.step(lambda e: e.show(ahead.token, "ana"))
    assert not shown.ahead and shown.since == world.now
    world.step(lambda e: e.answer(shown.case, "ana", shown.token, Said("bug")), later=7.0)
    assert [e.seconds for e in world.events() if isinstance(e, ev.Answered)][-1] == 7.0
    follows(world)


def test_a_case_that_was_decided_meanwhile_is_not_kept_and_nothing_is_charged():
    world, _, ahead = begun(people={"ana": ALWAYS | {"minutes": 10}})
    before = len(world.engine.state.people["ana"].attended)
    world.step(lambda e: e.override(ahead.case, "bug", "so it is", "lead"))
    assert ahead.token not in world.engine.state.leases
    over = next(e for e in world.events() if isinstance(e, ev.Expired))
    assert not any(over.spent.values())
    assert len(world.engine.state.people["ana"].attended) == before
    follows(world)


def test_a_case_that_is_worth_nothing_any_more_goes_back_when_it_is_to_be_shown():
    world = World(kinds=LONG)
    sent(world, 20, deadline="2027-01-15T08:15:00Z")
    first = world.step(lambda e: e.next("ana", world.now))
    ahead = world.step(lambda e: e.ahead("ana"))
    assert first is not None and ahead is not None
    assert world.step(lambda e: e.show(ahead.token, "ana"), later=2_000.0) is None
    shown = next(e for e in world.events() if isinstance(e, ev.Shown))
    assert not shown.good and ahead.token not in world.engine.state.leases
    follows(world)


def test_whoever_pauses_or_leaves_gives_back_what_was_asked_for_ahead():
    for leave in (lambda e: e.beat(1, "ana", held=True), lambda e: e.shift("ana", on=False)):
        world, _, ahead = begun()
        world.step(leave)
        assert ahead.token not in world.engine.state.leases
        assert world.engine.state.cases[ahead.case].status == WAITING
        follows(world)


def test_a_case_asked_for_ahead_is_the_next_one_of_whoever_asks_anew():
    world, first, ahead = begun()
    world.step(lambda e: e.answer(first.case, "ana", first.token, Said("bug")))
    told = world.step(lambda e: e.next("ana", world.now), later=30.0)
    assert told.token == ahead.token and not told.ahead and told.since == world.now
    follows(world)


def test_an_answer_without_a_word_that_it_was_shown_counts_the_seconds_that_the_program_tells():
    world, first, ahead = begun()
    world.step(lambda e: e.answer(first.case, "ana", first.token, Said("bug", seconds=3.0)), later=60.0)
    world.step(lambda e: e.answer(ahead.case, "ana", ahead.token, Said("bug", seconds=4.0)))
    assert [e.seconds for e in world.events() if isinstance(e, ev.Answered)] == [61.0, 4.0]
    follows(world)


def test_a_cap_on_exposure_does_not_count_what_was_never_shown():
    world, _, ahead = begun(exposure=[{"tag": "any", "when": {"stakes": ">=0"}, "per_day": 2}])
    ana = world.engine.state.people["ana"]
    assert len(ana.exposed["any"]) == 2
    world.step(lambda e: e.shift("ana", on=False))
    assert ahead.token not in world.engine.state.leases and len(ana.exposed["any"]) == 1
    follows(world)


def test_a_lease_asked_for_ahead_ends_without_a_sign_of_life():
    world, _, ahead = begun(kinds={"default": {"lease_s": 120.0}})
    world.step(lambda e: e.tick(), later=200.0)
    assert ahead.token not in world.engine.state.leases
    follows(world)


def test_what_is_kept_for_somebody_goes_to_whoever_has_time_for_it_now():
    world = World(**(MUST | {"kinds": LONG}))
    sent(world, 2)
    first = world.step(lambda e: e.next("ana", world.now))
    ahead = world.step(lambda e: e.ahead("ana"))
    given = world.step(lambda e: e.next("ben", world.now + 10))
    assert given is not None and given.case == ahead.case and not given.ahead
    assert world.step(lambda e: e.show(ahead.token, "ana")) is None
    assert world.step(lambda e: e.next("ana", world.now)) == first
    follows(world)
