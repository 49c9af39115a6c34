"""A service in a folder (`folder.py`): team, settings, models and the store, put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from mindshare.engine.actor import Actor
from mindshare.engine.clock import Clock
from mindshare.engine.engine import Engine
from mindshare.engine.events import Erased, Event
from mindshare.engine.folder import CHECKPOINT_KEY, DATABASE, secret
from mindshare.engine.keeping import Keeper
from mindshare.engine.prepared import notes_on, prepared
from mindshare.engine.rebuild import rebuilt
from mindshare.engine.refit import Learning, Refits
from mindshare.engine.retention import Retention
from mindshare.engine.running.pool import Pool
from mindshare.engine.running.told import Answerer
from mindshare.engine.running.watch import Watch
from mindshare.engine.stops import Stops, place_of
from mindshare.store.sqlite import open_store


class Service:
    """Opens the folder, which nobody else may have open, and runs its engine until `close`.

    `machines`: name -> a Python callable that runs as a machine: a list of cases in, a label or {label: probability} of each out.
    It must be importable, for it runs in a process of its own.
    """

    def __init__(self, folder: str | Path, machines: Mapping[str, Answerer] | None = None) -> None:
        self.folder, calls = Path(folder), dict(machines or {})
        self.settings, self.team, self.shelf, self.first, self.made = prepared(self.folder, calls)
        self.notes: list[str] | None = None  # what the settings name that is not known yet
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
        self._refits, self._known = None, 0
        if self.settings.history:
            self._known = sum(m.about.cases for m in self.made.models.values())
        if self.settings.learn:
            self._refits = Refits(self.folder, self.settings, self.shelf, self.actor, self._known)

    def _build(self) -> Engine:
        return rebuilt(self.made, self.store, self.clock())

    def _start(self, engine: Engine) -> None:
        """What was to be erased when the service ended is erased now."""
        if self.notes is None:
            self.notes = notes_on(self.made, engine)
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

    def learning(self) -> Learning:
        """How far learning from outcomes is."""
        if self._refits is not None:
            return self._refits.stands()
        state = self.actor.engine.state
        learnt = max((c.outcomes for c in state.changed.values()), default=0)
        return Learning(self._known + state.outcomes, self._known + learnt, None)

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
