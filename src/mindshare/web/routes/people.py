"""What a person does beside asking and answering: give back, hold, take back, come and go."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from mindshare.engine.revealing import First
from mindshare.web import asked, shapes, shapes_desk
from mindshare.web.front import front_of
from mindshare.web.roles import Role, caller_of, needs
from mindshare.web.routes.hot import JSON
from mindshare.web.telling import held_told, lease_told
from mindshare.web.telling_me import me_told

router = APIRouter()
NOTHING: dict[int | str, dict[str, Any]] = {204: {"description": "It went back."}}


@router.post("/v1/skip", response_model=shapes.Done, **needs(Role.person))
async def skip(request: Request, said: asked.Skip) -> shapes.Done:
    """Gives a case back; somebody else may get it."""
    person = caller_of(request).acting_for(said.person)
    await front_of(request).line.call(lambda e: e.skip(said.token, person, said.reason))
    return shapes.Done(done=True)


@router.post("/v1/shown", response_model=shapes.Leased, responses=NOTHING, **needs(Role.person))
async def shown(request: Request, said: asked.Seen) -> Response:
    """The clock of a case that was asked for ahead begins. Nothing (204) where it is worth nobody's time any more: ask for the next one."""
    person = caller_of(request).acting_for(said.person)
    told = await front_of(request).line.call(lambda e: lease_told(e.show(said.token, person), e))
    return Response(told, media_type=JSON) if told else Response(status_code=204)


@router.post("/v1/reveal", response_model=shapes.Leased, responses=NOTHING, **needs(Role.person))
async def reveal(request: Request, said: asked.Reveal) -> Response:
    """Shows the person what machines say of a case in hand, and writes that down; refused where advice is held back, and why. Nothing
    (204) where it was asked for ahead and is worth nobody's time any more.
    """
    person = caller_of(request).acting_for(said.person)
    first = None if said.label == "" else First(said.label)
    told = await front_of(request).line.call(lambda e: lease_told(e.reveal(said.token, person, first), e))
    return Response(told, media_type=JSON) if told else Response(status_code=204)


@router.post("/v1/escalate", response_model=shapes.Done, **needs(Role.person))
async def escalate(request: Request, said: asked.Escalate) -> shapes.Done:
    """Sends a case to the lead, with a reason; nobody is asked about it until the lead decides it or gives it back."""
    person = caller_of(request).acting_for(said.person)
    await front_of(request).line.call(lambda e: e.escalate(said.token, person, said.reason))
    return shapes.Done(done=True)


@router.get("/v1/me", response_model=shapes_desk.MeOut, **needs(Role.person))
async def me(request: Request, person: Annotated[str, Query(max_length=200)] = "") -> dict[str, Any]:
    """A person's own figures: how much, how fast, how good, what is left of today, when the next break is."""
    name = caller_of(request).acting_for(person)
    told: dict[str, Any] = await front_of(request).line.call(lambda e: me_told(name, e))
    return told


@router.post("/v1/beat", response_model=shapes_desk.LeaseOut, **needs(Role.person))
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
