"""Rules and guidelines that are changed while the service runs: they hold from the next decision on, outlive starts, and are replayed."""

from __future__ import annotations

from typing import Any

import pytest

from mindshare.core.errors import MindshareError
from mindshare.engine import events as ev
from mindshare.engine.probing import Said
from mindshare.engine.rebuild import Made, rebuilt
from mindshare.engine.replay import replayed
from mindshare.engine.ruled import guard_of, guidelines_of
from mindshare.engine.settings import Settings
from mindshare.engine.snapshots import frozen
from mindshare.store.protocol import Snapshot
from tests.engine.world import World, made

REVIEW: dict[str, Any] = {"mandatory_review": {}}
AUDIT: dict[str, Any] = {"audit_share": {"share": 1.0}}
NONE: dict[str, Any] = {
    "limits": {"human_answers": {"limit": 0.0}},
    "cases": None,
}  # nobody is asked for what it is worth


def begins_again(world: World, **settings: Any) -> None:
    """The service ends, and begins again with these settings."""
    world.made = made(**settings)
    world.engine = rebuilt(world.made, world.log, world.now)
    world.step(lambda e: e.start("test", {"": "0"}))


def of(settings: Settings) -> Made:
    """What the service of tickets is set up with under these settings."""
    world = made()
    return world._replace(settings=settings, rules=world.reread(settings.guard))


def rules_of(world: World) -> set[str]:
    return {rule.name for rule in world.engine.guarding.rules} - {"opt_out", "stop"}


def holds(world: World) -> tuple[dict[str, Any], str]:
    e = world.engine
    return guard_of(e.state, e.settings), guidelines_of(e.state, e.settings, "")


def change(world: World, guard: dict[str, Any] | None = None, text: str | None = None) -> None:
    told = {} if text is None else {"": text}
    world.step(lambda e: e.change_rules("lea", told, guard, "so it is safer"))


def test_a_rule_holds_from_the_next_case_on_and_what_was_decided_stays() -> None:
    world = World(**NONE)
    before = world.submit(0)
    assert before.word(world.now) == "provisional"
    change(world, REVIEW)
    assert before.word(world.now) == "provisional"
    assert world.submit(1).word(world.now) == "waiting"
    world.step(lambda e: e.tick(), later=1e4)
    assert world.engine.case("n1").word(world.now) == "waiting", "it waits for a person as long as it takes"


def test_a_rule_that_goes_lets_go_what_waits_because_of_it_at_once() -> None:
    world = World(guard=REVIEW, **NONE)
    case = world.submit(0)
    assert case.word(world.now) == "waiting"
    change(world, {})
    assert case.word(world.now) == "provisional" and case.by == "rule"


def test_a_case_that_waits_is_given_by_the_new_rules_and_a_second_person_is_asked() -> None:
    world = World(guard=REVIEW, **NONE)
    world.submit(0)
    change(world, {"two_persons": {}})
    lease = world.step(lambda e: e.next("ana", e.now + 1.0))
    case = world.step(lambda e: e.answer(lease.case, "ana", lease.token, Said("bug")))
    assert case.word(world.now) == "waiting"
    lease = world.step(lambda e: e.next("ben", e.now + 1.0))
    case = world.step(lambda e: e.answer(lease.case, "ben", lease.token, Said("bug")))
    assert case.word(world.now) == "provisional" and case.label == "bug"


def test_what_the_log_says_is_who_when_why_and_what() -> None:
    world = World(**NONE)
    change(world, REVIEW, text="Read it twice.")
    [told] = [e for e in world.events() if isinstance(e, ev.RulesChanged)]
    assert (told.by, told.guard, told.guidelines) == ("lea", REVIEW, {"": "Read it twice."})
    assert told.words is not None and world.log.bodies_[told.words.key].data == b"so it is safer"


