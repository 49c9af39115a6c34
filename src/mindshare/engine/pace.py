"""The pacer of a service: its limits, its arrivals, and what old cases would buy."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from mindshare.core.across_kinds import shared_demand
from mindshare.core.model import Model
from mindshare.core.pacing.arrivals import Arrivals, Clocked, Counted
from mindshare.core.pacing.demand import Demand
from mindshare.core.pacing.ledger import STOCKS
from mindshare.core.pacing.mark import begin
from mindshare.core.pacing.pacer import Pacer
from mindshare.core.records import MINUTES, PEOPLE_MINUTES
from mindshare.engine.settings import DAY, Settings

FOR_EVER = 1e5 * DAY
OF_PEOPLE = ("human_answers", "answers")


def new_pacer(settings: Settings, models: Mapping[str, Model], start: float) -> Pacer:
    """The pacer of a service that begins at `start`: its limits, its arrivals, and what old cases would buy."""
    limit = {name: told.limit for name, told in settings.limits.items()}
    period = {name: told.per_s for name, told in settings.limits.items() if told.per_s is not None}
    known = {kind: float(max(model.about.cases, 1)) for kind, model in models.items()}
    whole = sum(known.values())

    def coming(kind: str) -> Arrivals:
        part = known[kind] / whole
        if settings.cases is not None:
            return Counted(settings.cases * part)
        day = math.floor(start / DAY) * DAY
        return Clocked(np.full(24, settings.expect * part / 24), DAY, day, day + FOR_EVER)

    demand = demand_of(settings, models)
    # what an answer of a person keeps, nobody gives back: it is spent
    held = STOCKS - said_of_people(models)
    kinds = {kind: coming(kind) for kind in models}
    pacer = Pacer(limit, kinds, demand=demand, period_s=period, stocks=held)
    begin(pacer, start)
    return pacer


def demand_of(settings: Settings, models: Mapping[str, Model]) -> Demand | None:
    """What old cases would buy of what is limited: questions of people, each at its mean cost; None where nobody knows."""
    resources = tuple(settings.limits)
    if not resources:
        return None
    cases = {kind: float(max(model.about.cases, 1)) for kind, model in models.items()}
    answers = shared_demand({kind: model.demand for kind, model in models.items()}, cases)
    if not answers.cases or not len(answers.case):
        return None
    if resources == answers.resources:
        return answers
    speed = next(iter(models.values())).speed
    minutes = 1.0 if math.isnan(speed.mean) else speed.mean
    people = max(int(np.sum(speed.timed)), 1)
    stated = dict.fromkeys(said_of_people(models), 1.0) | stated_uses(models)

    def each(resource: str) -> float:
        if resource == PEOPLE_MINUTES:
            return minutes
        if resource.endswith(MINUTES):
            return minutes / people
        # what machines use is learnt as it is wanted
        return 1.0 if resource in OF_PEOPLE else stated.get(resource, 0.0)

    if not any(each(r) for r in resources):
        return None
    use = answers.use[:, :1] * np.array([[each(r) for r in resources]])
    return Demand.of(resources, answers.cases, answers.case, use, answers.worth, answers.path)


def said_of_people(models: Mapping[str, Model]) -> set[str]:
    """The resources that people are said to use."""
    return {r for model in models.values() for a in model.met if a.kind == "person" for r in a.cost}


def stated_uses(models: Mapping[str, Model]) -> dict[str, float]:
    """Resource -> what an answer of a person uses on average, where costs are stated; of several kinds the last one tells."""
    return {r: use for model in models.values() for r, use in model.speed.stated}
