"""Whether the service is well, and its figures."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from mindshare.core.errors import Halted
from mindshare.web import shapes
from mindshare.web.front import Front, front_of
from mindshare.web.roles import FREE, Role, needs
from mindshare.web.telling import counts_told, limits_told

router = APIRouter()
PATIENCE = 2.0  # seconds in which the engine has to answer


@router.get(
    "/healthz",
    response_model=shapes.Health,
    responses={503: {"model": shapes.Health, "description": "It cannot write, and so takes nothing."}},
    **FREE,
)
async def health(request: Request) -> Response:
    """Well (200), or halted (503): then nothing is taken until the store can be written again."""
    problem = None
    try:
        async with asyncio.timeout(PATIENCE):
            await front_of(request).line.call(lambda e: e.now)
    except Halted:
        problem = "The service cannot write to its store."
    except TimeoutError:
        problem = f"The engine did not answer within {PATIENCE:g} seconds."
    return JSONResponse({"well": problem is None, "problem": problem}, 200 if problem is None else 503)


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Figures."}},
    **needs(Role.reader),
)
async def metrics(request: Request) -> Response:
    """Figures for Prometheus."""
    front = front_of(request)
    try:
        figures, limits = await front.line.call(lambda e: (counts_told(e), limits_told(e)))
    except Halted:
        figures, limits = {}, {}
    told = front.meters.told({**figures, **_of_the_web(front)}, limits)
    return Response(told, media_type=CONTENT_TYPE_LATEST)


def _of_the_web(front: Front) -> dict[str, float]:
    actor = front.service.actor
    return {
        "halted": float(bool(actor.halted)),
        "left_out": len(actor.left_out),
        "batches": actor.batches,
        "commands": actor.commands,
        "streams": front.feed.clients,
    }
