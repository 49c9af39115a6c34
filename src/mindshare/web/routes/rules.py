"""Rules that no price can buy, and guidelines: what holds, and what changes while the service runs."""

from __future__ import annotations

from fastapi import APIRouter, Request

from mindshare.web import asked, shapes_setup
from mindshare.web.front import front_of
from mindshare.web.roles import Role, caller_of, needs
from mindshare.web.telling_rules import Wanted, change_rules, rules_told

router = APIRouter()


@router.get("/v1/rules", response_model=shapes_setup.RulesOut, **needs(Role.reader, blind=True))
async def get_rules(request: Request) -> dict[str, object]:
    """The guard and the guidelines of each kind that hold, and who set them when and why."""
    return dict(await front_of(request).line.call(rules_told))


@router.patch("/v1/rules", response_model=shapes_setup.RulesOut, **needs(Role.lead))
async def patch_rules(request: Request, said: asked.Rules) -> dict[str, object]:
    """Other guidelines, another guard, followed from the next decision on. To check less than before takes an admin, who says `weaker`."""
    caller = caller_of(request)
    wanted = Wanted(said.guidelines, said.guard, said.reason, said.of, said.weaker)
    may = caller.role >= Role.admin
    return dict(
        await front_of(request).line.call(lambda e: change_rules(e, wanted, caller.account, may_weaken=may))
    )
