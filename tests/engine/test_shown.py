"""People alone or shown what machines say: both are learnt apart, the rule picks the better one, and a log keeps them apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import mindshare as ms
from mindshare.core.errors import MindshareError
from mindshare.core.live import open_cases
from mindshare.core.model import Model
from mindshare.core.questions import values_of
from mindshare.core.records import Agent
from mindshare.core.seat import person_of
from mindshare.engine import events as ev
from mindshare.engine.attending import Said
from mindshare.engine.cases import Lease
from mindshare.engine.export import write_export
from mindshare.engine.incoming import read_case, sight_of
from mindshare.engine.machining import Ran
from mindshare.engine.noted import notes
from mindshare.engine.rebuild import rebuilt
from mindshare.engine.replay import replayed
from mindshare.engine.seating import manners
from mindshare.engine.settings import Kind
from mindshare.engine.skills import skills_told
from mindshare.web.telling import lease_told
from tests.engine.world import World, ticket, tickets

pytestmark = pytest.mark.filterwarnings(
    "ignore:Precision loss"
)  # of scipy, where machines are right on all easy cases
MUST = {"guard": {"mandatory_review": {"people": 3}}}
KIND: dict[str, Any] = {"grace_s": 30.0, "wait_s": 1e6, "lease_s": 600.0, "shown": "learnt", "tried": 0.5}


class Simulated:
    """SIMULATED: ana, who alone is right three times of four, and otherwise once she has seen the machines' answers."""

    def __init__(self, manner: str) -> None:
        self.manner, self.rng = manner, np.random.default_rng(0)

    def label(self, case: str, *, shown: bool) -> str:
        history, _ = tickets()
        at, a, labels = 600 + int(case[1:]) % 300, history.answers, history.team.labels
        truth = int(history.truth[at])
        if shown and self.manner == "copies":
            said = {history.agent_id[a.agent[r]]: a.label[r] for r in range(a.indptr[at], a.indptr[at + 1])}
            return labels[said["large_bot"]]
        right = self.rng.random() < (0.97 if shown else 0.75)
        return labels[truth if right else (truth + self.rng.integers(1, len(labels))) % len(labels)]


def alone_at_work(**settings: Any) -> World:
    """A service in which only ana gets cases, and attention costs something."""
    world = World(**({"kinds": {"default": KIND}, "limits": {}} | settings))
    for person in ("ben", "cem"):
        world.step(lambda e, p=person: e.agent(p, "lead", active=False))
    return world


def worked(world: World, cases: range, ana: Simulated) -> list[Lease]:
    """These cases come, ana answers what she is asked, and each turns out."""
    history, _ = tickets()
    leases = []
    for i in cases:
        world.submit(i)
        lease = world.step(lambda e: e.next("ana", world.now + 0.5))
        if lease is not None:
            leases.append(lease)
            said = Said(ana.label(lease.case, shown=lease.shown))
            world.step(lambda e, at=lease, s=said: e.answer(at.case, "ana", at.token, s), later=10.0)
        truth = history.team.labels[history.truth[600 + i % 300]]
        world.step(lambda e, i=i, y=truth: e.outcome(f"n{i}", y))
    return leases


def learnt_anew(world: World, place: Path) -> Model:
    """The model that the export of the service teaches decides from now on."""
    write_export(world.log, world.made.team, place)
    model = ms.learn(ms.read_history(place), seed=0)
    outcomes = world.engine.state.outcomes
    world.made = world.made._replace(load=lambda kind, digest: model)
    world.step(lambda e: e.change_model("", model, "1", outcomes))
    return model


def worths(model: Model, cases: range) -> np.ndarray:
    """(N, 2) what asking ana is worth once the machines have spoken: alone, and shown."""
    sights = [sight_of(read_case(ticket(i)), 0.0) for i in cases]
    told = [a for s in sights for a in s.answers]
    team = tuple(a for a in model.met if a.kind == "machine")
    team += (Agent(id="ana", kind="person"), Agent(id="ana+shown", kind="person"))
    opened = open_cases(model, [s.case for s in sights], told, team)
    k = len(team)
    rows = np.arange(len(sights))[:, None] * k + np.array([k - 2, k - 1])
    return values_of(opened, rows.ravel()).reshape(-1, 2)


