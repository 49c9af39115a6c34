"""Advice on request, and after the own answer: what machines say is shown on a logged reveal only, and the answer then counts as shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mindshare.core.errors import Conflict
from mindshare.engine import events as ev
from mindshare.engine.attending import Said
from mindshare.engine.cases import Lease
from mindshare.engine.export import exported
from mindshare.engine.noted import notes
from mindshare.engine.rebuild import rebuilt
from mindshare.engine.revealing import First
from mindshare.engine.seating import drawn_manner, manners
from mindshare.engine.settings import Kind
from mindshare.engine.skills import skills_told
from mindshare.web.telling import lease_told
from tests.engine.test_shown import Simulated, alone_at_work, learnt_anew
from tests.engine.world import World, gold, tickets

pytestmark = pytest.mark.filterwarnings(
    "ignore:Precision loss"
)  # of scipy, where machines are right on all easy cases
MUST = {"guard": {"mandatory_review": {"people": 3}}}
KIND: dict[str, Any] = {"grace_s": 30.0, "wait_s": 1e6, "lease_s": 600.0, "tried": 0.0}


def world_of(shown: str, guard: dict[str, Any] = MUST, **more: Any) -> World:
    return World(kinds={"default": KIND | {"shown": shown} | more}, limits={}, **guard)


def leased(world: World, i: int = 0, person: str = "ana") -> Lease:
    world.submit(i)
    return world.step(lambda e: e.next(person, world.now + 10))


def seen(world: World, lease: Lease) -> Any:
    return json.loads(lease_told(lease, world.engine)).get("answers")


def refused(world: World, lease: Lease, first: First | None = None) -> str:
    with pytest.raises(Conflict) as told:
        world.step(lambda e: e.reveal(lease.token, lease.person, first))
    assert not lease.shown and seen(world, lease) is None
    return str(told.value)


def follows(world: World) -> None:
    from mindshare.engine.replay import replayed

    assert replayed(world.made, world.log).differences == ()
    again = rebuilt(world.made, world.log, world.now)
    assert (again.state.people, again.state.leases, again.state.cases) == (
        world.engine.state.people,
        world.engine.state.leases,
        world.engine.state.cases,
    )


def test_on_request_machines_are_shown_once_it_is_written_down_and_the_answer_counts_as_shown():
    world = world_of("request")
    lease = leased(world)
    assert not lease.shown and seen(world, lease) is None
    world.step(lambda e: e.reveal(lease.token, "ana"))
    said = {a["agent"]: a["label"] for a in seen(world, lease)}
    [event] = [e for e in world.events() if isinstance(e, ev.Revealed)]
    assert (event.case, event.person, event.own, event.first, event.said) == ("n0", "ana", False, None, said)
    assert len(said) == 2 and not event.planted
    world.step(lambda e: e.reveal(lease.token, "ana"))  # asked again, as after a lost reply
    assert sum(isinstance(e, ev.Revealed) for e in world.events()) == 1
    world.step(lambda e: e.answer("n0", "ana", lease.token, Said("bug")))
    assert world.engine.state.cases["n0"].heard[-1].shown
    alone = leased(world, 1)
    world.step(lambda e: e.answer("n1", "ana", alone.token, Said("bug")))
    assert not world.engine.state.cases["n1"].heard[-1].shown
    assert set(exported(world.log, world.made.team).answers["agent"]) >= {"ana", "ana+shown"}
    follows(world)


def test_after_the_own_answer_means_that_there_is_one_also_that_one_cannot_tell():
    world = world_of("after")
    lease = leased(world)
    assert "comes after your own answer" in refused(world, lease)
    with pytest.raises(Exception, match="not one of the labels"):
        world.step(lambda e: e.reveal(lease.token, "ana", First("buug")))
    world.step(lambda e: e.reveal(lease.token, "ana", First("bug")))
    world.step(lambda e: e.answer("n0", "ana", lease.token, Said("billing")))
    other = leased(world, 1)
    world.step(lambda e: e.reveal(other.token, "ana", First(None)))
    told = [(e.own, e.first) for e in world.events() if isinstance(e, ev.Revealed)]
    assert told == [(True, "bug"), (True, None)]
    follows(world)


def test_nobody_reveals_what_somebody_else_has_or_what_there_is_not():
    world = world_of("request")
    lease = leased(world)
    with pytest.raises(Conflict, match="holds no lease"):
        world.step(lambda e: e.reveal(lease.token, "ben"))
    world.step(lambda e: e.answer("n0", "ana", lease.token, Said("bug")))
    with pytest.raises(Conflict, match="holds no lease"):
        world.step(lambda e: e.reveal(lease.token, "ana"))
    world.submit(1, answers=[])
    silent = next(
        x
        for x in (world.step(lambda e, p=p: e.next(p, world.now + 10)) for p in ("ana", "ben"))
        if x.case == "n1"
    )
    assert "No machine has said anything" in refused(world, silent)


@pytest.mark.parametrize("shown", ["never", "learnt"])
def test_where_the_kind_has_no_advice_for_the_asking_none_is_given(shown: str):
    world = world_of(shown)
    lease = leased(world)
    if not lease.shown:
        assert "not for the asking" in refused(world, lease)


def test_a_rule_that_wants_a_blind_answer_gets_one():
    world = world_of("request", {"guard": {"two_persons": {}}})
    assert "answered alone" in refused(world, leased(world))


def test_on_a_drawn_share_of_the_cases_nothing_is_revealed_and_nobody_foresees_which():
    how = Kind(shown="after", tried=0.4)
    drawn = [drawn_manner(how, f"n{i}", 0) for i in range(4000)]
    assert 0.18 < sum(x is False for x in drawn) / 4000 < 0.22
    assert 0.18 < sum(x is True for x in drawn) / 4000 < 0.22
    assert all(manners(how, f"n{i}", 0, can_show=True) == (True, False) for i in range(50))
    world = world_of("after", tried=1.0)
    for i in range(12):
        lease = leased(world, i)
        if drawn_manner(Kind(tried=1.0), lease.case, 0):
            world.step(lambda e, t=lease: e.reveal(t.token, "ana", First("bug")))
        else:
            assert "answered alone" in refused(world, lease, First("bug"))
        world.step(lambda e, t=lease: e.answer(t.case, "ana", t.token, Said("bug")))
    told = {e.case for e in world.events() if isinstance(e, ev.Revealed)}
    assert 0 < len(told) < 12
    follows(world)


def test_a_day_has_so_many_reveals_of_a_kind():
    world = world_of("request", reveals=2)
    for i in range(3):
        lease = leased(world, i)
        if i < 2:
            world.step(lambda e, t=lease: e.reveal(t.token, "ana"))
        else:
            assert "advice on 2 cases of this kind today" in refused(world, lease)
        world.step(lambda e, t=lease: e.answer(t.case, "ana", t.token, Said("bug")))
    tomorrow = leased(world, 3)
    world.step(lambda e: e.beat(tomorrow.token, "ana"), later=500.0)
    world.now += 86_400.0
    lease = leased(world, 4)
    world.step(lambda e: e.reveal(lease.token, "ana"))
    assert lease.shown
    follows(world)


def test_whoever_has_seen_the_advice_has_seen_it_also_under_the_next_lease():
    world = world_of("request")
    lease = leased(world)
    world.step(lambda e: e.reveal(lease.token, "ana"))
    world.step(lambda e: e.tick(), later=1000.0)  # the lease ends
    again = world.step(lambda e: e.next("ana", world.now + 10))
    assert (again.case, again.shown) == ("n0", True) and seen(world, again)
    world.step(lambda e: e.answer("n0", "ana", again.token, Said("bug")))
    back = world.step(lambda e: e.undo("n0", "ana"))
    assert back.shown
    other = world.step(lambda e: e.next("ben", world.now + 10))
    assert other is None or not other.shown
    follows(world)


def test_what_was_asked_for_ahead_is_shown_first_and_then_revealed():
    world = world_of("request")
    for i in range(2):
        world.submit(i)
    world.step(lambda e: e.next("ana", world.now + 10))
    ahead = world.step(lambda e: e.ahead("ana"))
    assert ahead.ahead and seen(world, ahead) is None
    world.step(lambda e: e.reveal(ahead.token, "ana"))
    assert not ahead.ahead and ahead.shown and len(seen(world, ahead)) == 2
    told = [type(e) for e in world.events() if isinstance(e, ev.Shown | ev.Revealed)]
    assert told == [ev.Shown, ev.Revealed]
    follows(world)


def test_a_gold_probe_is_revealed_like_a_case():
    probes = {"file": "gold.jsonl", "share": 1.0}
    world = World(kinds={"default": KIND | {"shown": "after", "probes": probes}}, gold=gold(3), limits={})
    lease = world.step(lambda e: e.next("ana", world.now + 10))
    assert lease.probe and "comes after your own answer" in refused(world, lease)
    world.step(lambda e: e.reveal(lease.token, "ana", First("billing")))
    assert len(seen(world, lease)) == 2
    world.step(lambda e: e.answer(lease.case, "ana", lease.token, Said("bug")))
    told = skills_told(world.engine)["ana"][""]
    assert (told["right"], told["shown"]["right"]) == (0, 1)
    follows(world)


def planted_world(shown: str, **more: Any) -> World:
    probes = {"file": "gold.jsonl", "share": 1.0, "planted": 0.5}
    kind = KIND | {"shown": shown, "probes": probes} | more
    return World(kinds={"default": kind}, gold=gold(40), limits={})


@pytest.mark.parametrize("shown", ["request", "after", "always", "learnt"])
def test_wrong_advice_is_planted_on_a_drawn_share_of_the_probes_and_written_down(shown: str):
    world = planted_world(shown)
    said: dict[str, set[str]] = {}
    for _ in range(40):
        lease = world.step(lambda e: e.next("ana", world.now + 10))
        if not lease.shown and shown in ("request", "after"):
            world.step(lambda e, t=lease: e.reveal(t.token, "ana", First("bug")))
        if lease.shown:
            said[lease.case] = {a["label"] for a in seen(world, lease)}
        world.step(lambda e, t=lease: e.answer(t.case, "ana", t.token, Said("bug")))
    how = {"request": ev.Revealed, "after": ev.Revealed}.get(shown, ev.Probed)
    wrong = {getattr(e, "case", "") or e.probe for e in world.events() if isinstance(e, how) and e.planted}
    assert 12 <= len(wrong) <= 28
    assert all(len(said[case]) == 1 and "bug" not in said[case] for case in wrong)
    assert len({next(iter(said[case])) for case in wrong}) == 2  # not always the same wrong label
    assert set(said) == wrong if shown == "learnt" else len(said) == 40
    again = planted_world(shown)
    assert [again.engine.planted("ana", "", case) for case in wrong] == [next(iter(said[c])) for c in wrong]
    others = {f"g{i}" for i in range(40) if world.engine.planted("ben", "", f"g{i}") is not None}
    assert others != wrong
    follows(world)


def test_nothing_is_ever_planted_on_a_case_that_somebody_is_waiting_for():
    world = World(
        kinds={"default": KIND | {"shown": "request", "probes": {"file": "g", "share": 0.0, "planted": 1.0}}},
        gold=gold(5),
        limits={},
        **MUST,
    )
    for i in range(10):
        lease = leased(world, i)
        world.step(lambda e, t=lease: e.reveal(t.token, "ana"))
        came = {a.agent: a.label for a in world.engine.leased(lease)[1].answers}
        assert {a["agent"]: a["label"] for a in seen(world, lease)} == came
        world.step(lambda e, t=lease: e.answer(t.case, "ana", t.token, Said("bug")))
    assert not any(e.planted for e in world.events() if isinstance(e, ev.Revealed))


def test_the_same_wrong_advice_comes_again_where_an_answer_is_taken_back():
    world = planted_world("after", grace_s=60.0)
    for _ in range(40):
        lease = world.step(lambda e: e.next("ana", world.now + 10))
        world.step(lambda e, t=lease: e.reveal(t.token, "ana", First("bug")))
        if world.engine.planted("ana", "", lease.case) is not None:
            break
        world.step(lambda e, t=lease: e.answer(t.case, "ana", t.token, Said("bug")))
    before = seen(world, lease)
    world.step(lambda e: e.answer(lease.case, "ana", lease.token, Said("bug")))
    back = world.step(lambda e: e.undo(lease.case, "ana"))
    assert back.shown and seen(world, back) == before
    follows(world)


def test_advice_is_held_back_from_whom_it_does_not_help_but_on_the_cases_that_are_drawn(tmp_path):
    """SIMULATED: whoever copies the machine brings nothing with advice; whoever is better with it goes on to get it."""
    kind = KIND | {"shown": "after", "tried": 0.3}
    shares = {}
    for manner in ("copies", "better"):
        world, ana = alone_at_work(kinds={"default": kind}, **MUST), Simulated(manner)
        worked(world, range(150), ana)
        learnt_anew(world, tmp_path / manner)
        after = worked(world, range(150, 300), ana)
        drawn = [drawn_manner(Kind(**kind), case, 0) for case, _, _ in after]
        assert all(
            revealed for (_, revealed, _), d in zip(after, drawn, strict=True) if d is True
        )  # what it brings stays known
        free = [(revealed, why) for (_, revealed, why), d in zip(after, drawn, strict=True) if d is None]
        assert len(free) > 50 and all(r or "held back" in why for r, why in free)
        shares[manner] = sum(r for r, _ in free) / len(free)
        follows(world)
    assert shares["copies"] < 0.2 and shares["better"] > 0.6, shares


def worked(world: World, cases: range, ana: Simulated) -> list[tuple[str, bool, str]]:
    """Ana answers each case first alone, asks for advice, and answers again where she gets it; the truth turns out."""
    history, _ = tickets()
    out = []
    for i in cases:
        lease = leased(world, i)
        why = world.engine.no_advice(lease)
        if why:
            assert "held back" not in why or why in notes(world.engine.case(lease.case), world.engine)
            label = ana.label(lease.case, shown=False)
        else:
            world.step(lambda e, t=lease: e.reveal(t.token, "ana", First("bug")))
            label = ana.label(lease.case, shown=True)
        out.append((lease.case, lease.shown, why))
        world.step(lambda e, t=lease, y=label: e.answer(t.case, "ana", t.token, Said(y)), later=10.0)
        truth = history.team.labels[history.truth[600 + i % 300]]
        world.step(lambda e, i=i, y=truth: e.outcome(f"n{i}", y))
        world.step(lambda e, i=i: e.cancel(f"n{i}", "lead"))
    return out
