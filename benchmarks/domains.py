"""The domains on real data, each by the measure its users live by. One function a domain; each gives rows of one table.

    python benchmarks/domains.py [--only city] [--ladders] [--nets]

Needs MINDSHARE_DATA, but for signals and routes, which need SUMO. Out of time: nothing is learnt or chosen on what is judged.
Intervals are paired and draw whole days.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from diagnosing.medicine import medicine
from domaining import ladders
from domaining.evenness import evenness
from domaining.nets import nets_of_traffic
from domaining.routes import routes
from domaining.signals import signals
from domaining.traffic import traffic
from domaining.triage import triage
from numpy.typing import NDArray

from mindshare.core.score import Bootstrap, interval
from mindshare.domains.city import machines
from mindshare.domains.city.chicago import FILE, FOLDER, read_chicago
from mindshare.domains.city.features import features
from mindshare.domains.city.schedule import VISITS_A_DAY, days_earlier, early, moving, ranked
from mindshare.domains.city.visits import Visits, day_number, first_of_month

SIMULATED = ("routes", "signals")
TUNED_FROM, ROLLING_FROM = "2012-07-01", "2013-07-01"  # choices were made on the twelve months between
EXPLORE, SEEDS, MORE_DAYS = (0.05, 0.1, 0.2), 20, 10
OPPONENTS = ("line", "line_with_inspectors")
OURS = ("history", "everything", "critical_only", "trees", "blend")
Array = NDArray[Any]
Row = tuple[str, str]


def main() -> int:
    parser = argparse.ArgumentParser()
    names = sorted({*DOMAINS, *LADDERS})
    parser.add_argument("--only", choices=names, help="one domain; else all")
    parser.add_argument("--ladders", action="store_true", help="the rows of ladders alone")
    parser.add_argument("--nets", action="store_true", help="the rows of nets alone, which take longest")
    args = parser.parse_args()
    alone = NETS if args.nets else LADDERS if args.ladders else None
    data = Path(os.environ.get("MINDSHARE_DATA", ""))
    for name in [args.only] if args.only else names:
        print(f"-- {name} --")
        if "MINDSHARE_DATA" not in os.environ and name not in SIMULATED:
            print("skipped: set MINDSHARE_DATA to the folder of the public sets")
            continue
        for part in [DOMAINS.get(name), LADDERS.get(name)] if alone is None else [alone.get(name)]:
            for what, told in part(data) if part else ():
                print(f"{what:<58} {told}", flush=True)
    return 0


# -- city ----------------------------------------------------------------------------------------------------------
def city(data: Path) -> Iterator[Row]:
    """The pilot of 2014, planned on the day before it began; then month by month."""
    visits = read_chicago(data)
    yield from _pilot(visits, _city_score(data))
    columns = features(visits, first_of_month(visits.day))
    yield from _rolling(
        "tuned on", visits, columns, (day_number(TUNED_FROM), day_number(ROLLING_FROM)), SCORERS + TRIED
    )
    yield from _rolling(
        "month by month", visits, columns, (day_number(ROLLING_FROM), int(visits.day.max()) + 1), SCORERS
    )
    yield from evenness(visits, day_number(ROLLING_FROM))
    yield from triage(data)


def _pilot(visits: Visits, score: Array) -> Iterator[Row]:
    known = np.where(visits.day >= visits.new_from, visits.new_from, first_of_month(visits.day))
    columns, new = features(visits, known), visits.new
    fit = np.flatnonzero(visits.day < visits.new_from)
    told = {
        "the real order": -visits.day.astype(float),
        "inspectors alone": machines.by_inspectors(visits, fit),
        "the city's score": score,
        **{each.__name__: each(visits, columns, fit) for each in SCORERS},
        "history without heat": machines.history(visits, _without_heat(columns), fit),
    }
    chance = machines.chances(told["history"], visits, fit)[new]
    told = {name: each[new] for name, each in told.items()}
    found, group, day = visits.found[new] > 0, visits.group[new], visits.day[new]
    yield "visits, hits, hits in one point", f"{len(new):,}, {found.sum()}, {found.sum() / 100:.1f}"
    judged = {name: _judged(each, found, group, day) for name, each in told.items()}
    yield from _rows("pilot", judged, day[found])
    yield from _explored(told["history"], columns["never_visited"][new] > 0, found, group)
    yield from _prices(chance, told["history"], found, group, visits.groups)


def _rolling(
    heading: str,
    visits: Visits,
    columns: Mapping[str, Array],
    span: tuple[int, int],
    scorers: Sequence[machines.Scorer],
) -> Iterator[Row]:
    """Each month planned on its first day, by what the months before taught."""
    month = first_of_month(visits.day)
    parts: dict[str, list[Early]] = {each.__name__: [] for each in scorers}
    days = []
    for start in np.unique(month[(month >= span[0]) & (month < span[1])]):
        fit, rows = np.flatnonzero(visits.day < start), np.flatnonzero(month == start)
        rows = rows[np.argsort(visits.day[rows], kind="stable")]
        found, group, day = visits.found[rows] > 0, visits.group[rows], visits.day[rows]
        for each in scorers:
            parts[each.__name__].append(_judged(each(visits, columns, fit)[rows], found, group, day))
        days.append(day[found])
    judged = {name: Early(*map(np.concatenate, zip(*each, strict=True))) for name, each in parts.items()}
    yield from _rows(heading, judged, np.concatenate(days))


class Early(NamedTuple):
    """Of each find: is it in the first half, in one list and within inspectors, and how many days earlier is it within inspectors."""

    city: NDArray[np.bool_]
    own: NDArray[np.bool_]
    real: Array  # than it took place
    chance: Array  # than in a list in no order


def _judged(
    score: Array, found: NDArray[np.bool_], group: NDArray[np.int64], day: NDArray[np.int64]
) -> Early:
    one, rank = np.zeros_like(group), ranked(score, group)
    gain = days_earlier(rank, group, day).astype(float)
    middle = np.bincount(group, day - gain) / np.bincount(group)
    first = early(ranked(score, one), one), early(rank, group)
    return Early(*(each[found] for each in (*first, gain, middle[group] - day + gain)))


def _rows(heading: str, judged: Mapping[str, Early], day: NDArray[np.int64]) -> Iterator[Row]:
    yield from _compared(
        f"{heading}, % of finds in the first half, whole city", judged, lambda e: 100.0 * e.city, day
    )
    yield from _compared(
        f"{heading}, % of finds in the first half, within inspectors", judged, lambda e: 100.0 * e.own, day
    )
    yield from _compared(f"{heading}, days earlier than they took place", judged, lambda e: e.real, day)
    yield from _compared(f"{heading}, days earlier than in no order", judged, lambda e: e.chance, day)


def _compared(
    heading: str, judged: Mapping[str, Early], which: Callable[[Early], Array], day: NDArray[np.int64]
) -> Iterator[Row]:
    """Each order's mean over the finds, and for ours the difference to each opponent."""
    yield heading, ""
    columns = np.stack([which(each) for each in judged.values()], axis=1).astype(float)
    draws, mean = Bootstrap(day.astype(np.int32), 0, 2_000).means(columns), columns.mean(axis=0)
    at = {name: k for k, name in enumerate(judged)}
    for name, k in at.items():
        against = [
            f"{mean[k] - mean[at[o]]:+.1f} {_told(draws[:, k] - draws[:, at[o]])} on {o}"
            for o in OPPONENTS
            if name.startswith(OURS)
        ]
        yield f"    {name}", "   ".join([f"{mean[k]:5.1f} {_told(draws[:, k])}", *against])


