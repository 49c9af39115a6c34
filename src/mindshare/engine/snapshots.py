"""An engine as bytes, so that a start need not read the whole log. No contents of cases are in it: they could not be erased there.

What the pacer has spent and learnt is no part of it either: the last `Paced` of the state tells it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec
import numpy as np

from mindshare.core.errors import MindshareError
from mindshare.core.model import Model
from mindshare.core.pacing.mark import arrivals_of
from mindshare.core.packed import packed, unpacked
from mindshare.engine.engine import Engine
from mindshare.engine.state import State

FORMAT = 15  # raised whenever a field of the state changes


class _Head(msgspec.Struct):
    format: int
    of: str


class _Frozen(msgspec.Struct):
    format: int
    of: str  # digest of what the service is set up with
    state: State
    arrivals: list[dict[str, Any]]
    models: dict[str, bytes]


class Thawed(NamedTuple):
    """What an engine goes on from; the models have heard every outcome so far."""

    state: State
    arrivals: list[dict[str, Any]]
    models: dict[str, Model]


def frozen(engine: Engine, of: str) -> Callable[[], bytes]:
    """The engine as it stands now. The rest of the work is done by calling what is returned, in any thread."""
    models = {kind: judge.model for kind, judge in engine.seeing.judges.items()}
    arrivals = arrivals_of(engine.spending.pacer)
    state = msgspec.Raw(_encoder.encode(engine.state))
    return lambda: _encoder.encode(_of(of, state, arrivals, models))


def _of(
    of: str, state: msgspec.Raw, arrivals: list[dict[str, Any]], models: Mapping[str, Model]
) -> dict[str, Any]:
    kept = {kind: packed(model) for kind, model in models.items()}
    return {"format": FORMAT, "of": of, "state": state, "arrivals": arrivals, "models": kept}


def thawed(data: bytes, of: str, said: Callable[[str], None] = lambda _: None) -> Thawed | None:
    """What the bytes hold; None where they are of another format or set-up: then the log is read from its beginning."""
    try:
        head = msgspec.msgpack.decode(data, type=_Head)
        if (head.format, head.of) != (FORMAT, of):
            said("the snapshot is of another version, or of other settings or models; the whole log is read")
            return None
        told = msgspec.msgpack.decode(data, type=_Frozen)
        models = {kind: unpacked(model, "the snapshot") for kind, model in told.models.items()}
    except (msgspec.DecodeError, MindshareError) as e:
        said(f"the snapshot cannot be read ({e}); the whole log is read")
        return None
    return Thawed(told.state, told.arrivals, models)


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(type(value).__name__)


_encoder = msgspec.msgpack.Encoder(enc_hook=_plain)
