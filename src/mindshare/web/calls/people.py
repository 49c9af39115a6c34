"""Calls of people and about them. `person` is the person that a lead's program acts for; "" = whoever the token is of."""

from __future__ import annotations

import msgspec
from msgspec import structs

from mindshare.web.calls.call import READING_S, Call, at, encode, get, nothing, plain, post
from mindshare.web.said import Invitation, Lease, LiveCase, LivePerson, Said

LONGER_S = 10.0  # than a person waits for a case, a request does
_case = msgspec.json.Decoder(LiveCase).decode
_lease = msgspec.json.Decoder(Lease).decode
_person = msgspec.json.Decoder(LivePerson).decode


class _Team(msgspec.Struct, frozen=True):
    agents: list[LivePerson]


_team = msgspec.json.Decoder(_Team).decode


def next_case(person: str = "", wait_s: float = 0.0) -> Call[Lease | None]:
    """The person's next case; waits so long for one (30 s at most). NotNow where the person gets none at present."""
    asked = {"person": person, "wait_s": wait_s}
    return post("/v1/next", asked, lambda d: _lease(d) if d else None, timeout=wait_s + LONGER_S)


def answer(lease: Lease, said: Said | str | None, person: str = "") -> Call[LiveCase]:
    """An answer to a case that was given out; None: cannot tell."""
    told = said if isinstance(said, Said) else Said(said)
    about = {"case": lease.case, "token": lease.token, "person": person}
    return post("/v1/answers", about | msgspec.to_builtins(told) | {"label": told.label}, _case)


def undo(case_id: str, person: str = "") -> Call[Lease]:
    """Takes the person's answer back within the grace period; he or she has the case again."""
    return post(at("cases", case_id, "undo"), {"person": person}, _lease, again=False)


def skip(lease: Lease, person: str = "", reason: str = "") -> Call[None]:
    """Gives a case back; somebody else may get it."""
    told = {"token": lease.token, "person": person, "reason": reason}
    return post("/v1/skip", told, nothing, again=False)


def beat(lease: Lease, person: str = "", *, held: bool = False) -> Call[Lease]:
    """The person is still at it: the lease with its new end. `held`: it is put aside, and another case may be asked for."""
    told = {"token": lease.token, "person": person, "held": held}
    return post("/v1/beat", told, lambda d: structs.replace(lease, until=plain(d)["until"]))


def shift(person: str = "", *, on: bool) -> Call[None]:
    """A person comes on shift or leaves."""
    return post("/v1/shift", {"on": on, "person": person}, nothing)


def people() -> Call[list[LivePerson]]:
    """Everybody who gets cases, and who waits for one now."""
    return get("/v1/agents", lambda d: [p for p in _team(d).agents if p.kind == "person"])


def machines() -> Call[list[str]]:
    """The ids of all machines."""
    return get("/v1/agents", lambda d: [p.id for p in _team(d).agents if p.kind == "machine"])


def person(person: str) -> Call[LivePerson]:
    """One of the people: minutes of today, skills, why no case is given now."""
    return get(at("agents", person), _person)


def change_person(person: str, *, active: bool) -> Call[LivePerson]:
    """Whether a person gets cases; those of whoever leaves go back at once."""
    path = at("agents", person)
    return Call("PATCH", path, encode({"active": active}), _person)


def invite(account: str, role: str = "person", name: str = "") -> Call[Invitation]:
    """A code by which somebody sets a password, once and in time: for a new account, or one whose password is forgotten."""
    told = {"account": account, "role": role, "name": name}
    return post("/v1/invitations", told, msgspec.json.Decoder(Invitation).decode, again=False)


def accept(code: str, password: str) -> Call[None]:
    """Takes an invitation: the account has this password from now on. A person gets cases from then on."""
    return post("/v1/invitations/accept", {"code": code, "password": password}, nothing, again=False)


def forget(person: str) -> Call[int]:
    """Closes and erases the account, and deletes all comments and reasons that the person wrote; how many. The log is read for it."""
    path = at("accounts", person, "erase")
    return Call("POST", path, None, lambda d: int(plain(d)["erased"]), timeout=READING_S)


def sign_in(account: str, password: str) -> Call[str]:
    """The token of a session, for `Client(url, token)`."""
    return post("/v1/session", {"account": account, "password": password}, lambda d: str(plain(d)["token"]))
