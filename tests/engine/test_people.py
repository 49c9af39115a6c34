"""What holds of people at the desk: shifts, minutes, breaks, enough for today, probes, what they are shown, how good they are."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from mindshare.core.errors import MindshareError, NotNow
from mindshare.engine import events as ev
from mindshare.engine.attending import Said
from mindshare.engine.cases import DECIDED, LEASED, WAITING, Lease
from mindshare.engine.noted import notes
from mindshare.engine.rebuild import rebuilt
from mindshare.engine.replay import replayed
from mindshare.engine.settings import settings_of
from mindshare.engine.skills import skills_told
from tests.engine.world import START, World, gold, ticket, untimed

ALWAYS = {"zone": "UTC", "week": {"mon-sun": "00:00-24:00"}}
HOUR = 3600.0
MUST: dict[str, Any] = {"guard": {"mandatory_review": {"people": 3}}, "limits": {}}  # every case needs people
LONG = {"default": {"grace_s": 30.0, "wait_s": 1e6, "lease_s": 7200.0}}


def follows(world: World) -> None:
    """The log can be folded and replayed to what is now."""
    assert replayed(world.made, world.log).differences == ()
    again = rebuilt(world.made, world.log, world.now)
    assert again.state.people == world.engine.state.people


def answered(world: World, person: str, seconds: float, label: str = "bug") -> Lease:
    """The person's next case, answered after so many seconds."""
    lease = world.step(lambda e: e.next(person, world.now + 10))
    assert lease is not None, person
    world.step(lambda e: e.answer(lease.case, person, lease.token, Said(label)), later=seconds)
    return lease


def sent(world: World, count: int, **more: Any) -> None:
    for i in range(count):
        world.submit(i, **more)


def closed(world: World, person: str) -> NotNow:
    with pytest.raises(NotNow) as e:
        world.step(lambda g: g.next(person, world.now + 10))
    return e.value


# START is Friday 2027-01-15 08:00 UTC
def test_whoever_is_off_shift_gets_no_case_and_hears_when_next():
    shifts = {"zone": "Europe/Berlin", "week": {"mon": "09:00-17:00", "fri": "09:00-10:00"}}
    world = World(people={"ana": shifts}, kinds=LONG, **MUST)
    sent(world, 3)
    lease = world.step(lambda e: e.next("ana", world.now + 10))
    assert lease is not None
    world.step(lambda e: e.tick(), later=HOUR)  # her shift is over, her case stays hers
    assert world.engine.state.cases[lease.case].status == LEASED
    assert world.step(lambda e: e.next("ana", world.now + 10)) == lease
    world.step(lambda e: e.answer(lease.case, "ana", lease.token, Said("bug")))
    told = closed(world, "ana")
    assert str(told) == "ana is off shift until Mon 09:00."
    assert told.until == START + 3 * 24 * HOUR  # 08:00 UTC
    assert world.step(lambda e: e.next("ben", world.now + 10)) is not None  # nothing is written of ben
    follows(world)


def test_whoever_waits_when_the_shift_ends_waits_no_more():
    world = World(people={"default": {"zone": "UTC", "week": {"fri": "00:00-09:00"}}}, **MUST)
    world.free("ana")
    world.step(lambda e: e.tick(), later=HOUR)
    assert isinstance(world.events()[-1], ev.Away | ev.Paced) and "ana" not in world.engine.state.free
    assert world.submit(0).status == WAITING
    follows(world)


def test_minutes_that_are_given_are_not_passed_by_more_than_one_answer():
    world = World(people={"ana": ALWAYS | {"minutes": 10}}, kinds=LONG, **MUST)
    sent(world, 10)
    for _ in range(3):
        answered(world, "ana", 240.0)
    assert str(closed(world, "ana")) == "ana has given all of 10 minutes until Sat 00:00."
    world.now = START + 16 * HOUR
    assert answered(world, "ana", 60.0)
    follows(world)


def test_a_break_that_is_due_is_taken():
    world = World(people={"ana": ALWAYS | {"break": {"after": 20, "minutes": 5}}}, kinds=LONG, **MUST)
    sent(world, 10)
    for _ in range(2):
        answered(world, "ana", 660.0)
    told = closed(world, "ana")
    assert "ana has a break until Fri 08:" in str(told) and told.until is not None
    world.now = told.until
    assert answered(world, "ana", 60.0)
    follows(world)


