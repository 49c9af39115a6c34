"""The one shape in which an error leaves the service: {"error": {"code", "message", ...}}, whoever raised it."""

from __future__ import annotations

import math
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from mindshare.core.errors import (
    Conflict,
    Failed,
    Halted,
    MindshareError,
    NotAllowed,
    NotSignedIn,
    NotThere,
    Overloaded,
    StoreError,
    TooLarge,
    TooOften,
    listed,
    nearest,
)

STATUS: dict[type[MindshareError], int] = {
    NotSignedIn: 401,
    NotAllowed: 403,
    NotThere: 404,
    Conflict: 409,
    TooLarge: 413,
    Overloaded: 429,
    TooOften: 429,
    Failed: 500,
    Halted: 503,
    StoreError: 503,
}
CODE = {400: "refused", 404: "not_there", 405: "method", 413: "too_large", 422: "invalid", 500: "failed"}
MOST_PROBLEMS = 8
METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")


def told(
    status: int, code: str, message: str, headers: dict[str, str] | None = None, **more: Any
) -> Response:
    """An error as it leaves."""
    return JSONResponse({"error": {"code": code, "message": message, **more}}, status, headers)


def error_told(error: MindshareError, otherwise: int = 400) -> Response:
    """One of ours, with the status of its kind."""
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), otherwise)
    headers = {}
    if status in (429, 503):
        retry = error.retry_s if isinstance(error, TooOften) else 1.0
        headers["Retry-After"] = str(max(1, math.ceil(retry)))
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status == 413:
        headers["Connection"] = "close"  # the rest of the body is not read
    return JSONResponse(error.as_json(), status, headers)


def answered(request: Request, error: MindshareError | HTTPException) -> Response:
    """What whoever sent the request hears of an error of ours, or of the framework's."""
    if isinstance(error, MindshareError):
        return error_told(error)
    if isinstance(error.__cause__, MindshareError):
        return error_told(error.__cause__, error.status_code)
    headers, message = dict(error.headers or {}), str(error.detail)
    if error.status_code == 404:
        message = "There is nothing at this address."
    elif error.status_code == 405:
        headers["Allow"] = ", ".join(_methods(request))
        message = f"This address takes {headers['Allow']}, not {request.method}."
    elif error.status_code == 400:
        message = "The body is not JSON."
    return told(error.status_code, CODE.get(error.status_code, "refused"), message, headers)


def in_one_shape(app: FastAPI) -> None:
    """The same for all errors of a route."""

    async def known(request: Request, error: Exception) -> Response:
        assert isinstance(error, MindshareError | HTTPException)
        return answered(request, error)

    async def invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        problems = [
            {"where": _where(e["loc"]), "what": str(e["msg"])} for e in error.errors()[:MOST_PROBLEMS]
        ]
        first = problems[0] if problems else {"where": "the request", "what": "it cannot be read"}
        return told(422, "invalid", f"{first['where']}: {first['what']}.", problems=problems)

    app.add_exception_handler(MindshareError, known)
    app.add_exception_handler(HTTPException, known)
    app.add_exception_handler(RequestValidationError, invalid)


def only_known_words(request: Request) -> None:
    """Refuses a query with a word that the route does not know: a mistyped one must not be passed over."""
    if request.query_params:
        told = request.app.openapi()["paths"][request.scope["route"].path_format][request.method.lower()]
        known = [p["name"] for p in told.get("parameters", ()) if p["in"] == "query"]
        for word in request.query_params:
            if word not in known:
                problem = f"query: there is no '{word[:40]}' here; there is {listed(known) or 'nothing'}."
                raise HTTPException(422) from MindshareError(problem + nearest(word, known))


def _where(place: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in place) or "the request"


def _methods(request: Request) -> list[str]:
    """All that this address takes, by all of its routes."""
    routes, scope = request.app.routes, request.scope
    return [m for m in METHODS if any(r.matches({**scope, "method": m})[0] == Match.FULL for r in routes)]