def share_shown(leases: list[Lease], **kind: Any) -> float:
    """Of the cases on which the manner was not drawn, how many she was shown."""
    how = Kind(**(KIND | kind))
    open_ = [lease.shown for lease in leases if all(manners(how, lease.case, 0, can_show=True))]
    assert len(open_) >= 10
    return sum(open_) / len(open_)


def follows(world: World) -> None:
    """The log can be folded and replayed to what is now."""
    assert replayed(world.made, world.log).differences == ()


def test_who_is_better_when_shown_is_shown_more_and_more(tmp_path):
    world, ana = alone_at_work(), Simulated("better")
    before = worked(world, range(150), ana)
    model = learnt_anew(world, tmp_path / "log")
    after = worked(world, range(150, 300), ana)
    follows(world)
    assert {"ana", "ana+shown"} <= {a.id for a in model.met}
    assert share_shown(before) < 0.2  # nothing is known of showing yet, and she is asked as she is known
    assert share_shown(after) > 0.8


def test_who_copies_the_machines_is_asked_alone(tmp_path):
    """Automation bias: her answer brings nothing once she has seen theirs, though she would be right as often as they are."""
    world, ana = alone_at_work(), Simulated("copies")
    worked(world, range(150), ana)
    model = learnt_anew(world, tmp_path / "log")
    after = worked(world, range(150, 300), ana)
    follows(world)
    alone, shown = worths(model, range(150, 300)).T
    assert shown.sum() < 0.5 * alone.sum()
    assert share_shown(after) < 0.1


def test_the_export_is_a_history_in_which_answers_with_machines_shown_are_those_of_another_agent(tmp_path):
    world = alone_at_work()
    leases = worked(world, range(80), Simulated("better"))
    write_export(world.log, world.made.team, tmp_path / "log")
    history = ms.read_history(tmp_path / "log")
    a = history.answers
    names = [history.agent_id[k] for k in a.agent]
    told = {history.case_id[i]: n for i, n in zip(a.case, names, strict=True) if person_of(n) == "ana"}
    assert told == {x.case: "ana+shown" if x.shown else "ana" for x in leases}
    assert len(set(told.values())) == 2
    assert "ana.minutes" in history.cost() and not any("+shown" in name for name in history.cost())
    why = pl.read_csv(tmp_path / "log" / "why.csv")
    asked = why.filter(pl.col("why") == "rule")
    assert dict(zip(asked["case"], asked["agent"], strict=True)) == told


def test_the_draw_is_a_share_of_the_cases_half_for_either_manner_and_always_the_same():
    how = Kind(shown="learnt", tried=0.2)
    drawn = [manners(how, f"c{i}", 7, can_show=True) for i in range(4000)]
    assert drawn == [manners(how, f"c{i}", 7, can_show=True) for i in range(4000)]
    assert 0.77 < np.mean([all(m) for m in drawn]) < 0.83
    assert 0.08 < np.mean([m.shown and not m.alone for m in drawn]) < 0.12
    assert drawn != [manners(how, f"c{i}", 8, can_show=True) for i in range(4000)]
    for shown in ("never", "always", "learnt"):
        assert manners(Kind(shown=shown), "c", 0, can_show=False) == (True, False)


def test_a_person_with_two_seats_is_told_as_one_person():
    """Who waits, whom the rule would ask, and who was asked are people; how they were asked stands beside it."""
    world = alone_at_work(guard={"mandatory_review": {"people": 3}})
    worked(world, range(30), Simulated("better"))
    for event in world.events():
        if isinstance(event, ev.Waiting | ev.Leased | ev.Answered):
            assert "+" not in event.agent
        if isinstance(event, ev.Decided):
            assert event.asked in ([], ["ana"])
    assert set(world.engine.state.people) == {"ana", "ben", "cem"}
    assert not [n for n in notes(world.submit(99), world.engine) if "+" in n or n.startswith("ana")]
    with pytest.raises(MindshareError, match="choose another name"):
        world.step(lambda e: e.agent("dora+shown", "lead", active=True))


