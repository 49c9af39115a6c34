"""An engine from a log: the events are folded, the pacer is put where it stood, the models hear what they were taught."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mindshare.core.guard.ruling import Rule
from mindshare.core.history import Team
from mindshare.core.model import Model
from mindshare.core.pacing.mark import Mark, foretell, put, saw
from mindshare.core.pacing.pacer import Pacer
from mindshare.core.records import Answer
from mindshare.engine import events as ev
from mindshare.engine.cases import CaseState
from mindshare.engine.commands import Parts
from mindshare.engine.engine import Engine
from mindshare.engine.gold import NONE, Gold
from mindshare.engine.incoming import read_case, sight_of
from mindshare.engine.pace import demand_of, new_pacer
from mindshare.engine.seeing import answers_of
from mindshare.engine.settings import Settings
from mindshare.engine.state import State
from mindshare.store.protocol import Reader, Sealed

AT_ONCE = 512  # outcomes that are taught in one go


class Made(NamedTuple):
    """What a service is set up with; the rest is in its log. `load`: kind, digest -> a model that it changed to later."""

    settings: Settings
    team: Team
    models: Mapping[str, Model]
    rules: Sequence[Rule]
    load: Callable[[str, str], Model]
    gold: Gold = NONE


class Taught(NamedTuple):
    """An outcome that a model heard, and the answers that were in by then."""

    case: CaseState
    label: str
    heard: list[Answer]


def rebuilt(made: Made, store: Reader, now: float) -> Engine:
    """The engine as it stood behind the last frame of the store. An empty store gives a new one."""
    settings, models = made.settings, made.models
    state, taught = State(), list[Taught]()
    pacer = None
    for event in events_of(store.frames()):
        if pacer is None:
            pacer = new_pacer(settings, models, event.at)
        state.apply(event)
        if isinstance(event, ev.Received):
            saw(pacer, event.kind, event.at)
        elif isinstance(event, ev.Came):
            case = state.cases[event.case]
            if event.first and settings.learn:
                taught.append(Taught(case, event.label, answers_of(case)))
        elif isinstance(event, ev.ModelChanged):
            taught = [t for t in taught if t.case.kind != event.kind] + later_than(state, event)
    if pacer is None:
        pacer = new_pacer(settings, models, now)
    changed = {kind: made.load(kind, told.digest) for kind, told in state.changed.items() if kind in models}
    current = {**models, **changed}
    if changed:
        foretell(pacer, demand_of(settings, current))
    if state.paced is not None:
        put_back(pacer, state)
    engine = Engine(
        Parts(settings, made.team, current, made.rules, pacer, contents_of(store), made.gold), state
    )
    _teach(engine, taught, store)
    return engine


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
    put(
        pacer, Mark(np.frombuffer(stood.moved), stood.case, stood.kind, stood.fresh, stood.charges), unsettled
    )


def _teach(engine: Engine, taught: Sequence[Taught], store: Reader) -> None:
    """The models hear all outcomes again; those of cases whose contents were erased are forgotten."""
    for first in range(0, len(taught), AT_ONCE):
        part = taught[first : first + AT_ONCE]
        bodies = store.bodies(t.case.body.key for t in part)
        for kind in dict.fromkeys(t.case.kind for t in part):
            mine = [t for t in part if t.case.kind == kind and t.case.body.key in bodies]
            sights = [sight_of(read_case(bodies[t.case.body.key].data), t.case.at) for t in mine]
            engine.seeing.teach(kind, sights, [t.heard for t in mine], [t.label for t in mine])
