"""Runs an engine: one thread that takes commands as they come, writes what followed in one flush, and only then tells anybody.

Commands that came while the last frame was flushed are one batch. When a flush fails, nothing of the batch counts: whoever waits is
told so, the engine is built anew from the store, and every command is refused until the store can be written again. The same holds for
whatever else goes wrong in this thread: it never ends before it is told to, and nobody waits for ever. A command that raises is refused,
from then on at once (`poison.py`), and the others of its batch are done again with the engine that is built anew. So is a part of a
tick left out from then on: one case, lease or person at which the engine raises keeps no other from being looked at.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from mindshare.core.errors import Failed, Halted, MindshareError, NotNow, StoreError
from mindshare.engine import events as ev
from mindshare.engine.bodies import Bodies
from mindshare.engine.cases import CaseState, Lease
from mindshare.engine.clock import Clock
from mindshare.engine.engine import Engine
from mindshare.engine.inbox import Call, Case, Done, Inbox, Item, Next
from mindshare.engine.poison import Poison
from mindshare.engine.stops import Stops
from mindshare.store.protocol import Frame, Store

TICK = 0.25  # seconds between looks at the clock
AGAIN = 1.0  # seconds until a store that failed is tried again
PRESSED = "STOP was pressed while this was written. Ask again."
FAILED = "Something failed here; the log of the service says what."
log = logging.getLogger(__name__)


def _told(done: Done, result: Any) -> None:
    """Tells one; the others are told whatever it does."""
    try:
        done(result)
    except Exception:
        log.exception("somebody could not be told")


class Actor:
    """`build`: makes the engine from the store. `tell` functions run in this thread, before the flush; `done` after it."""

    def __init__(
        self,
        store: Store,
        build: Callable[[], Engine],
        start: Callable[[Engine], None],
        clock: Clock,
        stops: Stops,
        heard: Callable[[Engine, int, Sequence[ev.Event]], None] = lambda *_: None,
    ) -> None:
        self._store, self._build, self._start, self._clock, self._heard = store, build, start, clock, heard
        self._stops, self._poison = stops, Poison()
        self._doing: Sequence[Item] = ()  # what is being done now
        self._again: list[Item] = []  # what is done again: another command of its batch raised
        self._inbox = Inbox()
        self._parked: dict[str, Next] = {}
        self._over = threading.Event()
        self.halted = ""  # why nothing is taken now
        self._number, self._tried = 0, 0.0
        self.left_out: tuple[str, ...] = ()  # parts of a tick
        self.batches = self.commands = 0
        self.engine = build()
        self._run_start()
        self._due = clock() + TICK  # when the clock is looked at next
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    def submit(self, raw: bytes, by: str, tell: Callable[[CaseState, Engine], Any], done: Done) -> None:
        """A new case; `done` hears what `tell` says of it, or why it was refused."""
        self._put(Case(raw, by, tell, done))

    def call(self, command: Callable[[Engine], Any], done: Done) -> None:
        """Any other command; `done` hears its result once it is durable."""
        self._put(Call(command, done))

    def next(
        self, person: str, wait_s: float, tell: Callable[[Lease | None, Engine], Any], done: Done
    ) -> None:
        """The next case of a person, who waits for one so long."""
        self._put(Next(person, wait_s, tell, done))

    def ask(self, command: Callable[[Engine], Any]) -> Any:
        """The same as `call`, for a caller who can wait."""
        future: Future[Any] = Future()
        self.call(command, future.set_result)
        told = future.result()
        if isinstance(told, Exception):
            raise told
        return told

    @property
    def place(self) -> tuple[int, int]:
        """For commands: the number of the frame that is being made, and how many events are in it by now."""
        return self._number + 1, len(self.engine.writing.out)

    def close(self) -> None:
        """Does what was asked before, and ends."""
        self._inbox.end()
        self._thread.join()

    # --- the thread ---------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._inbox.ended:
            batch: list[Item] = []
            try:
                batch = self._batch(max(self._due - self._clock(), 0.0))
                if self.halted and not self._back():
                    self._refuse(batch)
                    continue
                now = self._clock()
                told = self._work(batch, now, tick=now >= self._due)
                if now >= self._due:
                    self._due = now + TICK
                self._write(batch, told)
            except Exception:
                number = secrets.token_hex(4)
                log.exception("a batch failed", extra={"number": number})
                self._failed(batch, number)
        self._refuse([*self._again, *self._parked.values()])
        self._over.set()
        self._refuse(self._inbox.rest())

    def _failed(self, batch: Sequence[Item], number: str) -> None:
        """The engine raised. Where a command or a part of a tick was being done, it is built anew at once, and the rest is done again."""
        doing, self._doing = self._doing, ()
        part = self.engine.part
        if not doing and part is None:
            self._halt(FAILED, batch)
            return
        if part is not None:
            log.error("'%s' is left out of ticks for ten minutes", part, extra={"number": number})
            self._poison.leave_out(str(part))
        guilty = self._poison.blame(doing)
        self._again = [item for item in batch if item is not guilty]
        self._halt(FAILED, [])
        self._tried -= AGAIN
        if guilty is not None:
            _told(guilty.done, Failed(f"Something failed here; the log says more under {number}."))

    def _put(self, item: Item) -> None:
        self._inbox.put(item)
        if self._over.is_set():
            self._refuse(self._inbox.rest())

    def _refuse(self, items: Sequence[Item]) -> None:
        """Nothing of these counts; each is told why."""
        for item in items:
            _told(item.done, Halted(self.halted or "The service ends."))

    def _batch(self, patience: float) -> list[Item]:
        """What is to be done again, else what has come."""
        out, self._again = self._again, []
        return out or self._inbox.batch(patience)

    def _work(self, batch: Sequence[Item], now: float, *, tick: bool) -> list[tuple[Done, Any]]:
        """Does all commands of a batch; returns who is to be told what after the flush."""
        engine, told = self.engine, list[tuple[Done, Any]]()
        engine.at(now)
        self._stops.apply(engine)
        self.batches += 1
        self.commands += len(batch)
        if tick:
            self.left_out = self._poison.left_out()
            engine.tick(self.left_out)
        at = 0
        while at < len(batch):
            item = batch[at]
            if self._poison.has(item):
                told.append((item.done, Failed()))
                at += 1
                continue
            if isinstance(item, Case):
                self._doing = cases = self._poison.together(item, batch[at + 1 :])
                at += len(cases)
                results = engine.submit([c.raw for c in cases], item.by)
                told += [
                    (c.done, r if isinstance(r, Exception) else c.tell(r, engine))
                    for c, r in zip(cases, results, strict=True)
                ]
                continue
            at += 1
            self._doing = (item,)
            try:
                if isinstance(item, Call):
                    told.append((item.done, item.command(engine)))
                else:
                    told += self._next(item)
            except MindshareError as e:
                told.append((item.done, e))
        self._doing = ()
        return told + self._unparked()

    def _next(self, item: Next) -> list[tuple[Done, Any]]:
        before = self._parked.pop(item.person, None)
        told: list[tuple[Done, Any]] = (
            [] if before is None else [(before.done, before.tell(None, self.engine))]
        )
        lease = self.engine.next(item.person, self.engine.now + item.wait_s)
        if lease is None and item.wait_s > 0:
            self._parked[item.person] = item
        else:
            if lease is None:
                self.engine.away(item.person)
            told.append((item.done, item.tell(lease, self.engine)))
        return told

    def _unparked(self) -> list[tuple[Done, Any]]:
        """Those who waited and have a case now, or have waited long enough."""
        told = []
        for event in self.engine.writing.out:
            if isinstance(event, ev.Leased) and event.agent in self._parked:
                item = self._parked.pop(event.agent)
                lease = self.engine.state.leases.get(event.token)
                told.append((item.done, item.tell(lease, self.engine)))
            elif isinstance(event, ev.Away) and event.person in self._parked:
                item = self._parked.pop(event.person)
                closed = self.engine.presence.closed(event.person, self.engine.now)
                none = (
                    item.tell(None, self.engine) if closed is None else NotNow(closed.why, until=closed.until)
                )
                told.append((item.done, none))
        return told

    def _write(self, batch: Sequence[Item], told: list[tuple[Done, Any]]) -> None:
        events, bodies = self.engine.close_frame()
        if events:
            frame = self._frame(events, bodies)
            try:
                self._number = self._store.append([frame]).number
            except StoreError as e:
                log.error("the store cannot be written: %s", e)
                self._halt(str(e), batch)
                return
            try:
                self._heard(self.engine, self._number, events)
            except Exception:  # it is stored: whoever listens can change nothing about that
                log.exception("a listener failed")
            if self._stops.news and any(isinstance(e, ev.Decided) for e in events):
                told = [(done, Halted(PRESSED)) for done, _ in told]
        for done, result in told:
            _told(done, result)

    def _halt(self, why: str, batch: Sequence[Item]) -> None:
        """Nothing of this batch counts; whoever waits is told so."""
        self.halted, self._tried = why, self._clock()
        self._refuse([*batch, *self._parked.values()])
        self._parked.clear()

    def _back(self) -> bool:
        """Whether the engine could be built anew from the store, which can be written again."""
        if self._clock() - self._tried < AGAIN:
            return False
        self._tried = self._clock()
        try:
            self.engine = self._build()
            self._run_start()
        except StoreError as e:
            self.halted = str(e)
            return False
        except Exception:
            log.exception("the engine cannot be built anew")
            self.halted = FAILED
            return False
        self.halted, self._due = "", self._clock() + TICK  # commands first: a tick may be what failed
        log.warning("commands are taken again")
        return True

    def _run_start(self) -> None:
        self._number = self._store.head().number
        self.engine.at(self._clock())
        self._start(self.engine)
        events, bodies = self.engine.close_frame()
        self._number = self._store.append([self._frame(events, bodies)]).number
        self._heard(self.engine, self._number, events)

    def _frame(self, events: list[ev.Event], bodies: Bodies) -> Frame:
        leaving = self.engine.past.leaving()
        return Frame(self._number + 1, self.engine.now, ev.lines(events), bodies.all(), leaving)
