"""What a person does beside asking and answering: give back, hold, take back, come and go."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from mindshare.web import asked, shapes
from mindshare.web.front import front_of
from mindshare.web.roles import Role, caller_of, needs
from mindshare.web.routes.hot import JSON
from mindshare.web.telling import held_told, lease_told

router = APIRouter()


@router.post("/v1/skip", response_model=shapes.Done, **needs(Role.person))
async def skip(request: Request, said: asked.Skip) -> shapes.Done:
    """Gives a case back; somebody else may get it."""
    person = caller_of(request).acting_for(said.person)
    await front_of(request).line.call(lambda e: e.skip(said.token, person, said.reason))
    return shapes.Done(done=True)


@router.post("/v1/beat", response_model=shapes.LeaseOut, **needs(Role.person))
async def beat(request: Request, said: asked.Beat) -> Response:
    """The person is still at it; `held`: the case is put aside, and another one may be asked for."""
    person = caller_of(request).acting_for(said.person)
    told = await front_of(request).line.call(lambda e: held_told(e.beat(said.token, person, held=said.held)))
    return Response(told, media_type=JSON)


@router.post("/v1/cases/{case_id:id}/undo", response_model=shapes.Leased, **needs(Role.person))
async def undo(request: Request, case_id: str, said: asked.Undo) -> Response:
    """Takes the person's answer back within the grace period; he or she has the case again."""
    person = caller_of(request).acting_for(said.person)
    told = await front_of(request).line.call(lambda e: lease_told(e.undo(case_id, person), e))
    return Response(told, media_type=JSON)


@router.post("/v1/shift", response_model=shapes.Done, **needs(Role.person))
async def shift(request: Request, said: asked.Shift) -> shapes.Done:
    """A person comes on shift or leaves."""
    person = caller_of(request).acting_for(said.person)
    await front_of(request).line.call(lambda e: e.shift(person, on=said.on))
    return shapes.Done(done=True)
