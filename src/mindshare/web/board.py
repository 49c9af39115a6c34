"""What the board shows, in two steps: looked up in the engine's thread, of one moment and in a millisecond or two; counted out beside it.

The engine keeps running counts of its cases (`engine/figures.py`), so no case is walked over here; of those that wait arrays are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from heapq import nlargest
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from mindshare.core.score import wilson
from mindshare.engine.cases import Machine, Tally
from mindshare.engine.engine import Engine
from mindshare.engine.figures import Pairs, Part
from mindshare.engine.hours import Stretch, attended, began_of
from mindshare.engine.skills import skills_of
from mindshare.engine.weighing import counted_of
from mindshare.histories.assumed import is_assumed
from mindshare.people.shifts import Shifts
from mindshare.web.telling import limits_told

MOST_GROUPS = 50  # that are told one by one, those with the most cases
LEFT_S = (0.0, 60.0, 300.0, 3_600.0)  # bounds of the time until waiting ends
WHO = ("machines", "people", "overruled")  # stood behind a verdict
Told = dict[str, Any]


class Worked(NamedTuple):
    """What is known of a person: of all kinds together, alone; stretches of attention, and when he or she works."""

    tally: Tally
    stretches: list[Stretch]
    shifts: Shifts | None


class Seen(NamedTuple):
    """What was looked up. `told`: what is JSON already; `worked`: of each person."""

    told: Told
    worked: dict[str, Worked]


def seen(engine: Engine) -> Seen:
    """A look at the engine, in its thread."""
    s, figures = engine.state, engine.state.figures
    parts = [part for groups in figures.parts.values() for part in groups.values()]
    told = {
        "at": engine.now,
        "kinds": list(engine.seeing.judges),
        "cases": _cases(engine, parts),
        "queue": _queue(engine),
        "limits": _limits(engine),
        "models": _models(engine),
        "machines": _machines(engine),
        "people": _people(engine),
        "quality": _quality(parts),
        "kinds_quality": {kind: _quality(groups.values()) for kind, groups in figures.parts.items()},
        "agreement": {kind: _between(pairs) for kind, pairs in figures.between.items()},
        "groups": _groups(figures.parts),
        "rules": {
            rule: {"cases": n, "share": n / max(s.arrived, 1)} for rule, n in sorted(figures.rules.items())
        },
    }
    hours = engine.presence.hours
    return Seen(
        told,
        {p.id: Worked(_pooled(p.tallies.values()), p.attended[:], hours.of(p.id)) for p in s.people.values()},
    )


def _cases(engine: Engine, parts: Iterable[Part]) -> dict[str, int]:
    """How many cases are in which state, and what there was of them."""
    s = engine.state
    leases = sum(not lease.probe for lease in s.leases.values())
    over = sum(p.decided for p in parts), sum(p.cancelled for p in parts)
    return {
        "arrived": s.arrived,
        "received": s.arrived - sum(over) - len(s.waiting) - leases,
        "waiting": len(s.waiting),
        "escalated": sum(p.sent_up for p in parts),
        "leased": leases,
        "provisional": len(s.graced),
        "final": over[0] - len(s.graced),
        "cancelled": over[1],
        "verdicts": s.verdicts,
        "answers": s.answers,
        "outcomes": s.outcomes,
        "runs": len(s.runs),
    }


def told(looked: Seen) -> Told:
    """The same with each person's skill and minutes of today, which take longer and are counted out in no thread of the engine."""
    now, began = looked.told["at"], dict[int, float]()
    skills = skills_of({name: worked.tally for name, worked in looked.worked.items()})
    for person in looked.told["people"]:
        mine = looked.worked[person["id"]]
        if id(mine.shifts) not in began:
            began[id(mine.shifts)] = began_of(mine.shifts, now)
        person["skill"] = skills[person["id"]]
        person["today"] = attended(mine.stretches, began[id(mine.shifts)])
    return looked.told


def _queue(engine: Engine) -> Told:
    """What waits: how long by now, and how long until that ends."""
    queues, now, cases = engine.desk.queues, engine.now, engine.state.cases
    left = np.concatenate([q.due for q in queues.values()]) - now
    out: Told = {
        "waiting": len(left),
        "must": int(sum(q.must.sum() for q in queues.values())),
        "over": int((left <= 0).sum()),
        "in_1_min": int(((left > 0) & (left <= LEFT_S[1])).sum()),
        "in_5_min": int(((left > LEFT_S[1]) & (left <= LEFT_S[2])).sum()),
        "in_1_h": int(((left > LEFT_S[2]) & (left <= LEFT_S[3])).sum()),
        "later": int(((left > LEFT_S[3]) & np.isfinite(left)).sum()),
        "no_end": int(np.isinf(left).sum()),
        "oldest": None,
        "median_s": None,
    }
    if len(left):
        came, half = np.concatenate([q.came for q in queues.values()]), len(left) // 2
        ids = list(chain.from_iterable(q.id for q in queues.values()))
        order = came.argpartition((0, half))
        first, middle = cases[ids[order[0]]], cases[ids[order[half]]]
        out |= {"oldest": {"case": first.id, "waits_s": now - first.since}, "median_s": now - middle.since}
    return out


