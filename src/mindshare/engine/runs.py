"""How runs of machines change what a service knows."""

from __future__ import annotations

from mindshare.engine import events as ev
from mindshare.engine.cases import RECEIVED, WAITING, Run
from mindshare.engine.machine_events import Weight
from mindshare.engine.state import State


def running(s: State, e: ev.Running) -> None:
    """A run began."""
    case = s.cases[e.case]
    s.tokens = max(s.tokens, e.token)
    s.runs[e.token] = Run(e.token, e.case, e.at, e.until, e.use, e.charge, tuple(e.ends), e.agent)
    case.runs, case.tried = (*case.runs, e.token), (*case.tried, e.agent)
    if case.status == WAITING:
        s.waiting.pop(e.case, None)
        case.status = RECEIVED
    if e.why and e.why != "worth":  # what is weighed is told by `Weighed`
        case.say([Weight(e.agent, e.why)])


def ran(s: State, token: int, spent: dict[str, float]) -> None:
    """A run is over."""
    run = s.runs.pop(token)
    case, machine = s.cases[run.case], s.machine(run.machine)
    case.runs = tuple(t for t in case.runs if t != token)
    if spent:
        machine.runs += 1
        for resource, amount in spent.items():
            machine.used[resource] = machine.used.get(resource, 0.0) + amount


def failed(s: State, e: ev.Failed) -> None:
    """It brought no answer."""
    ran(
        s, e.run, e.spent if e.own else {}
    )  # else it never began, or was broken off: that says nothing of what one uses
    machine = s.machine(e.agent)
    if e.bad:  # tried for good: it was asked about it alone as well
        case = s.cases[e.case]
        case.tried = (*case.tried, e.agent)
    if e.own:
        machine.failures += 1
    if e.own and not e.bad:
        if not e.batch or e.batch != machine.batch:
            machine.row += 1
        machine.batch = e.batch


def aside(s: State, e: ev.PutAside) -> None:
    """The machine is not run for a while."""
    machine = s.machine(e.agent)
    machine.aside, machine.asides = e.until, machine.asides + 1
