"""What every request passes: names of the host, pages of others, sizes of bodies, headers that protect, a log, the last net for a fault."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mindshare.core.errors import MindshareError, NotAllowed, TooLarge
from mindshare.web import refusals
from mindshare.web.bodies import MEDIA, Body
from mindshare.web.ids import plain_path

log = logging.getLogger("mindshare.web")
HERE = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),  # who opens a page of ours in a window has no hold on it
    (b"cross-origin-resource-policy", b"same-origin"),
)
FOREIGN = frozenset({b"cross-site", b"same-site"})  # what browsers say of requests by pages of other origins
LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})
NAMES = frozenset(name for name, _ in HEADERS)
JSON = (
    b"content-type",
    b"application/json",
)  # no route but that of files takes anything else, so a body is JSON whatever its sender says of it
Seen = Callable[[str, int, float], None]  # name of the route, status, seconds


class Gate:
    """Stands around the application. `hosts`: the names by which the service may be called; `seen` hears of each request."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str], seen: Seen) -> None:
        self._app, self._hosts, self._seen = app, hosts | HERE, seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                there = {name.lower() for name, _ in message["headers"]} & NAMES
                message["headers"] = [*message["headers"], *(h for h in HEADERS if h[0] not in there)]
            await send(message)

        try:
            await self._passed(scope, receive, sent)
        except Exception as e:
            number = secrets.token_hex(4)
            log.error("a request failed", exc_info=e, extra={"number": number, "route": _route(scope)})
            if status:
                raise
            answer = refusals.told(500, "failed", f"Something failed here; the log says more under {number}.")
            await answer(scope, receive, sent)
        finally:
            self._done(scope, status, time.perf_counter() - began)

    async def _passed(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1")
        name = host.rsplit(":", 1)[0] if host.rsplit(":", 1)[-1].isdigit() else host
        if name.lower() not in self._hosts:
            error = MindshareError(
                "This service is not called so; add the name to web.hosts of service.yaml."
            )
            await refusals.error_told(error)(scope, receive, send)
            return
        if scope["method"] not in LOOKING and any(
            name == b"sec-fetch-site" and value in FOREIGN for name, value in scope["headers"]
        ):
            error = NotAllowed("A page of another origin may change nothing here.")
            await refusals.error_told(error)(scope, receive, send)
            return
        raw = scope.get("raw_path") or b""
        if b"%" in raw:
            scope["path"] = plain_path(raw)
        if scope["path"] != MEDIA:
            scope["headers"] = [*(h for h in scope["headers"] if h[0] != b"content-type"), JSON]
        try:
            body = Body(scope, receive)
        except TooLarge as e:
            await refusals.error_told(e)(scope, receive, send)
            return
        await self._app(scope, body, send)

    def _done(self, scope: Scope, status: int, seconds: float) -> None:
        route = _route(scope)
        self._seen(route, status, seconds)
        level = logging.INFO if status >= 400 else logging.DEBUG
        if log.isEnabledFor(level):
            told = {"route": route, "method": scope["method"], "status": status, "seconds": round(seconds, 4)}
            log.log(level, "a request", extra=told)


def _route(scope: Scope) -> str:
    """The name of the function that took the request: no part of its address, which may name a case."""
    return getattr(scope.get("endpoint"), "__name__", "none")
