"""The shapes of requests: nothing that is not known, nothing turned into something else; a mistake is said by its place."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mindshare.web.feed import NAMES
from mindshare.web.passwords import LEAST, MOST

Id = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=2_000)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
State = Literal["received", "waiting", "leased", "provisional", "final", "reopened", "cancelled"]
RoleName = Literal["reader", "person", "lead", "admin"]


class In(BaseModel):
    """What is sent: nothing that is not known, nothing turned into something else."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Reason(In):
    """Why something is done."""

    reason: Annotated[str, Field(min_length=1, max_length=2_000)]


class Subject(In):
    """Whom cases are about, as `subject` of each says."""

    subject: Id


class Cancel(In):
    """A case that nobody needs decided any more."""

    reason: Text = ""


class Override(Reason):
    """A verdict by somebody with the right to it."""

    label: Id


class Otherwise(In):
    """What is to be different of a case: answers left out, other labels (null: cannot tell), or no person asked at all."""

    without: Annotated[list[Id], Field(max_length=100)] = []
    said: Annotated[dict[str, str | None], Field(max_length=100)] = {}
    nobody: bool = False


class EachPeriod(In):
    """An amount that comes back whole after `per_s` seconds: 86400 is a day."""

    limit: Amount
    per_s: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class WhatIf(In):
    """Other limits (resource -> amount for all cases of the log together, or for each period; those that are not named stay), prices
    (resource -> utility a unit), and human answers per case to compare at.
    """

    limits: Annotated[dict[str, Amount | EachPeriod], Field(max_length=50)] = {}
    prices: Annotated[dict[str, Amount], Field(max_length=50)] = {}
    shares: Annotated[list[Amount], Field(max_length=20)] | None = None


class Undo(In):
    """An answer that is taken back."""

    person: str = ""


class Skip(In):
    """A case that a person gives back."""

    token: int
    person: str = ""
    reason: Text = ""


class Beat(In):
    """A sign of life under a lease; `held`: the case is put aside for now."""

    token: int
    person: str = ""
    held: bool = False


class Shift(In):
    """A person comes on shift or leaves."""

    on: bool
    person: str = ""


class AgentChange(In):
    """Whether a person gets cases."""

    active: bool


class Limits(In):
    """Resource -> its new limit."""

    limit: Annotated[dict[str, Amount], Field(min_length=1)]


class Stop(In):
    """No machine-only verdict from now on, of one kind or ("") of all."""

    kind: str = ""
    reason: Text = ""


class Resume(In):
    """The end of a stop."""

    kind: str = ""


class SignIn(In):
    """An account with its password."""

    account: Id
    password: Annotated[str, Field(max_length=1_000)]


class Invite(In):
    """Whom to invite."""

    account: Id
    role: RoleName
    name: str = ""


class Accept(In):
    """An invitation, and the password from now on."""

    code: Annotated[str, Field(max_length=200)]
    password: Annotated[str, Field(min_length=LEAST, max_length=MOST)]


class NewAccount(Invite):
    """An account without a password: for programs, by tokens."""


class AccountChange(In):
    """What is to change of an account."""

    active: bool | None = None
    name: str | None = None


class NewToken(In):
    """A token of an account; without `for_s` (seconds) it is good until it is revoked."""

    account: str = ""
    name: Annotated[str, Field(max_length=200)] = ""
    role: RoleName
    for_s: Annotated[float, Field(gt=0, lt=1e9)] | None = None


class NewHook(In):
    """An address that hears of events; of all where none are named."""

    url: Annotated[str, Field(min_length=1, max_length=2_000, json_schema_extra={"format": "uri"})]
    events: Annotated[
        list[Annotated[str, Field(json_schema_extra={"enum": sorted(NAMES)})]], Field(max_length=50)
    ] = []
