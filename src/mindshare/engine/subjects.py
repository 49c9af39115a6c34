"""Erases all cases about one subject: whoever sent them said so in `subject`, which lies with the contents and goes with them.

There is no index: all contents are read, outside the engine's thread. So nothing is left that tells who was erased.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import msgspec

from mindshare.core.errors import Conflict
from mindshare.engine.actor import Actor
from mindshare.engine.engine import Engine
from mindshare.store.protocol import Reader

AT_ONCE = 500  # cases that are read in one go


class Subject(msgspec.Struct):
    """The one part of a case that is looked at."""

    subject: str = ""


class Gone(NamedTuple):
    """Cases that were erased, and those that are still open: cancel them, or wait until they are final, and ask again."""

    erased: list[str]
    open: list[str]


class _Place(NamedTuple):
    id: str
    number: int
    key: int


_decoder = msgspec.json.Decoder(Subject)


def erase_subject(actor: Actor, store: Reader, subject: str, by: str) -> Gone:
    """Erases them; called again it erases what has come or was closed since."""
    gone, last = Gone([], []), 0
    while True:
        page: list[_Place] = actor.ask(partial(_page, after=last))
        if not page:
            return gone
        last = page[-1].number
        bodies = store.bodies(p.key for p in page)
        mine = [p.id for p in page if p.key in bodies and _of(bodies[p.key].data) == subject]
        for case in mine:
            done = actor.ask(partial(_erased, case=case, by=by))
            (gone.erased if done else gone.open).append(case)


def _page(engine: Engine, after: int) -> list[_Place]:
    return [_Place(c.id, c.number, c.body.key) for c in engine.past.after(after, AT_ONCE)]


def _of(data: bytes) -> str:
    """The subject of a case that was taken, so it can be read."""
    return _decoder.decode(data).subject


def _erased(engine: Engine, case: str, by: str) -> bool:
    try:
        engine.erase(case, by)
    except Conflict:
        return False
    return True
