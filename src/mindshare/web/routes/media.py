"""Files that cases show: brought by a lead, seen by a person only while he or she has a case that shows them."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from mindshare.core.errors import NotThere
from mindshare.engine.media import TYPES, File, file_of, read_below
from mindshare.engine.showing import media_root
from mindshare.web import shapes_desk
from mindshare.web.bodies import MEDIA
from mindshare.web.front import Front, front_of
from mindshare.web.roles import Role, caller_of, needs
from mindshare.web.telling_evidence import Place, place_of

router = APIRouter()
BYTES = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in TYPES}
SAFE = {  # whatever it is, nothing in it runs, and no page shows it but ours, from memory
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def _taking(told: dict[str, Any]) -> dict[str, Any]:
    """The same route, which takes bytes of these types."""
    more = {"requestBody": {"required": True, "content": BYTES}}
    return told | {"openapi_extra": told["openapi_extra"] | more}


@router.post(MEDIA, status_code=201, response_model=shapes_desk.FileOut, **_taking(needs(Role.lead)))
async def bring_file(request: Request) -> dict[str, Any]:
    """Brings a file, its bytes as the body; a case shows it by the digest that is told. Deleted if no case does within a day."""
    front, by = front_of(request), caller_of(request).account
    file = file_of(await request.body(), request.headers.get("content-type", ""))
    digest: str = await front.line.call(lambda e: e.bring(file, by).digest)
    return {"digest": digest, "bytes": file.size, "type": file.type}


@router.get(
    "/v1/media/{name:id}",
    response_class=Response,
    responses={200: {"content": BYTES, "description": "The bytes of the file."}},
    **needs(Role.person),
)
async def get_file(request: Request, name: str) -> Response:
    """A file by its digest, or by its place below `media_root`: for a lead, and for a person who has a case that shows it."""
    front, caller = front_of(request), caller_of(request)
    person = caller.account if caller.role == Role.person else None
    place = await front.line.call(lambda e: place_of(name, person, e))
    file = None if place is None else await asyncio.to_thread(_read, front, name, place)
    if file is None:
        raise NotThere("There is no such file, or no case of yours shows it.")
    end = TYPES[file.type]
    called = {"Content-Disposition": f'attachment; filename="file{end}"'}
    return Response(file.data, media_type=file.type, headers=SAFE | called)


def _read(front: Front, name: str, place: Place) -> File | None:
    service = front.service
    if place.key is None:
        return read_below(media_root(service.settings, service.folder), name)
    body = service.store.body(place.key)
    return None if body is None else File(body.data, place.type, len(body.data))
