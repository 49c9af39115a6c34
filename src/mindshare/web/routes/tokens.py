"""Tokens: what programs send with each request."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from mindshare.core.errors import NotAllowed, NotThere
from mindshare.web import asked, shapes
from mindshare.web.accounts import Row
from mindshare.web.front import front_of
from mindshare.web.roles import Caller, Role, caller_of, needs, role_of
from mindshare.web.routes.accounts import may_manage

router = APIRouter()


@router.get("/v1/tokens", response_model=shapes.TokensOut, **needs(Role.reader))
def list_tokens(request: Request) -> dict[str, Any]:
    """One's own tokens; an admin sees those of all accounts."""
    caller = caller_of(request)
    return {
        "tokens": front_of(request).accounts.tokens(None if caller.role == Role.admin else caller.account)
    }


@router.post("/v1/tokens", status_code=201, response_model=shapes.TokenOut, **needs(Role.lead))
def make_token(request: Request, said: asked.NewToken) -> Row:
    """A token for one's own account, or for one that one may manage. It is told this once."""
    front, caller = front_of(request), caller_of(request)
    account, role = said.account or caller.account, role_of(said.role)
    held = front.accounts.account(account)
    if account != caller.account:
        may_manage(caller, role_of(held["role"]))
    if role > caller.role:
        raise NotAllowed(f"A token of the role '{role.name}' is not yours to give.")
    return front.accounts.token(account, said.name, role, said.for_s)


@router.delete("/v1/tokens/{number}", response_model=shapes.Done, **needs(Role.reader))
def revoke_token(request: Request, number: Annotated[int, Path(ge=1, lt=1 << 53)]) -> shapes.Done:
    """A token is good no more: one of one's own, or of an account that one may manage."""
    accounts, caller = front_of(request).accounts, caller_of(request)
    found = [token for token in accounts.tokens() if token["id"] == number]
    if not found or not _may_revoke(caller, found[0], accounts.account(found[0]["account"])):
        raise NotThere(f"There is no token {number} that you may revoke.")
    accounts.revoke(number)
    return shapes.Done(done=True)


def _may_revoke(caller: Caller, token: Row, account: Row) -> bool:
    mine = bool(token["account"] == caller.account)
    return (
        mine
        or caller.role == Role.admin
        or (caller.role == Role.lead and role_of(account["role"]) < Role.lead)
    )
