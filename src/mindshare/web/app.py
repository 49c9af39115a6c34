"""The service over HTTP: FastAPI, and three hot routes that take raw bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from mindshare.core.errors import (
    Conflict,
    Halted,
    MindshareError,
    NotAllowed,
    NotThere,
    Overloaded,
)
from mindshare.engine.attending import Said
from mindshare.engine.incoming import read_cases
from mindshare.engine.service import Service
from mindshare.web.line import Line
from mindshare.web.telling import case_told, lease_told, people_told

JSON = "application/json"
STATUS: dict[type[MindshareError], int] = {
    NotThere: 404,
    Conflict: 409,
    NotAllowed: 403,
    Overloaded: 429,
    Halted: 503,
}
MOST_WAIT = 30.0  # seconds that a person's program waits for a case in one request


class AnswerIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer as a person's program sends it."""

    case: str
    token: int
    label: str | None
    person: str = ""
    confidence: float | None = None
    seconds: float | None = None
    reason: str = ""
    comment: str = ""


class NextIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person asks for the next case, and waits so long for one."""

    person: str = ""
    wait_s: float = 0.0


class OutcomeIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What turned out to be true."""

    case: str
    label: str


_answer = msgspec.json.Decoder(AnswerIn)
_next = msgspec.json.Decoder(NextIn)
_outcome = msgspec.json.Decoder(OutcomeIn)


def error_told(error: MindshareError) -> Response:
    """The one shape of errors, with the status of its kind."""
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    headers = {"Retry-After": "1"} if status in (429, 503) else None
    return JSONResponse(error.as_json(), status, headers)


def read_as(decoder: msgspec.json.Decoder[Any], data: bytes, what: str) -> Any:
    """What these bytes tell, or one sentence."""
    try:
        return decoder.decode(data or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as e:
        raise MindshareError(f"The {what} cannot be read: {e}.") from e


async def _told(line: Line, raw: bytes) -> bytes:
    """What is said of one case of several; an error takes its place."""
    try:
        told: bytes = await line.submit(raw, "", case_told)
    except MindshareError as e:
        return msgspec.json.encode(e.as_json())
    return told


def app_of(service: Service) -> FastAPI:
    """The application of an open service."""

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        app.state.line = Line(service.actor, asyncio.get_running_loop())
        yield

    app = FastAPI(title="Mindshare", version="1", lifespan=life, docs_url=None, redoc_url=None)
    app.add_exception_handler(MindshareError, lambda _, e: error_told(e))

    async def cases(request: Request) -> Response:
        data, line = await request.body(), app.state.line
        if data.lstrip()[:1] == b"[":
            raws = read_cases(data)
            told = await asyncio.gather(
                *(line.submit(raw, "", case_told) for raw in raws), return_exceptions=True
            )
            parts = [msgspec.json.encode(t.as_json()) if isinstance(t, MindshareError) else t for t in told]
            return Response(b"[" + b",".join(parts) + b"]", 207, media_type=JSON)
        return Response(await line.submit(data, "", case_told), 202, media_type=JSON)

    async def next_case(request: Request) -> Response:
        asked = read_as(_next, await request.body(), "request for a case")
        told = await app.state.line.next(asked.person, min(max(asked.wait_s, 0.0), MOST_WAIT), lease_told)
        return Response(told, 200 if told else 204, media_type=JSON)

    async def answers(request: Request) -> Response:
        a = read_as(_answer, await request.body(), "answer")
        said = Said(a.label, a.confidence, a.seconds, a.reason, a.comment)
        told = await app.state.line.call(lambda e: case_told(e.answer(a.case, a.person, a.token, said), e))
        return Response(told, 200, media_type=JSON)

    for path, route in (("/v1/cases", cases), ("/v1/next", next_case), ("/v1/answers", answers)):
        app.add_route(path, route, methods=["POST"])

    @app.get("/v1/cases/{case_id:path}")
    async def case(case_id: str) -> Response:
        return Response(await app.state.line.call(lambda e: case_told(e.case(case_id), e)), media_type=JSON)

    @app.get("/v1/people")
    async def people() -> Response:
        return Response(await app.state.line.call(people_told), media_type=JSON)

    @app.post("/v1/outcomes")
    async def outcomes(request: Request) -> Response:
        o = read_as(_outcome, await request.body(), "outcome")
        told = await app.state.line.call(lambda e: case_told(e.outcome(o.case, o.label), e))
        return Response(told, media_type=JSON)

    return app
