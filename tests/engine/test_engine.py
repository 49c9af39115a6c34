"""What a service promises of cases, people and verdicts, whatever runs it."""

from __future__ import annotations

import numpy as np
import pytest

from mindshare.core.errors import Conflict, MindshareError, NotThere, Overloaded
from mindshare.engine.attending import Said
from mindshare.engine.cases import DECIDED, LEASED, WAITING
from mindshare.engine.rebuild import rebuilt
from mindshare.engine.replay import replayed
from tests.engine.world import PEOPLE, World, one, ticket


def leased(world: World) -> str:
    """Sends tickets until one is given to somebody who waits; its id."""
    world.free(*PEOPLE)
    for i in range(100):
        case = world.submit(i)
        if case.status == LEASED:
            return case.id
    raise AssertionError("nobody was asked in 100 cases")


def waiting(world: World) -> str:
    """Sends tickets until one waits for a person; its id."""
    for i in range(100):
        if world.submit(i).status == WAITING:
            return f"n{i}"
    raise AssertionError("nothing waits in 100 cases")


def test_a_case_sent_twice_is_one_case():
    world = World()
    first, frames = world.submit(1), len(world.log.kept)
    assert world.submit(1) is first
    assert len(world.log.kept) == frames
    with pytest.raises(Conflict, match="other contents"):
        world.submit(1, stakes=2.0)
    twice = world.step(lambda e: e.submit([ticket(2), ticket(2)]))
    assert twice[0] is twice[1]


def test_one_bad_case_of_many_is_refused_in_a_sentence_and_the_others_are_taken():
    world = World()
    bad = ticket(3, answers=[{"agent": "large_bot", "label": "billin"}])
    told = world.step(lambda e: e.submit([ticket(1), bad, b"{", ticket(2)]))
    assert [isinstance(t, MindshareError) for t in told] == [False, True, True, False]
    assert "billing" in str(told[1])
    assert "n3" not in world.engine.state.cases


def test_an_arrival_charges_nothing_and_the_person_who_asks_gets_the_case_and_is_charged():
    world = World()
    case_id = waiting(world)
    assert world.engine.spending.pacer.left == {"human_answers": 40.0}
    lease = world.step(lambda e: e.next("ben", world.now + 10))
    assert lease is not None
    assert world.engine.state.cases[case_id].status == LEASED or lease.case != case_id
    assert world.engine.spending.pacer.left == {"human_answers": 39.0}
    again = world.step(lambda e: e.next("ben", world.now + 10))
    assert again == lease  # one case at a time


def test_an_answer_is_heard_once_and_the_case_is_decided_or_asked_on():
    world = World()
    case = world.engine.state.cases[leased(world)]
    lease = world.engine.state.leases[case.token]
    world.step(lambda e: e.answer(case.id, lease.person, lease.token, Said("delivery")))
    assert [h.agent for h in case.heard] == [lease.person]
    world.step(lambda e: e.answer(case.id, lease.person, lease.token, Said("delivery")))  # sent again
    assert len(case.heard) == 1
    with pytest.raises(Conflict, match="answered already"):
        world.step(lambda e: e.answer(case.id, lease.person, lease.token, Said("bug")))
    with pytest.raises(MindshareError, match="delivery"):
        world.step(lambda e: e.answer(case.id, "ben", lease.token, Said("deliver")))


def test_a_lease_that_is_over_goes_to_somebody_else_and_a_late_answer_is_stored():
    world = World()
    case = world.engine.state.cases[leased(world)]
    lease = world.engine.state.leases[case.token]
    world.step(lambda e: e.tick(), later=61.0)
    assert lease.token not in world.engine.state.leases
    world.step(lambda e: e.answer(case.id, lease.person, lease.token, Said("delivery")))
    assert case.heard[-1].agent == lease.person
    assert case.heard[-1].counts == (case.status != DECIDED or world.now < case.until)


def test_whoever_skips_a_case_does_not_get_it_again_at_once():
    world = World()
    case = world.engine.state.cases[leased(world)]
    lease = world.engine.state.leases[case.token]
    world.step(lambda e: e.skip(lease.token, lease.person, "my own ticket"))
    held = world.engine.state.leases.get(case.token)
    assert held is None or held.person != lease.person


