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
from mindshare.people.skill import Prior, Skill, prior_of, priors_of_others

USUAL = Prior()


def skills_told(engine: Engine) -> dict[str, dict[str, dict[str, Any]]]:
    """Person -> kind -> what is known of the person alone, and under `shown` of the same person who is shown what machines say.

    `learnt`: answers that the model has counted in either manner, with those of the history, and the right ones of them.
    """
    people = engine.state.people.values()
    out: dict[str, dict[str, dict[str, Any]]] = {p.id: {} for p in people}
    for kind, judge in engine.seeing.judges.items():
        learnt = {p.id: _learnt(judge.model, p.id) for p in people}
        known = [p for p in people if kind in p.tallies or kind in p.shown or learnt[p.id][0]]
        alone = skills_of({p.id: p.tallies.get(kind, Tally()) for p in known})
        shown = skills_of({p.id: p.shown[kind] for p in people if kind in p.shown})
        for name, mine in alone.items():
            standing = engine.presence.standing(name, kind)
            probes = engine.presence.probes(name, kind)[1]
            out[name][kind] = mine | {"probes": probes, "standing": standing, "shown": shown.get(name)}
            out[name][kind] |= dict(zip(("learnt", "learnt_right"), learnt[name], strict=True))
    return out


def _learnt(model: Model, person: str) -> tuple[int, int]:
    """Answers of a person that the model has counted, alone and shown what machines say, and the right ones of them."""
    alone, shown = counted_of(model, person), counted_of(model, shown_seat(person))
    return alone[0] + shown[0], alone[1] + shown[1]


def skills_of(known: dict[str, Tally]) -> dict[str, dict[str, Any]]:
    """Person -> what is known of him or her in one manner, who is expected to be like the others in that manner."""
    met = [name for name, tally in known.items() if tally != Tally()]
    skills = [_skill(known[name], USUAL) for name in met]
    priors = dict(zip(met, priors_of_others(skills, USUAL), strict=True))
    everybody = prior_of(skills, USUAL)
    return {name: _told(tally, priors.get(name, everybody)) for name, tally in known.items()}


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
