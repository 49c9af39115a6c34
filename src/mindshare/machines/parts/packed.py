"""Plain values and arrays in one file: names, numbers and nothing that runs (no pickle). A file of another kind is refused."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError

FORMAT = "mindshare machine 1"


def write_packed(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], place: Path) -> Path:
    """Writes both; the file is complete or not there."""
    packed = {name: _plain(array) for name, array in arrays.items()}
    buffer = io.BytesIO()
    text = json.dumps({"format": FORMAT, **header}, allow_nan=False)
    np.savez(buffer, header=np.frombuffer(text.encode(), np.uint8), **packed)  # type: ignore[arg-type]
    short = place.with_name(place.name + ".part")
    short.write_bytes(buffer.getvalue())
    short.replace(place)
    return place


def read_packed(place: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """(header, arrays) of a file that `write_packed` wrote. Raises MindshareError for any other file."""
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
    return header, arrays


def _plain(array: NDArray[Any]) -> NDArray[Any]:
    """Labels that are objects become strings: a file of numbers and texts runs nothing."""
    return array.astype(np.str_) if array.dtype == object else array