def test_an_answer_can_be_taken_back_within_the_grace_period_and_not_after():
    world = World()
    case = world.engine.state.cases[leased(world)]
    person = world.engine.state.leases[case.token].person
    while case.status == LEASED:
        lease = world.engine.state.leases[case.token]
        person = lease.person
        world.step(lambda e, at=lease: e.answer(case.id, at.person, at.token, Said("bug")))
    before, version = len(case.heard), case.version
    lease = world.step(lambda e: e.undo(case.id, person))
    assert (case.status, lease.person, len(case.heard)) == (LEASED, person, before)
    world.step(lambda e: e.answer(case.id, person, lease.token, Said("delivery")))
    assert case.version > version or case.status != DECIDED
    world.step(lambda e: e.tick(), later=1_000.0)
    with pytest.raises(Conflict, match="too late"):
        world.step(lambda e: e.undo(case.id, person))


def test_a_case_that_nobody_takes_is_decided_when_its_time_is_over():
    world = World()
    case = world.engine.state.cases[waiting(world)]
    world.step(lambda e: e.tick(), later=301.0)
    assert (case.status, case.by) == (DECIDED, "timeout")


def test_an_escalated_case_waits_as_long_as_it_takes():
    world = World(kinds={"default": {"wait_s": 10.0, "timeout": "escalate"}})
    case = world.engine.state.cases[waiting(world)]
    world.step(lambda e: e.tick(), later=1e5)
    assert case.status == WAITING
    lease = world.step(lambda e: e.next("ana", world.now + 10))
    assert lease is not None


def test_versions_of_a_verdict_follow_each_other_and_none_comes_twice():
    world = World()
    case = world.submit(0)
    world.step(lambda e: e.override(case.id, "bug", "seen by the lead", "lead"))
    world.step(lambda e: e.override(case.id, "billing", "a mistake", "lead", "reversal"))
    versions = [e.version for e in world.events() if type(e).__name__ == "Decided" and e.case == case.id]
    assert versions == list(range(1, len(versions) + 1))
    assert (case.label, case.by) == ("billing", "reversal")
    with pytest.raises(MindshareError, match="Say why"):
        world.step(lambda e: e.override(case.id, "bug", " ", "lead"))


def test_no_late_answer_takes_the_place_of_a_verdict_that_a_lead_has_given():
    world = World(kinds={"default": {"grace_s": 300.0}})
    waiting(world)
    lease = next(got for p in PEOPLE if (got := world.step(lambda e, p=p: e.next(p, world.now + 10))))
    case, who = world.engine.state.cases[lease.case], lease.person
    world.step(lambda e: e.override(case.id, "billing", "seen by the lead", "lead"))
    version = case.version
    world.step(lambda e: e.answer(case.id, who, lease.token, Said("bug")), later=5.0)
    assert (case.label, case.by, case.version) == ("billing", "override", version)
    assert [(h.label, h.counts) for h in case.heard if h.agent == who] == [("bug", False)]
    with pytest.raises(Conflict, match="provisional, by override"):
        world.step(lambda e: e.undo(case.id, who))


def test_a_mandatory_review_is_done_whatever_it_costs():
    world = World(
        guard={"mandatory_review": {"when": {"label": "delivery"}}},
        limits={"human_answers": {"limit": 0, "per_s": None}},
    )
    cases = [world.submit(i) for i in range(20)]
    must = [c for c in cases if c.status == WAITING]
    assert must
    assert all(c.status == WAITING for c in must)
    lease = world.step(lambda e: e.next("ana", world.now + 10))
    assert lease.case == must[0].id
    assert world.engine.spending.pacer.left == {"human_answers": 0.0}


def test_no_limit_is_ever_passed_and_what_is_charged_is_what_was_answered():
    world = World(limits={"human_answers": {"limit": 5, "per_s": None}}, cases=60)
    world.free(*PEOPLE)
    for i in range(60):
        case = world.submit(i)
        while case.status == LEASED:
            lease = world.engine.state.leases[case.token]
            world.step(lambda e, at=lease: e.answer(at.case, at.person, at.token, Said("bug")))
            world.free(lease.person)
    answers = world.engine.state.answers
    assert 0 < answers <= 5
    assert world.engine.spending.pacer.left == {"human_answers": 5.0 - answers}


