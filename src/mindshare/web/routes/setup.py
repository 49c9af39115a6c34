"""Setting a service up: what it is, how it works, cases of files, and its log to take away."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from mindshare.web import asked, setting_up, shapes, shapes_setup
from mindshare.web.front import front_of
from mindshare.web.roles import Role, needs

router = APIRouter()
_reading = asyncio.Semaphore(1)  # it takes memory and a core


@router.get("/v1/service", response_model=shapes_setup.ServiceOut, **needs(Role.reader))
def get_service(request: Request) -> dict[str, Any]:
    """What this service is: its name, what is asked about each kind, and which people are simulated."""
    return setting_up.service_told(front_of(request).service)


@router.get("/v1/settings", response_model=shapes_setup.SettingsOut, **needs(Role.lead))
def get_settings(request: Request) -> dict[str, Any]:
    """How it works: what service.yaml said at the start, with everything that is usual."""
    return {"settings": setting_up.settings_told(front_of(request).service)}


@router.get("/v1/first-cases", response_model=shapes_setup.CasesToSend, **needs(Role.lead))
async def get_first_cases(request: Request) -> dict[str, Any]:
    """Cases without a truth of the history that the service began with, as they are sent; none once they are put away."""
    return await asyncio.to_thread(setting_up.first_cases, front_of(request).service.folder)


@router.delete("/v1/first-cases", response_model=shapes.Done, **needs(Role.lead))
async def put_away_first_cases(request: Request) -> shapes.Done:
    """They are sent, or not wanted."""
    await asyncio.to_thread(setting_up.forget_first_cases, front_of(request).service.folder)
    return shapes.Done(done=True)


@router.post("/v1/read-cases", response_model=shapes_setup.FileOut, **needs(Role.lead))
async def read_cases(request: Request, said: asked.CasesFile) -> dict[str, Any]:
    """What is read of a file of new cases: what each column is taken for, and the cases as they are sent. Nothing is sent yet."""
    async with _reading:
        return await asyncio.to_thread(setting_up.file_told, front_of(request).service, said.name, said.text)


@router.get(
    "/v1/export",
    response_class=Response,
    responses={
        200: {
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
            "description": "A zip.",
        }
    },
    **needs(Role.lead),
)
async def get_export(request: Request) -> Response:
    """The log as a history: cases, answers, team, and why each agent was asked, as CSV and YAML in a zip."""
    async with _reading:
        packed = await asyncio.to_thread(setting_up.exported_zip, front_of(request).service)
    return Response(
        packed,
        media_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="history.zip"'},
    )
