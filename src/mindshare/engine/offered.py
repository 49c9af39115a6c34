"""What the cases of a log would buy of people's answers under a new model: what each was offered, bought or not.

Answers show what was bought. In a log that is what the prices of the day let through: where they were high hardly anybody was asked, and
a demand read off the answers alone finds that nothing is wanted, so that the next price is nothing. What an answer is worth is
known before it is given. So each case counts with the questions that were asked, and with the one that would have come next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.across_kinds import joined_demand
from mindshare.core.history import Team
from mindshare.core.learn import demand_for_answers
from mindshare.core.model import Model
from mindshare.core.pacing.demand import Demand
from mindshare.core.records import Answer
from mindshare.core.seat import shown_seat
from mindshare.engine.cases import CANCELLED, CaseState
from mindshare.engine.incoming import Sight, read_again, sight_of
from mindshare.engine.judging import Judge
from mindshare.engine.seeing import answer_of
from mindshare.engine.settings import Settings
from mindshare.engine.state import State
from mindshare.store.protocol import Reader

MOST = 600  # cases of a kind, the last ones: loads and cases change


class Seen(NamedTuple):
    """A case of the log: what came with it and what machines said here, and what people said, in order."""

    sight: Sight
    machines: list[Answer]
    people: list[Answer]


def with_offers(
    models: Mapping[str, Model], state: State, store: Reader, settings: Settings, team: Team
) -> dict[str, Model]:
    """The same models, with the demand of the log behind `state` beside that of the history that they have learnt from too."""
    return {kind: _with_offers(kind, model, state, store, settings, team) for kind, model in models.items()}


def _with_offers(
    kind: str, model: Model, state: State, store: Reader, settings: Settings, team: Team
) -> Model:
    mine = [c for c in state.cases.values() if c.kind == kind and c.status != CANCELLED and not c.erased]
    learnt = sum(bool(c.outcome) for c in mine)
    shown = settings.kind(kind).shown != "never"
    active = [name for name, person in state.people.items() if person.active]
    seats = [*active, *(shown_seat(name) for name in active if shown)]
    machines = {name: m for name, m in settings.machines.items() if not m.kinds or kind in m.kinds}
    judge = Judge(model, team, seats, model.demand.resources, machines, shown=shown)
    seen = _seen(mine[-MOST:], state, store)
    if not seen or not seats:
        return model
    offers = demand_for_answers(len(seen), offers_of(judge, seen))
    before = max(model.about.cases - learnt, 0)
    return replace(model, demand=_joined(model.demand, offers, before, len(mine)))


def _joined(old: Demand, offers: Demand, before: int, now: int) -> Demand:
    """The demand of so many old cases and of the log's; of none is that of the log alone."""
    return joined_demand([old, offers], [float(before), float(now)]) if before else offers


def _seen(cases: list[CaseState], state: State, store: Reader) -> list[Seen]:
    """Those of these cases whose contents are there."""
    bodies, out = store.bodies(c.body.key for c in cases), list[Seen]()
    for case in cases:
        if case.body.key in bodies:
            machines = [answer_of(case.id, h) for h in case.by_machines(state.people)]
            said = [case.heard[i] for i in case.counting() if case.heard[i].agent in state.people]
            people = [answer_of(case.id, h) for h in said]
            out.append(Seen(sight_of(read_again(bodies[case.body.key].data), case.at), machines, people))
    return out


def offers_of(judge: Judge, seen: list[Seen]) -> NDArray[np.float64]:
    """(Q,) falling: the largest price at which each question is asked, of those that were and the next one of each case."""
    price, out, spoke = np.full(len(seen), np.inf), list[float](), 0
    left = list(range(len(seen)))
    while left:
        looks = judge.look(
            [seen[i].sight for i in left], [(*seen[i].machines, *seen[i].people[:spoke]) for i in left]
        )
        for i, look in zip(left, looks, strict=True):
            price[i] = min(price[i], float(look.worth.max()))
        left = [i for i in left if price[i] > 0]
        out += price[left].tolist()
        left = [i for i in left if len(seen[i].people) > spoke]
        spoke += 1
    return np.sort(np.array(out, np.float64))[::-1]
