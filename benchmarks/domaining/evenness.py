"""Rows of evenness in a city: what each area gets of the early visits, and what a floor on its share costs in finds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.score import Bootstrap, interval
from mindshare.domains.city import machines
from mindshare.domains.city.evenness import Evened, Lists, evened
from mindshare.domains.city.features import features
from mindshare.domains.city.schedule import AREAS, areas, ranked
from mindshare.domains.city.visits import Visits, first_of_month

Array = NDArray[Any]
Row = tuple[str, str]
FLOORS = (0.0, 0.8, 0.9, 1.0)
DRAWS = 2_000


class Judged(NamedTuple):
    """Visits that were planned together or month by month, and of each floor which are in the first half."""

    area: Array
    found: Array
    day: Array
    early: Array  # (F, N)
    foretold: Array  # (F,) finds lost, as foretold
    price: Array  # (F, AREAS) finds that one more visit of an area costs, mean over the plans


def evenness(visits: Visits, begin: int) -> Iterator[Row]:
    """The pilot, planned at once, and each month from the day `begin`."""
    known = np.where(visits.day >= visits.new_from, visits.new_from, first_of_month(visits.day))
    fit = np.flatnonzero(visits.day < visits.new_from)
    yield from _rows("pilot", [_planned(visits, features(visits, known), fit, visits.new)])
    month = first_of_month(visits.day)
    columns = features(visits, month)
    plans = []
    for start in np.unique(month[month >= begin]):
        rows = np.flatnonzero(month == start)
        plans.append(_planned(visits, columns, np.flatnonzero(visits.day < start), rows))
    yield from _rows("month by month", plans)


def _planned(visits: Visits, columns: dict[str, Array], fit: Array, rows: Array) -> Judged:
    score = machines.history(visits, columns, fit)
    group, area = visits.group[rows], areas(columns["rank_0"][rows])
    chance = machines.chances(score, visits, fit)[rows, group]
    capacity = np.bincount(group, minlength=len(visits.groups)) // 2
    lists = Lists(ranked(score[rows], group), chance, group, area, capacity)
    each: list[Evened] = [evened(lists, floor) for floor in FLOORS]
    return Judged(
        area=area,
        found=visits.found[rows] > 0,
        day=visits.day[rows],
        early=np.stack([e.rank < capacity[group] for e in each]),
        foretold=np.array([e.cost for e in each]),
        price=np.stack([e.price for e in each]),
    )


def _rows(heading: str, plans: list[Judged]) -> Iterator[Row]:
    area, found, day = (
        np.concatenate([getattr(p, name) for p in plans]) for name in ("area", "found", "day")
    )
    early = np.concatenate([p.early for p in plans], axis=1)
    for a in range(AREAS):
        here = area == a
        share = ", ".join(
            f"{floor:.0%}: {here[first].mean():.1%}" for floor, first in zip(FLOORS, early, strict=True)
        )
        yield (
            f"{heading}, area {a + 1} (1: fewest burglaries)",
            f"{here.mean():.1%} of visits, {here[found].mean():.1%} of finds; of the first half by floor {share}",
        )
    hit = 100.0 * early[:, found].T.astype(float)
    draws, mean = Bootstrap(day[found].astype(np.int32), 0, DRAWS).means(hit), hit.mean(axis=0)
    for k, floor in enumerate(FLOORS):
        change = draws[:, k] - draws[:, 0]
        low, high = interval(change)
        price = np.mean([p.price[k] for p in plans], axis=0)
        yield (
            f"{heading}, floor {floor:.0%}: % of finds in the first half",
            f"{mean[k]:.1f}, {mean[k] - mean[0]:+.2f} [{low:.2f}, {high:.2f}] on no floor;"
            f" lost finds foretold {sum(p.foretold[k] for p in plans):.2f} of {found.sum()};"
            f" one more visit costs {', '.join(f'{p:.3f}' for p in price)} by area; {(early[k] & ~early[0]).sum()} visits changed places",
        )
