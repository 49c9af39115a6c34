"""Erases what one person wrote across all cases: comments on answers, and reasons of answers, skips, overrides, appeals, stops and
changes of rules.

There is no index: the log is read, outside the engine's thread. The person's id stays in its events, as a pseudonym.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec

from mindshare.engine import events as ev
from mindshare.engine.actor import Actor
from mindshare.engine.engine import Engine
from mindshare.store.protocol import Reader

WRITTEN = (
    ev.Answered
    | ev.Skipped
    | ev.SentUp
    | ev.Overridden
    | ev.Reopened
    | ev.Cancelled
    | ev.Stopped
    | ev.RulesChanged
)


def forget(actor: Actor, store: Reader, person: str, by: str) -> list[int]:
    """The keys of all that this person wrote and that is still there: it is erased, and called again what has come since."""
    keys = list(store.bodies(kept.key for kept in _written(store, person)))
    actor.ask(partial(_forget, person=person, by=by, keys=keys))
    return keys


def _forget(engine: Engine, person: str, by: str, keys: list[int]) -> None:
    engine.forget(person, keys, by)


def _written(store: Reader, person: str) -> Iterator[ev.Kept]:
    """Where it lies. Only lines that hold the person's id are decoded."""
    name = msgspec.json.encode(person)
    for frame in store.frames():
        if name in frame.events:
            lines = b"\n".join(line for line in frame.events.split(b"\n") if name in line)
            for event in ev.read_lines(lines):
                if isinstance(event, WRITTEN) and _author(event) == person:
                    yield from (
                        kept for kept in (getattr(event, "body", None), event.words) if kept is not None
                    )


def _author(event: Any) -> str:
    """The person or the account that wrote it."""
    return str(getattr(event, "agent", "") or getattr(event, "person", "") or event.by)
