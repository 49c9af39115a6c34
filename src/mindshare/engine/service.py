"""A service in a folder: team, settings, models and the store, put together.

service.yaml   how it works        team.yaml    who there is, and what is asked
models/        a file a model      mindshare.db the store
keys/          the key of the checkpoints, outside the database
"""

from __future__ import annotations

import os
import secrets
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from mindshare.core.errors import MindshareError
from mindshare.core.guard.read import read_guard
from mindshare.core.guard.written import Names
from mindshare.core.history import Team
from mindshare.core.model import Model
from mindshare.core.packed import packed
from mindshare.engine.actor import Actor
from mindshare.engine.clock import Clock
from mindshare.engine.engine import Engine
from mindshare.engine.rebuild import Made, rebuilt
from mindshare.engine.settings import Settings, read_settings
from mindshare.histories.team import FILE as TEAM
from mindshare.histories.team import read_team
from mindshare.store.model_file import load_model, save_model
from mindshare.store.sqlite import open_store

DATABASE, MODELS, KEYS = "mindshare.db", "models", "keys"


class Service:
    """Opens the folder, which nobody else may have open, and runs its engine until `close`."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.settings: Settings = read_settings(self.folder)
        self.team: Team = read_team(self.folder / TEAM).team
        self.models, self.digests = _models(self.folder, self.team)
        rules = read_guard(self.settings.guard, audit_key(self.folder), _names(self.team))
        self.made = Made(self.settings, self.team, self.models, rules)
        self.store = open_store(self.folder / DATABASE)
        try:
            self.clock = Clock(self.store.head().at)
            self.actor = Actor(self.store, self._build, self._start, self.clock)
        except BaseException:
            self.store.close()
            raise

    def _build(self) -> Engine:
        return rebuilt(self.made, self.store, self.clock())

    def _start(self, engine: Engine) -> None:
        engine.start(version("mindshare"), self.digests)

    def close(self) -> None:
        """Ends the engine; what was acknowledged is in the store."""
        self.actor.close()
        self.store.close()


def audit_key(folder: Path) -> bytes:
    """The secret by which cases are drawn for review; made once, and kept outside the database."""
    file = folder / KEYS / "audit.key"
    if not file.is_file():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(secrets.token_bytes(32))
    return file.read_bytes()


def _names(team: Team) -> Names:
    return Names(
        kinds=tuple(k for k in team.kinds if k) or None,
        labels=tuple(dict.fromkeys(label for q in team.questions for label in q.labels)),
    )


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
            raise MindshareError(
                f"{folder} has no model of kind '{kind}'. Make the service with mindshare serve HISTORY."
            )
        digests[kind] = current.read_text(encoding="ascii").strip()
        models[kind] = load_model(folder / MODELS / f"{kind or 'all'}-{digests[kind]}.model")
    return models, digests
