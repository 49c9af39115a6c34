"""What the service says of how a person sees a case, of its files and of cases that wait for the lead; made in the engine's thread."""

from __future__ import annotations

from typing import Any, NamedTuple

from mindshare.core.errors import NotThere
from mindshare.engine.cases import CaseState
from mindshare.engine.engine import Engine
from mindshare.engine.evidence import is_digest
from mindshare.engine.incoming import NewCase, read_again, sight_of
from mindshare.engine.ruled import guidelines_of
from mindshare.engine.settings import Kind


class Place(NamedTuple):
    """Where a file is: the body of this key, or below `media_root` where there is none."""

    key: int | None
    type: str = ""


def features_of(new: NewCase | None, how: Kind) -> dict[str, Any]:
    """The features that people see: those of `show`, of these those of the template, where there is one."""
    features: dict[str, Any] = {} if new is None else dict(new.features)
    names = [part.feature for part in how.template] or how.show
    return {name: features[name] for name in names if name in features} if names else features


def seen_of(case: CaseState, new: NewCase | None, how: Kind, engine: Engine) -> dict[str, Any]:
    """How the case is laid out, where that is written; keys of labels; whether it is blurred until somebody wants to look."""
    told: dict[str, Any] = {}
    if how.template:
        parts = ((p.feature, p.title, p.as_, p.unit) for p in how.template)
        told["template"] = [
            dict(zip(("feature", "title", "as", "unit"), part, strict=True)) for part in parts
        ]
    if how.keys:
        told["keys"] = how.keys
    enough = engine.presence.enough
    if new is not None and enough.blurs and enough.blurred(sight_of(new, case.at), engine.now):
        told["blur"] = True
    return told


def shown_told(case_id: str, engine: Engine) -> dict[str, Any]:
    """A case as a person would see it, for the lead; NotThere where its contents were erased."""
    case = engine.case(case_id)
    data, how = engine.seeing.content(case), engine.settings.kind(case.kind)
    if data is None:
        raise NotThere(f"The contents of case '{case_id}' were erased.")
    new = read_again(data)
    return {
        "case": case.id,
        "kind": case.kind,
        "labels": engine.seeing.judges[case.kind].labels,
        "guidelines": guidelines_of(engine.state, engine.settings, case.kind),
        "features": features_of(new, how),
        "show": new.show,
        "deadline": case.deadline,
        "why": case.must,
        "escalated": _sent_up(case, engine),
    } | seen_of(case, new, how, engine)


def _sent_up(case: CaseState, engine: Engine) -> dict[str, Any] | None:
    up = case.sent_up
    if up is None:
        return None
    words = (
        None
        if up.words is None
        else engine.writing.bodies.get(up.words.key) or engine.seeing.stored(up.words.key)
    )
    return {"by": up.by, "at": up.at, "reason": None if words is None else words.decode()}


def place_of(name: str, person: str | None, engine: Engine) -> Place | None:
    """Where a file is, for a person under a lease on a case that shows it, or (None) for a lead; None where there is none to see."""
    if person is not None and not engine.may_see(name, person):
        return None
    if not is_digest(name):
        return None if engine.settings.media_root is None else Place(None)
    known = engine.state.media.get(name)
    return None if known is None else Place(known.key, known.type)
