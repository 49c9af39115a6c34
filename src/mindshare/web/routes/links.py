"""Links that sign a browser in without a password, once and within minutes."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request

from mindshare.core.errors import Conflict, NotAllowed, NotThere
from mindshare.web import asked, shapes, shapes_setup
from mindshare.web.accounts import Row
from mindshare.web.front import front_of
from mindshare.web.roles import FREE, Role, caller_of, needs, role_of
from mindshare.web.routes.accounts import may_manage

router = APIRouter()


@router.post("/v1/links", status_code=201, response_model=shapes_setup.LinkOut, **needs(Role.lead))
def make_link(request: Request, said: asked.NewLink) -> dict[str, Any]:
    """A code that signs a browser in once, within 15 minutes: as oneself, or as an account that one may manage."""
    front, caller = front_of(request), caller_of(request)
    account = said.account or caller.account
    held = front.accounts.account(account)
    if account != caller.account:
        may_manage(caller, role_of(held["role"]))
    if role_of(held["role"]) > caller.role:
        raise NotAllowed(f"A link of the role '{held['role']}' is not yours to give.")
    if not held["active"]:
        raise Conflict(f"Account '{account}' is closed.")
    code, expires = front.links.make(account)
    return {"code": code, "account": account, "role": held["role"], "expires": expires}


@router.post("/v1/links/accept", status_code=201, response_model=shapes.TokenOut, **FREE)
async def accept_link(request: Request, said: asked.Link) -> Row:
    """A token of a session, for the code of a link, which is good no more from then on."""
    front = front_of(request)
    try:
        account = front.links.take(said.code)
    except NotThere:
        front.door.stranger(request)
        raise
    return await asyncio.to_thread(front.accounts.session, account, front.settings.session_s)
