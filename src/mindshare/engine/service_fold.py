"""What events of the service itself, its limits and its models change (`fold.py` calls these)."""

from __future__ import annotations

from collections.abc import Mapping

from mindshare.core.pacing.mark import Terms
from mindshare.engine import events as ev
from mindshare.engine.cases import GivenHours
from mindshare.engine.people_settings import DEFAULT
from mindshare.engine.ruled import changed_by
from mindshare.engine.state import State


def agent(s: State, e: ev.AgentChanged) -> None:
    """Whether somebody gets cases."""
    if e.person:
        s.person(e.agent).active = e.active


def started(s: State, e: ev.Started) -> None:
    """The service began, or began again."""
    s.began = s.began or e.at
    s.models = dict(e.models)
    if e.body is not None:
        s.keys, s.settings = max(s.keys, e.body.key), e.settings
    if e.limits is not None:
        before = e.limits if s.limits is None else s.limits
        # one that is told otherwise than before counts for more than what somebody made of it since
        s.stated = {r: x for r, x in s.stated.items() if r in e.limits and before.get(r) == e.limits[r]}
        s.limits = e.limits
        s.terms = Terms({r: per_s for r, (_, per_s) in e.limits.items()}, list(e.models))
    if e.shifts is not None:
        was, told = e.shifts if s.shifts is None else s.shifts, e.shifts
        s.hours = {p: x for p, x in s.hours.items() if _written_of(was, p) == _written_of(told, p)}
        s.shifts = told
    if e.rules is not None:  # the same of guard and guidelines
        s.ruled = {x: how for x, how in s.ruled.items() if e.rules.get(x) == s.filed.get(x)}
        s.filed = e.rules
    for name in e.people:
        s.person(name)
    s.free.clear()  # whoever waited has lost the line


def hours(s: State, e: ev.ShiftsChanged) -> None:
    """When a person works."""
    if e.shifts is None:
        s.hours.pop(e.person, None)
    else:
        s.hours[e.person] = GivenHours(e.shifts, e.by, e.at)


def _written_of(shifts: Mapping[str, str], person: str) -> str | None:
    """What the settings say of a person, as a digest."""
    return shifts.get(person, shifts.get(DEFAULT))


def rules(s: State, e: ev.RulesChanged) -> None:
    """Guidelines and guard, until the settings tell others at a start."""
    s.ruled |= dict.fromkeys(changed_by(e), e)
    if e.words is not None:
        s.keys = max(s.keys, e.words.key)


def stopped(s: State, e: ev.Stopped) -> None:
    """STOP, of a kind or of all."""
    s.stopped[e.kind] = e.by
    if e.words is not None:
        s.keys = max(s.keys, e.words.key)


def resumed(s: State, e: ev.Resumed) -> None:
    """Its end."""
    s.stopped.pop(e.kind, None)


def paced(s: State, e: ev.Paced) -> None:
    """Where the pacer stands."""
    s.paced, s.paced_on = e, s.terms


def model(s: State, e: ev.ModelChanged) -> None:
    """Another model decides."""
    s.models[e.kind] = e.digest
    s.changed[e.kind] = e
    for case in map(s.case, s.told_since(e.outcomes)):  # they are taught on top of it, as they stand
        if case is not None and case.kind == e.kind:
            case.taught = case.counting()
    known = min(s.changed[kind].outcomes if kind in s.changed else 0 for kind in s.models)
    if known > s.learnt:
        del s.told[: known - s.learnt]
        s.learnt = known
