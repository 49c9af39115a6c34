"""Accounts: people sign in by an invitation and a password; programs have accounts with tokens."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request

from mindshare.core.errors import NotAllowed, NotSignedIn, NotThere, StoreError
from mindshare.engine.forgotten import forget
from mindshare.web import asked, shapes
from mindshare.web.accounts import Row
from mindshare.web.door import address_of
from mindshare.web.front import Front, front_of
from mindshare.web.roles import FREE, Caller, Role, caller_of, needs, role_of

router = APIRouter()


def may_manage(caller: Caller, role: Role) -> None:
    """A lead looks after readers and persons, an admin after all: so nobody makes a second lead to confirm an act of his own."""
    if caller.role != Role.admin and role >= caller.role:
        raise NotAllowed(f"A {caller.role.name} may not manage accounts of the role '{role.name}'.")


@router.post("/v1/session", status_code=201, response_model=shapes.TokenOut, **FREE)
async def sign_in(request: Request, said: asked.SignIn) -> Row:
    """A token of a session, for an account and its password. Wrong passwords make the next try wait."""
    front, address = front_of(request), address_of(request)
    kept = await asyncio.to_thread(front.accounts.password, said.account)
    try:
        await front.passwords.check(said.account, said.password, kept, address)
    except NotSignedIn:
        front.door.stranger(request)
        raise
    return await asyncio.to_thread(front.accounts.session, said.account, front.settings.session_s)


@router.delete("/v1/session", response_model=shapes.Done, **needs(Role.reader))
def sign_out(request: Request) -> shapes.Done:
    """The token of this request is good no more."""
    front_of(request).accounts.sign_out(caller_of(request))
    return shapes.Done(done=True)


@router.post("/v1/invitations", status_code=201, response_model=shapes.InvitationOut, **needs(Role.lead))
async def invite(request: Request, said: asked.Invite) -> Row:
    """A code by which somebody sets a password, once and in time: for a new account, or one whose password is forgotten."""
    front, caller, role = front_of(request), caller_of(request), role_of(said.role)
    may_manage(caller, role)
    await _must_be_free(front, said.account, role)
    for_s = front.settings.invitation_s
    return await asyncio.to_thread(
        front.accounts.invite, said.account, role, said.name, caller.account, for_s
    )


@router.post("/v1/invitations/accept", response_model=shapes.Account, **FREE)
async def accept(request: Request, said: asked.Accept) -> Row:
    """Takes an invitation. A person gets cases from then on."""
    front = front_of(request)
    try:
        account, role = await asyncio.to_thread(front.accounts.invited, said.code)
    except NotThere:
        front.door.stranger(request)
        raise
    password = await front.passwords.hashed(account, said.password)
    if role == Role.person:
        await front.line.call(lambda e: e.agent(account, account, active=True))
    accepted = await asyncio.to_thread(front.accounts.accept, said.code, password)
    front.links.drop(account)
    return accepted


@router.get("/v1/accounts", response_model=shapes.AccountsOut, **needs(Role.lead))
def list_accounts(request: Request) -> dict[str, Any]:
    """All accounts."""
    return {"accounts": front_of(request).accounts.accounts()}


@router.post("/v1/accounts", status_code=201, response_model=shapes.Account, **needs(Role.lead))
async def make_account(request: Request, said: asked.NewAccount) -> Row:
    """An account without a password, for a program; give it a token."""
    front, role = front_of(request), role_of(said.role)
    may_manage(caller_of(request), role)
    await _must_be_free(front, said.account, role)
    made = await asyncio.to_thread(front.accounts.make, said.account, role, said.name)
    if role == Role.person:
        await _on_team(front, caller_of(request), said.account, active=True)
    return made


@router.patch("/v1/accounts/{account_id:id}", response_model=shapes.Account, **needs(Role.lead))
async def change_account(request: Request, account_id: str, said: asked.AccountChange) -> Row:
    """Closes, opens or renames an account. Closing ends its sessions and tokens; a person's cases go back at once."""
    front, caller = front_of(request), caller_of(request)
    role = role_of(front.accounts.account(account_id)["role"])
    may_manage(caller, role)
    changed = await asyncio.to_thread(
        lambda: front.accounts.change(account_id, active=said.active, name=said.name)
    )
    if role == Role.person and said.active is not None:
        await _on_team(front, caller, account_id, active=said.active)
    return changed


@router.delete("/v1/accounts/{account_id:id}", response_model=shapes.Done, **needs(Role.lead))
async def erase_account(request: Request, account_id: str) -> shapes.Done:
    """Closes an account and deletes all that is known of it; events go on to name its pseudonym."""
    front, caller = front_of(request), caller_of(request)
    role = role_of(front.accounts.account(account_id)["role"])
    may_manage(caller, role)
    await asyncio.to_thread(front.accounts.erase, account_id)
    if role == Role.person:
        await _on_team(front, caller, account_id, active=False)
    return shapes.Done(done=True)


@router.post("/v1/accounts/{account_id:id}/erase", response_model=shapes.ForgottenOut, **needs(Role.lead))
async def forget_person(request: Request, account_id: str) -> dict[str, int]:
    """Closes and erases an account, or that of a person without one, and deletes all comments and reasons that he or she wrote."""
    front, caller = front_of(request), caller_of(request)
    has_account = any(row["id"] == account_id for row in front.accounts.accounts())
    person: bool = await front.line.call(lambda e: account_id in e.state.people)
    if has_account:
        may_manage(caller, role_of(front.accounts.account(account_id)["role"]))
        await asyncio.to_thread(lambda: front.accounts.change(account_id, active=False, name=None))
    elif not person:
        raise NotThere(f"There is no account and no person '{account_id}'.")
    if person:
        await _on_team(front, caller, account_id, active=False)
    service = front.service
    keys = await asyncio.to_thread(forget, service.actor, service.store, account_id, caller.account)
    if await asyncio.to_thread(service.store.bodies, keys):
        raise StoreError("That it is to be erased is stored, but it could not be deleted yet. Ask again.")
    if has_account:
        await asyncio.to_thread(front.accounts.erase, account_id)
    return {"erased": len(keys)}


async def _must_be_free(front: Front, account: str, role: Role) -> None:
    """MindshareError where a person could not be called so."""
    if role == Role.person:
        await front.line.call(lambda e: e.who.must_be_a_person(account))


async def _on_team(front: Front, caller: Caller, person: str, *, active: bool) -> None:
    await front.line.call(lambda e: e.agent(person, caller.account, active=active))
