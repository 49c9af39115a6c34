"""From the loop of HTTP to the thread of the engine and back: results of one flush come home in one call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from mindshare.engine.actor import Actor
from mindshare.engine.cases import CaseState, Lease
from mindshare.engine.engine import Engine


class Line:
    """What the routes call; each awaits what is durable, or raises the error in one sentence."""

    def __init__(self, actor: Actor, loop: asyncio.AbstractEventLoop) -> None:
        self._actor, self._loop = actor, loop
        self._home: list[tuple[asyncio.Future[Any], Any]] = []
        self._called = False
        self._parked: set[asyncio.Future[Any]] = set()
        self._ended = False

    async def submit(self, raw: bytes, by: str, tell: Callable[[CaseState, Engine], Any]) -> Any:
        """A new case."""
        future: asyncio.Future[Any] = self._loop.create_future()
        self._actor.submit(raw, by, tell, self._bring(future))
        return await future

    async def call(self, command: Callable[[Engine], Any]) -> Any:
        """Any other command."""
        future: asyncio.Future[Any] = self._loop.create_future()
        self._actor.call(command, self._bring(future))
        return await future

    async def next(self, person: str, wait_s: float, tell: Callable[[Lease | None, Engine], Any]) -> Any:
        """The next case of a person, who waits for one so long; nothing where the service ends meanwhile."""
        future: asyncio.Future[Any] = self._loop.create_future()
        self._actor.next(person, 0.0 if self._ended else wait_s, tell, self._bring(future))
        self._parked.add(future)
        try:
            return await future
        finally:
            self._parked.discard(future)

    def end(self) -> None:
        """Nobody waits for a case any more."""
        self._ended = True
        for future in self._parked:
            if not future.done():
                future.set_result(b"")

    def _bring(self, future: asyncio.Future[Any]) -> Callable[[Any], None]:
        def done(result: Any) -> None:
            self._home.append((future, result))  # in the engine's thread
            if not self._called and not self._loop.is_closed():
                self._called = True
                self._loop.call_soon_threadsafe(self._all_home)

        return done

    def _all_home(self) -> None:
        self._called = False
        home, self._home = self._home, []
        for future, result in home:
            if future.done():
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)
