"""The shapes of requests: nothing that is not known, nothing turned into something else; a mistake is said by its place."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mindshare.web.feed import NAMES
from mindshare.web.passwords import LEAST, MOST

Id = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=2_000)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
State = Literal["received", "waiting", "leased", "provisional", "final", "reopened", "escalated", "cancelled"]
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


class MorePeople(In):
    """So many more `people` each day, `from` one time on the wall `to` another (14:00, 16:00) in the time zone `tz`."""

    from_: Annotated[str, Field(alias="from", max_length=10)]
    to: Annotated[str, Field(max_length=10)]
    people: Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)] = 1.0
    tz: Annotated[str, Field(max_length=60)] = "UTC"


class WhatIf(In):
    """Other limits (resource -> amount for all cases of the log together, or for each period; those that are not named stay), prices
    (resource -> utility a unit), human answers per case to compare at, and more people at some hours.
    """

    limits: Annotated[dict[str, Amount | EachPeriod], Field(max_length=50)] = {}
    prices: Annotated[dict[str, Amount], Field(max_length=50)] = {}
    shares: Annotated[list[Amount], Field(max_length=20)] | None = None
    more: MorePeople | None = None


class Undo(In):
    """An answer that is taken back."""

    person: str = ""


class Skip(In):
    """A case that a person gives back."""

    token: int
    person: str = ""
    reason: Text = ""


class Seen(In):
    """A case that was asked for ahead and is shown now."""

    token: int
    person: str = ""


class Reveal(In):
    """What machines say of a case in hand. `label`: the person's own answer before it, null where he or she cannot tell, "" where there
    is none.
    """

    token: int
    label: Annotated[str, Field(max_length=200)] | None = ""
    person: str = ""


class Escalate(In):
    """A case that a person sends to the lead, and why."""

    token: int
    person: str = ""
    reason: Annotated[str, Field(min_length=1, max_length=2_000)]


class Beat(In):
    """A sign of life under a lease; `held`: the case is put aside for now."""

    token: int
    person: str = ""
    held: bool = False


class Shift(In):
    """A person comes on shift or leaves."""

    on: bool
    person: str = ""


class Pause(In):
    """A break of so many `minutes` after so many of attention."""

    after: float
    minutes: float


class Week(In):
    """When a person works: `week` holds days and times, as docs/people.md says; `minutes` that are given per day or shift."""

    zone: str
    week: dict[str, str | list[str]]
    off: list[str] = []
    minutes: float | None = None
    per: str = "day"
    break_: Annotated[Pause | None, Field(alias="break")] = None


class Hours(In):
    """When a person works; null: as the settings say."""

    shifts: Week | None


class AgentChange(In):
    """Whether a person gets cases."""

    active: bool


class Limits(In):
    """Resource -> its new limit."""

    limit: Annotated[dict[str, Amount], Field(min_length=1)]


class Rules(In):
    """Guidelines of kinds, and the whole guard as service.yaml has it; what is not named stays. `of`: the `digest` of the rules that are
    changed: refused where somebody was quicker. `weaker`: it is meant that less is checked than before.
    """

    guidelines: Annotated[dict[str, Annotated[str, Field(max_length=20_000)]], Field(max_length=100)] = {}
    guard: dict[str, Any] | None = None
    reason: Text = ""
    of: Annotated[str, Field(max_length=64)] = ""
    weaker: bool = False


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


class NewLink(In):
    """An account whose link is wanted; one's own where nothing is said."""

    account: str = ""


class Link(In):
    """The code of a link."""

    code: Annotated[str, Field(max_length=200)]


class CasesFile(In):
    """A file of new cases: its name, and what stands in it (CSV, TSV, JSON or JSON lines)."""

    name: Annotated[str, Field(min_length=1, max_length=300)]
    text: Annotated[str, Field(max_length=16 << 20)]


class NewHook(In):
    """An address that hears of events; of all where none are named."""

    url: Annotated[str, Field(min_length=1, max_length=2_000, json_schema_extra={"format": "uri"})]
    events: Annotated[
        list[Annotated[str, Field(json_schema_extra={"enum": sorted(NAMES)})]], Field(max_length=50)
    ] = []
