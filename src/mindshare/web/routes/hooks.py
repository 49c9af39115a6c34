"""Webhooks: who hears of events, and what became of the deliveries."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from mindshare.web import asked, shapes
from mindshare.web.feed import Place
from mindshare.web.front import front_of
from mindshare.web.roles import Role, caller_of, needs

router = APIRouter()
Number = Annotated[int, Path(ge=1, lt=1 << 53)]


@router.get("/v1/webhooks", response_model=shapes.HooksOut, **needs(Role.lead))
def list_webhooks(request: Request) -> dict[str, Any]:
    """All webhooks."""
    return {"webhooks": front_of(request).hooks.all_told()}


@router.post("/v1/webhooks", status_code=201, response_model=shapes.NewHookOut, **needs(Role.lead))
async def add_webhook(request: Request, said: asked.NewHook) -> dict[str, Any]:
    """An address that hears of events from now on. The secret that deliveries are signed with is told this once."""
    front = front_of(request)
    after = Place(front.service.store.head().number + 1)
    return await front.hooks.add(said.url, said.events, caller_of(request).account, after)


@router.delete("/v1/webhooks/{number}", response_model=shapes.Done, **needs(Role.lead))
async def remove_webhook(request: Request, number: Number) -> shapes.Done:
    """Nothing more is sent there."""
    await front_of(request).hooks.remove(number)
    return shapes.Done(done=True)


@router.get("/v1/webhooks/{number}/deliveries", response_model=shapes.DeliveriesOut, **needs(Role.lead))
def list_deliveries(request: Request, number: Number) -> dict[str, Any]:
    """The last attempts, newest first."""
    return {"deliveries": front_of(request).hooks.deliveries(number)}
