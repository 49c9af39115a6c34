"""Any machine in one file: names and numbers, and nothing that runs. What a file cannot hold is handed in when it is loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from numpy.typing import NDArray

from mindshare.core.errors import MindshareError, listed
from mindshare.machines.parts.packed import Given, State, read_packed, write_packed
from mindshare.machines.task import TaskModel

HOME = {
    "Boosting": "simple.tables",
    "Chat": "agents.chat",
    "Endpoint": "agents.endpoint",
    "Ensemble": "ladder.ensemble",
    "Estimator": "agents.estimator",
    "Function": "agents.function",
    "HuggingFace": "agents.huggingface",
    "KerasModel": "agents.keras_model",
    "Ladder": "ladder.ladder",
    "Line": "simple.tables",
    "MiniRocket": "simple.series",
    "OnnxSession": "agents.onnx_session",
    "Pixels": "simple.images",
    "Race": "race.race",
    "Statistics": "simple.series",
    "Vectors": "simple.tables",
    "Wary": "agents.wary",
    "WordCounts": "simple.texts",
}
NETS = ("CNN", "GRU", "Transformer", "Capsule", "ExitsCNN")
Arrays = dict[str, NDArray[Any]]


def save_model(machine: TaskModel, path: str | Path) -> Path:
    """Writes a machine that has learnt, with the machines that it is made of; the file is complete or not there.

    Of functions it holds the names, of a Hugging Face folder the place, of an endpoint the address and the name of the variable
    that holds its key. Raises MindshareError for what it cannot hold.
    """
    header, arrays = _packed(machine)
    return write_packed(header, arrays, Path(path))


def load_model(
    path: str | Path,
    *,
    trusts: Sequence[str] = (),
    functions: Mapping[str, Callable[..., Any]] | None = None,
    reach: Sequence[str] = (),
) -> Any:
    """The machine of a file that `save_model` wrote. Raises MindshareError for any other file.

    `trusts`: types in scikit-learn parts that are loaded beside those that skops itself trusts. `functions`: by name, those that
    the machine is made of. `reach`: addresses of endpoints that it may ask, and be sent the key of.
    """
    header, arrays = read_packed(Path(path))
    return _unpacked(header, arrays, Given(trusts, functions or {}, reach))


def _packed(machine: Any) -> tuple[dict[str, Any], Arrays]:
    family = type(machine).__name__
    if family in NETS or type(machine) is not _class(family):
        if family not in NETS:
            raise MindshareError(
                f"{family} is none of the machines that a file can hold: {listed([*NETS, *HOME])}."
            )
        machine._fitted()  # raises where it has not learnt
        return cast(tuple[dict[str, Any], Arrays], machine.state())
    state: State = machine.as_state()
    packed = {name: _packed(part) for name, part in state.parts.items()}
    arrays = dict(state.arrays)
    for name, (_, theirs) in packed.items():
        arrays |= {f"{name}/{key}": array for key, array in theirs.items()}
    parts = {name: header for name, (header, _) in packed.items()}
    return {"family": family, **state.header, "parts": parts}, arrays


def _unpacked(header: Mapping[str, Any], arrays: Arrays, given: Given) -> Any:
    family = header.get("family", "")
    if family in NETS:
        from mindshare.machines.nets.saved import families

        return families()[family](**header["params"]).restore(header, arrays)
    if (made := _class(family)) is None:
        raise MindshareError(f"The file holds a {family}, which this version does not know.")
    parts = {}
    for name, theirs in header["parts"].items():
        own = {key.removeprefix(f"{name}/"): x for key, x in arrays.items() if key.startswith(f"{name}/")}
        parts[name] = _unpacked(theirs, own, given)
    return made.of_saved(State(dict(header), arrays, parts), given)


def _class(family: str) -> Any:
    home = HOME.get(family)
    return None if home is None else getattr(import_module(f"mindshare.machines.{home}"), family)
