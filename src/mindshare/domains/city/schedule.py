"""Who is visited first: an order within the list of each group of inspectors, what it brings, and what a place in the list is worth.

A schedule never changes how many visits a group makes on a day, nor who visits whom. Who could visit whom else is a question of its own
(`moving`), answered by what is foretold, for nobody can measure what another inspector would have found.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.allocation.allocate import allocate
from mindshare.core.history import FloatArray
from mindshare.domains.city.visits import Ints

AREAS = 4  # quarters by burglaries nearby
VISITS_A_DAY = 4  # of one inspector; stated, the file does not say how many inspectors a group has


def ranked(score: FloatArray, group: Ints, *, explore: float = 0.0, seed: int = 0) -> Ints:
    """(N,) place of each visit in the list of its group, 0 first: the highest score first, ties in the order given.

    `explore`: share of the places in a list that go to a visit drawn at random from those still open, so that places with low scores
    stay known.
    """
    rng, rank = np.random.default_rng(seed), np.zeros(len(score), np.int64)
    for g in np.unique(group):
        mine = np.flatnonzero(group == g)
        left = mine[np.argsort(-score[mine], kind="stable")].tolist()
        drawn = rng.random(len(mine)) < explore
        for place in range(len(mine)):
            rank[left.pop(int(rng.integers(len(left))) if drawn[place] else 0)] = place
    return rank


def early(rank: Ints, group: Ints) -> NDArray[np.bool_]:
    """(N,) which visits are in the first half of the list of their group."""
    return rank < (np.bincount(group) // 2)[group]


def days_earlier(rank: Ints, group: Ints, day: Ints) -> Ints:
    """(N,) how many days earlier each visit takes place than it did: each group keeps its number of visits on each day."""
    new = np.zeros(len(day), np.int64)
    for g in np.unique(group):
        mine = group == g
        new[mine] = np.sort(day[mine])[rank[mine]]
    return day - new


class Moved(NamedTuple):
    """Critical violations foretold for visits that fit, if each place keeps its group, and if inspectors move."""

    kept: float
    moved: float
    changed: int  # visits made by another group than planned
    price: (
        FloatArray  # (G,) finds that one more visit of each group would bring, if each place keeps its group
    )


def moving(chance: FloatArray, group: Ints, capacity: Ints) -> Moved:
    """`chance` (N, G) of a find by place and group; `capacity` (G,) visits that each group can make in all.

    What is foretold of a move is mostly who finds more, not where there is more to find.
    """
    n, groups = chance.shape
    value = np.column_stack([chance, np.zeros(n)])  # the last option: no visit
    cost = {f"group {g}": {g: 1.0} for g in range(groups)}
    limit = {f"group {g}": float(capacity[g]) for g in range(groups)}
    own = np.column_stack([group[:, None] == np.arange(groups), np.ones(n, bool)])
    kept, free = allocate(value, cost, limit, own), allocate(value, cost, limit)
    changed = (free.choice != group) & (free.choice < groups)
    price = np.array([kept.price.get(f"group {g}", 0.0) for g in range(groups)])
    return Moved(float(kept.value), float(free.value), int(changed.sum()), price)


def areas(rank_of_heat: FloatArray) -> Ints:
    """(N,) 0 to 3: quarters by burglaries near the place; the file knows no other areas."""
    return np.minimum((AREAS * rank_of_heat).astype(np.int64), AREAS - 1)
