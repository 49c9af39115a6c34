"""What a service knows, as a fold of its events: cases, leases, people, stops. Applying an event decides nothing and fails never.

The pacer, the models and the values of waiting cases are not in here: the pacer stands where the last `Paced` says, the others are
computed again.
"""

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
    Person,
)


class State(msgspec.Struct):
    """All of it."""

    cases: dict[str, CaseState] = {}
    leases: dict[int, Lease] = {}
    people: dict[str, Person] = {}
    stopped: dict[str, str] = {}  # kind ("" = all) -> who stopped it
    paced: ev.Paced | None = None
    models: dict[str, str] = {}
    changed: dict[str, ev.ModelChanged] = {}  # the last one of each kind
    told: list[str] = []  # cases in the order of their first outcomes
    now: float = 0.0
    tokens: int = 0  # fencing tokens given out
    keys: int = 0  # bodies kept
    arrived: int = 0
    outcomes: int = 0
    answers: int = 0
    verdicts: int = 0
    waiting: dict[str, None] = {}  # ids, in the order of coming
    free: dict[str, None] = {}  # people who wait for a case, in the order of asking
    graced: dict[str, None] = {}  # ids of provisional verdicts
    counts: dict[str, int] = {}  # events of each name

    def apply(self, event: ev.Event) -> None:
        """Takes in one event."""
        self.now = max(self.now, event.at)
        how = _HOW.get(type(event))
        if how is not None:
            how(self, event)

    def person(self, name: str) -> Person:
        """The person of this id, known from now on."""
        if name not in self.people:
            self.people[name] = Person(name)
        return self.people[name]


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
    case.status, case.token = LEASED, e.token
    ends = tuple(e.ends)
    given(
        s,
        person,
        Lease(e.token, e.case, e.agent, e.at, e.until, e.use, e.charge, ends, shown=e.shown),
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
    if e.token:
        _over(s, e.token, e.seconds)
        person = s.person(e.agent)
        person.answers += 1
        person.seconds += e.seconds or 0.0
        timed(person, case.kind, e.seconds, e.at)
    if e.body is not None:
        s.keys = max(s.keys, e.body.key)
    s.answers += 1
    heard = Heard(e.agent, e.label, e.at, e.seconds, e.confidence, e.proba, e.counts, shown=e.shown)
    case.heard = (*case.heard, heard)
    if e.agent in s.people:
        judged(s.people[e.agent], case.kind, heard.label, case.outcome)
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
    judged(s.person(e.person), case.kind, case.heard[mine].label, case.outcome, -1)
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


def _reopened(s: State, e: ev.Reopened) -> None:
    case = s.cases[e.case]
    s.graced.pop(e.case, None)
    case.status, case.reopened, case.since, case.must = RECEIVED, True, e.at, e.reason


def _came(s: State, e: ev.Came) -> None:
    case = s.cases[e.case]
    if not case.outcome:
        s.outcomes += 1
        s.told.append(e.case)
    for h in case.heard:
        if h.agent in s.people and not h.undone:
            judged(s.people[h.agent], case.kind, h.label, case.outcome, -1)
            judged(s.people[h.agent], case.kind, h.label, e.label)
    case.outcome = e.label


def _beat(s: State, e: ev.Beat) -> None:
    if e.token in s.leases:
        s.leases[e.token].until, s.leases[e.token].held = e.until, e.held


def _agent(s: State, e: ev.AgentChanged) -> None:
    if e.person:
        s.person(e.agent).active = e.active


def _started(s: State, e: ev.Started) -> None:
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


_HOW: dict[type, Callable[[State, Any], None]] = {
    ev.Started: _started,
    ev.Received: _received,
    ev.Free: _free,
    ev.Away: _away,
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
    ev.Reopened: _reopened,
    ev.Came: _came,
    ev.AgentChanged: _agent,
    ev.Shift: _shift,
    ev.Stopped: _stopped,
    ev.Resumed: _resumed,
    ev.Paced: _paced,
    ev.ModelChanged: _model,
}
