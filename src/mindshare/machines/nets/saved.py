"""A model in one file: names, numbers and nothing that runs (no pickle); a file of another kind is refused in one sentence."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError
from mindshare.machines.nets.net import NetModel

FORMAT = "mindshare machine 1"


def save_model(model: NetModel, path: str | Path) -> Path:
    """Writes a fitted model; the file is complete or not there."""
    header, arrays = model.state()
    place = Path(path)
    packed = {name: _plain(array) for name, array in arrays.items()}
    buffer = io.BytesIO()
    text = json.dumps({"format": FORMAT, **header}, allow_nan=False)
    np.savez(buffer, header=np.frombuffer(text.encode(), np.uint8), **packed)  # type: ignore[arg-type]
    short = place.with_name(place.name + ".part")
    short.write_bytes(buffer.getvalue())
    short.replace(place)
    return place


def load_model(path: str | Path) -> NetModel:
    """The model of a file that `save_model` wrote. Raises MindshareError for any other file."""
    place = Path(path)
    try:
        with np.load(place, allow_pickle=False) as file:
            header = json.loads(bytes(file["header"]))
            arrays = {name: file[name] for name in file.files if name != "header"}
    except (KeyError, ValueError, zipfile.BadZipFile, EOFError, OSError) as wrong:
        if isinstance(wrong, FileNotFoundError):
            raise MindshareError(f"There is no file {place}.") from wrong
        raise MindshareError(
            f"{place} is not a model that Mindshare saved (save_model writes one)."
        ) from wrong
    if header.get("format") != FORMAT:
        raise MindshareError(f"{place} says it is '{header.get('format')}'; this version reads '{FORMAT}'.")
    return families()[header["family"]](**header["params"]).restore(header, arrays)


def families() -> dict[str, type[NetModel]]:
    """The families of nets, by name."""
    from mindshare.machines.nets.capsule import Capsule
    from mindshare.machines.nets.cnn import CNN
    from mindshare.machines.nets.exits import ExitsCNN
    from mindshare.machines.nets.gru import GRU
    from mindshare.machines.nets.transformer import Transformer

    return {family.__name__: family for family in (CNN, GRU, Transformer, Capsule, ExitsCNN)}


def _plain(array: NDArray[Any]) -> NDArray[Any]:
    """Labels that are objects become strings: a file of numbers and texts runs nothing."""
    return array.astype(np.str_) if array.dtype == object else array
