"""How far the models have learnt from outcomes."""

from __future__ import annotations

from fastapi import APIRouter, Request

from mindshare.web import shapes_explained as shapes
from mindshare.web.front import front_of
from mindshare.web.roles import Role, needs

router = APIRouter()


@router.get("/v1/learning", response_model=shapes.LearningOut, **needs(Role.reader))
async def get_learning(request: Request) -> dict[str, object]:
    """How many outcomes are known, how many the models have learnt from, and when they learn anew."""
    told = front_of(request).service.learning()
    return {**told._asdict(), "is_due": told.is_due}
