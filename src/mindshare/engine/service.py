"""A service in a folder (`folder.py`): team, settings, models and the store, put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from mindshare.core.guard.read import read_guard
from mindshare.core.guard.written import Names
from mindshare.core.history import Team
from mindshare.engine.actor import Actor
from mindshare.engine.clock import Clock
from mindshare.engine.engine import Engine
from mindshare.engine.events import Erased, Event
from mindshare.engine.folder import AUDIT_KEY, CHECKPOINT_KEY, DATABASE, secret
from mindshare.engine.gold import read_gold
from mindshare.engine.keeping import Keeper
from mindshare.engine.people_settings import read_people
from mindshare.engine.rebuild import Made, made_digest, rebuilt
from mindshare.engine.refit import Refits
from mindshare.engine.retention import Retention
from mindshare.engine.running.pool import Pool, check_there
from mindshare.engine.running.told import Answerer
from mindshare.engine.running.watch import Watch
from mindshare.engine.settings import Settings, read_settings, with_calls
from mindshare.engine.shelf import Shelf
from mindshare.engine.stops import Stops, place_of
from mindshare.histories.team import FILE as TEAM
from mindshare.histories.team import read_team
from mindshare.store.sqlite import open_store


class Service:
    """Opens the folder, which nobody else may have open, and runs its engine until `close`.

    `machines`: name -> a Python callable that runs as a machine: a list of cases in, a label or {label: probability} of each out.
    It must be importable, for it runs in a process of its own.
    """

    def __init__(self, folder: str | Path, machines: Mapping[str, Answerer] | None = None) -> None:
        self.folder, calls = Path(folder), dict(machines or {})
        self.settings: Settings = with_calls(read_settings(self.folder), calls)
        check_there(self.settings, self.folder)
        self.team: Team = read_team(self.folder / TEAM).team
        self.shelf = Shelf(self.folder)
        self.first = self.shelf.first(self.team)
        self.made = made_of(self.folder, self.settings, self.team, self.shelf)
        self._listeners: list[Callable[[int, Sequence[Event]], None]] = []
        self.store = open_store(self.folder / DATABASE)
        stops: Stops | None = None
        try:
            self.stops = stops = Stops(place_of(self.folder, self.settings), self.team.kinds)
            self.clock = Clock(self.store.head().at)
            self._keeper = Keeper(self.store, secret(self.folder, CHECKPOINT_KEY), self.made.digest)
            self.pool = None
            if self.settings.machines:
                self.pool = Pool(self.settings, self.folder, self.store, calls)
                self.listen(self.pool.heard)
            self.actor = Actor(self.store, self._build, self._start, self.clock, self.stops, self._tell)
        except BaseException:
            if stops is not None:
                stops.close()
            self.store.close()
            raise
        self._retention = None
        if "evidence" in self.settings.keep:
            self._retention = Retention(self.actor, self.settings.keep["evidence"])
        if self.pool is not None:
            self.pool.start(self.actor)
            self.watch = Watch(self.actor)
            self.watch.start()
        self._refits = None
        if self.settings.learn:
            known = sum(m.about.cases for m in self.made.models.values()) if self.settings.history else 0
            self._refits = Refits(self.folder, self.settings, self.shelf, self.actor, known)

    def _build(self) -> Engine:
        return rebuilt(self.made, self.store, self.clock())

    def _start(self, engine: Engine) -> None:
        """What was to be erased when the service ended is erased now."""
        cases = (c for c in engine.state.cases.values() if c.erased)
        gone = [*engine.state.gone, *(k for c in cases for k in (c.body.key, *c.comments))]
        if self.store.bodies(gone):
            self.store.erase(gone)
        now = {kind: told.digest for kind, told in engine.state.changed.items()}
        self.stops.begin(engine.state.stopped)
        if engine.state.began and self.stops.news:  # before machines may decide what a restart broke off
            for person in list(engine.state.free):  # who have lost the line
                engine.away(person)
            self.stops.apply(engine)
        engine.start(version("mindshare"), self.first | now)
        self.stops.apply(engine)

    def listen(self, listener: Callable[[int, Sequence[Event]], None]) -> None:
        """The listener hears the number and the events of each frame once it is stored, in the engine's thread."""
        self._listeners.append(listener)

    def _tell(self, engine: Engine, number: int, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, Erased):
                self.store.erase(event.keys)
            self.stops.heard(event)
        for listener in self._listeners:
            listener(number, events)
        self._keeper.look(engine, number, len(events))

    def close(self) -> None:
        """Ends the engine; what was acknowledged is in the store."""
        if self._refits is not None:
            self._refits.close()
        if self._retention is not None:
            self._retention.close()
        if self.pool is not None:
            self.watch.end()
            self.pool.close()
        self.actor.close()
        self.stops.close()
        self._keeper.close(self.actor.engine)
        self.store.close()


def made_of(folder: Path, settings: Settings, team: Team, shelf: Shelf) -> Made:
    """What the service in this folder is set up with."""
    models = {kind: shelf.load(kind, digest) for kind, digest in shelf.first(team).items()}
    kinds = tuple(kind for kind in team.kinds if kind) or None
    labels = tuple(dict.fromkeys(label for question in team.questions for label in question.labels))
    names = Names(kinds=kinds, labels=labels)
    rules = read_guard(settings.guard, secret(folder, AUDIT_KEY), names)
    read_people(settings.people, settings.fairness, settings.exposure, names)
    labelled = {kind: model.pool.reading.labels for kind, model in models.items()}
    gold = read_gold(folder, settings, labelled, secret(folder, AUDIT_KEY))
    return Made(settings, team, models, rules, shelf.load, gold, made_digest(settings, shelf.first(team)))
