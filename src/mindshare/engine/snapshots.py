"""An engine as bytes, so that a start need not read the whole log. No contents of cases are in it: they could not be erased there."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np

from mindshare.core.model import Model
from mindshare.core.pacing.pacer import Pacer
from mindshare.core.packed import packed, unpacked
from mindshare.engine.state import State

FORMAT = 2  # raised whenever a field of the state changes


class _Frozen(msgspec.Struct):
    """The models are those of this moment: they have heard every outcome of the log."""

    format: int
    state: State
    pacer: bytes
    models: dict[str, bytes]


class Thawed(msgspec.Struct):
    """What an engine goes on from."""

    state: State
    pacer: Pacer
    models: dict[str, Model]


def frozen(state: State, pacer: Pacer, models: Mapping[str, Model]) -> bytes:
    """The bytes of a snapshot."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **pacer.state())
    kept = {kind: packed(model) for kind, model in models.items()}
    return msgspec.msgpack.encode(_Frozen(FORMAT, state, buffer.getvalue(), kept))


def thawed(data: bytes, said: Callable[[str], None] = lambda _: None) -> Thawed | None:
    """What the bytes hold; None where they are of another format: then the log is read from its beginning."""
    try:
        if msgspec.msgpack.decode(data, type=_Head).format != FORMAT:
            said("the snapshot is of another version; the whole log is read")
            return None
        told = msgspec.msgpack.decode(data, type=_Frozen)
    except (msgspec.DecodeError, msgspec.ValidationError) as e:
        said(f"the snapshot cannot be read ({e}); the whole log is read")
        return None
    with np.load(io.BytesIO(told.pacer), allow_pickle=False) as arrays:
        pacer: dict[str, Any] = {name: arrays[name] for name in arrays.files}
    models = {kind: unpacked(model, "the snapshot") for kind, model in told.models.items()}
    return Thawed(told.state, Pacer.restore(pacer), models)


class _Head(msgspec.Struct):
    format: int
