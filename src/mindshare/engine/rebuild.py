"""An engine from a log: the events are folded, the pacer is put where it stood, the models hear what they were taught."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mindshare.core.across_kinds import shared_demand
from mindshare.core.history import Team
from mindshare.core.model import Model
from mindshare.core.pacing.arrivals import Arrivals, Clocked, Counted
from mindshare.core.pacing.demand import Demand
from mindshare.core.pacing.mark import Mark, foretell, put
from mindshare.core.pacing.pacer import Pacer
from mindshare.core.records import MINUTES, PEOPLE_MINUTES, Answer
from mindshare.engine import events as ev
from mindshare.engine.engine import Engine, answers_of
from mindshare.engine.incoming import read_case, sight_of
from mindshare.engine.settings import DAY, Settings
from mindshare.engine.state import CaseState, State
from mindshare.store.protocol import Reader, Sealed

FOR_EVER = 1e5 * DAY
AT_ONCE = 512  # outcomes that are taught in one go


def rebuilt(
    settings: Settings,
    team: Team,
    models: Mapping[str, Model],
    store: Reader,
    now: float,
    load: Callable[[str, str], Model],
) -> Engine:
    """The engine as it stood behind the last frame of the store. An empty store gives a new one.

    `models`: what the service began with; `load` brings later ones (kind, digest).
    """
    state, taught = State(), list[Taught]()
    pacer = None
    for event in events_of(store.frames()):
        if pacer is None:
            pacer = new_pacer(settings, models, event.at)
        state.apply(event)
        if isinstance(event, ev.Received):
            pacer.saw(event.kind, event.at)
        elif isinstance(event, ev.Came):
            case = state.cases[event.case]
            if event.first and settings.learn:
                taught.append(Taught(case, event.label, answers_of(case)))
        elif isinstance(event, ev.ModelChanged):
            taught = [t for t in taught if t.case.kind != event.kind] + later_than(state, event)
    if pacer is None:
        pacer = new_pacer(settings, models, now)
    current = {**models, **{kind: load(kind, told.digest) for kind, told in state.changed.items() if kind in models}}
    demand = demand_of(settings, current) if state.changed else None
    if demand is not None:
        foretell(pacer, demand)
    if state.paced is not None:
        put_back(pacer, state)
    engine = Engine(settings, team, current, pacer, contents_of(store), state)
    _teach(engine, taught, store)
    return engine


class Taught(NamedTuple):
    """An outcome that a model heard, and the answers that were in by then."""

    case: CaseState
    label: str
    heard: list[Answer]


def later_than(state: State, change: ev.ModelChanged) -> list[Taught]:
    """What is taught on top of a new model: the outcomes of its kind that it has not learnt from, as they stand now."""
    later = (state.cases[c] for c in state.told[change.outcomes :])
    return [Taught(c, c.outcome, answers_of(c)) for c in later if c.kind == change.kind]


def events_of(frames: Iterable[Sealed]) -> Iterable[ev.AnyEvent]:
    """The events of these frames, in order."""
    for frame in frames:
        yield from ev.read_lines(frame.events)


def contents_of(store: Reader) -> Callable[[int], bytes | None]:
    """Key -> the bytes of a body, None where they were erased."""

    def contents(key: int) -> bytes | None:
        body = store.body(key)
        return None if body is None else body.data

    return contents


def put_back(pacer: Pacer, state: State) -> None:
    """Puts a new pacer where the last `Paced` of the log says."""
    stood = state.paced
    assert stood is not None
    unsettled = [lease.charge for lease in state.leases.values()]
    put(pacer, Mark(np.frombuffer(stood.moved), stood.case, stood.kind, stood.fresh, stood.charges), unsettled)


def new_pacer(settings: Settings, models: Mapping[str, Model], start: float) -> Pacer:
    """The pacer of a service that begins at `start`: its limits, its arrivals, and what old cases would buy."""
    limit = {name: told.limit for name, told in settings.limits.items()}
    period = {name: told.per_s for name, told in settings.limits.items() if told.per_s is not None}
    known = {kind: float(max(model.about.cases, 1)) for kind, model in models.items()}
    whole = sum(known.values())

    def coming(kind: str) -> Arrivals:
        part = known[kind] / whole
        if settings.cases is not None:
            return Counted(settings.cases * part)
        day = math.floor(start / DAY) * DAY
        return Clocked(np.full(24, settings.expect * part / 24), DAY, day, day + FOR_EVER)

    return Pacer(limit, {kind: coming(kind) for kind in models}, demand=demand_of(settings, models), period_s=period)


def demand_of(settings: Settings, models: Mapping[str, Model]) -> Demand | None:
    """What old cases would buy of what is limited: questions of people, each at its mean cost; None where nobody knows."""
    resources = tuple(settings.limits)
    if not resources:
        return None
    cases = {kind: float(max(model.about.cases, 1)) for kind, model in models.items()}
    answers = shared_demand({kind: model.demand for kind, model in models.items()}, cases)
    if not answers.cases or not len(answers.case):
        return None
    if resources == answers.resources:
        return answers
    speed = next(iter(models.values())).speed
    minutes = 1.0 if math.isnan(speed.mean) else speed.mean
    people = max(int(np.sum(speed.timed)), 1)

    def each(resource: str) -> float:
        if resource == PEOPLE_MINUTES:
            return minutes
        return minutes / people if resource.endswith(MINUTES) else 1.0

    use = answers.use[:, :1] * np.array([[each(r) for r in resources]])
    return Demand.of(resources, answers.cases, answers.case, use, answers.worth, answers.path)


def _teach(engine: Engine, taught: Sequence[Taught], store: Reader) -> None:
    """The models hear all outcomes again; those of cases whose contents were erased are forgotten."""
    for first in range(0, len(taught), AT_ONCE):
        part = taught[first : first + AT_ONCE]
        bodies = store.bodies(t.case.body.key for t in part)
        for kind in dict.fromkeys(t.case.kind for t in part):
            mine = [t for t in part if t.case.kind == kind and t.case.body.key in bodies]
            sights = [sight_of(read_case(bodies[t.case.body.key].data), t.case.at) for t in mine]
            engine.teach(kind, sights, [t.heard for t in mine], [t.label for t in mine])
