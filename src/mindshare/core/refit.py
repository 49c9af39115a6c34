"""Learning goes on from a model: counts are counted anew, and weights move on from where they were."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.edge import no_edge
from mindshare.core.belief.pool import Pool
from mindshare.core.belief.pooling import Pooling, gather, same_columns, weigh
from mindshare.core.cost import learn_speed
from mindshare.core.history import History, must_be_one_kind
from mindshare.core.model import Model, about_of

F64 = NDArray[np.float64]


def refit(history: History, start: Model) -> Model:
    """The model of more cases, whose weights begin where those of `start` are.

    Whatever needs cases held out (temperature, corrections, channel, edge, gate, demand, the way to pool) stays. Time: about a tenth
    of learning from nothing.
    """
    must_be_one_kind(history)
    start.check_team(history.team)
    about = start.about
    how = Pooling(
        about.seed, start.pool.machines_always, about.ridge, about.only, about.text, about.unlabelled
    )
    pool = weigh(how, *gather(how, history), start.pool).pool
    asking = start.asking
    if len(asking.first) != len(pool.reading.agents.is_person):
        asking = asking._replace(first=_first_of(start, pool))
    fresh = about_of(history, pool, about.race, how)._replace(family=about.family)
    same = same_columns(pool.reading, start.pool.reading)
    trees = start.pool.trees if same and pool.reading.agents.id == start.pool.reading.agents.id else None
    if not same:
        asking = asking._replace(edge=no_edge())
    pool = pool._replace(temperature=start.pool.temperature, trees=trees, net=start.pool.net)
    return replace(
        start, team=history.team, pool=pool, asking=asking, speed=learn_speed(history), about=fresh
    )


def _first_of(start: Model, pool: Pool) -> F64:
    """(K,) `Asking.first` of the agents that `start` had met, by name; 0 for others."""
    known = dict(zip(start.pool.reading.agents.id, start.asking.first.tolist(), strict=False))
    return np.array([*(known.get(name, 0.0) for name in pool.reading.agents.id), 0.0, 0.0])
