"""Sheets: what whoever keeps the service lays beside it, such as today's lists, opened in the browser by whoever is signed in.

Nothing in a sheet runs: it is a page of its own in a sandbox, which loads nothing. A page cannot send a token with an address, so the
browser sends it as a form; it is in no address.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import escape

from mindshare.core.errors import MindshareError
from mindshare.engine.sheets import TYPES, Sheet, look_at, read_sheet
from mindshare.web import refusals, shapes_desk
from mindshare.web.front import Front, front_of
from mindshare.web.roles import Role, needs

router = APIRouter()
BYTES = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in TYPES.values()}
SAFE = {  # styles of its own and pictures within it; no script, no other address, no form, no frame but on a page of ours
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'; sandbox",
    "Cross-Origin-Opener-Policy": "unsafe-none",  # browsers refuse what is in a sandbox otherwise
}
WRONG = "<!doctype html><html lang=en><meta charset=utf-8><title>Mindshare</title><p>{}"


@router.get("/v1/sheets", response_model=shapes_desk.SheetsOut, **needs(Role.reader))
async def get_sheets(request: Request) -> dict[str, Any]:
    """The sheets that there are, and when the file of each was written; `wrong`: why one cannot be shown."""
    service = front_of(request).service
    told = await asyncio.to_thread(look_at, service.settings, service.folder)
    return {"sheets": [each._asdict() for each in told]}


@router.get(
    "/v1/sheets/{title:id}",
    response_class=Response,
    responses={200: {"content": BYTES, "description": "The bytes of the file."}},
    **needs(Role.reader),
)
async def get_sheet(request: Request, title: str) -> Response:
    """The file of a sheet as it is now."""
    return _sent(await _read(front_of(request), title))


@router.post("/sheets/{title:id}", include_in_schema=False)
async def open_sheet(request: Request, title: str) -> Response:
    """The same for a browser, which sends the token as a form; what is wrong is a page to read."""
    front = front_of(request)
    try:
        told = parse_qs((await request.body()).decode("ascii", "replace"))
        front.door.bearer(request, told.get("token", [""])[0])
        return _sent(await _read(front, title))
    except MindshareError as e:
        status = refusals.error_told(e).status_code
        return HTMLResponse(WRONG.format(escape(str(e))), status, headers=SAFE)


@router.get("/sheets/{title:id}", include_in_schema=False)
async def find_sheet(title: str) -> Response:
    """An address alone opens nothing: the page of sheets asks who looks, and shows this one."""
    return RedirectResponse(f"/sheets#{quote(title, safe='')}", 303)


async def _read(front: Front, title: str) -> Sheet:
    return await asyncio.to_thread(read_sheet, front.service.settings, front.service.folder, title)


def _sent(sheet: Sheet) -> Response:
    how = "attachment" if sheet.type == "text/csv" else "inline"
    called = {"Content-Disposition": f"{how}; filename*=UTF-8''{quote(sheet.name)}"}
    kind = f"{sheet.type}; charset=utf-8" if sheet.type.startswith("text/") else sheet.type
    return Response(sheet.data, media_type=kind, headers=SAFE | called)