def _limits(engine: Engine) -> Told:
    """Of each limit also what is spent in this period, and how long a period is."""
    used, how = engine.spending.pacer.used, engine.settings.limits
    return {r: limit | {"spent": used[r], "per_s": how[r].per_s} for r, limit in limits_told(engine).items()}


def _models(engine: Engine) -> list[Told]:
    s, out = engine.state, list[Told]()
    for kind, judge in engine.seeing.judges.items():
        about, changed = judge.model.about, s.changed.get(kind)
        out.append(
            {
                "kind": kind,
                "digest": s.models.get(kind, ""),
                "family": about.family,
                "assumed": is_assumed(about.name),
                "learnt_from": about.cases,
                "changed_at": None if changed is None else changed.at,
            }
        )
    return out


def _machines(engine: Engine) -> list[Told]:
    """Those that run here, and those that models have met; `seen`: answers whose truth the model knows."""
    s, judges = engine.state, engine.seeing.judges.values()
    met = [a.id for judge in judges for a in judge.model.met if a.kind == "machine" and not is_assumed(a.id)]
    busy, out = Counter(run.machine for run in s.runs.values()), list[Told]()
    for name in dict.fromkeys((*met, *engine.settings.machines)):
        met_truth, right = map(sum, zip(*(counted_of(judge.model, name) for judge in judges), strict=True))
        of = s.machines.get(name, Machine(name))
        out.append(
            {
                "id": name,
                "here": name in engine.settings.machines,
                "has": busy[name],
                "answers": of.answers,
                "failures": of.failures,
                "aside_until": of.aside if of.aside > engine.now else None,
                "uses": {r: amount / of.runs for r, amount in of.used.items()} if of.runs else {},
                "skill": _share(right, met_truth),
            }
        )
    return out


def _people(engine: Engine) -> list[Told]:
    s, presence = engine.state, engine.presence
    over, none = presence.over(engine.now), Pairs()
    out = []
    for p in s.people.values():
        closed, pairs = presence.closed(p.id, engine.now), s.figures.of.get(p.id, none)
        out.append(
            {
                "id": p.id,
                "active": p.active,
                "on_shift": p.on_shift,
                "waits": p.id in s.free,
                "has": len(p.leases),
                "answers": p.answers,
                "asked": p.asked,
                "minutes": p.seconds / 60.0,
                "why_not": closed.why if closed else over.get(p.id),
                "agreement": _share(pairs.agreed, pairs.pairs),
            }
        )
    return out


def _quality(parts: Iterable[Part]) -> Told:
    """Right verdicts among those whose outcome is known, by who stood behind them."""
    known, right = [0, 0, 0], [0, 0, 0]
    for part in parts:
        for who in range(3):
            known[who] += part.known[who]
            right[who] += part.right[who]
    return {"all": _share(sum(right), sum(known))} | {
        name: _share(right[who], known[who]) for who, name in enumerate(WHO)
    }


def _groups(parts: Mapping[str, Mapping[str, Part]]) -> Told:
    """Who gets attention: of each group of cases how many a person answered, for how long, and how many verdicts were right."""
    of: dict[str, list[Part]] = {}
    for groups in parts.values():
        for name, part in groups.items():
            of.setdefault(name, []).append(part)
    most = nlargest(MOST_GROUPS, of, key=lambda name: sum(p.cases for p in of[name]))
    return {"more": len(of) - len(most), "groups": [_group(name, of[name]) for name in most]}


def _group(name: str, parts: list[Part]) -> Told:
    cases = sum(p.cases for p in parts)
    return {
        "group": name,
        "cases": cases,
        "attended": _share(sum(p.attended for p in parts), cases),
        "answers": sum(p.answers for p in parts),
        "minutes": sum(p.seconds for p in parts) / 60.0,
        "right": _quality(parts)["all"],
    }


def _between(pairs: Pairs) -> Told:
    """How often two people said the same; `by_chance`: how often they would if each said labels as often as all do, no matter the case;
    `beyond`: what is left of 1 beyond that (Scott's pi).
    """
    total = 2 * pairs.pairs
    chance = sum((n / total) ** 2 for n in pairs.labels.values()) if total else None
    told = _share(pairs.agreed, pairs.pairs)
    beyond = None if chance is None or chance >= 1 else (told["share"] - chance) / (1 - chance)
    return told | {"by_chance": chance, "beyond": beyond}


def _share(hits: int, count: int) -> Told:
    """A share with its interval of 95 % (Wilson); nothing is known of no cases."""
    share = (
        {"share": hits / count, "ci95": wilson(float(hits), float(count))}
        if count
        else {"share": None, "ci95": None}
    )
    return {"count": count, "hits": hits, **share}


def _pooled(tallies: Iterable[Tally]) -> Tally:
    """Of all kinds together."""
    out = Tally()
    for t in tallies:
        out = Tally(
            out.right + t.right,
            out.wrong + t.wrong,
            out.answers + t.answers,
            out.total + t.total,
            out.squares + t.squares,
            max(out.at, t.at),
        )
    return out