def test_whoever_waits_through_the_end_of_a_break_is_given_a_case_then():
    world = World(people={"ana": ALWAYS | {"break": {"after": 20, "minutes": 5}}}, kinds=LONG, **MUST)
    sent(world, 10)
    for _ in range(2):
        answered(world, "ana", 660.0)
    until = closed(world, "ana").until  # ten seconds are not enough
    assert until is not None
    assert world.step(lambda e: e.next("ana", until + 1)) is None and "ana" in world.engine.state.free
    world.step(lambda e: e.tick(), later=100.0)
    world.submit(20)
    assert not world.engine.state.people["ana"].leases  # her break is not over
    world.now = until
    world.step(lambda e: e.tick(), later=0.0)
    assert world.engine.state.people["ana"].leases
    follows(world)


def test_whoever_waits_is_given_a_case_once_the_load_is_fair_again():
    """She carries more than ben, who waits too: the case is left to him. He has seen enough of that sort, and goes: now it is hers."""
    cap = {"tag": "heavy", "when": {"group": "abuse"}, "per_day": 1}
    world = World(fairness={"most": 1.2, "least": 5}, exposure=[cap], kinds=LONG, **MUST)
    world.step(lambda e: e.submit([ticket(40, group="abuse", askable=["ben"])]))
    assert answered(world, "ben", 1.0).case == "n40"
    sent(world, 3, group="light", askable=["ana"])
    for _ in range(3):
        assert answered(world, "ana", 300.0).case in ("n0", "n1", "n2")
    world.step(lambda e: e.submit([ticket(41, group="abuse", askable=["ana", "ben"])]))
    world.free("ben", "ana")
    world.step(lambda e: e.tick())
    assert list(world.engine.state.free) == ["ben", "ana"] and "n41" in world.engine.state.waiting
    world.step(lambda e: e.away("ben"))
    world.step(lambda e: e.tick())
    [token] = world.engine.state.people["ana"].leases
    assert world.engine.state.leases[token].case == "n41"
    follows(world)


def test_a_cap_holds_whatever_happens_and_other_cases_go_on():
    cap = {"tag": "heavy", "when": {"group": "abuse"}, "per_day": 2}
    world = World(exposure=[cap], kinds=LONG, **MUST)
    sent(world, 12, group="abuse")
    world.step(lambda e: e.submit([ticket(50, group="light")]))
    heavy = [answered(world, "ana", 30.0).case for _ in range(2)]
    assert all(world.engine.state.cases[c].group == "abuse" for c in heavy)
    assert answered(world, "ana", 30.0).case == "n50"  # though twelve others came before
    assert world.step(lambda e: e.next("ana", world.now + 1)) is None
    case = world.engine.state.cases["n9"]
    assert "ana was shown 2 heavy cases today; 2 are allowed." in notes(case, world.engine)
    world.now = START + 16 * HOUR  # another day
    assert answered(world, "ana", 30.0).case in world.engine.state.cases
    follows(world)


def test_whoever_carries_more_than_a_fair_share_leaves_cases_to_those_who_wait():
    world = World(fairness={"most": 1.2, "least": 5}, kinds=LONG, **MUST)
    sent(world, 12)
    for _ in range(3):
        answered(world, "ana", 300.0)  # alone, she is never above a fair share
    world.step(lambda e: e.next("ben", world.now + 1e6))
    mine = {c.id for c in world.engine.state.cases.values() if c.status == LEASED}
    held = world.engine.state.leases[world.engine.state.people["ben"].leases[0]]
    assert mine == {held.case}
    world.step(lambda e: e.answer(held.case, "ben", held.token, Said("bug")))
    world.free("ana", "cem")
    with_ana = world.engine.state.people["ana"].leases
    assert with_ana  # nobody else waited when she asked
    follows(world)


# --- probes ---------------------------------------------------------------------------------------------------------------


def probed(count: int = 40, share: float = 0.0, rule: dict[str, Any] | None = None, **settings: Any) -> World:
    told = {"file": "gold.jsonl", "share": share} | ({} if rule is None else {"pass": rule})
    kinds = {"default": LONG["default"] | {"probes": told}}
    return World(**({"kinds": kinds, "gold": gold(count)} | MUST | settings))


