"""What a service knows, as a fold of its events: cases, leases, people, stops. Applying an event decides nothing and fails never.

The pacer, the models and the values of waiting cases are not in here: the pacer stands where the last `Paced` says, the others are
computed again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from mindshare.engine import events as ev
from mindshare.engine.cases import (
    CANCELLED,
    DECIDED,
    LEASED,
    RECEIVED,
    WAITING,
    CaseState,
    Heard,
    Lease,
    Machine,
    Person,
    Run,
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
    told: list[str] = []  # cases in the order of their first outcomes, but the first `learnt` of them
    learnt: int = 0  # first outcomes that every model knows for good
    began: float = 0.0  # when the first event was
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
    runs: dict[int, Run] = {}
    machines: dict[str, Machine] = {}  # that run here
    stated: dict[str, float] = {}  # limits that somebody changed
    seen: dict[str, float] = {}  # what this computer leaves to machines

    def apply(self, event: ev.Event) -> None:
        """Takes in one event."""
        self.now = max(self.now, event.at)
        how = _HOW.get(type(event))
        if how is not None:
            how(self, event)

    def case(self, name: str) -> CaseState | None:
        """The case of this id, also one that left memory (`past.py`); None where there is none."""
        try:
            return self.cases[name]
        except KeyError:
            return None

    def told_since(self, outcomes: int) -> list[str]:
        """Cases in the order of their first outcomes, without the first so many; models have learnt from these for good."""
        return self.told[max(outcomes - self.learnt, 0) :]

    def person(self, name: str) -> Person:
        """The person of this id, known from now on."""
        if name not in self.people:
            self.people[name] = Person(name)
        return self.people[name]

    def machine(self, name: str) -> Machine:
        """The machine of this name, known from now on."""
        if name not in self.machines:
            self.machines[name] = Machine(name)
        return self.machines[name]


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
    s.tokens = max(s.tokens, e.token)
    s.leases[e.token] = Lease(e.token, e.case, e.agent, e.at, e.until, e.use, e.charge, tuple(e.ends))
    person.leases = (*person.leases, e.token)
    s.free.pop(e.agent, None)


def _over(s: State, token: int) -> None:
    """A lease is over."""
    lease = s.leases.pop(token, None)
    if lease is None:
        return
    person = s.person(lease.person)
    person.leases = tuple(t for t in person.leases if t != token)
    case = s.cases[lease.case]
    if case.token == token:
        case.token = 0
        if case.status == LEASED:
            case.status, case.since = RECEIVED, s.now


def _running(s: State, e: ev.Running) -> None:
    case = s.cases[e.case]
    s.tokens = max(s.tokens, e.token)
    s.runs[e.token] = Run(e.token, e.case, e.agent, e.at, e.until, e.use, e.charge, tuple(e.ends))
    case.runs, case.tried = (*case.runs, e.token), (*case.tried, e.agent)


def _ran(s: State, token: int, spent: dict[str, float]) -> None:
    """A run is over."""
    run = s.runs.pop(token)
    case, machine = s.cases[run.case], s.machine(run.machine)
    case.runs = tuple(t for t in case.runs if t != token)
    if spent:
        machine.runs += 1
        for resource, amount in spent.items():
            machine.used[resource] = machine.used.get(resource, 0.0) + amount


def _failed(s: State, e: ev.Failed) -> None:
    _ran(s, e.run, e.spent)
    if e.own:
        machine = s.machine(e.agent)
        machine.failures, machine.row = machine.failures + 1, machine.row + 1


def _aside(s: State, e: ev.PutAside) -> None:
    machine = s.machine(e.agent)
    machine.aside, machine.asides = e.until, machine.asides + 1


def _answered(s: State, e: ev.Answered) -> None:
    case = s.cases[e.case]
    if e.run:
        _ran(s, e.run, e.spent)
        machine = s.machine(e.agent)
        machine.answers, machine.row, machine.asides = machine.answers + 1, 0, 0
    elif not e.late:
        _over(s, e.token)
        person = s.person(e.agent)
        person.answers += 1
        person.seconds += e.seconds or 0.0
    if e.body is not None:
        s.keys = max(s.keys, e.body.key)
        case.comments = (*case.comments, e.body.key)
    s.answers += 1
    case.heard = (*case.heard, Heard(e.agent, e.label, e.at, e.seconds, e.confidence, e.proba, e.counts))
    if e.counts and case.status in (WAITING, DECIDED):
        s.waiting.pop(e.case, None)
        s.graced.pop(e.case, None)
        case.status = RECEIVED


def _undone(s: State, e: ev.Undone) -> None:
    case = s.cases[e.case]
    mine = max(i for i, h in enumerate(case.heard) if h.agent == e.person and not h.undone)
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
    case.status, case.reopened, case.since, case.must = RECEIVED, True, e.at, e.reason


def _came(s: State, e: ev.Came) -> None:
    case = s.cases[e.case]
    if not case.outcome:
        s.outcomes += 1
        s.told.append(e.case)
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
    known = min(s.changed[kind].outcomes if kind in s.changed else 0 for kind in s.models)
    if known > s.learnt:
        del s.told[: known - s.learnt]
        s.learnt = known


_HOW: dict[type, Callable[[State, Any], None]] = {
    ev.Started: _started,
    ev.Received: _received,
    ev.Free: _free,
    ev.Away: _away,
    ev.Running: _running,
    ev.Failed: _failed,
    ev.PutAside: _aside,
    ev.Seen: lambda s, e: setattr(s, "seen", dict(e.most)),
    ev.Limited: lambda s, e: s.stated.update(e.limit),
    ev.Waiting: _waiting,
    ev.Escalated: _escalated,
    ev.Leased: _leased,
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
}
