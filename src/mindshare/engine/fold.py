"""How each event changes what a service knows. It decides nothing and fails never."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

import msgspec

from mindshare.engine import events as ev
from mindshare.engine.attention import (
    did_answer,
    freed,
    given,
    judged,
    left,
    probe_answered,
    probe_undone,
    probed,
    revealed,
    shifted,
    taken,
    timed,
)
from mindshare.engine.cases import (
    CANCELLED,
    DECIDED,
    LEASED,
    RECEIVED,
    WAITING,
    CaseState,
    Heard,
    Lease,
    Overruled,
    SentUp,
)
from mindshare.engine.evidence_fold import brought, compare, erased, received
from mindshare.engine.figures import COUNTED, counted, wanted
from mindshare.engine.runs import aside, failed, ran, running
from mindshare.engine.service_fold import agent, hours, model, paced, resumed, rules, started, stopped
from mindshare.engine.state import State


def apply(state: State, event: ev.Event) -> None:
    """Takes in one event."""
    if event.at > state.now:
        state.now = event.at
    kind = type(event)
    if kind in _WRITTEN:
        _kept(state, event)
    how = _HOW.get(kind)
    if kind in COUNTED:
        counted(state, event, _HOW[kind])
    elif how is not None:
        how(state, event)


def _kept(s: State, e: Any) -> None:
    """What somebody wrote on a case, and where a machine looked in it, goes with it when it is erased."""
    for kept in (getattr(e, "body", None), e.words, getattr(e, "places", None)):
        if kept is not None:
            s.keys = max(s.keys, kept.key)
            case = s.case(e.case)  # a gold probe is none
            if case is not None:
                case.comments = (*case.comments, kept.key)


def _waiting(s: State, e: ev.Waiting) -> None:
    case = s.cases[e.case]
    case.status = WAITING
    s.waiting[e.case] = None
    wanted(s.figures, case, e.why)


def _leased(s: State, e: ev.Leased) -> None:
    case, person = s.cases[e.case], s.person(e.agent)
    s.waiting.pop(e.case, None)
    case.status, case.token, case.had = LEASED, e.token, (*case.had, (e.token, e.agent))
    wanted(s.figures, case, e.why)
    lease = Lease(e.token, e.case, e.at, e.until, e.use, e.charge, tuple(e.ends), e.agent, shown=e.shown)
    lease.ahead = e.ahead
    given(s, person, lease, e.tags)
    if not e.ahead:
        _saw(case, lease)


def _saw(case: CaseState, lease: Lease) -> None:
    if lease.shown and lease.person not in case.saw:
        case.saw = (*case.saw, lease.person)


def _shown(s: State, e: ev.Shown) -> None:
    lease = s.leases[e.token]
    if e.good:
        lease.ahead, lease.since, lease.until = False, e.at, e.until
        if not lease.probe:
            _saw(s.cases[e.case], lease)


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
        did_answer(person, e.seconds, e.at)
        timed(person, case.kind, e.seconds, e.at, shown=e.shown)
    s.answers += 1
    heard = Heard(e.agent, e.label, e.at, e.seconds, e.confidence, e.proba, e.counts, shown=e.shown)
    if e.places is not None:
        heard = msgspec.structs.replace(heard, places=e.places.key)
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


def _skipped(s: State, e: ev.Skipped) -> None:
    if e.to:  # a gold probe that went to the lead, as a case would
        s.people[e.person].probed[e.case].sent_up = True
    _over(s, e.token)


def _sent_up(s: State, e: ev.SentUp) -> None:
    _over(s, e.token)
    case = s.cases[e.case]
    case.sent_up = SentUp(e.person, e.at, e.words)
    case.had = tuple(x for x in case.had if x != (e.token, e.person))  # who sent it up answers it no more


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
    case.must, case.sent_up = "", None
    s.graced[e.case] = None
    heappush(s.grace, (e.until, e.case))


def _ticked(s: State, e: ev.Ticked) -> None:
    for name in s.final_by(e.at):
        compare(s, s.cases[name])
        del s.graced[name]
    while s.grace and s.grace[0][0] <= e.at:
        heappop(s.grace)


def _cancelled(s: State, e: ev.Cancelled) -> None:
    s.waiting.pop(e.case, None)
    s.graced.pop(e.case, None)
    s.cases[e.case].status, s.cases[e.case].sent_up = CANCELLED, None  # whoever has it gives it back next


def _overridden(s: State, e: ev.Overridden) -> None:
    s.cases[e.case].overruled = Overruled(e.by, e.at, e.words)


def _reopened(s: State, e: ev.Reopened) -> None:
    case = s.cases[e.case]
    s.graced.pop(e.case, None)
    s.waiting.pop(e.case, None)
    case.must = e.reason or ("an appeal" if case.sent_up is None else "the lead gave it back")
    case.status, case.reopened, case.since, case.sent_up = RECEIVED, True, e.at, None


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


_WRITTEN = frozenset({ev.Answered, ev.Skipped, ev.Overridden, ev.Reopened, ev.Cancelled, ev.SentUp})
_HOW: dict[type, Callable[[State, Any], None]] = {
    ev.Started: started,
    ev.Brought: brought,
    ev.Received: received,
    ev.Free: freed,
    ev.Away: left,
    ev.Running: running,
    ev.Weighed: lambda s, e: s.cases[e.case].say(e.machines),
    ev.Failed: failed,
    ev.PutAside: aside,
    ev.Seen: lambda s, e: setattr(s, "seen", dict(e.most)),
    ev.Limited: lambda s, e: s.stated.update(e.limit),
    ev.RulesChanged: rules,
    ev.Waiting: _waiting,
    ev.Escalated: lambda s, e: setattr(s.cases[e.case], "must", e.why),
    ev.Leased: _leased,
    ev.Shown: _shown,
    ev.Probed: lambda s, e: probed(s, s.person(e.person), e),
    ev.ProbeAnswered: _probe_answered,
    ev.ProbeUndone: lambda s, e: probe_undone(s.person(e.person), e),
    ev.Answered: _answered,
    ev.Skipped: _skipped,
    ev.SentUp: _sent_up,
    ev.Expired: lambda s, e: _over(s, e.token),
    ev.Beat: _beat,
    ev.Revealed: revealed,
    ev.Undone: _undone,
    ev.Decided: _decided,
    ev.Ticked: _ticked,
    ev.Cancelled: _cancelled,
    ev.Erased: erased,
    ev.Overridden: _overridden,
    ev.Reopened: _reopened,
    ev.Came: _came,
    ev.AgentChanged: agent,
    ev.Shift: shifted,
    ev.ShiftsChanged: hours,
    ev.Stopped: stopped,
    ev.Resumed: resumed,
    ev.Paced: paced,
    ev.ModelChanged: model,
}
