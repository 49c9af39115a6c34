"""Contents of cases that are older than `keep` in service.yaml says are erased, by the service itself, a few at a time."""

from __future__ import annotations

import logging
import threading

from mindshare.core.errors import MindshareError
from mindshare.engine.actor import Actor
from mindshare.engine.cases import CANCELLED, DECIDED
from mindshare.engine.engine import Engine
from mindshare.engine.settings import DAY

LOOK_S, PAUSE_S = 3_600.0, 1.0  # between looks, and between parts of one look
AT_ONCE = 200  # cases of one part: the engine has other things to do
BY = "retention"  # who erased, in the log
log = logging.getLogger(__name__)


def erase_older(engine: Engine, before: float, most: int = AT_ONCE) -> int:
    """Erases closed cases that came before this time, `most` of them; returns how many. Open ones wait until they are closed."""
    old = list[str]()
    for case in engine.state.cases.values():  # in the order of coming
        if case.at >= before or len(old) == most:
            break
        closed = case.status == CANCELLED or (case.status == DECIDED and engine.now >= case.until)
        if closed and not case.erased:
            old.append(case.id)
    for case_id in old:
        engine.erase(case_id, BY)
    return len(old)


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
        pause = PAUSE_S
        while not self._end.wait(pause):
            try:
                done = self._actor.ask(lambda e: erase_older(e, e.now - self._seconds))
            except MindshareError as e:  # halted: it is tried again
                log.warning("nothing was erased: %s", type(e).__name__)
                done = 0
            pause = PAUSE_S if done == AT_ONCE else LOOK_S
            if done:
                log.info("erased %d cases that are older than they are kept", done)
