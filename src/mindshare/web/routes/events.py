"""What happened: pages of events, and a stream of what comes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response, StreamingResponse

from mindshare.web import shapes
from mindshare.web.feed import NAMES, Place, named, page_told
from mindshare.web.front import front_of
from mindshare.web.roles import Role, needs
from mindshare.web.routes.hot import JSON

router = APIRouter()
PLACE = "^[0-9]{1,15}(-[0-9]{1,15})?$"
SOME = f"^(({'|'.join(sorted(NAMES))})(,|$))*$"
After = Annotated[
    str,
    Query(description="Only what came behind this id, such as 12-0.", json_schema_extra={"pattern": PLACE}),
]
Only = Annotated[
    str,
    Query(
        max_length=500,
        description="Names of events with commas between, such as decided,answered.",
        json_schema_extra={"pattern": SOME},
    ),
]


@router.get("/v1/events", response_model=shapes.EventsOut, **needs(Role.reader, blind=True))
async def list_events(
    request: Request,
    after: After = "0",
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    only: Only = "",
) -> Response:
    """Events in their order. An empty page may have more behind it, as long as its `next` moves."""
    place, names = Place.of(after), named([name for name in only.split(",") if name])
    page, behind = await front_of(request).feed.page(place, limit, names)
    return Response(page_told(page, behind), media_type=JSON)


@router.get(
    "/v1/events/stream",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "Events."}
    },
    **needs(Role.reader, blind=True),
)
async def stream_events(
    request: Request,
    after: After = "",
    only: Only = "",
    last_event_id: Annotated[str, Header(json_schema_extra={"pattern": PLACE})] = "",
) -> StreamingResponse:
    """Server-sent events from now on, or behind `Last-Event-ID` or `after`. Who is too slow is cut off, and may come again."""
    feed = front_of(request).feed
    feed.must_have_room()
    since = last_event_id or after
    names = named([name for name in only.split(",") if name])
    return StreamingResponse(
        feed.stream(Place.of(since) if since else None, names), media_type="text/event-stream"
    )
