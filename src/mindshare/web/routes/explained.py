"""Why a case is where it is, what would have been otherwise, and its story: solved outside the engine's thread, few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from mindshare.engine.otherwise import Change, Seen, otherwise, seen
from mindshare.engine.story import story
from mindshare.web import asked
from mindshare.web import shapes_explained as shapes
from mindshare.web.front import front_of
from mindshare.web.roles import Role, needs
from mindshare.web.routes.hot import JSON
from mindshare.web.telling import encode

router = APIRouter()
_solving = asyncio.Semaphore(2)  # they take threads and time of the cores


async def _solved(
    request: Request, case_id: str, solve: Callable[[Seen], dict[str, Any]], *, erased: bool = False
) -> Response:
    """What is solved of a case as it stands."""
    case: Seen = await front_of(request).line.call(lambda e: seen(e.case(case_id), e, erased=erased))
    async with _solving:
        told = await asyncio.to_thread(solve, case)
    return Response(encode(told), media_type=JSON)


@router.get("/v1/cases/{case_id:id}/why", response_model=shapes.Why, **needs(Role.reader, blind=True))
async def why(request: Request, case_id: str) -> Response:
    """Why a case is where it is, and what would change that: solved anew, outside the engine's thread."""
    return await _solved(
        request, case_id, lambda case: {"id": case.id, "state": case.state, "why": case.why()}
    )


@router.post(
    "/v1/cases/{case_id:id}/otherwise", response_model=shapes.Otherwise, **needs(Role.reader, blind=True)
)
async def what_would_be(request: Request, case_id: str, said: asked.Otherwise) -> Response:
    """What would be decided without some answers, with other ones, or had nobody been asked: by today's model. Nothing is changed."""
    change = Change(said.without, said.said, said.nobody)
    return await _solved(request, case_id, lambda case: otherwise(case, change))


@router.get("/v1/cases/{case_id:id}/story", response_model=shapes.Story, **needs(Role.reader, blind=True))
async def tell_story(
    request: Request, case_id: str, after: Annotated[int, Query(ge=0, lt=1 << 53)] = 0
) -> Response:
    """The events of a case in order, with what was known and believed at each. An empty page may have more behind it."""
    store = front_of(request).service.store
    return await _solved(request, case_id, lambda case: story(store, case, after), erased=True)
