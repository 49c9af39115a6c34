"""What there is to say of a case beside its model's belief: who overruled it, which rule wants a person, which machine brings no answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from mindshare.engine.cases import CANCELLED, DECIDED, WAITING, CaseState
from mindshare.engine.engine import Engine
from mindshare.engine.machines import TRIES
from mindshare.engine.seating import ON_REVEAL

_DID = {
    "override": "set aside what was decided before",
    "reversal": "found that what was decided before was wrong",
    "appeal": "decided so on appeal",
}


class Fixed(NamedTuple):
    """A verdict of somebody with the right to it, which no answer changes. `told`: who, when and why, in a sentence."""

    label: str
    belief: dict[str, float]
    told: str


def when(at: float, *, second: bool = False) -> str:
    """A time on the clock of UTC."""
    return datetime.fromtimestamp(at, UTC).strftime(f"%Y-%m-%d %H:%M{':%S' if second else ''} UTC")


def fixed(case: CaseState, engine: Engine) -> Fixed | None:
    """The verdict that stands, if somebody with the right to it has decided."""
    if not case.is_overruled():
        return None
    labels = engine.seeing.judges[case.kind].labels
    head = f"The verdict is '{case.label}' (version {case.version})"
    return Fixed(case.label, dict(zip(labels, case.belief, strict=False)), f"{head}: {_who(case, engine)}.")


def _who(case: CaseState, engine: Engine) -> str:
    over = case.overruled
    if over is None:
        return f"it was decided by {case.by}"
    did = _DID.get(case.by, "decided so") if case.version > 1 else "decided so"
    told = f"{over.by} {did} at {when(over.at)}"
    if over.words is None:
        return told
    words = engine.writing.bodies.get(over.words.key) or engine.seeing.stored(over.words.key)
    return (
        f"{told}, for a reason that was erased"
        if words is None
        else f"{told}, because: {words.decode().rstrip('.')}"
    )


def notes(case: CaseState, engine: Engine) -> list[str]:
    """What keeps an open case where it is, and how a closed one was closed, in sentences. Its contents must be there."""
    if case.status == CANCELLED:
        return ["The case is cancelled: nobody needs a verdict."]
    if case.status == DECIDED:
        late = "Its time was over before enough was answered, so what was believed then stands."
        return [*_machines(case, engine), *([late] if case.by == "timeout" else [])]
    [look] = engine.seeing.looks([case])
    asked = engine.whom.asked(case, look, engine.now)
    out = [*_machines(case, engine)]
    if asked.ruled.label is None:
        out.append(f"No verdict may stand before a person has answered: {asked.ruled.why.rstrip('.')}.")
    lease = engine.state.leases.get(case.token)
    if lease is not None and not lease.shown and engine.settings.kind(case.kind).shown in ON_REVEAL:
        why_not_shown = engine.no_advice(lease)
        out += [why_not_shown] if why_not_shown else []
    if case.status == WAITING:
        why_not = (engine.presence.why_not(p, case, asked.tags, engine.now) for p in engine.whom.could(asked))
        out += [why for why in why_not if why]
    return out


def _machines(case: CaseState, engine: Engine) -> Iterator[str]:
    """Machines that were run on the case, or would be, and have brought no answer."""
    running = {engine.state.runs[token].machine for token in case.runs}
    heard = {h.agent for h in case.heard}
    for name in engine.settings.machines:
        tries, known = case.tried.count(name), engine.state.machines.get(name)
        aside = known.aside if known is not None and known.aside > engine.now else 0.0
        if name in heard or not (tries or (aside and case.status != DECIDED)):
            continue
        if name in running:
            yield f"{name} is at it." if tries == 1 else f"{name} brought no answer, and is tried once more."
        elif tries:
            yield f"{name} brought no answer{'' if tries < TRIES else ' in two tries, so the case went on without it'}."
        if aside and case.status != DECIDED:
            yield f"{name} is not run until {when(aside, second=True)}, as it failed again and again."
