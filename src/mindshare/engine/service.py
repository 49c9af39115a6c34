"""A service in a folder: team, settings, models and the store, put together.

    service.yaml   how it works        team.yaml    who there is, and what is asked
    models/        a file a model      mindshare.db the store
    keys/          the key of the checkpoints, outside the database
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

import mindshare
from mindshare.core.errors import MindshareError
from mindshare.core.history import Team
from mindshare.core.model import Model
from mindshare.core.packed import packed
from mindshare.engine.actor import Actor
from mindshare.engine.clock import Clock
from mindshare.engine.engine import Engine
from mindshare.engine.events import Event
from mindshare.engine.rebuild import rebuilt
from mindshare.engine.settings import Settings, read_settings
from mindshare.histories.team import FILE as TEAM
from mindshare.histories.team import read_team
from mindshare.store.model_file import load_model, save_model
from mindshare.store.sqlite import open_store

DATABASE, MODELS = "mindshare.db", "models"


class Service:
    """Opens the folder, which nobody else may have open, and runs its engine until `close`."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.settings: Settings = read_settings(self.folder)
        self.team: Team = read_team(self.folder / TEAM).team
        self.models, self.digests = _models(self.folder, self.team)
        self._listeners: list[Callable[[int, Sequence[Event]], None]] = []
        self.store = open_store(self.folder / DATABASE)
        try:
            clock = Clock(self.store.head().at)
            self.actor = Actor(self.store, self._build, self._start, clock, self._tell)
        except BaseException:
            self.store.close()
            raise
        self.clock = clock

    def _build(self) -> Engine:
        return rebuilt(self.settings, self.team, self.models, self.store, self.clock() if hasattr(self, "clock") else Clock()())

    def _start(self, engine: Engine) -> None:
        engine.start(mindshare.__version__, self.digests)

    def listen(self, listener: Callable[[int, Sequence[Event]], None]) -> None:
        """The listener hears the number and the events of each frame once it is stored, in the engine's thread."""
        self._listeners.append(listener)

    def _tell(self, number: int, events: Sequence[Event]) -> None:
        for listener in self._listeners:
            listener(number, events)

    def close(self) -> None:
        """Ends the engine; what was acknowledged is in the store."""
        self.actor.close()
        self.store.close()


def keep_model(folder: Path, kind: str, model: Model) -> str:
    """Keeps the model of a kind in the folder of a service; returns its digest."""
    digest = sha256(packed(model)).hexdigest()[:16]
    place = folder / MODELS
    place.mkdir(parents=True, exist_ok=True)
    save_model(model, place / f"{kind or 'all'}-{digest}.model")
    (place / f"{kind or 'all'}.current").write_text(digest + "\n", encoding="ascii")
    return digest


def _models(folder: Path, team: Team) -> tuple[dict[str, Model], dict[str, str]]:
    models, digests = {}, {}
    for kind in team.kinds:
        current = folder / MODELS / f"{kind or 'all'}.current"
        if not current.is_file():
            raise MindshareError(f"{folder} has no model of kind '{kind}'. Make the service with mindshare serve HISTORY.")
        digests[kind] = current.read_text(encoding="ascii").strip()
        models[kind] = load_model(folder / MODELS / f"{kind or 'all'}-{digests[kind]}.model")
    return models, digests
