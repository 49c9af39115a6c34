"""Today's list for each group of inspectors: whom to visit, in which order, why, and what one more inspector day would bring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError
from mindshare.core.history import FloatArray
from mindshare.domains.city.evenness import Lists, evened
from mindshare.domains.city.features import features
from mindshare.domains.city.machines import chances, history
from mindshare.domains.city.places import last_visits, place_of
from mindshare.domains.city.schedule import AREAS, VISITS_A_DAY, areas, moving, ranked
from mindshare.domains.city.visits import KINDS, Ints, Visits, day_text, first_of_month

FLOORS = (0.5, 0.8, 0.9, 1.0)  # whose cost the page tells, so that one can be chosen
EXPLORE = 0.1  # share of the places in a list that are drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One visit of a list."""

    group: str
    place_in_list: int  # 1 first
    place: str
    chance: float  # of a critical violation
    why: str
    drawn: bool  # there to keep places known, not by its chance
    for_area: bool  # there for the floor of its area, not by its chance


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaToday:
    """How an area fares."""

    name: str
    of_open: float  # share of the open visits
    of_today: float  # share of today's visits
    price: float  # finds that one visit more for its floor costs


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """The lists of one day; everything in them was known the day before."""

    day: str
    source: str
    stops: tuple[Stop, ...]
    open_visits: int  # planned and not yet made, all groups
    if_kept: float  # finds foretold for today if each place keeps its group, and nothing is drawn
    if_moved: float  # and if any group could go to any place
    price: dict[str, float]  # group -> critical violations that one more inspector day would find today
    areas: tuple[AreaToday, ...]
    floor: float  # part of its share of the open visits that each area must have today; 0: none
    floor_cost: float  # finds foretold that today's visits lose by it
    offers: dict[float, float | None]  # floor -> the same; None where the lists cannot keep it

    def of(self, group: str) -> tuple[Stop, ...]:
        """The list of one group."""
        return tuple(stop for stop in self.stops if stop.group == group)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is known on the day before the window: columns and scores of all visits."""

    columns: dict[str, FloatArray]
    fit: Ints  # rows that teach
    score: FloatArray  # (N,)
    chance: FloatArray  # (N, G)


def plan_of(visits: Visits) -> Plan:
    """Learns from the visits before the window."""
    known = np.where(visits.day >= visits.new_from, visits.new_from, first_of_month(visits.day))
    columns, fit = features(visits, known), np.flatnonzero(visits.day < visits.new_from)
    score = history(visits, columns, fit)
    return Plan(columns=columns, fit=fit, score=score, chance=chances(score, visits, fit))


def today_of(
    visits: Visits, plan: Plan, *, seed: int = 0, explore: float = EXPLORE, floor: float = 0.0
) -> Today:
    """The lists of the first day of the window, from all visits that are planned for the window.

    Each group makes as many visits as it has to make on each day to get through them. `floor`: part of its share of the open visits that
    each area must have among today's (`evenness.py`); drawn visits stay.
    """
    rows = visits.new
    day, days = int(visits.day[rows[0]]), len(np.unique(visits.day[rows]))
    group = visits.group[rows]
    count = -(-np.bincount(group, minlength=len(visits.groups)) // days)
    rank = ranked(plan.score[rows], group, explore=explore, seed=seed)
    drawn = (rank < count[group]) & (ranked(plan.score[rows], group) >= count[group])
    area, own = areas(plan.columns["rank_0"][rows]), plan.chance[rows, group]
    lists = Lists(rank, own, group, area, count)
    even = evened(lists, floor, drawn)
    listed = np.flatnonzero(even.rank < count[group])
    listed = listed[np.lexsort((even.rank[listed], group[listed]))]
    moved = moving(plan.chance[rows], group, count)
    return Today(
        day=day_text(day),
        source=visits.source,
        stops=_stops(visits, plan, listed, even.rank, drawn, rank >= count[group]),
        open_visits=len(rows),
        if_kept=moved.kept,
        if_moved=moved.moved,
        price={name: VISITS_A_DAY * float(moved.price[g]) for g, name in enumerate(visits.groups)},
        areas=_areas(area, listed, even.price),
        floor=floor,
        floor_cost=even.cost,
        offers={each: _offered(lists, each, drawn) for each in FLOORS},
    )


def _stops(
    visits: Visits, plan: Plan, listed: Ints, rank: Ints, drawn: NDArray[np.bool_], late: NDArray[np.bool_]
) -> tuple[Stop, ...]:
    """`listed`: who is visited, as places among the new visits; `late`: who was not on a list before the floor."""
    rows = visits.new
    place, group = place_of(last_visits(visits), visits.day), visits.group[rows]
    return tuple(
        Stop(
            group=visits.groups[group[k]],
            place_in_list=int(rank[k]) + 1,
            place=_place(visits, int(rows[k]), int(place[rows[k]])),
            chance=float(plan.chance[rows[k], group[k]]),
            why=_why(int(rows[k]), plan),
            drawn=bool(drawn[k]),
            for_area=bool(late[k]),
        )
        for k in listed
    )


def _areas(area: Ints, listed: Ints, price: FloatArray) -> tuple[AreaToday, ...]:
    return tuple(
        AreaToday(
            name=area_name(a),
            of_open=float((area == a).mean()),
            of_today=float((area[listed] == a).mean()),
            price=float(price[a]),
        )
        for a in range(AREAS)
    )


def _offered(lists: Lists, floor: float, drawn: NDArray[np.bool_]) -> float | None:
    try:
        return evened(lists, floor, drawn).cost
    except MindshareError:  # the page says so; it is an offer, not what was asked for
        return None


def area_name(area: int) -> str:
    """As people read it."""
    return f"area {area + 1}" + {0: " (fewest burglaries)", AREAS - 1: " (most burglaries)"}.get(area, "")


def _place(visits: Visits, row: int, number: int) -> str:
    kind = [name for name in KINDS if visits.licences[row, visits.licence_names.index(name)]]
    return (
        f"place {number:05d}, {kind[0] if kind else 'other'}, open since {day_text(int(visits.opened[row]))}"
    )


def _why(row: int, plan: Plan) -> str:
    """The last visit in words; what it found beyond what is usual is in the chance."""
    tell = {name: column[row] for name, column in plan.columns.items() if name.startswith("last_")}
    if plan.columns["never_visited"][row]:
        return "no visit in the last two years"
    found = [
        f"{int(tell[f'last_{name}'])} {name}"
        for name in ("critical", "serious", "minor")
        if tell[f"last_{name}"]
    ]
    months = round(12 * float(plan.columns["years_since"][row]))
    return f"last visit {months} months ago: {', '.join(found) or 'nothing found'}"
