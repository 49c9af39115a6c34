"""What a lead steers by, in one piece."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import Response

from mindshare.engine.engine import Engine
from mindshare.web import board
from mindshare.web import shapes_board as shapes
from mindshare.web.feed import Place
from mindshare.web.front import front_of
from mindshare.web.roles import Role, needs
from mindshare.web.routes.hot import JSON
from mindshare.web.telling import encode

router = APIRouter()


@router.get("/v1/board", response_model=shapes.BoardOut, **needs(Role.reader, blind=True))
async def get_board(request: Request) -> Response:
    """All that the board shows, of one moment; `place`: follow the events from there. Figures are running counts, so it is cheap."""
    front = front_of(request)

    def look(engine: Engine) -> tuple[board.Seen, str]:
        return board.seen(engine), str(Place(*front.service.actor.place))

    seen, place = await front.line.call(look)
    learning = front.service.learning()
    more = {
        "place": place,
        "learning": {**learning._asdict(), "is_due": learning.is_due},
        "stopped": front.service.stops.told(),
    }
    return Response(await asyncio.to_thread(lambda: encode(board.told(seen) | more)), media_type=JSON)
