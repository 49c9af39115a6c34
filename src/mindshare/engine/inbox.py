"""What is asked of an engine, as it comes to its thread (`actor.py`). `done` hears the result, or the error."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from mindshare.engine.cases import CaseState, Lease
from mindshare.engine.engine import Engine

Done = Callable[[Any], None]


class Case(NamedTuple):
    """A new case; `done` hears what `tell` says of it."""

    raw: bytes
    by: str
    tell: Callable[[CaseState, Engine], Any]
    done: Done


class Call(NamedTuple):
    """Any other command."""

    command: Callable[[Engine], Any]
    done: Done


class Next(NamedTuple):
    """The next case of a person, who waits for one so long."""

    person: str
    wait_s: float
    tell: Callable[[Lease | None, Engine], Any]
    done: Done


Item = Case | Call | Next

MOST = 256  # commands of one batch
LINGER_S = 0.008
ENOUGH = 16  # commands, from which another one hardly makes each of them cheaper
TRIED = 8  # where nothing comes meanwhile, it is waited for this part of the times only
KEPT = 0.9


class Linger:
    """Whether to wait a little for more commands: what is judged and flushed together costs a fraction of what each costs alone.

    Learns from what came meanwhile. A lone caller, who waits for each answer, is not kept waiting for nobody.
    """

    def __init__(self) -> None:
        self._brings, self._turn = 0.0, 0

    def pays(self, there: int) -> bool:
        """Whether to wait, where so many commands are there."""
        if there >= ENOUGH:
            return False
        self._turn = (self._turn + 1) % TRIED
        return self._brings > 0.5 or self._turn == 0

    def brought(self, more: int) -> None:
        """So many commands came while it was waited."""
        self._brings = KEPT * self._brings + (1 - KEPT) * min(more, 2)


class Inbox:
    """Commands of any threads, taken in batches by one."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._linger = Linger()
        self.ended = False  # all that was put before the end is taken

    def put(self, item: Item) -> None:
        """One more command."""
        self._queue.put(item)

    def end(self) -> None:
        """No command that counts comes after this."""
        self._queue.put(None)

    def batch(self, patience: float) -> list[Item]:
        """What has come by now; waits for the first so long (seconds), and a little for others if that pays."""
        out = list[Item]()
        try:
            item = self._queue.get(timeout=patience) if patience > 0 else self._queue.get_nowait()
        except queue.Empty:
            return out
        self._take(item, out)
        if not self.ended and self._linger.pays(there := len(out)):
            time.sleep(LINGER_S)
            with suppress(queue.Empty):
                self._take(self._queue.get_nowait(), out)
            self._linger.brought(len(out) - there)
        return out

    def rest(self) -> list[Item]:
        """All that is left, also behind the end."""
        out = list[Item]()
        with suppress(queue.Empty):
            while True:
                item = self._queue.get_nowait()
                out += [] if item is None else [item]
        return out

    def _take(self, item: Item | None, out: list[Item]) -> None:
        """Adds this command, and all that have come after it."""
        with suppress(queue.Empty):
            while item is not None:
                out.append(item)
                if len(out) >= MOST:
                    return
                item = self._queue.get_nowait()
            self.ended = True
