"""Evenness between areas: a floor on each area's share of the visits that come early, and what that costs in finds.

An area's floor is a part of its share of all visits: at 0 nothing is asked, at 1 each area has among the early visits the share that it has
among all. Each group of inspectors keeps its list and its number of visits, so a floor moves visits only within lists.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.allocation.allocate import allocate
from mindshare.core.errors import Infeasible, MindshareError
from mindshare.core.history import FloatArray
from mindshare.domains.city.schedule import AREAS
from mindshare.domains.city.visits import Ints


class Lists(NamedTuple):
    """N visits, each in the list of its group."""

    rank: Ints  # (N,) place in the list, 0 first
    chance: FloatArray  # (N,) of a find, if this group goes
    group: Ints  # (N,)
    area: Ints  # (N,) as of `areas`
    capacity: Ints  # (G,) how many visits of each list are early


class Evened(NamedTuple):
    """An order within the list of each group, and what the floor costs."""

    rank: Ints  # (N,) place in the list of its group, 0 first
    price: FloatArray  # (AREAS,) finds that one visit more for the floor of an area costs
    cost: float  # finds foretold that the early visits lose, against the best without a floor


def evened(lists: Lists, floor: float, keep: NDArray[np.bool_] | None = None) -> Evened:
    """The order changed so that each area has its floor among the early visits, rounded down to whole visits.

    As few finds as possible are lost, by `chance`; within the early visits and within the others the order stays. `keep` (N,): visits that
    stay early whatever they are worth. Raises MindshareError where the lists hold too few visits of an area for it.
    """
    early = lists.rank < lists.capacity[lists.group]
    need = least(lists.area, int(early.sum()), floor)
    if (np.bincount(lists.area[early], minlength=AREAS) >= need).all():
        return Evened(lists.rank, np.zeros(AREAS), 0.0)
    keep = np.zeros(len(early), bool) if keep is None else keep
    (free, _), (chosen, price) = (_chosen(lists, each, keep) for each in (np.zeros_like(need), need))
    order, rank = np.lexsort((lists.rank, ~chosen, lists.group)), np.zeros_like(lists.rank)
    sorted_group = lists.group[order]
    rank[order] = np.arange(len(rank)) - np.searchsorted(sorted_group, sorted_group)
    return Evened(rank, price, float(lists.chance[free].sum() - lists.chance[chosen].sum()))


def least(area: Ints, places: int, floor: float) -> Ints:
    """(AREAS,) visits that each area must have among so many early ones."""
    if not 0.0 <= floor <= 1.0:
        raise MindshareError(
            f"The floor of an area is {floor:g}; it must be from 0 (none) to 1 (as large a share of the early visits as of all)."
        )
    due = floor * places * np.bincount(area, minlength=AREAS) / len(area)
    return np.floor(due + 1e-9).astype(np.int64)


# -- parts ---------------------------------------------------------------------------------------------------------
def _chosen(lists: Lists, need: Ints, keep: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], FloatArray]:
    """(N,) which visits are early, and (AREAS,) the price of the floors: an option for each area, and one for later."""
    n, later = len(lists.chance), AREAS
    value = np.column_stack([np.tile(lists.chance[:, None], AREAS), np.zeros(n)])
    may = np.column_stack([lists.area[:, None] == np.arange(AREAS), ~keep])
    cost = {
        f"group {g}": dict.fromkeys(range(AREAS), (lists.group == g).astype(np.float64))
        for g in range(len(lists.capacity))
    }
    limit = {f"group {g}": float(amount) for g, amount in enumerate(lists.capacity)}
    floors = {a: need[a] / n for a in range(AREAS) if need[a] > 0}
    try:
        plan = allocate(value, cost, limit, may, floors)
    except Infeasible as wrong:
        raise MindshareError(
            f"The lists hold too few visits of an area for its floor ({wrong.resource}); a lower floor would be right."
        ) from wrong
    price = [plan.share_price.get(f"min share of option {a}", 0.0) for a in range(AREAS)]
    return np.asarray(plan.choice != later), np.array(price)
