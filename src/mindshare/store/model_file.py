"""A model in one file: saved whole or not at all, and refused in one sentence where it cannot be used."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from mindshare.core.errors import ModelError
from mindshare.core.history import Team
from mindshare.core.model import Model
from mindshare.core.packed import packed, unpacked


def save_model(model: Model, path: str | os.PathLike[str]) -> None:
    """Writes the model; a file that was there before stays until the new one is complete."""
    target = Path(path)
    data = packed(model)
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as half:
            half.write(data)
            half.flush()
            os.fsync(half.fileno())
        os.replace(half.name, target)
    except OSError as e:
        raise ModelError(f"The model cannot be written to {target}: {e.strerror}.") from e


def load_model(path: str | os.PathLike[str], team: Team | None = None) -> Model:
    """The model of this file. With a `team` it is refused where it was learnt for other labels or another utility."""
    try:
        data = Path(path).read_bytes()
    except OSError as e:
        raise ModelError(f"The model {path} cannot be read: {e.strerror}.") from e
    model = unpacked(data, str(path))
    if team is not None:
        model.check_team(team)
    return model
