"""Who may do what. Each operation names the least role that it needs; a token carries one role, and acts for one account.

reader   looks: cases, verdicts, events, limits
person   answers cases, for himself or herself only, and does not browse: answers are to be given blindly
lead     sends cases and outcomes, overrides, changes limits and people, stops and resumes, invites readers and persons
admin    everything, with accounts and tokens of all roles
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

from fastapi import Depends, Request

from mindshare.core.errors import MindshareError, NotAllowed, listed


class Role(IntEnum):
    """A higher one may do what a lower one may."""

    reader = 1
    person = 2
    lead = 3
    admin = 4


class Caller(NamedTuple):
    """Whoever sent a request. `account` is a pseudonym; `key`: of the token, for counting its requests."""

    account: str
    role: Role
    key: bytes
    console: bool = False

    def acting_for(self, person: str) -> str:
        """The person that a request is about: a person's token acts for nobody else."""
        if self.role == Role.person:
            if person not in ("", self.account):
                raise NotAllowed(f"This token acts for '{self.account}' only, not for '{person}'.")
            return self.account
        if not person:
            raise MindshareError("Say which person this is about: give `person`.")
        return person


def role_of(word: str) -> Role:
    """The role of this name."""
    try:
        return Role[word]
    except KeyError:
        raise MindshareError(f"'{word}' is no role; roles are {listed(r.name for r in Role)}.") from None


def let_in(request: Request, role: Role, *, blind: bool = False) -> Caller:
    """The caller, who has this role at least; `blind`: not for persons, who are to answer blindly."""
    caller: Caller = request.app.state.front.door.caller(request)
    if caller.role < role:
        raise NotAllowed(f"This needs the role '{role.name}'; the token has '{caller.role.name}'.")
    if blind and caller.role == Role.person:
        raise NotAllowed("A person answers blindly, and so does not browse. Ask for the next case.")
    return caller


def needs(role: Role, *, blind: bool = False) -> dict[str, Any]:
    """What a route says of itself, for FastAPI: who is let in, and the same in the OpenAPI."""

    def caller(request: Request) -> None:
        request.state.caller = let_in(request, role, blind=blind)

    return {"dependencies": [Depends(caller)], "openapi_extra": said_of(role, blind=blind)}


def said_of(role: Role | None, *, blind: bool = False) -> dict[str, Any]:
    """The same for the OpenAPI: the least role, and whether persons are kept out."""
    told: dict[str, Any] = {"x-role": role.name if role else "none"}
    if blind:
        told["x-blind"] = True
    told["security"] = [{"token": []}] if role else []
    return told


FREE: dict[str, Any] = {"openapi_extra": said_of(None)}


def caller_of(request: Request) -> Caller:
    """Whom `needs` has let in."""
    caller: Caller = request.state.caller
    return caller
