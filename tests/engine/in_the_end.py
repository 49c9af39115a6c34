"""What holds once everything has come, in whatever order: the log, the counts and the replay are one."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from mindshare.engine import events as ev
from mindshare.engine.figures import Figures, Part, add
from mindshare.engine.fold import apply
from mindshare.engine.replay import replayed
from mindshare.engine.state import State


def holds_in_the_end(world, limits):
    """The log folds to what is, and replays; no version twice, each lease and run settled once, no limit (resource -> amount) passed."""
    events = world.events()
    folded = State()
    for event in events:
        apply(folded, event)
    state = world.engine.state
    assert folded.cases == {case_id: state.case(case_id) for case_id in folded.cases}
    assert len(state.cases) <= len(folded.cases)
    versions = Counter((e.case, e.version) for e in events if isinstance(e, ev.Decided))
    assert all(count == 1 for count in versions.values())
    assert folded.people == state.people and folded.hours == state.hours
    tokens = [e.token for e in events if isinstance(e, ev.Leased | ev.Probed | ev.Running)]
    assert tokens == sorted(set(tokens))
    ends = ev.Answered | ev.ProbeAnswered | ev.Expired | ev.Skipped
    over = [e for e in events if isinstance(e, ends) and e.token]
    ended = Counter(e.token for e in over if not getattr(e, "late", False))
    assert all(count == 1 for count in ended.values())  # each lease is settled once
    assert all(world.engine.spending.pacer.used[r] <= amount for r, amount in limits.items())
    ran = Counter(e.run for e in events if isinstance(e, ev.Answered | ev.Failed) and e.run)
    begun = {e.token for e in events if isinstance(e, ev.Running)}
    assert all(count == 1 for count in ran.values())  # so is each run
    assert begun == set(ran) | set(state.runs)
    for person in state.people.values():
        assert_tallies(person, state)
    assert_figures(state, folded)
    replay = replayed(world.made, world.log, remake=lambda s: remade(world, s))
    assert replay.differences == (), "\n".join(f"DIFF {d}" for d in replay.differences)
    assert replay.reasons == () and replay.compared == ((1, len(world.log.kept)),)


def remade(world, settings):
    """What the service is set up with under these settings."""
    return world.made._replace(settings=settings, rules=world.made.reread(settings.guard))


def assert_figures(state, folded):
    """Running counts are those of all cases, also of those that have left memory."""
    afresh = Figures()
    for case in folded.cases.values():
        afresh.parts.setdefault(case.kind, {}).setdefault(case.group, Part()).cases += 1
        add(afresh, case, state.people, 1)
    for one, other in ((afresh.parts, state.figures.parts), (afresh.parts, folded.figures.parts)):
        assert {kind: set(groups) for kind, groups in one.items()} == {k: set(g) for k, g in other.items()}
        for kind, groups in one.items():
            for group, part in groups.items():
                kept = other[kind][group]
                assert kept.seconds == pytest.approx(part.seconds, abs=1e-6)
                assert msgspec.structs.replace(kept, seconds=part.seconds) == part
    for one, other in ((afresh.between, state.figures.between), (afresh.of, state.figures.of)):
        assert {k: (p.pairs, p.agreed) for k, p in one.items() if p.pairs} == {
            k: (p.pairs, p.agreed) for k, p in other.items() if p.pairs
        }
    assert sum(state.figures.rules.values()) == sum(bool(c.rule) for c in folded.cases.values())


def assert_tallies(person, s):
    """What is known of a person is what is known of each answer."""
    told = [
        h.label == c.outcome
        for c in s.cases.values()
        for h in c.heard
        if c.outcome and h.agent == person.id and h.label is not None and not h.undone
    ]
    told += [p.right for p in person.probed.values() if p.right is not None]
    tallies = [t[""] for t in (person.tallies, person.shown) if "" in t]
    assert sum(t.right for t in tallies) == sum(told)
    assert sum(t.wrong for t in tallies) == len(told) - sum(told)
    seen = [h for c in s.cases.values() for h in c.heard if h.agent == person.id and h.shown]
    assert all(person.id in c.saw for c in s.cases.values() for h in c.heard if h in seen)
    assert bool(seen) or "" not in person.shown or any(p.shown for p in person.probed.values())
