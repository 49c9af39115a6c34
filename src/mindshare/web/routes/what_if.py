"""What would have been reached under other limits, judged on the service's own log beside it."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from fastapi import APIRouter, Request

from mindshare.engine.supposed import WhatIf
from mindshare.web import asked
from mindshare.web import shapes_explained as shapes
from mindshare.web.front import front_of
from mindshare.web.roles import Role, needs

router = APIRouter()


@router.post("/v1/what-if", status_code=202, response_model=shapes.WhatIfOut, **needs(Role.lead))
def start_what_if(request: Request, said: asked.WhatIf) -> dict[str, Any]:
    """Begins to judge other limits or prices on the cases whose outcome is known; one at a time, within the CPU share of learning."""
    return front_of(request).what_ifs.start(msgspec.convert(said.model_dump(by_alias=True), WhatIf))


@router.get("/v1/what-if", response_model=shapes.WhatIfOut, **needs(Role.reader, blind=True))
def get_what_if(request: Request) -> dict[str, Any]:
    """The last what-if: how far it is, or what it found."""
    return front_of(request).what_ifs.state()


@router.delete("/v1/what-if", response_model=shapes.WhatIfOut, **needs(Role.lead))
async def cancel_what_if(request: Request) -> dict[str, Any]:
    """Ends the one that runs."""
    front = front_of(request)
    await asyncio.to_thread(front.what_ifs.close)
    return front.what_ifs.state()