def test_whoever_has_to_qualify_gets_probes_first_and_then_cases():
    world = probed(rule={"threshold": 0.5})
    sent(world, 5)
    seen = []
    for _ in range(40):
        lease = answered(world, "ana", 20.0, "bug")
        if not lease.probe:
            break
        seen.append(lease.case)
    assert 5 <= len(seen) < 20 and len(set(seen)) == len(seen) and lease.case == "n0"
    assert world.engine.presence.standing("ana", "") == "qualified"
    told = skills_told(world.engine)["ana"][""]
    assert told["probes"] == len(seen) and told["accuracy"] > 0.7
    for _ in range(30):
        lease = (
            world.step(lambda e: e.next("ben", world.now + 10))
            if world.engine.presence.standing("ben", "") == "open"
            else None
        )
        if lease is None:
            break
        world.step(lambda e, at=lease: e.answer(at.case, "ben", at.token, Said("billing")))
    assert str(closed(world, "ben")) == "ben has not qualified: too many probes were wrong."
    follows(world)


def test_a_probe_is_no_case_and_its_answer_tells_of_the_person_only():
    world = probed(share=1.0)
    sent(world, 2)
    before = world.engine.state
    arrived, answers = before.arrived, before.answers
    lease = world.step(lambda e: e.next("ana", world.now + 10))
    assert lease.probe and lease.case not in before.cases
    case = world.step(lambda e: e.answer(lease.case, "ana", lease.token, Said("bug")))
    assert case.status == DECIDED and case.until > world.now
    assert (
        world.step(lambda e: e.answer(lease.case, "ana", lease.token, Said("bug"))).id == case.id
    )  # sent again
    with pytest.raises(MindshareError, match="answered already"):
        world.step(lambda e: e.answer(lease.case, "ana", lease.token, Said("billing")))
    assert (before.arrived, before.answers, before.people["ana"].tallies[""].right) == (arrived, answers, 1)
    back = world.step(lambda e: e.undo(lease.case, "ana"))
    assert back.probe and before.people["ana"].tallies[""].right == 0
    world.step(lambda e: e.skip(back.token, "ana", "later"))
    with pytest.raises(MindshareError, match="gold probe"):
        world.submit(3, id=lease.case)
    follows(world)


def test_probes_come_as_often_as_said_and_nobody_foresees_when():
    world = probed(40, share=0.2)
    sent(world, 100)
    leases = [answered(world, "ana", 5.0) for _ in range(100)]
    assert 8 <= sum(lease.probe for lease in leases) <= 32
    follows(world)


@pytest.mark.parametrize("sign_of_life", [0.0, 40.0])
def test_a_probe_ends_by_itself_like_a_lease_and_the_time_that_it_was_shown_is_charged(sign_of_life):
    told = {"file": "gold.jsonl", "share": 1.0}
    kinds = {"default": {"grace_s": 30.0, "wait_s": 1e6, "lease_s": 60.0, "probes": told}}
    limits = {"people.minutes": {"limit": 30.0, "per_s": None}}
    world = World(kinds=kinds, gold=gold(5), limits=limits, guard={"mandatory_review": {"people": 3}})
    sent(world, 1)
    lease = world.step(lambda e: e.next("ana", world.now + 10))
    assert lease.probe
    if sign_of_life:
        world.step(lambda e: e.beat(lease.token, "ana"), later=sign_of_life)
    world.step(lambda e: e.tick(), later=59.0)
    assert lease.token in world.engine.state.leases
    world.step(lambda e: e.tick(), later=1.0)
    assert lease.token not in world.engine.state.leases
    ended = next(e for e in world.events() if isinstance(e, ev.Expired))
    assert (ended.case, ended.token) == (lease.case, lease.token)
    assert ended.spent["people.minutes"] == pytest.approx((sign_of_life + 60.0) / 60.0)
    assert world.engine.spending.pacer.used["people.minutes"] == ended.spent["people.minutes"]
    assert world.step(lambda e: e.next("ana", world.now + 10)).case != lease.case  # nobody sees one twice
    world.step(lambda e: e.answer(lease.case, "ana", lease.token, Said("bug")))  # late, and it tells of her
    assert world.engine.presence.probes("ana", "") == (1, 1)
    follows(world)


# --- how good, and what is shown ------------------------------------------------------------------------------------------


