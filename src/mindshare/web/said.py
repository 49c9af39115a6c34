"""What a client says to a service and hears from it: requests, and replies as types."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import msgspec

from mindshare.core.errors import (
    Conflict,
    Halted,
    MindshareError,
    NotAllowed,
    NotNow,
    NotSignedIn,
    NotThere,
    Overloaded,
    TooOften,
)

Result = TypeVar("Result")
ERRORS = {
    e.code: e for e in (NotThere, Conflict, NotNow, Overloaded, NotAllowed, NotSignedIn, TooOften, Halted)
}
LONGER_S = 10.0  # than a person waits for a case, a request does


class LiveVerdict(msgspec.Struct, frozen=True):
    """The joint decision on a case as it stands; `final_at`: seconds since 1970 until which it may still change."""

    label: str
    version: int
    belief: dict[str, float]
    by: str
    final_at: float
    stands: bool = True


class LiveCase(msgspec.Struct, frozen=True):
    """A case as it stands: received, waiting, leased, provisional, final, reopened or cancelled."""

    id: str
    state: str
    verdict: LiveVerdict | None = None


class Lease(msgspec.Struct, frozen=True):
    """A case that a person has, until then, and what the person sees of it."""

    case: str
    token: int
    until: float
    labels: list[str]
    kind: str = ""
    guidelines: str = ""
    features: dict[str, Any] = {}
    show: Any = None
    deadline: float | None = None
    why: str = ""
    answers: list[dict[str, Any]] = []  # of machines, where the kind shows them


class LivePerson(msgspec.Struct, frozen=True):
    """A person; `waits`: asked for a case and has none yet; `has`: cases in hand."""

    id: str
    active: bool
    waits: bool = False
    has: int = 0
    kind: str = "person"


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer. `label` None: cannot tell."""

    label: str | None
    confidence: float | None = None
    seconds: float | None = None
    reason: str = ""
    comment: str = ""


class _Team(msgspec.Struct, frozen=True):
    agents: list[LivePerson]


@dataclass(frozen=True, slots=True)
class Call(Generic[Result]):
    """A request, and how its reply is read."""

    method: str
    path: str
    body: bytes | None
    read: Callable[[bytes], Result]
    timeout: float | None = None  # seconds; None = the usual one

    def asked(self) -> dict[str, Any]:
        """As httpx takes it."""
        asked: dict[str, Any] = {"method": self.method, "url": self.path, "content": self.body}
        return asked if self.timeout is None else asked | {"timeout": self.timeout}


_encode = msgspec.json.Encoder().encode
_case = msgspec.json.Decoder(LiveCase).decode
_lease = msgspec.json.Decoder(Lease).decode
_people = msgspec.json.Decoder(_Team).decode
_raws = msgspec.json.Decoder(list[msgspec.Raw]).decode


class _Calls:
    """The requests by name."""

    def submit(self, case: Mapping[str, Any]) -> Call[LiveCase]:
        return Call("POST", "/v1/cases", _encode(dict(case)), _case)

    def submit_many(self, cases: Sequence[Mapping[str, Any]]) -> Call[list[LiveCase | MindshareError]]:
        return Call(
            "POST",
            "/v1/cases",
            _encode([dict(c) for c in cases]),
            lambda d: [_part(bytes(r)) for r in _raws(d)],
        )

    def case(self, case_id: str) -> Call[LiveCase]:
        return Call("GET", f"/v1/cases/{quote(case_id, safe='')}", None, _case)

    def next(self, person: str, wait_s: float) -> Call[Lease | None]:
        asked = {"person": person, "wait_s": wait_s}
        return Call("POST", "/v1/next", _encode(asked), lambda d: _lease(d) if d else None, wait_s + LONGER_S)

    def answer(self, lease: Lease, said: Said | str | None, person: str) -> Call[LiveCase]:
        told = said if isinstance(said, Said) else Said(said)
        about = {"case": lease.case, "token": lease.token, "person": person}
        return Call(
            "POST", "/v1/answers", _encode(about | msgspec.to_builtins(told) | {"label": told.label}), _case
        )

    def people(self) -> Call[list[LivePerson]]:
        return Call("GET", "/v1/agents", None, lambda d: [p for p in _people(d).agents if p.kind == "person"])

    def outcome(self, case_id: str, label: str) -> Call[LiveCase]:
        return Call("POST", "/v1/outcomes", _encode({"case": case_id, "label": label}), _case)


calls = _Calls()


def _part(raw: bytes) -> LiveCase | MindshareError:
    try:
        return _case(raw)
    except msgspec.ValidationError:
        return refused(raw, 0)


def refused(content: bytes, status: int) -> MindshareError:
    """The error that a reply tells."""
    try:
        told = msgspec.json.decode(content)["error"]
        error = ERRORS.get(told["code"], MindshareError)(told["message"])
        if isinstance(error, NotNow):
            error.until = told.get("until")
        return error
    except (msgspec.DecodeError, KeyError, TypeError, UnicodeDecodeError):
        return MindshareError(f"The service refused the request ({status}) and did not say why.")
