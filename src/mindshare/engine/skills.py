"""How good and how fast each person is on each kind, with intervals: from outcomes and gold probes (`people/skill.py`).

`learnt` is what the model itself has counted of the person, the history that it began with included.
"""

from __future__ import annotations

from typing import Any

from mindshare.core.model import Model
from mindshare.core.seat import shown_seat
from mindshare.engine.attention import timing_of
from mindshare.engine.cases import Tally
from mindshare.engine.engine import Engine
from mindshare.engine.weighing import counted_of
from mindshare.people.skill import Prior, Skill, prior_of

USUAL = Prior()


def skills_told(engine: Engine) -> dict[str, dict[str, dict[str, Any]]]:
    """Person -> kind -> what is known. Whoever is new is expected to be like the others of the kind."""
    people = engine.state.people
    out: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in people}
    for kind, judge in engine.seeing.judges.items():
        learnt = {name: _learnt(judge.model, name) for name in people}
        known = {
            p.id: p.tallies.get(kind, Tally())
            for p in people.values()
            if kind in p.tallies or learnt[p.id][0]
        }
        skills = {name: _skill(tally, USUAL) for name, tally in known.items() if kind in people[name].tallies}
        for name, tally in known.items():
            prior = prior_of([skill for other, skill in skills.items() if other != name], USUAL)
            standing = engine.presence.standing(name, kind)
            probes = engine.presence.probes(name, kind)[1]
            out[name][kind] = _told(tally, prior) | {"probes": probes, "standing": standing}
            out[name][kind] |= dict(zip(("learnt", "learnt_right"), learnt[name], strict=True))
    return out


def _learnt(model: Model, person: str) -> tuple[int, int]:
    """Answers of a person that the model has counted, alone and shown what machines say, and the right ones of them."""
    alone, shown = counted_of(model, person), counted_of(model, shown_seat(person))
    return alone[0] + shown[0], alone[1] + shown[1]


def _skill(tally: Tally, prior: Prior) -> Skill:
    return Skill(prior=prior, right=float(tally.right), wrong=float(tally.wrong))


def _told(tally: Tally, prior: Prior) -> dict[str, Any]:
    """The seconds are counted on the usual prior of a time, as they were folded (`attention.py`)."""
    skill, timing = _skill(tally, prior), timing_of(tally, USUAL)
    return {
        "right": tally.right,
        "wrong": tally.wrong,
        "accuracy": skill.accuracy,
        "accuracy_95": list(skill.interval()),
        "seconds": timing.mean,
        "seconds_95": list(timing.interval()),
    }
