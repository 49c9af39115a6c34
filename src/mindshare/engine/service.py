"""A service in a folder: team, settings, models and the store, put together.

service.yaml   how it works        team.yaml    who there is, and what is asked
models/        a file a model      mindshare.db the store
keys/          the key of the checkpoints, outside the database
"""

from __future__ import annotations

from pathlib import Path

import mindshare
from mindshare.core.history import Team
from mindshare.engine.actor import Actor
from mindshare.engine.clock import Clock
from mindshare.engine.engine import Engine
from mindshare.engine.rebuild import rebuilt
from mindshare.engine.settings import Settings, read_settings
from mindshare.engine.shelf import Shelf
from mindshare.histories.team import FILE as TEAM
from mindshare.histories.team import read_team
from mindshare.store.sqlite import open_store

DATABASE, KEY = "mindshare.db", Path("keys") / "checkpoints"


def key_of(folder: Path) -> bytes | None:
    """The key that signs checkpoints of the log; None where there is none."""
    file = folder / KEY
    return file.read_bytes() if file.is_file() else None


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

    def _build(self) -> Engine:
        now = self.clock() if hasattr(self, "clock") else Clock()()
        return rebuilt(self.settings, self.team, self.models, self.store, now, self.shelf.load)

    def _start(self, engine: Engine) -> None:
        now = {kind: told.digest for kind, told in engine.state.changed.items()}
        engine.start(mindshare.__version__, self.first | now)

    def close(self) -> None:
        """Ends the engine; what was acknowledged is in the store."""
        self.actor.close()
        self.store.close()
