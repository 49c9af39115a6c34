"""One case, many cases, and what those in charge do with them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from mindshare.core.errors import StoreError
from mindshare.engine.cases import CaseState
from mindshare.engine.engine import Engine
from mindshare.engine.subjects import erase_subject
from mindshare.web import asked, shapes, shapes_desk
from mindshare.web.front import front_of
from mindshare.web.roles import Role, caller_of, needs
from mindshare.web.routes.hot import JSON
from mindshare.web.telling import Wanted, case_told, encode, page_of
from mindshare.web.telling_evidence import shown_told

router = APIRouter()
MOST_PAGE = 1_000


async def _done(request: Request, command: Callable[[Engine], CaseState]) -> Response:
    """The case after a command."""
    told = await front_of(request).line.call(lambda e: case_told(command(e), e))
    return Response(told, media_type=JSON)


@router.get("/v1/cases", response_model=shapes.CasesOut, **needs(Role.reader, blind=True))
async def list_cases(
    request: Request,
    prefix: Annotated[str, Query(max_length=200)] = "",
    state: asked.State | None = None,
    kind: Annotated[str | None, Query(max_length=200)] = None,
    after: Annotated[int, Query(ge=0, lt=1 << 53)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_PAGE)] = 100,
) -> Response:
    """Cases in the order of their coming, by the beginning of their id, state and kind. An empty page may have a next one."""
    wanted = Wanted(prefix, state or "", kind, after, limit)
    page = await front_of(request).line.call(lambda e: page_of(wanted, e))
    return Response(encode(page), media_type=JSON)


@router.get("/v1/cases/{case_id:id}", response_model=shapes.CaseOut, **needs(Role.reader, blind=True))
async def get_case(request: Request, case_id: str) -> Response:
    """A case as it stands."""
    return await _done(request, lambda e: e.case(case_id))


@router.get(
    "/v1/cases/{case_id:id}/seen",
    response_model=shapes_desk.SeenOut,
    response_model_exclude_defaults=True,
    **needs(Role.lead),
)
async def get_seen(request: Request, case_id: str) -> Response:
    """A case as a person would see it; and of one that waits for the lead who sent it up, when and why."""
    told = await front_of(request).line.call(lambda e: encode(shown_told(case_id, e)))
    return Response(told, media_type=JSON)


@router.post("/v1/cases/{case_id:id}/cancel", response_model=shapes.CaseOut, **needs(Role.lead))
async def cancel(request: Request, case_id: str, said: asked.Cancel) -> Response:
    """Nobody needs a verdict any more."""
    by = caller_of(request).account
    return await _done(request, lambda e: e.cancel(case_id, by, said.reason))


@router.post("/v1/cases/{case_id:id}/erase", response_model=shapes.CaseOut, **needs(Role.lead))
async def erase(request: Request, case_id: str) -> Response:
    """Deletes the contents of a closed case, comments on it and files that no other case shows. Its id stays; the chain stays whole."""
    front, by = front_of(request), caller_of(request).account

    def command(engine: Engine) -> tuple[bytes, list[int]]:
        case = engine.erase(case_id, by)
        keys = (m.key for m in case.media if m.digest not in engine.state.media)
        return case_told(case, engine), [case.body.key, *case.comments, *keys]

    told, keys = await front.line.call(command)
    if await asyncio.to_thread(front.service.store.bodies, keys):
        raise StoreError(
            "That it is to be erased is stored, but its contents could not be deleted yet. Ask again."
        )
    return Response(told, media_type=JSON)


@router.post("/v1/erase", response_model=shapes.ErasedOut, **needs(Role.lead))
async def erase_all(request: Request, said: asked.Subject) -> dict[str, list[str]]:
    """Deletes the contents of all closed cases about a subject, and the comments and reasons on them."""
    service, by = front_of(request).service, caller_of(request).account
    gone = await asyncio.to_thread(erase_subject, service.actor, service.store, said.subject, by)
    return gone._asdict()


@router.post("/v1/cases/{case_id:id}/override", response_model=shapes.CaseOut, **needs(Role.lead))
async def override(request: Request, case_id: str, said: asked.Override) -> Response:
    """A verdict by somebody with the right to it: a new version."""
    by = caller_of(request).account
    return await _done(request, lambda e: e.override(case_id, said.label, said.reason, by))


@router.post("/v1/cases/{case_id:id}/reverse", response_model=shapes.CaseOut, **needs(Role.lead))
async def reverse(request: Request, case_id: str, said: asked.Override) -> Response:
    """The same for a verdict that is found to have been wrong."""
    by = caller_of(request).account
    return await _done(request, lambda e: e.override(case_id, said.label, said.reason, by, "reversal"))


@router.post("/v1/cases/{case_id:id}/reopen", response_model=shapes.CaseOut, **needs(Role.lead))
async def reopen(request: Request, case_id: str, said: asked.Reason) -> Response:
    """An appeal, or a case that was sent to the lead is given back: it waits for a person who has not answered it."""
    by = caller_of(request).account
    return await _done(request, lambda e: e.reopen(case_id, said.reason, by))
