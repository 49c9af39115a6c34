"""What events change of cases and the files that they show, and of how people agree (`fold.py` calls these)."""

from __future__ import annotations

from mindshare.engine import events as ev
from mindshare.engine.cases import CaseState, Media
from mindshare.engine.state import State


def brought(s: State, e: ev.Brought) -> None:
    """A file is there, which no case shows yet."""
    s.keys = max(s.keys, e.body.key)
    s.media[e.body.digest] = Media(e.body.key, e.type, e.size, e.at)


def received(s: State, e: ev.Received) -> None:
    """A case came."""
    s.arrived += 1
    s.keys = max(s.keys, e.body.key)
    s.cases[e.case] = CaseState(
        e.case,
        e.kind,
        e.body,
        e.at,
        s.arrived,
        stakes=e.stakes,
        group=e.group,
        deadline=e.deadline,
        since=e.at,
        media=tuple(ev.Kept(s.media[name].key, name) for name in e.media),
    )
    for name in e.media:
        s.media[name].uses += 1


def erased(s: State, e: ev.Erased) -> None:
    """Bodies are deleted, or about to be; files that other cases show stay."""
    if e.person:
        s.gone += e.keys
    elif e.case and not s.cases[e.case].erased:
        s.cases[e.case].erased = True
        for kept in s.cases[e.case].media:
            s.media[kept.digest].uses -= 1
    for name in e.media:
        there = s.media.pop(name, None)
        if there is not None:
            s.gone.append(there.key)


def compare(s: State, case: CaseState) -> None:
    """The answers of people on a case that is final are compared, each with each once: before, nobody may see how others answered."""
    mine = [i for i in case.counting() if case.heard[i].agent in s.people and case.heard[i].label is not None]
    known = [i for i in mine if i in case.compared]
    for i in [i for i in mine if i not in case.compared]:
        for j in known:
            for agent in (case.heard[i].agent, case.heard[j].agent):
                s.people[agent].compared += 1
                s.people[agent].agreed += case.heard[i].label == case.heard[j].label
        known.append(i)
    case.compared = tuple(sorted({*case.compared, *mine}))
