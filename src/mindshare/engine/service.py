"""A service in a folder (`folder.py`): team, settings, models and the store, put together."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

from mindshare.core.history import Team
from mindshare.engine.actor import Actor
from mindshare.engine.clock import Clock
from mindshare.engine.engine import Engine
from mindshare.engine.folder import DATABASE
from mindshare.engine.rebuild import rebuilt
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
        self.models = {kind: self.shelf.load(kind, digest) for kind, digest in self.first.items()}
        self.store = open_store(self.folder / DATABASE)
        try:
            clock = Clock(self.store.head().at)
            self.actor = Actor(self.store, self._build, self._start, clock)
        except BaseException:
            self.store.close()
            raise
        self.clock = clock
        self._refits = None
        if self.settings.learn:
            known = sum(m.about.cases for m in self.models.values()) if self.settings.history else 0
            self._refits = Refits(self.folder, self.settings, self.shelf, self.actor, known)

    def _build(self) -> Engine:
        now = self.clock() if hasattr(self, "clock") else Clock()()
        return rebuilt(self.settings, self.team, self.models, self.store, now, self.shelf.load)

    def _start(self, engine: Engine) -> None:
        now = {kind: told.digest for kind, told in engine.state.changed.items()}
        engine.start(version("mindshare"), self.first | now)

    def close(self) -> None:
        """Ends the engine; what was acknowledged is in the store."""
        if self._refits is not None:
            self._refits.close()
        self.actor.close()
        self.store.close()
