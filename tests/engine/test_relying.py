"""Reliance read from a log: what was shown before each answer, by a reveal, with the case or planted; SIMULATED reviewers are found again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mindshare.engine.attending import Said
from mindshare.engine.gold import Gold
from mindshare.engine.relying import answers_of_people, reliance_told
from mindshare.engine.revealing import First
from mindshare.people.qualification import Probe
from mindshare.people.reliance import Given
from mindshare.people.simulated_reviewers import REVIEWERS, Habit
from tests.engine.test_revealing import KIND, MUST
from tests.engine.world import World, gold, ticket, tickets


def only(world: World, name: str) -> Given:
    [given] = [g for g in answers_of_people(world.log, world.made.gold) if g.person == name]
    return given


def test_what_was_shown_by_a_reveal_is_what_the_answer_is_held_against() -> None:
    world = World(kinds={"default": KIND | {"shown": "after"}}, limits={}, **MUST)
    said = [{"agent": "large_bot", "label": "bug"}, {"agent": "small_bot", "label": "bug"}]
    world.submit(0, answers=said)
    lease = world.step(lambda e: e.next("ana", world.now + 10))
    world.step(lambda e: e.reveal(lease.token, "ana", First("billing")))
    world.step(lambda e: e.answer("n0", "ana", lease.token, Said("bug")), later=20.0)
    alone = world.step(lambda e: e.next("ben", world.now + 10))
    world.step(lambda e: e.answer("n0", "ben", alone.token, Said("billing")), later=10.0)
    world.step(lambda e: e.outcome("n0", "billing"))
    world.step(lambda e: e.outcome("n0", "bug"))  # a later outcome corrects an earlier one
    told = only(world, "ana")
    assert told == Given(
        "ana", "", "bug", "bug", shown=True, advice="bug", own=True, first="billing", seconds=21.0
    )
    assert only(world, "ben") == Given("ben", "", "billing", "bug", seconds=10.0)
    world.step(lambda e: e.undo("n0", "ben"))
    assert {g.person for g in answers_of_people(world.log, world.made.gold)} == {"ana"}


@pytest.mark.parametrize("shown", ["always", "learnt"])
def test_what_came_with_the_case_is_read_from_its_contents_until_they_are_erased(shown: str) -> None:
    world = World(kinds={"default": KIND | {"shown": shown, "tried": 1.0}}, limits={}, **MUST)
    said = [{"agent": "large_bot", "label": "bug"}, {"agent": "small_bot", "label": "bug"}]
    for i in range(8):
        world.submit(i, answers=said)
        lease = world.step(lambda e: e.next("ana", world.now + 10))
        world.step(lambda e, t=lease: e.answer(t.case, "ana", t.token, Said("bug")))
    told = answers_of_people(world.log, world.made.gold)
    assert len(told) == 8 and all((g.advice == "bug") is g.shown for g in told)
    assert {g.shown for g in told} == ({True} if shown == "always" else {True, False})
    world.log.bodies_.clear()
    assert {g.advice for g in answers_of_people(world.log, world.made.gold)} == {None}


@pytest.mark.parametrize("shown", ["request", "always"])
def test_what_was_planted_counts_as_wrong_advice(shown: str) -> None:
    probes = {"file": "gold.jsonl", "share": 1.0, "planted": 0.5}
    world = World(kinds={"default": KIND | {"shown": shown, "probes": probes}}, gold=gold(20), limits={})
    for _ in range(20):
        lease = world.step(lambda e: e.next("ana", world.now + 10))
        world.step(lambda e, t=lease: e.reveal(t.token, "ana"))
        world.step(lambda e, t=lease: e.answer(t.case, "ana", t.token, Said("bug")))
    told = answers_of_people(world.log, world.made.gold)
    planted = [g for g in told if g.planted]
    assert len(told) == 20 and 4 <= len(planted) <= 16 and all(g.truth == "bug" for g in told)
    assert all(g.advice not in (None, "bug") for g in planted)
    [ana] = reliance_told(world.log, world.made.settings, world.made.gold)["people"]
    assert ana["planted"] == len(planted) and ana["follows_wrong"]["yes"] == 0
    assert ana["follows_wrong"]["of"] >= len(planted)


def test_simulated_reviewers_are_found_again_in_the_log_of_a_service() -> None:
    """SIMULATED: four people at one service, sixty probes each, half of them planted, advice after the own answer."""
    labels, many = tickets()[0].team.labels, 60
    rng = np.random.default_rng(1)
    truths = {f"g{i}": str(rng.choice(labels)) for i in range(many)}
    said = {
        name: y if rng.random() < 0.85 else str(rng.choice([x for x in labels if x != y]))
        for name, y in truths.items()
    }
    cases = {
        name: ticket(i, id=name, answers=[{"agent": "large_bot", "label": said[name]}])
        for i, name in enumerate(truths)
    }
    known = Gold(b"key", {"": cases}, {"": [Probe(name, y) for name, y in truths.items()]})
    probes = {"file": "gold.jsonl", "share": 1.0, "planted": 0.5}
    kind: dict[str, Any] = {**KIND, "shown": "after", "probes": probes}
    world = World(kinds={"default": kind}, gold=known, limits={}, trust_seconds=True)
    who = {f"sim_{name}": Habit(reviewer=REVIEWERS[name], rng=rng) for name in REVIEWERS}
    for person in who:
        world.step(lambda e, p=person: e.agent(p, "lead", active=True))
    for _ in range(many):
        for person, habit in who.items():
            lease = world.step(lambda e, p=person: e.next(p, world.now + 10))
            truth = truths[lease.case]
            first = habit.first(truth, labels)
            world.step(lambda e, t=lease, y=first: e.reveal(t.token, t.person, First(y)))
            [advice] = [a.label for a in world.engine.advice(lease)]
            said_at_last = Said(habit.final(first, advice, truth), seconds=habit.seconds())
            world.step(lambda e, t=lease, s=said_at_last: e.answer(t.case, t.person, t.token, s))
    told = reliance_told(world.log, world.made.settings, world.made.gold)
    assert {p["id"]: p["looks_like"] for p in told["people"]} == {f"sim_{name}": name for name in REVIEWERS}
    assert all(p["simulated"] and p["answers"] == many for p in told["people"])
    assert told["with_advice"] == told["answers"] == 4 * many