def test_a_person_who_joins_is_learnt_within_tens_of_answers():
    """SIMULATED: dora is right nine times of ten; what is known of her is that, within 0.1 either way."""
    world = World(kinds=LONG, **MUST)
    world.step(lambda e: e.agent("dora", "lead", active=True))
    sent(world, 60)
    for i in range(60):
        lease = answered(world, "dora", 20.0 + i % 5, "billing" if i % 10 == 0 else "bug")
        world.step(lambda e, at=lease: e.outcome(at.case, "bug"))
    told = skills_told(world.engine)["dora"][""]
    low, high = told["accuracy_95"]
    assert 0.75 < low < 0.9 < high < 0.97 and abs(told["accuracy"] - 0.9) < 0.05
    assert 19 < told["seconds"] < 26 and told["seconds_95"][0] < told["seconds"] < told["seconds_95"][1]
    world.step(lambda e: e.outcome(lease.case, "delivery"))  # a correction
    assert skills_told(world.engine)["dora"][""]["right"] == told["right"] - 1
    follows(world)


def test_the_cases_of_whoever_leaves_go_back_at_once():
    world = probed(share=0.5)
    sent(world, 5)
    lease = world.step(lambda e: e.next("ana", world.now + 10))
    world.step(lambda e: e.agent("ana", "lead", active=False))
    assert not world.engine.state.people["ana"].leases and lease.token not in world.engine.state.leases
    assert len(world.engine.state.waiting) == 5
    follows(world)


def test_people_are_shown_what_machines_say_where_the_kind_says_so_unless_the_guard_wants_them_blind():
    kinds = {"default": LONG["default"] | {"shown": "always"}}
    world = World(kinds=kinds, guard={"mandatory_review": {"people": 3}}, limits={})
    sent(world, 2)
    lease = answered(world, "ana", 20.0)
    assert lease.shown and world.engine.state.cases[lease.case].heard[-1].shown
    follows(world)
    blind = World(kinds=kinds, guard={"two_persons": {}}, limits={})
    sent(blind, 2)
    lease = answered(blind, "ana", 20.0)
    assert not lease.shown and not blind.engine.state.cases[lease.case].heard[-1].shown


# --- settings -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            {"people": {"ana": {"week": {"mno": "09:00-17:00"}, "zone": "UTC"}}},
            "people.ana.week must name days",
        ),
        ({"people": {"ana": ["09:00"]}}, "people.ana must hold keys"),
        ({"fairness": {"most": 0.5}}, "fairness.most must be a number >= 1"),
        ({"exposure": [{"when": {"kind": "x"}, "per_day": 3}]}, r"exposure\[0\].tag must be a word"),
        ({"exposure": [{"tag": "x", "when": {"belief": "<0.5"}, "per_day": 3}]}, "has no key 'belief'"),
        (
            {"kinds": {"default": {"shown": "sometimes"}}},
            "shown must be one of never, request, after, always, learnt",
        ),
        (
            {"kinds": {"default": {"probes": {"file": "g", "share": 2}}}},
            "probes.share must be between 0 and 1",
        ),
        ({"kinds": {"default": {"shown": "aftr"}}}, "Did you mean 'after'"),
        ({"kinds": {"default": {"reveals": -1}}}, "reveals must be a number >= 0"),
        ({"kinds": {"default": {"floor_s": -1.0}}}, "floor_s must be a number >= 0"),
        (
            {"kinds": {"default": {"shown": "after", "probes": {"file": "g", "planted": 2}}}},
            "probes.planted must be between 0 and 1",
        ),
        ({"kinds": {"default": {"probes": {"file": "g", "planted": 0.5}}}}, "shown is never"),
        (
            {"kinds": {"default": {"probes": {"file": "g", "pass": {"threshold": 1.5}}}}},
            "threshold must be > 0 and < 1",
        ),
    ],
)
def test_a_mistake_in_what_is_written_of_people_is_one_sentence(written: dict[str, Any], said: str) -> None:
    with pytest.raises(MindshareError, match=said):
        settings_of(written, "service.yaml")


def test_what_is_known_of_people_survives_a_snapshot():
    world = probed(share=0.5)
    sent(world, 5)
    for _ in range(4):
        answered(world, "ana", 20.0)
    state = world.engine.state
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=type(state)) == state


def test_a_limit_on_minutes_holds_people_whom_the_history_never_timed():
    world = World(
        model=untimed(),
        guard=MUST["guard"],
        kinds=LONG,
        limits={"people.minutes": {"limit": 3.0, "per_s": None}},
    )
    sent(world, 5)
    lease = world.step(lambda e: e.next("ana", world.now + 10))
    assert lease is not None and lease.use["people.minutes"] == 1.0  # a minute, until somebody is timed
    world.step(lambda e: e.answer(lease.case, "ana", lease.token, Said("bug")), later=90.0)
    assert world.engine.spending.left.tolist() == pytest.approx([1.5])
    follows(world)
