"""How good and how fast each person is on each kind, with intervals: from outcomes and gold probes (`people/skill.py`)."""

from __future__ import annotations

from typing import Any

from mindshare.engine.attention import timing_of
from mindshare.engine.cases import Tally
from mindshare.engine.engine import Engine
from mindshare.people.skill import Prior, Skill, prior_of

USUAL = Prior()


def skills_told(engine: Engine) -> dict[str, dict[str, dict[str, Any]]]:
    """Person -> kind -> what is known of the person alone, and under `shown` of the same person who is shown what machines say."""
    people = engine.state.people.values()
    out: dict[str, dict[str, dict[str, Any]]] = {p.id: {} for p in people}
    for kind in engine.seeing.judges:
        alone = _of_each({p.id: p.tallies[kind] for p in people if kind in p.tallies})
        shown = _of_each({p.id: p.shown[kind] for p in people if kind in p.shown})
        for name in alone.keys() | shown.keys():
            standing = engine.presence.standing(name, kind)
            probes = engine.presence.probes(name, kind)[1]
            mine = alone.get(name) or _told(Tally(), USUAL)
            out[name][kind] = mine | {"probes": probes, "standing": standing, "shown": shown.get(name)}
    return out


def _of_each(known: dict[str, Tally]) -> dict[str, dict[str, Any]]:
    """Person -> what is known of him or her in one manner, who is expected to be like the others in that manner."""
    skills = {name: _skill(tally, USUAL) for name, tally in known.items()}
    return {
        name: _told(tally, prior_of([skill for other, skill in skills.items() if other != name], USUAL))
        for name, tally in known.items()
    }


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
