"""The models of a service: a file each, named by kind and digest. What decides now stands in the log, not here."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from mindshare.core.errors import MindshareError
from mindshare.core.history import Team
from mindshare.core.model import Model
from mindshare.core.packed import packed
from mindshare.store.model_file import load_model, save_model

MODELS = "models"
FIRST = ".first"  # the end of the name of the file that says which model a kind began with


class Shelf:
    """The folder `models` of a service."""

    def __init__(self, folder: Path) -> None:
        self.place = folder / MODELS

    def keep(self, kind: str, model: Model, *, first: bool = False) -> str:
        """Keeps a model; returns its digest. `first`: the service begins with it."""
        digest = sha256(packed(model)).hexdigest()[:16]
        self.place.mkdir(parents=True, exist_ok=True)
        save_model(model, self._file(kind, digest))
        if first:
            (self.place / f"{kind or 'all'}{FIRST}").write_text(digest + "\n", encoding="ascii")
        return digest

    def load(self, kind: str, digest: str) -> Model:
        """A model that was kept; ModelError where its file is gone or damaged."""
        return load_model(self._file(kind, digest))

    def first(self, team: Team) -> dict[str, str]:
        """Kind -> digest of the model that the service began with."""
        digests = {}
        for kind in team.kinds:
            told = self.place / f"{kind or 'all'}{FIRST}"
            if not told.is_file():
                what = f"no model of kind '{kind}'" if kind else "no model"
                raise MindshareError(
                    f"{self.place.parent} has {what}. Was it lost: restore the last backup to a new folder (mindshare restore DAY.zip"
                    " NEW-FOLDER). Has team.yaml other kinds now: write the old ones back, or make a service in a new folder with"
                    " mindshare serve HISTORY."
                )
            digests[kind] = told.read_text(encoding="ascii").strip()
        return digests

    def _file(self, kind: str, digest: str) -> Path:
        return self.place / f"{kind or 'all'}-{digest}.model"
