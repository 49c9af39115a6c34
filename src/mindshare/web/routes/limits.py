"""Limits of resources: what they are, what is left, what one more unit would bring."""

from __future__ import annotations

from fastapi import APIRouter, Request

from mindshare.web import asked, shapes
from mindshare.web.front import front_of
from mindshare.web.roles import Role, caller_of, needs
from mindshare.web.telling import change_limits, limits_told

router = APIRouter()


@router.get(
    "/v1/limits", response_model=shapes.LimitsOut, response_model_exclude_none=True, **needs(Role.reader)
)
async def get_limits(request: Request) -> dict[str, object]:
    """Each resource that is limited, with its price."""
    return {"limits": await front_of(request).line.call(limits_told)}


@router.patch(
    "/v1/limits", response_model=shapes.LimitsOut, response_model_exclude_none=True, **needs(Role.lead)
)
async def patch_limits(request: Request, said: asked.Limits) -> dict[str, object]:
    """New limits, followed from the next decision on."""
    by = caller_of(request).account
    return {"limits": await front_of(request).line.call(lambda e: change_limits(e, said.limit, by))}
