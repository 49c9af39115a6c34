"""Calls of people and about them. `person` is the person that a lead's program acts for; "" = whoever the token is of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import structs

from mindshare.web.calls.call import READING_S, Call, at, encode, get, nothing, plain, post, query
from mindshare.web.said import Invitation, Lease, LiveCase, LivePerson, Said
from mindshare.web.said_desk import LiveHours, LiveMe

LONGER_S = 10.0  # than a person waits for a case, a request does
_hours = msgspec.json.Decoder(LiveHours).decode
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


def ahead(person: str = "") -> Call[Lease | None]:
    """The case after the one in hand, kept for the person; say `shown` when it is. None where there is none now."""
    return post("/v1/next", {"person": person, "ahead": True}, lambda d: _lease(d) if d else None)


def shown(lease: Lease, person: str = "") -> Call[Lease | None]:
    """A case that was asked for ahead is shown: its clock begins. None where it went back: ask for the next one."""
    told = {"token": lease.token, "person": person}
    return post("/v1/shown", told, lambda d: _lease(d) if d else None)


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


def escalate(lease: Lease, reason: str, person: str = "") -> Call[None]:
    """Sends a case to the lead, who decides it (`override`) or gives it back (`reopen`); nobody is asked about it meanwhile."""
    told = {"token": lease.token, "person": person, "reason": reason}
    return post("/v1/escalate", told, nothing, again=False)


def me(person: str = "") -> Call[LiveMe]:
    """A person's own figures: how much, how fast, how good, what is left of today, when the next break is."""
    return get(query("/v1/me", person=person), msgspec.json.Decoder(LiveMe).decode)


def beat(lease: Lease, person: str = "", *, held: bool = False) -> Call[Lease]:
    """The person is still at it: the lease with its new end. `held`: it is put aside, and another case may be asked for."""
    told = {"token": lease.token, "person": person, "held": held}
    return post("/v1/beat", told, lambda d: structs.replace(lease, until=plain(d)["until"]))


def reveal(lease: Lease, first: str | None = "", person: str = "") -> Call[Lease | None]:
    """The same case with what machines say of it. `first`: the person's own answer before that; None: cannot tell, "": there is none.

    None where the case was asked for ahead and is worth nobody's time any more.
    """
    told = {"token": lease.token, "label": first, "person": person}
    return post("/v1/reveal", told, lambda d: _lease(d) if d else None)


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


def hours(person: str) -> Call[LiveHours]:
    """When a person works, and who said so."""
    return get(at("people", person, "shifts"), _hours)


def change_hours(person: str, shifts: Mapping[str, Any] | None) -> Call[LiveHours]:
    """Other hours of a person from now on, such as {"zone": "Europe/Berlin", "week": {"mon-fri": "09:00-17:00"}, "minutes": 120}; None:
    those of the settings.
    """
    told = {"shifts": None if shifts is None else dict(shifts)}
    return post(at("people", person, "shifts"), told, _hours)


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