def _explored(
    score: Array, unknown: NDArray[np.bool_], found: NDArray[np.bool_], group: NDArray[np.int64]
) -> Iterator[Row]:
    """What a share of drawn visits costs, and how many places never visited come into the first half."""

    def first(share: float, seed: int) -> NDArray[np.bool_]:
        return early(ranked(score, group, explore=share, seed=seed), group)

    base = first(0.0, 0)
    for share in EXPLORE:
        each = [first(share, seed) for seed in range(SEEDS)]
        cost = np.array([100.0 * (base[found].mean() - e[found].mean()) for e in each])
        seen = np.mean([e[unknown].mean() for e in each])
        told = f"{cost.mean():.2f} points (of {SEEDS} draws: {cost.min():.1f} to {cost.max():.1f})"
        yield (
            f"exploration, {share:.0%} of visits drawn: costs",
            f"{told}; first half of the unvisited {base[unknown].mean():.1%} -> {seen:.1%}",
        )


def _more(after: NDArray[np.bool_], own: Array, found: NDArray[np.bool_], price: float) -> str:
    days = after.sum() / VISITS_A_DAY
    told = f"foretold {own[after].sum() / days:.2f}, found {found[after].sum() / days:.2f}"
    return f"price {price:.2f}; of the next {days:.0f} days, each: {told}"


