"""The routes that carry the load: raw bytes in, raw bytes out, through msgspec. The rest of the API is FastAPI's.

FastAPI knows these routes too, but their requests do not go through it (`Hot`): finding a route, and what is kept open around it,
takes a third of the time of such a request.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from mindshare.core.errors import MindshareError, TooLarge
from mindshare.engine.engine import Engine
from mindshare.engine.incoming import read_cases
from mindshare.engine.probing import Said
from mindshare.web import refusals
from mindshare.web.front import Front
from mindshare.web.roles import Caller, Role, let_in
from mindshare.web.telling import case_told, encode, heard_told, lease_told

JSON = "application/json"
MOST_WAIT = 30.0  # seconds that a person's program waits for a case in one request
MOST_CASES = 10_000  # of one request
CASES, NEXT, ANSWERS, OUTCOMES = "/v1/cases", "/v1/next", "/v1/answers", "/v1/outcomes"


class AnswerIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer as a person's program sends it. `label` null: the person cannot tell."""

    case: str
    token: int
    label: str | None
    person: str = ""
    confidence: float | None = None
    seconds: float | None = None
    reason: str = ""
    comment: str = ""


class NextIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person asks for the next case, and waits so long for one: 30 seconds at most. `ahead`: the one after that in hand, at once."""

    person: str = ""
    wait_s: float = 0.0
    ahead: bool = False


class OutcomeIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What turned out to be true."""

    case: str
    label: str


_answer = msgspec.json.Decoder(AnswerIn)
_next = msgspec.json.Decoder(NextIn)
_outcome = msgspec.json.Decoder(OutcomeIn)


def read_as(decoder: msgspec.json.Decoder[Any], data: bytes, what: str) -> Any:
    """What these bytes tell, or one sentence."""
    try:
        return decoder.decode(data or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as e:
        raise MindshareError(f"The {what} cannot be read: {e}.") from e


async def take_cases(request: Request) -> Response:
    """A case, or a list of cases, each of which is taken or refused by itself."""
    front: Front = request.app.state.front
    caller = let_in(request, Role.lead)
    data = await request.body()
    if data.lstrip()[:1] != b"[":
        return Response(await front.line.submit(data, caller.account, case_told), 202, media_type=JSON)
    raws = _several(front, caller, data)
    told = await asyncio.gather(
        *(front.line.submit(raw, caller.account, case_told) for raw in raws), return_exceptions=True
    )
    return Response(b"[" + b",".join(map(_part, told)) + b"]", 207, media_type=JSON)


async def next_case(request: Request) -> Response:
    """The next case of a person: a lease, or nothing (204) where there is none in time."""
    front: Front = request.app.state.front
    caller = let_in(request, Role.person)
    asked = read_as(_next, await request.body(), "request for a case")
    person = caller.acting_for(asked.person)
    wait_s = min(max(asked.wait_s, 0.0), MOST_WAIT)
    if asked.ahead:
        told = await front.line.call(lambda e: lease_told(e.ahead(person), e))
    elif wait_s > 0:
        told = await _while_connected(request, front, person, wait_s)
    else:
        told = await front.line.next(person, 0.0, lease_told)
    return Response(told, 200, media_type=JSON) if told else Response(status_code=204)


async def answers(request: Request) -> Response:
    """An answer under a lease. A late one is stored, and counts if the case is open. A person is not told the verdict."""
    front: Front = request.app.state.front
    caller = let_in(request, Role.person)
    a = read_as(_answer, await request.body(), "answer")
    person, said = caller.acting_for(a.person), Said(a.label, a.confidence, a.seconds, a.reason, a.comment)
    tell = heard_told if caller.role == Role.person else case_told
    told = await front.line.call(lambda e: tell(e.answer(a.case, person, a.token, said), e))
    return Response(told, 200, media_type=JSON)


async def outcomes(request: Request) -> Response:
    """What turned out to be true, of one case or of a list of them; a later outcome corrects an earlier one."""
    front: Front = request.app.state.front
    caller = let_in(request, Role.lead)
    data = await request.body()
    if data.lstrip()[:1] != b"[":
        o = read_as(_outcome, data, "outcome")
        told = await front.line.call(lambda e: case_told(e.outcome(o.case, o.label, caller.account), e))
        return Response(told, media_type=JSON)
    raws = _several(front, caller, data)
    parts = await front.line.call(lambda e: [_outcome_told(raw, caller.account, e) for raw in raws])
    return Response(b"[" + b",".join(parts) + b"]", 207, media_type=JSON)


ROUTES = {CASES: take_cases, NEXT: next_case, ANSWERS: answers, OUTCOMES: outcomes}


class Hot:
    """Takes requests for these routes itself; all others, and those with a query, go on to the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        hot = scope["type"] == "http" and scope["method"] == "POST" and not scope["query_string"]
        route = ROUTES.get(scope["path"]) if hot else None
        if route is None:
            await self._app(scope, receive, send)
            return
        scope["endpoint"], request = route, Request(scope, receive)
        try:
            answer = await route(request)
        except (MindshareError, HTTPException) as e:
            answer = refusals.answered(request, e)
        await answer(scope, receive, send)


def add_to(app: FastAPI) -> None:
    """These routes; `openapi.py` describes them."""
    for path, route in ROUTES.items():
        app.add_route(path, route, methods=["POST"])
    app.add_middleware(Hot)


async def _while_connected(request: Request, front: Front, person: str, wait_s: float) -> bytes:
    """Waits for a case as long as the person's program does: to one that has gone nothing is given."""
    waits = asyncio.ensure_future(front.line.next(person, wait_s, lease_told))
    gone = asyncio.ensure_future(request.receive())
    await asyncio.wait({waits, gone}, return_when=asyncio.FIRST_COMPLETED)
    gone.cancel()
    if not waits.done():
        await front.line.call(lambda e: e.away(person))
    told: bytes = await waits
    return told


def _several(front: Front, caller: Caller, data: bytes) -> list[bytes]:
    """The parts of a list, none of them read yet; each counts as a request."""
    raws = read_cases(data)
    if len(raws) > MOST_CASES:
        raise TooLarge(f"One request may have {MOST_CASES} cases at most. Got {len(raws)} instead.")
    front.door.more(caller, len(raws) - 1)
    return raws


def _outcome_told(raw: bytes, by: str, engine: Engine) -> bytes:
    try:
        o = read_as(_outcome, raw, "outcome")
        return case_told(engine.outcome(o.case, o.label, by), engine)
    except MindshareError as e:
        return encode(e.as_json())


def _part(told: Any) -> bytes:
    """One of several cases as it was taken, or why it was refused."""
    if isinstance(told, MindshareError):
        return encode(told.as_json())
    if isinstance(told, BaseException):
        raise told
    part: bytes = told
    return part
