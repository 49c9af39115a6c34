"""Talk to a service from Python: `Client` waits, `AsyncClient` awaits; both have the calls of `web/calls/`.

A call that does not get through, or meets a service that is busy or halted (429, 503), is made again, ever later, until `patience_s`
is over. So is one whose connection is lost on the way, if made twice it does what it does once: a case is known by its id, an answer
by its token, an outcome by its case. Where it would be done twice (an override, say), an error says that nobody knows.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Coroutine, Generator
from functools import wraps
from types import TracebackType
from typing import Any, Generic, NamedTuple, ParamSpec, Self, TypeVar, overload

import httpx

from mindshare.core.errors import MindshareError
from mindshare.web.calls import cases as of_cases
from mindshare.web.calls import charge as of_charge
from mindshare.web.calls import people as of_people
from mindshare.web.calls.call import Call
from mindshare.web.said import refused

AGAIN_S, LONGEST_S = 0.1, 5.0  # before a call is made again: doubled each time, at most so long
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
Given = ParamSpec("Given")
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
            if not (call.again or isinstance(reply, NOT_SENT)):
                raise MindshareError(
                    "The connection was lost before the service said whether it was done. Look before you ask again."
                )
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


class Asked(Generic[Given, Result]):
    """A call as a method of both clients: `Client` returns what is told, `AsyncClient` is awaited for it."""

    def __init__(self, call: Callable[Given, Call[Result]]) -> None:
        self._call = call

    @overload
    def __get__(self, client: None, owner: type) -> Callable[Given, Call[Result]]: ...
    @overload
    def __get__(self, client: Client, owner: type) -> Callable[Given, Result]: ...
    @overload
    def __get__(self, client: AsyncClient, owner: type) -> Callable[Given, Coroutine[Any, Any, Result]]: ...
    def __get__(self, client: Client | AsyncClient | None, owner: type) -> Callable[Given, Any]:
        if client is None:
            return self._call

        @wraps(self._call)
        def ask(*given: Given.args, **named: Given.kwargs) -> Any:
            return client.ask(self._call(*given, **named))

        return ask


class _Calls:
    """All that can be asked; `help(Client.why)` says what a call does."""

    submit = Asked(of_cases.submit)
    submit_many = Asked(of_cases.submit_many)
    case = Asked(of_cases.case)
    cases = Asked(of_cases.cases)
    outcome = Asked(of_cases.outcome)
    override = Asked(of_cases.override)
    reverse = Asked(of_cases.reverse)
    bring = Asked(of_cases.bring)
    media = Asked(of_cases.media)
    sheets = Asked(of_cases.sheets)
    sheet = Asked(of_cases.sheet)
    seen = Asked(of_cases.seen)
    reopen = Asked(of_cases.reopen)
    cancel = Asked(of_cases.cancel)
    erase = Asked(of_cases.erase)
    erase_subject = Asked(of_cases.erase_subject)
    why = Asked(of_cases.why)
    story = Asked(of_cases.story)
    otherwise = Asked(of_cases.otherwise)

    next = Asked(of_people.next_case)
    answer = Asked(of_people.answer)
    undo = Asked(of_people.undo)
    skip = Asked(of_people.skip)
    ahead = Asked(of_people.ahead)
    shown = Asked(of_people.shown)
    escalate = Asked(of_people.escalate)
    me = Asked(of_people.me)
    beat = Asked(of_people.beat)
    reveal = Asked(of_people.reveal)
    shift = Asked(of_people.shift)
    people = Asked(of_people.people)
    machines = Asked(of_people.machines)
    person = Asked(of_people.person)
    change_person = Asked(of_people.change_person)
    hours = Asked(of_people.hours)
    change_hours = Asked(of_people.change_hours)
    invite = Asked(of_people.invite)
    forget = Asked(of_people.forget)
    accept = Asked(of_people.accept)
    sign_in = Asked(of_people.sign_in)

    board = Asked(of_charge.board)
    limits = Asked(of_charge.limits)
    change_limits = Asked(of_charge.change_limits)
    rules = Asked(of_charge.rules)
    change_rules = Asked(of_charge.change_rules)
    learning = Asked(of_charge.learning)
    reliance = Asked(of_charge.reliance)
    stops = Asked(of_charge.stops)
    stop = Asked(of_charge.stop)
    resume = Asked(of_charge.resume)
    events = Asked(of_charge.events)
    start_what_if = Asked(of_charge.start_what_if)
    what_if = Asked(of_charge.what_if)
    cancel_what_if = Asked(of_charge.cancel_what_if)


class Client(_Calls):
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

    def ask(self, call: Call[Result]) -> Result:
        """Makes a call: what was told, or the error."""
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


class AsyncClient(_Calls):
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

    async def ask(self, call: Call[Result]) -> Result:
        """Makes a call: what was told, or the error."""
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
