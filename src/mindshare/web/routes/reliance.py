"""How far people rely on advice: read from the log, outside the engine's thread, one at a time."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request

from mindshare.engine.relying import reliance_told
from mindshare.web import shapes_reliance as shapes
from mindshare.web.front import front_of
from mindshare.web.roles import Role, needs

router = APIRouter()
_reading = asyncio.Semaphore(1)  # the whole log is read


@router.get("/v1/reliance", response_model=shapes.RelianceOut, **needs(Role.lead))
async def get_reliance(request: Request) -> dict[str, Any]:
    """How far each person follows advice that is right and advice that is wrong, with intervals. The whole log is read for it."""
    front = front_of(request)
    settings, gold = await front.line.call(lambda e: (e.settings, e.presence.gold))
    async with _reading:
        return await asyncio.to_thread(reliance_told, front.service.store, settings, gold)