def _prices(
    chance: Array, score: Array, found: NDArray[np.bool_], group: NDArray[np.int64], groups: tuple[str, ...]
) -> Iterator[Row]:
    """Half of the visits fit: what ten more inspector days bring, foretold and found; and if inspectors could move."""
    capacity = np.bincount(group) // 2
    rank, own = ranked(score, group), chance[np.arange(len(group)), group]
    moved = moving(chance, group, capacity)
    more = np.zeros(len(group), bool)
    for g in range(chance.shape[1]):
        next_days = (group == g) & (rank >= capacity[g]) & (rank < capacity[g] + MORE_DAYS * VISITS_A_DAY)
        yield (
            f"finds of one more inspector day, {groups[g]}",
            _more(next_days, own, found, VISITS_A_DAY * moved.price[g]),
        )
        more |= next_days
    yield (
        "finds of one more inspector day, all groups",
        _more(more, own, found, VISITS_A_DAY * float(moved.price.mean())),
    )
    first = early(rank, group)
    yield "finds of half the visits: foretold, found", f"{own[first].sum():.0f}, {found[first].sum()}"
    yield (
        "finds foretold if inspectors move: kept, moved, visits moved",
        f"{moved.kept:.0f}, {moved.moved:.0f}, {moved.changed}",
    )


# -- ideas that were tried -----------------------------------------------------------------------------------------
def critical_only(visits: Visits, columns: Mapping[str, Array], fit: NDArray[np.int64]) -> Array:
    """`history`, taught by critical violations alone."""
    result = visits.result * np.array([1.0, 1.0, 0.0, 1.0])
    return machines.history(replace(visits, result=result, passed=np.ones(len(visits))), columns, fit)


def trees(visits: Visits, columns: Mapping[str, Array], fit: NDArray[np.int64]) -> Array:
    """Boosted trees of all columns, three seeds."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    table = np.stack(list(columns.values()), axis=1)
    how = {"max_iter": 100, "learning_rate": 0.05, "max_leaf_nodes": 6, "l2_regularization": 5.0}
    with threadpool_limits(1):
        told = [
            HistGradientBoostingClassifier(**how, min_samples_leaf=40, max_features=0.3, random_state=seed)
            .fit(table[fit], visits.found[fit])
            .predict_proba(table)[:, 1]
            for seed in range(3)
        ]
    return np.mean(told, axis=0)


def blend(visits: Visits, columns: Mapping[str, Array], fit: NDArray[np.int64]) -> Array:
    """The mean of `history` and `line`, each in its standard deviations."""
    both = (each(visits, columns, fit) for each in (machines.history, machines.line))
    return np.sum([(score - score[fit].mean()) / score[fit].std() for score in both], axis=0)


def _without_heat(columns: Mapping[str, Array]) -> dict[str, Array]:
    return {
        k: np.zeros_like(c) if k.startswith(("near", "wide", "heat", "rank")) else c
        for k, c in columns.items()
    }


def _city_score(data: Path) -> Array:
    import polars as pl

    return pl.read_csv(data / FOLDER / FILE)["score"].to_numpy()


def _told(draws: Array) -> str:
    low, high = interval(draws)
    return f"[{low:.1f}, {high:.1f}]"


SCORERS = (
    machines.rule,
    machines.line,
    machines.line_with_inspectors,
    machines.history,
    machines.everything,
)
TRIED = (critical_only, trees, blend)
DOMAINS: Mapping[str, Callable[[Path], Iterator[Row]]] = {
    "city": city,
    "medicine": medicine,
    "routes": routes,
    "signals": signals,
    "traffic": traffic,
}
LADDERS: Mapping[str, Callable[[Path], Iterator[Row]]] = {
    "medicine": ladders.medicine,
    "tickets": ladders.tickets,
    "traffic": ladders.traffic,
}
NETS: Mapping[str, Callable[[Path], Iterator[Row]]] = {"traffic": nets_of_traffic}

if __name__ == "__main__":
    sys.exit(main())
