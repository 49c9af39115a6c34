"""What the service says of a case, a lease or an answer, as JSON; made in the engine's thread, so that it is of one moment."""

from __future__ import annotations

from typing import Any

import msgspec

from mindshare.engine.engine import Engine
from mindshare.engine.incoming import NewCase, read_case
from mindshare.engine.state import DECIDED, CaseState, Lease

_encode = msgspec.json.Encoder().encode


def case_told(case: CaseState, engine: Engine) -> bytes:
    """State, verdict and the first allocation of a case."""
    told: dict[str, Any] = {"id": case.id, "state": case.word(engine.now), "verdict": None}
    if case.version:
        told["verdict"] = verdict_of(case, engine)
    return _encode(told)


def verdict_of(case: CaseState, engine: Engine) -> dict[str, Any]:
    """The verdict as it stands: it is provisional until `final_at`."""
    labels = engine.seeing.judges[case.kind].labels
    return {
        "label": case.label,
        "version": case.version,
        "belief": dict(zip(labels, case.belief, strict=False)),
        "by": case.by,
        "final_at": case.until,
        "stands": case.status == DECIDED,
    }


def people_told(engine: Engine) -> bytes:
    """Everybody who gets cases, and who waits for one now."""
    people = engine.state.people.values()
    waits = [(p, p.free_until > engine.now) for p in people]
    return _encode([{"id": p.id, "active": p.active, "waits": w, "has": len(p.leases)} for p, w in waits])


def lease_told(lease: Lease | None, engine: Engine) -> bytes:
    """A case as a person sees it; nothing of what machines or others said."""
    if lease is None:
        return b""
    case = engine.state.cases[lease.case]
    how = engine.settings.kind(case.kind)
    data = engine.seeing.content(case)
    new: NewCase | None = None if data is None else read_case(data)
    features = {} if new is None else dict(new.features)
    if how.show:
        features = {name: features[name] for name in how.show if name in features}
    return _encode(
        {
            "case": case.id,
            "kind": case.kind,
            "token": lease.token,
            "until": lease.until,
            "labels": engine.seeing.judges[case.kind].labels,
            "guidelines": how.guidelines,
            "features": features,
            "show": None if new is None else new.show,
            "deadline": case.deadline,
            "why": case.must,
        }
    )
