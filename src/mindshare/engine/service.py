"""A service in a folder (`folder.py`): team, settings, models and the store, put together."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from mindshare.core.guard.read import read_guard
from mindshare.core.guard.written import Names
from mindshare.core.history import Team
from mindshare.engine.actor import Actor
from mindshare.engine.clock import Clock
from mindshare.engine.engine import Engine
from mindshare.engine.events import Event
from mindshare.engine.folder import AUDIT_KEY, DATABASE
from mindshare.engine.gold import read_gold
from mindshare.engine.people_settings import read_people
from mindshare.engine.rebuild import Made, rebuilt
from mindshare.engine.refit import Refits
from mindshare.engine.settings import Settings, read_settings
from mindshare.engine.shelf import Shelf
from mindshare.histories.team import FILE as TEAM
from mindshare.histories.team import read_team
from mindshare.store.sqlite import open_store


class Service:
    """Opens the folder, which nobody else may have open, and runs its engine until `close`."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.settings: Settings = read_settings(self.folder)
        self.team: Team = read_team(self.folder / TEAM).team
        self.shelf = Shelf(self.folder)
        self.first = self.shelf.first(self.team)
        self.made = made_of(self.folder, self.settings, self.team, self.shelf)
        self._listeners: list[Callable[[int, Sequence[Event]], None]] = []
        self.store = open_store(self.folder / DATABASE)
        try:
            self.clock = Clock(self.store.head().at)
            self.actor = Actor(self.store, self._build, self._start, self.clock, self._tell)
        except BaseException:
            self.store.close()
            raise
        self._refits = None
        if self.settings.learn:
            known = sum(m.about.cases for m in self.made.models.values()) if self.settings.history else 0
            self._refits = Refits(self.folder, self.settings, self.shelf, self.actor, known)

    def _build(self) -> Engine:
        return rebuilt(self.made, self.store, self.clock())

    def _start(self, engine: Engine) -> None:
        now = {kind: told.digest for kind, told in engine.state.changed.items()}
        engine.start(version("mindshare"), self.first | now)

    def listen(self, listener: Callable[[int, Sequence[Event]], None]) -> None:
        """The listener hears the number and the events of each frame once it is stored, in the engine's thread."""
        self._listeners.append(listener)

    def _tell(self, number: int, events: Sequence[Event]) -> None:
        for listener in self._listeners:
            listener(number, events)

    def close(self) -> None:
        """Ends the engine; what was acknowledged is in the store."""
        if self._refits is not None:
            self._refits.close()
        self.actor.close()
        self.store.close()


def made_of(folder: Path, settings: Settings, team: Team, shelf: Shelf) -> Made:
    """What the service in this folder is set up with."""
    models = {kind: shelf.load(kind, digest) for kind, digest in shelf.first(team).items()}
    kinds = tuple(kind for kind in team.kinds if kind) or None
    labels = tuple(dict.fromkeys(label for question in team.questions for label in question.labels))
    names = Names(kinds=kinds, labels=labels)
    rules = read_guard(settings.guard, audit_key(folder), names)
    read_people(settings.people, settings.fairness, settings.exposure, names)
    labelled = {kind: model.pool.reading.labels for kind, model in models.items()}
    gold = read_gold(folder, settings, labelled, audit_key(folder))
    return Made(settings, team, models, rules, shelf.load, gold)


def audit_key(folder: Path) -> bytes:
    """The secret by which cases are drawn for review; made once, and kept outside the database."""
    file = folder / AUDIT_KEY
    if not file.is_file():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(secrets.token_bytes(32))
    return file.read_bytes()