def test_whoever_was_shown_a_case_once_is_not_asked_about_it_as_if_alone():
    """She gave it back and gets it again, or takes her answer back: she cannot unsee what machines said."""
    world = alone_at_work(guard={"mandatory_review": {"people": 3}})
    shown = next(
        f"n{i}" for i in range(99) if manners(Kind(**KIND), f"n{i}", 0, can_show=True) == (False, True)
    )
    i = int(shown[1:])
    world.submit(i)
    lease = world.step(lambda e: e.next("ana", world.now + 10))
    assert lease.shown and world.engine.state.cases[shown].saw == ("ana",)
    world.step(lambda e: e.answer(shown, "ana", lease.token, Said("bug")))
    again = world.step(lambda e: e.undo(shown, "ana"))
    assert again.shown
    world.step(lambda e: e.tick(), later=1000.0)  # the lease ends, and a late answer comes
    world.step(lambda e: e.answer(shown, "ana", again.token, Said("bug")))
    assert world.engine.state.cases[shown].heard[-1].shown
    follows(world)


def test_of_a_late_answer_and_one_under_a_new_lease_the_last_one_counts():
    world = alone_at_work(guard={"mandatory_review": {"people": 3}})
    world.submit(0)
    first = world.step(lambda e: e.next("ana", world.now + 10))
    world.step(lambda e: e.tick(), later=1000.0)
    second = world.step(lambda e: e.next("ana", world.now + 10))
    world.step(lambda e: e.answer("n0", "ana", first.token, Said("bug")))
    case = world.step(lambda e: e.answer("n0", "ana", second.token, Said("billing")))
    assert [h.label for h in case.heard] == ["bug", "billing"]
    assert case.word(world.now) == "waiting"  # for two more people, and her answers can be counted
    follows(world)


def test_a_service_that_shows_nothing_counts_on_nobody_in_such_a_seat(tmp_path):
    """Its model may have met them, in the log of another time: its values are those of a model whose people are alone."""
    world = alone_at_work()
    worked(world, range(60), Simulated("better"))
    model = learnt_anew(world, tmp_path / "log")
    never = alone_at_work(kinds={"default": KIND | {"shown": "never"}})
    never.made = never.made._replace(load=lambda kind, digest: model)
    never.step(lambda e: e.change_model("", model, "1", 0))
    seeing = never.engine.seeing
    assert seeing.seats == seeing.people and len(seeing.person) == 3
    leases = worked(never, range(60, 120), Simulated("better"))
    assert leases and not any(lease.shown for lease in leases)
    again = rebuilt(never.made, never.log, never.now)
    assert again.state.people == never.engine.state.people
    follows(never)


def test_what_is_known_of_a_person_alone_and_of_the_same_person_shown_is_told_apart(tmp_path):
    world, ana = alone_at_work(), Simulated("better")
    leases = worked(world, range(80), ana)
    told = skills_told(world.engine)["ana"][""]
    shown = sum(lease.shown for lease in leases)
    assert 0 < shown < len(leases)
    assert told["right"] + told["wrong"] == len(leases) - shown
    assert told["shown"]["right"] + told["shown"]["wrong"] == shown
    assert told["shown"]["accuracy"] > told["accuracy"]
    again = rebuilt(world.made, world.log, world.now)
    assert skills_told(again) == skills_told(world.engine)
    never = alone_at_work(kinds={"default": KIND | {"shown": "never"}})
    worked(never, range(20), ana)
    assert skills_told(never.engine)["ana"][""]["shown"] is None


def test_answers_of_machines_that_run_here_are_shown_as_well():
    bot = {"runs": {"endpoint": "https://example.org"}}
    world = alone_at_work(kinds={"default": KIND | {"shown": "always"}}, machines={"new_bot": bot}, **MUST)
    world.step(lambda e: e.submit([ticket(0, answers=[]), ticket(1, answers=[])]))
    first, second = list(world.engine.state.runs)
    world.step(lambda e: e.ran(first, Ran("bug", {"bug": 0.75, "billing": 0.25}, "", {})))
    world.step(lambda e: e.ran(second, Ran(None, None, "out of ideas", {})))
    world.step(lambda e: e.ran(next(iter(e.state.runs)), Ran(None, None, "out of ideas", {})))
    told = {}
    for _ in range(2):
        lease = world.step(lambda e: e.next("ana", world.now + 10))
        told[lease.case] = json.loads(lease_told(lease, world.engine)).get("answers")
        world.step(lambda e, at=lease: e.answer(at.case, "ana", at.token, Said("bug")))
    assert told.pop("n0") == [{"agent": "new_bot", "label": "bug", "confidence": None}]
    assert told == {"n1": None}  # no machine has answered: there is nothing to be shown
    follows(world)
