"""Talk to a service from Python: `Client` waits, `AsyncClient` awaits; both say and hear the same.

Every call may be made again: a case is known by its id, an answer by its token, an outcome by its case. So a call that meets
a lost connection or a service that is busy or halted (429, 503) is made again, ever later, until `patience_s` is over.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Generator, Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

import httpx

from mindshare.core.errors import MindshareError
from mindshare.web.said import Call, Lease, LiveCase, LivePerson, Said, calls, refused

AGAIN_S, LONGEST_S = 0.1, 5.0  # before a call is made again: doubled each time, at most so long
Result = TypeVar("Result")


class _Send(NamedTuple):
    call: Call[Any]


class _Wait(NamedTuple):
    seconds: float


_Steps = Generator[_Send | _Wait, httpx.Response | httpx.TransportError | None, Result]


def _attempts(call: Call[Result], patience_s: float) -> _Steps[Result]:
    """What to do, step by step, until there is a result; MindshareError where there will be none."""
    end, pause = time.monotonic() + patience_s, AGAIN_S
    while True:
        reply = yield _Send(call)
        assert reply is not None
        wait = pause * (0.5 + random.random())
        if isinstance(reply, httpx.TransportError):
            error = MindshareError(f"The service cannot be reached: {reply or type(reply).__name__}.")
        elif reply.status_code in (429, 503):
            error = refused(reply.content, reply.status_code)
            wait = max(wait, _seconds(reply.headers.get("Retry-After", "")))
        elif reply.is_success:
            return call.read(reply.content)
        else:
            raise refused(reply.content, reply.status_code)
        if time.monotonic() + wait > end:
            raise error
        yield _Wait(wait)
        pause = min(2 * pause, LONGEST_S)


def _seconds(told: str) -> float:
    return min(float(told), LONGEST_S) if told.isdecimal() else 0.0


class _Way(NamedTuple):
    """How a client reaches its service."""

    base_url: str
    headers: dict[str, str]
    timeout: float

    @staticmethod
    def to(url: str, token: str) -> _Way:
        return _Way(url.rstrip("/"), {"Authorization": f"Bearer {token}"} if token else {}, 10.0)


class Client:
    """Waits for each reply. `token`: of an account, where the service asks for one. May be used by several threads."""

    def __init__(
        self,
        url: str,
        token: str = "",
        *,
        patience_s: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        way = _Way.to(url, token)
        self._patience = patience_s
        self._http = httpx.Client(**way._asdict(), transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends all connections."""
        self._http.close()

    def submit(self, case: Mapping[str, Any]) -> LiveCase:
        """A new case, or the same one again; how it stands."""
        return self._run(calls.submit(case))

    def submit_many(self, cases: Sequence[Mapping[str, Any]]) -> list[LiveCase | MindshareError]:
        """Several cases in one request; an error stands in the place of one that was refused."""
        return self._run(calls.submit_many(cases))

    def case(self, case_id: str) -> LiveCase:
        """How a case stands."""
        return self._run(calls.case(case_id))

    def next(self, person: str = "", wait_s: float = 0.0) -> Lease | None:
        """The person's next case; waits so long for one."""
        return self._run(calls.next(person, wait_s))

    def answer(self, lease: Lease, said: Said | str | None, person: str = "") -> LiveCase:
        """An answer to a case that was given out; None: cannot tell."""
        return self._run(calls.answer(lease, said, person))

    def people(self) -> list[LivePerson]:
        """Everybody who gets cases, and who waits for one now."""
        return self._run(calls.people())

    def outcome(self, case_id: str, label: str) -> LiveCase:
        """What turned out to be true."""
        return self._run(calls.outcome(case_id, label))

    def _run(self, call: Call[Result]) -> Result:
        steps = _attempts(call, self._patience)
        reply: httpx.Response | httpx.TransportError | None = None
        while True:
            try:
                step = steps.send(reply)
            except StopIteration as done:
                found: Result = done.value
                return found
            if isinstance(step, _Wait):
                time.sleep(step.seconds)
                reply = None
                continue
            try:
                reply = self._http.request(**step.call.asked())
            except httpx.TransportError as e:
                reply = e


class AsyncClient:
    """The same for asyncio."""

    def __init__(
        self,
        url: str,
        token: str = "",
        *,
        patience_s: float = 60.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        way = _Way.to(url, token)
        self._patience = patience_s
        most = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        self._http = httpx.AsyncClient(**way._asdict(), transport=transport, limits=most)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends all connections."""
        await self._http.aclose()

    async def submit(self, case: Mapping[str, Any]) -> LiveCase:
        """A new case, or the same one again; how it stands."""
        return await self._run(calls.submit(case))

    async def submit_many(self, cases: Sequence[Mapping[str, Any]]) -> list[LiveCase | MindshareError]:
        """Several cases in one request; an error stands in the place of one that was refused."""
        return await self._run(calls.submit_many(cases))

    async def case(self, case_id: str) -> LiveCase:
        """How a case stands."""
        return await self._run(calls.case(case_id))

    async def next(self, person: str = "", wait_s: float = 0.0) -> Lease | None:
        """The person's next case; waits so long for one."""
        return await self._run(calls.next(person, wait_s))

    async def answer(self, lease: Lease, said: Said | str | None, person: str = "") -> LiveCase:
        """An answer to a case that was given out; None: cannot tell."""
        return await self._run(calls.answer(lease, said, person))

    async def people(self) -> list[LivePerson]:
        """Everybody who gets cases, and who waits for one now."""
        return await self._run(calls.people())

    async def outcome(self, case_id: str, label: str) -> LiveCase:
        """What turned out to be true."""
        return await self._run(calls.outcome(case_id, label))

    async def _run(self, call: Call[Result]) -> Result:
        steps = _attempts(call, self._patience)
        reply: httpx.Response | httpx.TransportError | None = None
        while True:
            try:
                step = steps.send(reply)
            except StopIteration as done:
                found: Result = done.value
                return found
            if isinstance(step, _Wait):
                await asyncio.sleep(step.seconds)
                reply = None
                continue
            try:
                reply = await self._http.request(**step.call.asked())
            except httpx.TransportError as e:
                reply = e
