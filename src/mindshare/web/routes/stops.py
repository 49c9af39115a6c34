"""STOP: no machine decides alone from now on. It takes one account to stop, and two to go on."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from mindshare.core.errors import Conflict, MindshareError, StoreError
from mindshare.web import asked, shapes
from mindshare.web.front import Front, front_of
from mindshare.web.roles import Caller, Role, caller_of, needs

router = APIRouter()
PATIENCE = 0.9  # seconds that the file and the log have to take a STOP, which holds from the first moment


@router.get("/v1/stops", response_model=shapes.StopsOut, **needs(Role.reader))
async def list_stops(request: Request) -> dict[str, object]:
    """What is stopped, and by whom."""
    return {"stopped": front_of(request).service.stops.told()}


@router.post("/v1/stop", response_model=shapes.StopsOut, **needs(Role.lead))
async def stop(request: Request, said: asked.Stop) -> dict[str, object]:
    """No machine-only verdict from now on, of one kind or of all; also where the log cannot be written."""
    front, by = front_of(request), caller_of(request).account
    stops = front.service.stops
    name = stops.press(said.kind, by, said.reason)
    front.resumes.pop(said.kind, None)
    # what the engine answers now is behind the press in the log: it takes in what was pressed before each batch
    tries = asyncio.to_thread(stops.keep, name), front.line.call(lambda e: e.now)
    done, late = await asyncio.wait([asyncio.ensure_future(t) for t in tries], timeout=PATIENCE)
    for task in late:
        task.add_done_callback(lambda t: t.cancelled() or t.exception())  # nobody waits for it any more
    problems = [task.exception() for task in done]
    for problem in problems:
        if problem is not None and not isinstance(problem, MindshareError):
            raise problem
    if None not in problems:
        raise StoreError(
            "STOP holds, but neither its file nor the log could be written by now: it may end with this process. Make"
            " room, or give the right to write, and press it again."
        )
    return {"stopped": stops.told()}


@router.post(
    "/v1/resume",
    response_model=shapes.ResumeOut,
    responses={202: {"model": shapes.ResumeOut, "description": "Another account has to confirm."}},
    **needs(Role.lead),
)
async def resume(request: Request, said: asked.Resume) -> Response:
    """The end of a stop, once a second account has said the same; where there is one account only, the console says it."""
    front, caller = front_of(request), caller_of(request)
    if said.kind not in front.service.stops.told():
        raise Conflict(f"{f'Kind {said.kind!r}' if said.kind else 'The service'} is not stopped.")
    also = _confirmed(front, caller, said.kind)
    if also is None:
        needed = "the console" if front.accounts.in_charge() < 2 else "a second account"
        return JSONResponse({"resumed": False, "needs": needed}, 202)
    await front.line.call(lambda e: e.resume(caller.account, also, said.kind))
    return JSONResponse({"resumed": True, "needs": None})


def _confirmed(front: Front, caller: Caller, kind: str) -> str | None:
    """Who confirms: another account, or the console itself where nobody else could."""
    if caller.console:
        return caller.account if front.accounts.in_charge() < 2 else None
    return front.confirmed(kind, caller.account)