def test_what_is_no_guard_changes_nothing() -> None:
    world = World(guard=REVIEW, **NONE)
    with pytest.raises(MindshareError, match=r"guard.mandatory_review.people must be a whole number >= 1"):
        change(world, {"mandatory_review": {"people": 0}})
    assert rules_of(world) == {"mandatory_review"}
    assert not [e for e in world.events() if isinstance(e, ev.RulesChanged)]


@pytest.mark.parametrize("snapshot", [False, True])
def test_they_outlive_a_start_from_the_log_and_from_a_snapshot(snapshot: bool) -> None:
    world = World(guard=REVIEW, **NONE)
    change(world, AUDIT, text="Read it twice.")
    world.submit(0)
    if snapshot:
        world.log.snap = Snapshot(world.log.head(), frozen(world.engine, world.made.digest)())
    begins_again(world, guard=REVIEW, **NONE)
    assert rules_of(world) == {"audit_share"} and holds(world) == (AUDIT, "Read it twice.")
    case = world.submit(1)
    assert case.word(world.now) == "waiting"


def test_service_yaml_holds_again_once_it_says_something_else_and_only_of_that() -> None:
    world = World(guard=REVIEW, **NONE)
    change(world, AUDIT, text="Read it twice.")
    begins_again(world, guard=REVIEW, **NONE, expect=30.0)
    assert holds(world) == (AUDIT, "Read it twice."), "something else was written"
    world.made = made(guard={"never_automate": {}}, **NONE)
    world.engine = rebuilt(world.made, world.log, world.now)
    assert rules_of(world) == {"never_automate"}, "before the start is written"
    world.step(lambda e: e.start("test", {"": "0"}))
    assert rules_of(world) == {"never_automate"} and holds(world)[1] == "Read it twice."
    begins_again(world, guard=REVIEW, **NONE)
    assert rules_of(world) == {"mandatory_review"}, "an old change does not come back with the old words"
    kind = {"default": {"guidelines": "Read it once.", "grace_s": 30.0}}
    begins_again(world, guard=REVIEW, kinds=kind, **NONE)
    assert holds(world) == (REVIEW, "Read it once.")


def test_a_log_with_changed_rules_is_replayed_to_the_bit_also_across_starts_with_other_settings() -> None:
    world = World(guard=REVIEW, cases=None)

    def works(first: int) -> None:
        for i in range(first, first + 6):
            world.submit(i)
            lease = world.step(lambda e: e.next("ana", e.now + 1.0))
            if lease is not None:
                world.step(lambda e, at=lease: e.answer(at.case, "ana", at.token, Said("bug", seconds=9.0)))
            world.step(lambda e: e.tick(), later=10.0)

    works(0)
    change(world, {}, text="Read it twice.")
    works(10)
    change(world, {"audit_share": {"share": 0.5}, "two_persons": {"when": {"label": "bug"}}})
    works(20)
    begins_again(world, guard=REVIEW, cases=None)
    works(30)
    begins_again(world, guard={"never_automate": {}}, cases=None)
    works(40)
    change(world, REVIEW)
    works(50)
    told = replayed(world.made, world.log, remake=of)
    assert (told.differences, told.reasons) == ((), ())
    assert told.compared == ((1, len(world.log.kept)),)


def test_rules_that_fit_no_more_say_who_set_them_and_what_to_do() -> None:
    world = World(**NONE)
    change(world, {"mandatory_review": {"when": {"label": "bug"}}})

    def fits_no_more(_: Any) -> Any:
        raise MindshareError("guard.mandatory_review.when.label names 'bug', which is not known.")

    world.made = made(**NONE)._replace(reread=fits_no_more)
    with pytest.raises(
        MindshareError, match=r"'lea' set on 2027-01-15 .* do not fit any more: .* service\.yaml"
    ):
        rebuilt(world.made, world.log, world.now)


def test_a_case_that_says_of_itself_that_it_is_opted_out_is_decided_by_a_person_without_any_other_rule() -> (
    None
):
    world = World(guard={"opt_out": {"when": {"feature.by": ["chat", "mail", "web", "phone"]}}}, **NONE)
    assert world.submit(0).word(world.now) == "waiting"
