"""Contents of cases that are older than `keep` in service.yaml says are erased, by the service itself, a few at a time."""

from __future__ import annotations

import logging
import threading
from typing import NamedTuple

from mindshare.core.errors import MindshareError
from mindshare.engine.actor import Actor
from mindshare.engine.cases import CANCELLED, DECIDED
from mindshare.engine.engine import Engine
from mindshare.engine.settings import DAY

LOOK_S, PAUSE_S = 3_600.0, 1.0  # between looks, and between parts of one look
AT_ONCE = 200  # cases of one part: the engine has other things to do
BY = "retention"  # who erased, in the log
log = logging.getLogger(__name__)


class Looked(NamedTuple):
    """A part of a look: how many cases were erased, the last one, the first one that was still open, whether there are more."""

    done: int
    last: int
    open: int | None
    more: bool


def erase_older(engine: Engine, before: float, after: int = 0, most: int = AT_ONCE) -> Looked:
    """Erases those of the next `most` cases after this number that came before this time and are closed."""
    part = engine.past.after(after, most)
    old = [case for case in part if case.at < before]
    closed = [c for c in old if c.status == CANCELLED or (c.status == DECIDED and engine.now >= c.until)]
    for case in (wanted := [c for c in closed if not c.erased]):
        engine.erase(case.id, BY)
    waits = next((c.number for c in old if c not in closed), None)
    return Looked(len(wanted), old[-1].number if old else after, waits, len(old) == most)


class Retention:
    """Looks every hour, in a thread of its own, until `close`."""

    def __init__(self, actor: Actor, days: float) -> None:
        self._actor, self._seconds, self._end = actor, days * DAY, threading.Event()
        self._thread = threading.Thread(target=self._run, name="retention", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends it."""
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        first = 0  # all cases up to this one are erased
        pause = PAUSE_S
        while not self._end.wait(pause):
            try:
                first = self._look(first)
                pause = LOOK_S
            except MindshareError as e:  # halted: it is tried again
                log.warning("nothing was erased: %s", type(e).__name__)

    def _look(self, first: int) -> int:
        """Erases what is old, a part at a time; returns the number up to which nothing is left."""
        after, waits, told = first, list[int](), Looked(0, first, None, more=True)
        while told.more and not self._end.wait(PAUSE_S if told.done else 0.0):
            told = self._part(after)
            after, waits = told.last, waits if told.open is None else [*waits, told.open]
            if told.done:
                log.info("erased %d cases that are older than they are kept", told.done)
        return min(waits, default=after + 1) - 1

    def _part(self, after: int) -> Looked:
        told: Looked = self._actor.ask(lambda e: erase_older(e, e.now - self._seconds, after))
        return told
