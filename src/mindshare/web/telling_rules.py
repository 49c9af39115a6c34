"""What the service says of its guard and its guidelines, and what it takes to change them; in the engine's thread."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from mindshare.core.errors import (
    Conflict,
    MindshareError,
    NotAllowed,
    NotThere,
    Weaker,
    counted,
    listed,
    nearest,
)
from mindshare.core.guard.weaker import check_of, no_longer
from mindshare.engine.engine import Engine
from mindshare.engine.naming import known_of, unknown
from mindshare.engine.ruled import GUARD, guard_of, guidelines_of, last_change, place_of
from mindshare.engine.settings import Settings, digest_of

LISTED = 6  # checks that are named in the sentence


class Wanted(NamedTuple):
    """A change of rules. `of`: the digest of the rules that it changes, "" = any; `weaker`: it is meant that less is checked."""

    guidelines: dict[str, str]
    guard: dict[str, Any] | None
    reason: str
    of: str
    weaker: bool


def rules_told(engine: Engine) -> dict[str, Any]:
    """Guard and guidelines that hold, and who set them."""
    state, settings = engine.state, engine.settings
    kinds = {
        kind: {"text": guidelines_of(state, settings, kind), **_set(engine, place_of(kind))}
        for kind in engine.seeing.judges
    }
    checks = [check_of(rule) for rule in engine.guarding.rules]
    guard = {"rules": guard_of(state, settings), "checks": checks, **_set(engine, GUARD)}
    return {"guidelines": kinds, "guard": guard, "digest": _digest(engine), "notes": []}


def change_rules(engine: Engine, wanted: Wanted, by: str, *, may_weaken: bool) -> dict[str, Any]:
    """The rules after a change; what is as it was changes nothing. Conflict where somebody was quicker, Weaker or NotAllowed where less
    would be checked, MindshareError for what is no guard.
    """
    if not wanted.guidelines and wanted.guard is None:
        raise MindshareError("Say what is to change: guidelines, guard, or both.")
    kinds = list(engine.seeing.judges)
    for kind in wanted.guidelines:
        if kind not in kinds:
            right = (
                f"kinds are {listed(kinds)}"
                if any(kinds)
                else "there is one kind only, written as an empty name"
            )
            raise NotThere(f"guidelines: there is no kind '{kind}'; {right}.{nearest(kind, kinds)}")
    if wanted.of and wanted.of != _digest(engine):
        raise Conflict("The rules were changed meanwhile. Look at what holds now, and change that.")
    state, settings = engine.state, engine.settings
    texts = {k: t for k, t in wanted.guidelines.items() if t != guidelines_of(state, settings, k)}
    guard, notes = None, list[str]()
    if wanted.guard is not None:
        guard, notes = _read(engine, wanted, may_weaken=may_weaken)
    if texts or guard is not None:
        engine.change_rules(by, texts, guard, wanted.reason)
    return {**rules_told(engine), "notes": notes}


def _read(engine: Engine, wanted: Wanted, *, may_weaken: bool) -> tuple[dict[str, Any] | None, list[str]]:
    """The guard that is wanted (None: it is the one that holds) and names in it that are not known yet."""
    try:
        guard = msgspec.json.decode(msgspec.json.encode(wanted.guard))  # as the log will have it
    except (OverflowError, UnicodeEncodeError, RecursionError) as e:
        raise MindshareError(f"guard holds what cannot be kept as JSON: {e}.") from e
    rules = engine.reread(guard)
    models = {kind: judge.model for kind, judge in engine.seeing.judges.items()}
    known = known_of(engine.team, models, engine.state.people, engine.settings)
    notes = unknown(Settings(), rules, known)
    gone = no_longer(engine.guarding.rules, rules)
    if gone and not may_weaken:
        raise NotAllowed(f"{_told(gone)} That takes the role admin.")
    if gone and not wanted.weaker:
        waits = _wait_for_rules(engine)
        then = (
            f" {counted(waits, 'case')} that waited for people by these rules may be decided without."
            if waits
            else ""
        )
        raise Weaker(f"{_told(gone)}{then} Say so (weaker) if that is meant.", no_longer=gone, waits=waits)
    same = digest_of(guard) == digest_of(guard_of(engine.state, engine.settings))
    return None if same else guard, notes


def _told(gone: list[str]) -> str:
    return f"It would no longer be checked that {listed([f'({check})' for check in gone], LISTED)}."


def _wait_for_rules(engine: Engine) -> int:
    """Cases that wait for people because a rule says so, and for no other reason."""
    cases = engine.state.cases
    must = [
        cases[name]
        for queue in engine.desk.queues.values()
        for name, wants in zip(queue.id, queue.must.tolist(), strict=True)
        if wants
    ]
    return sum(not case.must and case.sent_up is None for case in must)


def _digest(engine: Engine) -> str:
    state, settings = engine.state, engine.settings
    texts = {kind: guidelines_of(state, settings, kind) for kind in engine.seeing.judges}
    return digest_of([guard_of(state, settings), texts])


def _set(engine: Engine, name: str) -> dict[str, Any]:
    """Who set this last; nobody where service.yaml says it."""
    event = last_change(engine.state, engine.settings, name)
    if event is None:
        return {"by": None, "at": None, "reason": None}
    key = None if event.words is None else event.words.key
    words = None if key is None else engine.writing.bodies.get(key) or engine.seeing.stored(key)
    return {"by": event.by, "at": event.at, "reason": None if words is None else words.decode()}
