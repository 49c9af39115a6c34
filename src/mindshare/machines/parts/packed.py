"""Plain values and arrays in one file: names, numbers and nothing that runs (no pickle). A file of another kind is refused."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError

FORMAT = "mindshare machine 2"


class State(NamedTuple):
    """What a machine is: plain values, arrays, and the machines that it is made of."""

    header: dict[str, Any]
    arrays: dict[str, NDArray[Any]]
    parts: Mapping[str, Any] = MappingProxyType({})


class Given(NamedTuple):
    """What no file holds, and who loads one hands in: types that are trusted, functions by name, addresses that may be asked."""

    trusts: Sequence[str] = ()
    functions: Mapping[str, Callable[..., Any]] = MappingProxyType({})
    reach: Sequence[str] = ()

    def function(self, name: str) -> Callable[..., Any]:
        if name not in self.functions:
            raise MindshareError(
                f"A file holds no function: hand in load_model(..., functions={{'{name}': ...}})."
            )
        return self.functions[name]


def name_of(function: Any) -> str:
    """The name by which a function can be handed in again."""
    name = str(getattr(function, "__name__", type(function).__name__))
    if not name.isidentifier():
        raise MindshareError(f"A function without a name cannot be saved: give the {name} one with def.")
    return name


def not_again() -> Any:
    """In the place of what makes a machine: one from a file answers, and learns no more."""
    raise MindshareError("A machine from a file does not learn anew; make it as it was made, and fit that.")


def as_bytes(data: bytes) -> NDArray[np.uint8]:
    """A file of another kind as an array."""
    return np.frombuffer(data, np.uint8)


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
