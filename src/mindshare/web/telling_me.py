"""What a person is told of his or her own work; made in the engine's thread.

Gold probes must not show: what is right or wrong at a probe is known at once, so it is in none of these figures; and how others answered
is told of final cases only, where no answer can be taken back to fit it.
"""

from __future__ import annotations

from typing import Any

from mindshare.core.errors import NotThere
from mindshare.engine.attention import LATELY, USUAL, timing_of
from mindshare.engine.cases import Person, Tally
from mindshare.engine.engine import Engine
from mindshare.people.skill import Skill


def me_told(name: str, engine: Engine) -> dict[str, Any]:
    """The figures of this person; NotThere where there is none such."""
    person = engine.state.people.get(name)
    if person is None:
        raise NotThere(f"There is no person '{name}' here.")
    hours, now = engine.presence.hours, engine.now
    began, closed = hours.began(name, now), hours.closed(name, now)
    pause = hours.next_break(name, now)
    kinds = [k for k in engine.seeing.judges if k in person.tallies or k in person.shown]
    return {
        "person": name,
        "answers": person.answers,
        "minutes": person.seconds / 60.0,
        "today": {
            "answers": sum(n for place, n in person.lately.items() if (place + 1) * LATELY > began),
            "minutes": hours.carried(name, now),
        },
        "left": hours.left(name, now),
        "compared": person.compared,
        "agreed": person.agreed,
        "break_in": None if pause is None else pause[0],
        "break_min": None if pause is None else pause[1],
        "closed": None if closed is None else closed.why,
        "until": None if closed is None else closed.until,
        "kinds": {kind: _of_kind(person, kind) for kind in kinds},
    }


def _of_kind(person: Person, kind: str) -> dict[str, Any]:
    """Of one kind, in both manners together."""
    both = [tallies.get(kind, Tally()) for tallies in (person.tallies, person.shown)]
    timing = timing_of(max(both, key=lambda tally: tally.answers), USUAL)
    probes = [p.right for p in person.probed.values() if p.kind == kind and p.right is not None]
    right = sum(t.right for t in both) - sum(probes)
    wrong = sum(t.wrong for t in both) - (len(probes) - sum(probes))
    skill = Skill(prior=USUAL, right=float(right), wrong=float(wrong))
    known = right + wrong > 0
    return {
        "seconds": timing.median,
        "mean_s": timing.mean,
        "mean_s_95": list(timing.interval()),
        "right": right,
        "wrong": wrong,
        "accuracy": skill.accuracy if known else None,
        "accuracy_95": list(skill.interval()) if known else None,
    }