def test_more_cases_than_may_wait_are_refused_for_a_while():
    world = World(most_waiting=1)
    waiting(world)
    with pytest.raises(Overloaded):
        world.submit(250)


def test_an_outcome_teaches_at_once_and_a_correction_is_kept():
    world = World()
    case = world.submit(0)
    counts = world.engine.seeing.judges[""].model.pool.reading.truths.sum()
    world.step(lambda e: e.outcome(case.id, "bug"))
    world.step(lambda e: e.outcome(case.id, "bug"))
    world.step(lambda e: e.outcome(case.id, "billing"))
    assert world.engine.seeing.judges[""].model.pool.reading.truths.sum() == counts + 1
    assert (case.outcome, world.engine.state.outcomes) == ("billing", 1)
    with pytest.raises(NotThere):
        world.step(lambda e: e.outcome("nobody", "bug"))


def test_whoever_leaves_gives_all_cases_back():
    world = World()
    case = world.engine.state.cases[leased(world)]
    person = world.engine.state.leases[case.token].person
    world.step(lambda e: e.agent(person, "lead", active=False))
    held = world.engine.state.leases.get(case.token)
    assert held is None or held.person != person
    with pytest.raises(MindshareError, match="no cases at present"):
        world.step(lambda e: e.next(person, world.now + 10))


def test_somebody_new_can_be_asked():
    world = World(limits={})
    world.step(lambda e: e.agent("dan", "lead", active=True))
    for i in range(60):
        world.submit(i)
    assert world.step(lambda e: e.next("dan", world.now + 10)) is not None


def test_an_engine_built_from_its_log_goes_on_like_the_first():
    one_, other = World(), World()
    for world in (one_, other):
        world.free("ana")
        for i in range(20):
            world.submit(i)
        world.step(lambda e: e.outcome("n3", "bug"))
    again = rebuilt(other.made, other.log, other.now)
    again.at(other.now)
    for world in (one_, other):
        if world is other:
            world.engine = again
        world.step(lambda e: e.start("test", {"": "0"}))
        for i in range(20, 40):
            world.submit(i)
    told = [
        [e for e in w.events() if type(e).__name__ in ("Decided", "Leased", "Waiting", "Paced")]
        for w in (one_, other)
    ]
    assert told[0] == told[1]


def test_the_log_follows_from_what_came_in():
    world = World()
    world.free("ana", "ben")
    for i in range(30):
        world.submit(i)
        for lease in list(world.engine.state.leases.values()):
            world.step(
                lambda e, at=lease: e.answer(at.case, at.person, at.token, Said("bug", comment="why not"))
            )
            world.free(lease.person)
    assert one(world.step(lambda e: e.submit([ticket(0)]))).id == "n0"
    replay = replayed(world.made, world.log)
    assert replay.differences == ()
    assert replay.events == len(world.events())
    changed = world.log.kept[8]
    world.log.kept[8] = type(changed)(
        changed.number, changed.at, changed.events.replace(b'"label":"', b'"label":"x'), changed.bodies
    )
    if world.log.kept[8].events != changed.events:
        assert replayed(world.made, world.log).differences


def test_a_resource_of_which_too_much_is_spent_keeps_nobody_from_answering_who_uses_none_of_it() -> None:
    world = World(limits={"human_answers": {"limit": 50.0}, "cpu_s": {"limit": 10.0}})
    gone = np.array([8.0 * (r == "cpu_s") for r in world.engine.spending.resources])
    world.step(lambda e: e.spending.charge(gone) and None)
    world.step(lambda e: e.change_limits({"cpu_s": 1.0}, "lead"))
    assert min(world.engine.spending.left) < 0
    for i in range(40):
        world.step(lambda e, i=i: one(e.submit([ticket(i)])))
    lease = world.step(lambda e: e.next("ana", e.now + 60.0))
    assert lease is not None
