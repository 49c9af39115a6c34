"""When a person works: what holds, and a change of it while the service runs."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from mindshare.web import asked, shapes_hours
from mindshare.web.front import front_of
from mindshare.web.roles import Role, caller_of, needs
from mindshare.web.telling_hours import change_hours, hours_told

router = APIRouter()


@router.get(
    "/v1/people/{name:id}/shifts", response_model=shapes_hours.HoursOut, **needs(Role.reader, blind=True)
)
async def get_hours(request: Request, name: str) -> dict[str, Any]:
    """When a person works, and who said so."""
    told: dict[str, Any] = await front_of(request).line.call(lambda e: hours_told(name, e))
    return told


@router.post("/v1/people/{name:id}/shifts", response_model=shapes_hours.HoursOut, **needs(Role.lead))
async def change_shifts(request: Request, name: str, said: asked.Hours) -> dict[str, Any]:
    """Other hours of a person, from now on; null: those of the settings. A case in hand stays."""
    by = caller_of(request).account
    shifts = None if said.shifts is None else said.shifts.model_dump(by_alias=True)
    told: dict[str, Any] = await front_of(request).line.call(lambda e: change_hours(name, shifts, by, e))
    return told
