"""An engine from a log: the events are folded, the pacer is put where it stood, the models hear what they were taught."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mindshare.core.across_kinds import shared_demand
from mindshare.core.guard.ruling import Rule
from mindshare.core.history import Team
from mindshare.core.model import Model
from mindshare.core.pacing.arrivals import Arrivals, Clocked, Counted
from mindshare.core.pacing.demand import Demand
from mindshare.core.pacing.mark import Mark, put
from mindshare.core.pacing.pacer import Pacer
from mindshare.core.records import MINUTES, PEOPLE_MINUTES, Answer
from mindshare.engine import events as ev
from mindshare.engine.commands import Parts
from mindshare.engine.engine import Engine
from mindshare.engine.incoming import read_case, sight_of
from mindshare.engine.seeing import answers_of
from mindshare.engine.settings import DAY, Settings
from mindshare.engine.state import CaseState, State
from mindshare.store.protocol import Reader, Sealed

FOR_EVER = 1e5 * DAY
AT_ONCE = 512  # outcomes that are taught in one go


class Made(NamedTuple):
    """What a service is set up with; the rest is in its log."""

    settings: Settings
    team: Team
    models: Mapping[str, Model]
    rules: Sequence[Rule]


def rebuilt(made: Made, store: Reader, now: float) -> Engine:
    """The engine as it stood behind the last frame of the store. An empty store gives a new one."""
    settings, models = made.settings, made.models
    state, taught = State(), list[tuple[CaseState, str, list[Answer]]]()
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
                taught.append((case, event.label, answers_of(case)))
    if pacer is None:
        pacer = new_pacer(settings, models, now)
    if state.paced is not None:
        put_back(pacer, state)
    engine = Engine(Parts(settings, made.team, models, made.rules, pacer, contents_of(store)), state)
    _teach(engine, taught, store)
    return engine


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
    put(
        pacer, Mark(np.frombuffer(stood.moved), stood.case, stood.kind, stood.fresh, stood.charges), unsettled
    )


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

    demand = _demand(models, known, tuple(limit)) if limit else None
    return Pacer(limit, {kind: coming(kind) for kind in models}, demand=demand, period_s=period)


def _demand(
    models: Mapping[str, Model], cases: Mapping[str, float], resources: tuple[str, ...]
) -> Demand | None:
    """What old cases would buy of these resources: questions of people, each at its mean cost."""
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


def _teach(engine: Engine, taught: Sequence[tuple[CaseState, str, list[Answer]]], store: Reader) -> None:
    """The models hear all outcomes again; those of cases whose contents were erased are forgotten."""
    for first in range(0, len(taught), AT_ONCE):
        part = taught[first : first + AT_ONCE]
        bodies = store.bodies(case.body.key for case, _, _ in part)
        for kind in dict.fromkeys(case.kind for case, _, _ in part):
            mine = [t for t in part if t[0].kind == kind and t[0].body.key in bodies]
            sights = [sight_of(read_case(bodies[case.body.key].data), case.at) for case, _, _ in mine]
            engine.seeing.teach(
                kind, sights, [heard for _, _, heard in mine], [label for _, label, _ in mine]
            )
