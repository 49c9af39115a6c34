"""What the service says of a case, a lease or an agent, as JSON; made in the engine's thread, so that it is of one moment.

The only file of the web that looks into the engine; what it tells is described in `shapes.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from mindshare.core.errors import NotThere, listed, nearest
from mindshare.engine.cases import DECIDED, CaseState, Lease
from mindshare.engine.engine import Engine
from mindshare.engine.revealing import Advice
from mindshare.engine.ruled import guidelines_of
from mindshare.engine.seating import ON_REVEAL
from mindshare.engine.settings import Kind
from mindshare.engine.skills import skills_told
from mindshare.histories.assumed import is_assumed
from mindshare.web.telling_evidence import features_of, seen_of

encode = msgspec.json.Encoder().encode
BUSY = "This computer leaves machines no more at present: others use it, or it has no more."
MOST_LOOKED = 5_000  # cases that are looked at in one turn of the engine


def case_told(case: CaseState, engine: Engine) -> bytes:
    """A case and its verdict."""
    return encode(case_of(case, engine))


def case_of(case: CaseState, engine: Engine) -> dict[str, Any]:
    """The same before it is JSON."""
    return {
        "id": case.id,
        "state": case.word(engine.now),
        "kind": case.kind,
        "at": case.at,
        "outcome": case.outcome or None,
        "verdict": verdict_of(case, engine) if case.version else None,
    }


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


def heard_told(case: CaseState, engine: Engine) -> bytes:
    """What a person is told who has answered: with the verdict, an answer could be taken back and given to fit it."""
    word = case.word(engine.now)
    return encode({"id": case.id, "state": word, "undo_until": case.until if word == "provisional" else None})


def lease_told(lease: Lease | None, engine: Engine) -> bytes:
    """A case, or a gold probe, as a person sees it; of what machines said only where the kind shows it and once the case is shown, of what
    people said nothing.
    """
    if lease is None:
        return b""
    case, new = engine.leased(lease)
    how = engine.settings.kind(case.kind)
    features = features_of(new, how)
    return encode(
        {
            "case": case.id,
            "kind": case.kind,
            "token": lease.token,
            "until": lease.until,
            "labels": engine.seeing.judges[case.kind].labels,
            "guidelines": guidelines_of(engine.state, engine.settings, case.kind),
            "features": features,
            "show": None if new is None else new.show,
            "deadline": case.deadline,
            "why": case.must,
        }
        | seen_of(case, new, how, engine)
        | ({"ahead": True} if lease.ahead else {})
        | advice_of(lease, how, features, engine)
    )


def advice_of(lease: Lease, how: Kind, features: Mapping[str, object], engine: Engine) -> dict[str, Any]:
    """What machines say, where the person is shown it; else whether it is there for the asking. `planted`: some practice cases come with
    wrong advice. Of a case that was asked for ahead it is told once it is shown.
    """
    told: dict[str, Any] = {"planted": True} if how.probes is not None and how.probes.planted else {}
    if lease.shown:
        said = [] if lease.ahead else engine.advice(lease)
        _, new = engine.leased(lease)
        hidden = frozenset() if new is None else new.features.keys() - features.keys()
        return told | {"answers": [_advice(a, hidden) for a in said]}
    return told | ({"advice": how.shown} if how.shown in ON_REVEAL else {})


def _advice(said: Advice, hidden: Set[str]) -> dict[str, Any]:
    """What one machine says; where it looked not of features that are `hidden` from the person."""
    where = {name: weight for name, weight in said.where.items() if name not in hidden}
    told = {"agent": said.agent, "label": said.label, "confidence": said.confidence}
    return told | ({"where": where} if where else {})


def held_told(lease: Lease) -> bytes:
    """A lease after a sign of life."""
    return encode({"case": lease.case, "token": lease.token, "until": lease.until, "held": lease.held})


class Wanted(NamedTuple):
    """Which cases are asked for. `after`: the number of the last one that was told."""

    prefix: str = ""
    state: str = ""
    kind: str | None = None
    after: int = 0
    limit: int = 100


def page_of(wanted: Wanted, engine: Engine) -> dict[str, Any]:
    """Cases that are wanted, in the order of coming, and where to go on; an empty page may have a next one.

    No more than MOST_LOOKED cases are looked at: the engine has other things to do.
    """
    found: list[dict[str, Any]] = []
    looked = 0
    for case in islice(_candidates(wanted, engine), MOST_LOOKED):
        looked, last = looked + 1, case.number
        fits = case.id.startswith(wanted.prefix) and wanted.kind in (None, case.kind)
        if fits and wanted.state in ("", case.word(engine.now)):
            found.append(case_of(case, engine))
            if len(found) == wanted.limit:
                break
    more = len(found) == wanted.limit or looked == MOST_LOOKED
    return {"cases": found, "next": last if more else None}


def _candidates(wanted: Wanted, engine: Engine) -> Iterator[CaseState]:
    """Cases after the given one, in the order of coming; of the rarer states only these."""
    s = engine.state
    few: dict[str, Callable[[], Iterable[str]]] = {
        "leased": lambda: (lease.case for lease in s.leases.values() if not lease.probe),
        "provisional": lambda: s.graced,
        "waiting": lambda: s.waiting,
        "escalated": lambda: (name for name in s.waiting if s.cases[name].sent_up is not None),
    }
    if wanted.state in few:
        cases = {s.cases[case].number: s.cases[case] for case in few[wanted.state]()}
        return iter([cases[n] for n in sorted(cases) if n > wanted.after])
    return iter(engine.past.after(wanted.after, MOST_LOOKED))


def limits_told(engine: Engine) -> dict[str, Any]:
    """Of each resource the limit in force, what is left of it, and its price; what it was told to be, where that is more."""
    pacer, stated, told = engine.spending.pacer, engine.state.stated, engine.settings.limits
    left, used, price = pacer.left, pacer.used, pacer.price
    out: dict[str, Any] = {}
    for r in pacer.resources:
        limit, wanted = round(left[r] + used[r], 9), stated.get(r, told[r].limit)
        out[r] = {"limit": limit, "left": left[r], "price": price[r]}
        if limit < wanted and r in engine.state.seen:
            out[r] |= {"told": wanted, "why": BUSY}
    return out


def agents_told(engine: Engine) -> list[dict[str, Any]]:
    """Machines that models have met, and all people."""
    met = [a for judge in engine.seeing.judges.values() for a in judge.model.met]
    ids = dict.fromkeys(a.id for a in met if a.kind == "machine" and not is_assumed(a.id))
    machines = [{"id": name, "kind": "machine", "active": True} for name in ids]
    over, skills = engine.presence.over(engine.now), skills_told(engine)
    people = [
        {
            "id": p.id,
            "kind": "person",
            "active": p.active,
            "on_shift": p.on_shift,
            "waits": p.id in engine.state.free,
            "has": len(p.leases),
            "answers": p.answers,
            "minutes": p.seconds / 60.0,
            "today": engine.presence.hours.carried(p.id, engine.now),
            "why_not": closed.why if (closed := engine.presence.closed(p.id, engine.now)) else over.get(p.id),
            "skills": skills[p.id],
        }
        for p in engine.state.people.values()
    ]
    return [*machines, *people]


def counts_told(engine: Engine) -> dict[str, float]:
    """Figures for `/metrics`."""
    s = engine.state
    return {
        "cases": s.arrived,
        "verdicts": s.verdicts,
        "answers": s.answers,
        "outcomes": s.outcomes,
        "waiting": len(s.waiting),
        "leases": len(s.leases),
        "people": sum(p.active for p in s.people.values()),
        "stops": len(s.stopped),
        **(_of_machines(engine) if engine.settings.machines else {}),
    }


def _of_machines(engine: Engine) -> dict[str, float]:
    """Of machines that run here."""
    known = engine.state.machines.values()
    return {
        "runs": len(engine.state.runs),
        "machine_answers": sum(m.answers for m in known),
        "machine_failures": sum(m.failures for m in known),
        "machines_aside": sum(m.aside > engine.now for m in known),
    }


def change_limits(engine: Engine, limit: dict[str, float], by: str) -> dict[str, Any]:
    """The limits after a change; NotThere where a resource has none that could change."""
    for name in limit:
        if name not in engine.spending.pacer.resources:
            known = engine.spending.pacer.resources
            raise NotThere(
                f"'{name}' has no limit; there are limits of {listed(known) or 'nothing'}.{nearest(name, known)} A new one is"
                " written into service.yaml, and holds once the service has started again."
            )
    engine.change_limits(limit, by)
    return limits_told(engine)
