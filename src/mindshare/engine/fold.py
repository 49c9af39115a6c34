"""How each event changes what a service knows. It decides nothing and fails never."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from mindshare.engine import events as ev
from mindshare.engine.attention import given, judged, probe_answered, probe_undone, probed, taken, timed
from mindshare.engine.cases import (
    CANCELLED,
    DECIDED,
    LEASED,
    RECEIVED,
    WAITING,
    CaseState,
    Heard,
    Lease,
)
from mindshare.engine.runs import aside, failed, ran, running
from mindshare.engine.state import State


def apply(state: State, event: ev.Event) -> None:
    """Takes in one event."""
    if event.at > state.now:
        state.now = event.at
    if isinstance(event, _WRITTEN):
        _kept(state, event)
    how = _HOW.get(type(event))
    if how is not None:
        how(state, event)


def _kept(s: State, e: Any) -> None:
    """What somebody wrote on a case goes with it when it is erased."""
    for kept in (getattr(e, "body", None), e.words):
        if kept is not None:
            s.keys = max(s.keys, kept.key)
            case = s.case(e.case)  # a gold probe is none
            if case is not None:
                case.comments = (*case.comments, kept.key)


def _received(s: State, e: ev.Received) -> None:
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
    )


def _free(s: State, e: ev.Free) -> None:
    person = s.person(e.person)
    person.free_until = e.until
    s.free.pop(e.person, None)
    s.free[e.person] = None


def _away(s: State, e: ev.Away) -> None:
    s.free.pop(e.person, None)


def _waiting(s: State, e: ev.Waiting) -> None:
    case = s.cases[e.case]
    case.status = WAITING
    s.waiting[e.case] = None


def _escalated(s: State, e: ev.Escalated) -> None:
    s.cases[e.case].must = e.why


def _leased(s: State, e: ev.Leased) -> None:
    case, person = s.cases[e.case], s.person(e.agent)
    s.waiting.pop(e.case, None)
    case.status, case.token, case.had = LEASED, e.token, (*case.had, (e.token, e.agent))
    if e.shown and e.agent not in case.saw:
        case.saw = (*case.saw, e.agent)
    ends = tuple(e.ends)
    given(
        s,
        person,
        Lease(e.token, e.case, e.at, e.until, e.use, e.charge, ends, e.agent, shown=e.shown),
        e.tags,
    )


def _over(s: State, token: int, seconds: float | None = None) -> None:
    """A lease is over; `seconds` of attention, else since it began."""
    lease = s.leases.pop(token, None)
    if lease is None:
        return
    taken(s, lease, seconds)
    if lease.probe:
        return
    case = s.cases[lease.case]
    if case.token == token:
        case.token = 0
        if case.status == LEASED:
            case.status, case.since = RECEIVED, s.now


def _answered(s: State, e: ev.Answered) -> None:
    case = s.cases[e.case]
    if e.run:
        ran(s, e.run, e.spent)
        machine = s.machine(e.agent)
        machine.answers, machine.row, machine.asides = machine.answers + 1, 0, 0
    elif not e.late:
        _over(s, e.token, e.seconds)
        person = s.person(e.agent)
        person.answers += 1
        person.seconds += e.seconds or 0.0
        timed(person, case.kind, e.seconds, e.at, shown=e.shown)
    s.answers += 1
    heard = Heard(e.agent, e.label, e.at, e.seconds, e.confidence, e.proba, e.counts, shown=e.shown)
    case.heard = (*case.heard, heard)
    if e.agent in s.people:
        judged(s.people[e.agent], case.kind, heard, case.outcome)
    if e.counts and case.status in (WAITING, DECIDED):
        s.waiting.pop(e.case, None)
        s.graced.pop(e.case, None)
        case.status = RECEIVED


def _probe_answered(s: State, e: ev.ProbeAnswered) -> None:
    _over(s, e.token, e.seconds)
    probe_answered(s.person(e.person), e)


def _undone(s: State, e: ev.Undone) -> None:
    case = s.cases[e.case]
    mine = max(i for i, h in enumerate(case.heard) if h.agent == e.person and not h.undone)
    judged(s.person(e.person), case.kind, case.heard[mine], case.outcome, -1)
    gone = msgspec.structs.replace(case.heard[mine], undone=True, counts=False)
    case.heard = (*case.heard[:mine], gone, *case.heard[mine + 1 :])
    s.waiting.pop(e.case, None)
    s.graced.pop(e.case, None)
    case.status, case.reopened, case.since = RECEIVED, True, e.at


def _decided(s: State, e: ev.Decided) -> None:
    case = s.cases[e.case]
    s.waiting.pop(e.case, None)
    s.verdicts += 1
    case.status, case.version, case.label = DECIDED, e.version, e.label
    case.belief, case.until, case.by, case.reopened = tuple(e.belief), e.until, e.by, False
    case.must = ""
    s.graced[e.case] = None


def _cancelled(s: State, e: ev.Cancelled) -> None:
    s.waiting.pop(e.case, None)
    s.graced.pop(e.case, None)
    s.cases[e.case].status = CANCELLED  # whoever has it gives it back next


def _erased(s: State, e: ev.Erased) -> None:
    s.cases[e.case].erased = True


def _reopened(s: State, e: ev.Reopened) -> None:
    case = s.cases[e.case]
    s.graced.pop(e.case, None)
    case.status, case.reopened, case.since, case.must = RECEIVED, True, e.at, e.reason or "an appeal"


def _came(s: State, e: ev.Came) -> None:
    case = s.cases[e.case]
    if not case.outcome:
        s.outcomes += 1
        s.told.append(e.case)
        case.taught = case.counting()
    for h in case.heard:
        if h.agent in s.people and not h.undone:
            judged(s.people[h.agent], case.kind, h, case.outcome, -1)
            judged(s.people[h.agent], case.kind, h, e.label)
    case.outcome = e.label


def _beat(s: State, e: ev.Beat) -> None:
    if e.token in s.leases:
        s.leases[e.token].until, s.leases[e.token].held = e.until, e.held


def _agent(s: State, e: ev.AgentChanged) -> None:
    if e.person:
        s.person(e.agent).active = e.active


def _started(s: State, e: ev.Started) -> None:
    s.began = s.began or e.at
    s.models.update(e.models)
    for name in e.people:
        s.person(name)
    s.free.clear()  # whoever waited has lost the line


def _shift(s: State, e: ev.Shift) -> None:
    s.person(e.person).on_shift = e.on


def _stopped(s: State, e: ev.Stopped) -> None:
    s.stopped[e.kind] = e.by


def _resumed(s: State, e: ev.Resumed) -> None:
    s.stopped.pop(e.kind, None)


def _paced(s: State, e: ev.Paced) -> None:
    s.paced = e


def _model(s: State, e: ev.ModelChanged) -> None:
    s.models[e.kind] = e.digest
    s.changed[e.kind] = e
    for case in map(s.case, s.told_since(e.outcomes)):  # they are taught on top of it, as they stand
        if case is not None and case.kind == e.kind:
            case.taught = case.counting()
    known = min(s.changed[kind].outcomes if kind in s.changed else 0 for kind in s.models)
    if known > s.learnt:
        del s.told[: known - s.learnt]
        s.learnt = known


_WRITTEN = (ev.Answered, ev.Skipped, ev.Overridden, ev.Reopened, ev.Cancelled)
_HOW: dict[type, Callable[[State, Any], None]] = {
    ev.Started: _started,
    ev.Received: _received,
    ev.Free: _free,
    ev.Away: _away,
    ev.Running: running,
    ev.Weighed: lambda s, e: s.cases[e.case].say(e.machines),
    ev.Failed: failed,
    ev.PutAside: aside,
    ev.Seen: lambda s, e: setattr(s, "seen", dict(e.most)),
    ev.Limited: lambda s, e: s.stated.update(e.limit),
    ev.Waiting: _waiting,
    ev.Escalated: _escalated,
    ev.Leased: _leased,
    ev.Probed: lambda s, e: probed(s, s.person(e.person), e),
    ev.ProbeAnswered: _probe_answered,
    ev.ProbeUndone: lambda s, e: probe_undone(s.person(e.person), e),
    ev.Answered: _answered,
    ev.Skipped: lambda s, e: _over(s, e.token),
    ev.Expired: lambda s, e: _over(s, e.token),
    ev.Beat: _beat,
    ev.Undone: _undone,
    ev.Decided: _decided,
    ev.Cancelled: _cancelled,
    ev.Erased: _erased,
    ev.Reopened: _reopened,
    ev.Came: _came,
    ev.AgentChanged: _agent,
    ev.Shift: _shift,
    ev.Stopped: _stopped,
    ev.Resumed: _resumed,
    ev.Paced: _paced,
    ev.ModelChanged: _model,
    ev.Ticked: lambda s, e: setattr(s, "final_to", e.at),
}
