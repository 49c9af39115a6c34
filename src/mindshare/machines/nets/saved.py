"""A model in one file, which holds names, numbers and nothing that runs."""

from __future__ import annotations

from pathlib import Path

from mindshare.core.errors import MindshareError
from mindshare.machines.nets.capsule import Capsule
from mindshare.machines.nets.cnn import CNN
from mindshare.machines.nets.exits import ExitsCNN
from mindshare.machines.nets.gru import GRU
from mindshare.machines.nets.net import NetModel
from mindshare.machines.nets.transformer import Transformer
from mindshare.machines.parts.packed import read_packed, write_packed


def save_model(model: NetModel, path: str | Path) -> Path:
    """Writes a fitted model; the file is complete or not there."""
    header, arrays = model.state()
    return write_packed(header, arrays, Path(path))


def load_model(path: str | Path) -> NetModel:
    """The model of a file that `save_model` wrote. Raises MindshareError for any other file."""
    header, arrays = read_packed(Path(path))
    if header["family"] not in families():
        raise MindshareError(
            f"{path} holds a {header['family']}, no net; mindshare.machines.load_model reads it."
        )
    return families()[header["family"]](**header["params"]).restore(header, arrays)


def families() -> dict[str, type[NetModel]]:
    """The families of nets, by name."""
    return {family.__name__: family for family in (CNN, GRU, Transformer, Capsule, ExitsCNN)}
