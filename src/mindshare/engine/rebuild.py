"""An engine from a log: the events are folded, the pacer is put where it stood, the models hear what they were taught."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec
import numpy as np

from mindshare.core.errors import MindshareError
from mindshare.core.guard.read import read_guard
from mindshare.core.guard.ruling import Rule
from mindshare.core.history import Team
from mindshare.core.model import Model
from mindshare.core.pacing.mark import Mark, foretell, put, put_arrivals, saw
from mindshare.core.pacing.pacer import Pacer
from mindshare.core.records import Answer
from mindshare.engine import events as ev
from mindshare.engine.cases import CaseState
from mindshare.engine.commands import Parts
from mindshare.engine.engine import Engine
from mindshare.engine.fold import apply
from mindshare.engine.gold import NONE, Gold
from mindshare.engine.incoming import read_again, sight_of
from mindshare.engine.pace import demand_of, new_pacer
from mindshare.engine.past import IN_MEMORY, Cases
from mindshare.engine.seeing import taught_of
from mindshare.engine.settings import Settings
from mindshare.engine.snapshots import Thawed, thawed
from mindshare.engine.state import State
from mindshare.store.chain import followed
from mindshare.store.protocol import EMPTY, Head, Reader, Sealed

log = logging.getLogger(__name__)
AT_ONCE = 512  # outcomes that are taught in one go


class Made(NamedTuple):
    """What a service is set up with; the rest is in its log. `load`: kind, digest -> a model that it changed to later."""

    settings: Settings
    team: Team
    models: Mapping[str, Model]
    rules: Sequence[Rule]
    load: Callable[[str, str], Model]
    gold: Gold = NONE
    reread: Callable[[Mapping[str, Any]], Sequence[Rule]] = read_guard  # a guard that somebody changed later
    digest: str = ""  # of settings and first models: a snapshot of others is not taken


def made_digest(settings: Settings, first: Mapping[str, str]) -> str:
    """`first`: kind -> the digest of the model that the service began with."""
    return sha256(msgspec.json.encode((settings, sorted(first.items())))).hexdigest()


class Taught(NamedTuple):
    """An outcome that a model heard, with the answers that it learnt from; `before`: the outcome that it corrects."""

    case: CaseState
    label: str
    heard: list[Answer]
    before: str = ""


@contextmanager
def _nothing_is_garbage() -> Iterator[None]:
    """While a state is built all of it stays; looking for what could go took a fifth of the time."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


@_nothing_is_garbage()
def rebuilt(made: Made, store: Reader, now: float, in_memory: int = IN_MEMORY) -> Engine:
    """The engine as it stood behind the last frame of the store: its newest snapshot, and the frames after it.

    An empty store gives a new engine. NotTheChain where a frame does not follow from the one before it.
    """
    before, place = _snapshot(made, store)
    state, taught = before.state, dict[str, Taught]()
    cases = state.cases = Cases(state.cases, store, place.number)
    pacer = new_pacer(made.settings, made.models, state.began or now)
    if before.arrivals:
        put_arrivals(pacer, before.arrivals)
    changed = dict[str, Model]()
    for event in events_of(followed(store.frames(place.number), place)):
        if not state.began:
            pacer = new_pacer(made.settings, made.models, event.at)
        known = state.cases[event.case].outcome if type(event) is ev.Came else ""
        apply(state, event)
        if type(event) is ev.Received:  # and not isinstance: this loop is what a start waits for
            saw(pacer, event.kind, event.at)
        elif type(event) is ev.Came:
            case = state.cases[event.case]
            if made.settings.learn:
                told = taught.get(case.id, Taught(case, "", taught_of(case), known))
                taught[case.id] = told._replace(label=event.label)
        elif type(event) is ev.ModelChanged and event.kind in made.models:
            changed[event.kind] = made.load(event.kind, event.digest)
            taught = {c: t for c, t in taught.items() if t.case.kind != event.kind}
            taught |= {t.case.id: t for t in later_than(state, event)}
    cases.upto = None
    models = {**before.models, **changed}
    if state.changed:
        foretell(pacer, demand_of(made.settings, models))
    put_back(pacer, state)
    kept = contents_of(store), made.gold, store, in_memory, made.reread
    engine = Engine(Parts(made.settings, made.team, models, made.rules, pacer, *kept), state)
    _limit_anew(engine)
    _teach(engine, list(taught.values()), store)
    return engine


def _snapshot(made: Made, store: Reader) -> tuple[Thawed, Head]:
    """What to go on from, and behind which frame."""
    kept = store.snapshot()
    if kept is not None and (before := thawed(kept.data, made.digest, log.warning)) is not None:
        return before, kept.head
    return Thawed(State(), [], dict(made.models)), EMPTY


def later_than(state: State, change: ev.ModelChanged) -> list[Taught]:
    """What is taught on top of a new model: the outcomes of its kind that it has not learnt from, as they stand now."""
    later = (state.cases[c] for c in state.told_since(change.outcomes))
    return [Taught(c, c.outcome, taught_of(c)) for c in later if c.kind == change.kind]


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
    """Puts a new pacer where the last `Paced` of the log says, if there is one."""
    stood = state.paced
    if stood is None:
        return
    unsettled = [lease.charge for lease in state.leases.values()]
    unsettled += [run.charge for run in state.runs.values()]
    mark = Mark(np.frombuffer(stood.moved), stood.case, stood.kind, stood.fresh, stood.charges)
    try:
        put(pacer, mark, unsettled, state.paced_on)
    except MindshareError as e:
        if state.paced_on is not None:
            raise
        raise MindshareError(
            "Limits were added or taken out since the last start, and the log is of an older program, which did not write down"
            " which there were. Start once with limits as they were then, stop, and change them after that."
        ) from e


def _limit_anew(engine: Engine) -> None:
    """Limits that the settings tell otherwise than at the last start, or that are new, hold from now on."""
    before, told = engine.state.limits, engine.settings.limits
    if before is not None:
        new = {r: x.limit for r, x in told.items() if before.get(r) != (x.limit, x.per_s)}
        if new:
            engine.spending.change({r: engine.machines.at_most(r, x) for r, x in new.items()})


def _teach(engine: Engine, taught: Sequence[Taught], store: Reader) -> None:
    """The models hear all outcomes again; those of cases whose contents were erased are forgotten."""
    for first in range(0, len(taught), AT_ONCE):
        part = taught[first : first + AT_ONCE]
        bodies = store.bodies(t.case.body.key for t in part)
        for kind in dict.fromkeys(t.case.kind for t in part):
            mine = [
                t for t in part if t.case.kind == kind and t.case.body.key in bodies and not t.case.erased
            ]
            sights = [sight_of(read_again(bodies[t.case.body.key].data), t.case.at) for t in mine]
            labels, before = [t.label for t in mine], [t.before for t in mine]
            engine.seeing.teach(kind, sights, [t.heard for t in mine], labels, before)
