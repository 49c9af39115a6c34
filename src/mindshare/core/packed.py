r"""A model as bytes and back: one line that tells what it is, then plain arrays and their names. Nothing is ever executed.

mindshare model <format> <sha256 of the rest>\n
a zip of .npy arrays (numpy's .npz), of which `plain` is JSON: all that is not an array
"""

from __future__ import annotations

import hashlib
import io
import json
import types
import typing
import zipfile
from typing import Any

import numpy as np
from msgspec import structs

from mindshare.core.asking.worth import Asking
from mindshare.core.belief.pool import Pool
from mindshare.core.cost import Speed
from mindshare.core.errors import ModelError
from mindshare.core.history import Question, Team
from mindshare.core.model import About, Model
from mindshare.core.pacing.demand import Demand
from mindshare.core.records import Agent, Cost

FORMAT = 3  # raised whenever a record of a model gets or loses a field, or one means something else
MAGIC = "mindshare model"
MOST_LINE = 200  # bytes of the first line
PARTS: dict[str, Any] = {"pool": Pool, "asking": Asking, "demand": Demand, "speed": Speed, "about": About}


def packed(model: Model) -> bytes:
    """The model as bytes."""
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    plain: dict[str, Any] = {"team": _team_out(model.team)}
    for name in PARTS:
        _take_apart(name, getattr(model, name), arrays, plain)
    question = model.team.questions[0]
    if not isinstance(question.utility, str):
        arrays["team.utility"] = question.utility
    arrays["plain"] = np.frombuffer(json.dumps(plain).encode(), np.uint8)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    payload = buffer.getvalue()
    return f"{MAGIC} {FORMAT} {hashlib.sha256(payload).hexdigest()}\n".encode() + payload


def unpacked(data: bytes, where: str) -> Model:
    """The model of these bytes; `where` they are from is told where they are no model, damaged, too old or too new."""
    line, _, payload = data[:MOST_LINE].partition(b"\n")
    words = line.decode("ascii", "replace").split(" ")
    if len(words) != 4 or " ".join(words[:2]) != MAGIC or not words[2].isdigit():
        raise ModelError(f"{where} is not a saved model: its first line is not '{MAGIC} ...'.")
    if int(words[2]) > FORMAT:
        raise ModelError(
            f"{where} was saved by a newer Mindshare (format {words[2]}; this one reads {FORMAT}). Update Mindshare."
        )
    if int(words[2]) < FORMAT:
        raise ModelError(
            f"{where} was saved by an older Mindshare (format {words[2]}; this one reads {FORMAT}). Learn the model again from its history."
        )
    payload = data[len(line) + 1 :]
    if hashlib.sha256(payload).hexdigest() != words[3]:
        raise ModelError(
            f"{where} is damaged: its contents are not those that were saved. Save the model anew."
        )
    try:
        with np.load(io.BytesIO(payload), allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        plain = json.loads(arrays.pop("plain").tobytes())
        parts = {name: _put_together(name, record, arrays, plain) for name, record in PARTS.items()}
        team = _team_in(plain["team"], arrays.get("team.utility"))
    except (KeyError, ValueError, TypeError, zipfile.BadZipFile) as e:
        raise ModelError(f"{where} does not hold what a model of format {FORMAT} holds: {e}.") from e
    return Model(team=team, **parts)


def _take_apart(path: str, value: Any, arrays: dict[str, Any], plain: dict[str, Any]) -> None:
    """Every array and every plain value of a record, under the path of its name."""
    if isinstance(value, np.ndarray):
        arrays[path] = value
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        plain[path] = True
        for name in value._fields:
            _take_apart(f"{path}.{name}", getattr(value, name), arrays, plain)
    else:
        plain[path] = value


def _put_together(path: str, kind: Any, arrays: dict[str, Any], plain: dict[str, Any]) -> Any:
    """The record, array or value of this path, of the kind that its annotation says."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        if path in plain and plain[path] is None:
            return None
        kind = next(k for k in typing.get_args(kind) if k is not type(None))
    if hasattr(kind, "_fields"):
        hints = typing.get_type_hints(kind)
        return kind(*(_put_together(f"{path}.{name}", hints[name], arrays, plain) for name in kind._fields))
    if path in arrays:
        return arrays[path]
    return _hashable(plain[path]) if typing.get_origin(kind) is tuple else plain[path]


def _hashable(value: Any) -> Any:
    """JSON knows lists only; names are tuples."""
    return tuple(_hashable(v) for v in value) if isinstance(value, list) else value


def _team_out(team: Team) -> dict[str, Any]:
    return {
        "name": team.name,
        "kind": team.questions[0].kind,
        "labels": team.labels,
        "agents": [
            {"id": a.id, "kind": a.kind, "cost": {r: structs.asdict(c) for r, c in a.cost.items()}}
            for a in team.agents
        ],
        "utility": "accuracy" if team.is_accuracy else None,
        "limits": dict(team.limits),
    }


def _team_in(told: dict[str, Any], utility: Any) -> Team:
    agents = tuple(
        Agent(id=a["id"], kind=a["kind"], cost={r: Cost(**c) for r, c in a["cost"].items()})
        for a in told["agents"]
    )
    worth = told["utility"] if utility is None else utility
    question = Question(labels=tuple(told["labels"]), utility=worth, kind=told.get("kind", ""))
    return Team(name=told["name"], agents=agents, questions=(question,), limits=told["limits"])
