"""Rows of triage in a city: stand-by hours for bike hire, month by month, and looks at the requests of one night."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.score import Bootstrap, interval
from mindshare.domains.city.triage.found import chance_so_far, usual_minutes
from mindshare.domains.city.triage.hires import HOURS, Hires, read_hires
from mindshare.domains.city.triage.paced import as_they_come, in_hindsight, paced
from mindshare.domains.city.triage.requests import read_requests
from mindshare.domains.city.triage.surplus import (
    before,
    fixed_hours,
    foretold,
    held_out,
    known_before,
    surplus,
    usual,
)

Array = NDArray[Any]
Row = tuple[str, str]
HOUR_MIN = 60.0  # minutes of a stand-by hour
A_DAY = (2, 4, 6)  # stand-by hours a day on average, to be spent within the month
TUNED_FROM, JUDGED_FROM = "2011-07", "2012-01"  # choices were made on the six months between
OURS, DAILY = "paced, trees", "paced, trees, a limit each day"
OPPONENTS = ("fixed hours", "a share by the last hour", "paced, last hour")
MORE = 1.1  # of the limit, to see what a price is worth
LOOK_MIN, LOOKED = (
    10.0,
    0.25,
)  # minutes of a look (stated), and share of the requests that minutes are there for
BLOCK_MIN = 15.0  # minutes of the night that are drawn together
DRAWS = 2_000
PARTS_OF_DAY = ((0, 6), (6, 10), (10, 16), (16, 20), (20, 24))


def triage(data: Path) -> Iterator[Row]:
    """All rows."""
    hires = read_hires(data)
    yield "stand-by hours for bike hire", hires.source
    yield from _months(hires, "tuned on July to December 2011", TUNED_FROM, JUDGED_FROM)
    yield from _months(hires, "month by month, 2012", JUDGED_FROM, "2013-01")
    yield from _night(data)


# -- bike hire -----------------------------------------------------------------------------------------------------
class Month(NamedTuple):
    """The hours of a month that have a row: day, hour, truth, what each method foretells of it and of the hours before the month."""

    day: Array
    hour: Array
    working: Array
    truth: Array
    trees: Array
    last: Array
    old_trees: Array
    old_last: Array
    fixed: Mapping[int, Array]  # stand-by hours a day -> (N,)


def _months(hires: Hires, heading: str, begin: str, end: str) -> Iterator[Row]:
    first, last = (int(np.datetime64(each, "M").astype(np.int64)) for each in (begin, end))
    months = [_month(hires, m) for m in range(first, last)]
    day, truth = (np.concatenate([getattr(m, name) for m in months]) for name in ("day", "truth"))
    yield (
        f"{heading}: days, hours, surplus in bikes",
        f"{len(np.unique(day))}, {len(day):,}, {truth.sum():,.0f}",
    )
    for hours in A_DAY:
        each = [_taken(m, hours) for m in months]
        taken = {name: np.concatenate([e[name] for e in each]) for name in each[0]}
        yield f"{heading}, {hours} hours a day: % of the surplus in stand-by hours", ""
        yield from _compared(taken, truth, day)
        yield from _price(months, hours)
        if hours == 4:
            yield from _where(months, taken, truth)


def _month(hires: Hires, month: int) -> Month:
    """Planned by what the months before taught."""
    truth, columns = surplus(hires), known_before(hires)
    over = before(hires, hires.count - usual(hires), 1)
    days, fit = np.flatnonzero(hires.month == month), np.flatnonzero(hires.month < month)
    fit = fit[np.isfinite(truth[fit]).any(axis=1)]
    here, there = np.isfinite(truth[days]), np.isfinite(truth[fit])
    at = np.nonzero(here)
    return Month(
        day=days[at[0]],
        hour=at[1],
        working=hires.working[days][at[0]] > 0,
        truth=truth[days][here],
        trees=foretold(columns, truth, fit, days)[here],
        last=np.nan_to_num(np.maximum(over[days], 0.0))[here],
        old_trees=held_out(columns, truth, fit, hires.month)[there],
        old_last=np.nan_to_num(np.maximum(over[fit], 0.0))[there],
        fixed={n: fixed_hours(hires, truth, fit, days, n)[here] for n in A_DAY},
    )


def _taken(m: Month, hours: int) -> dict[str, Array]:
    minutes = np.full(len(m.day), HOUR_MIN)
    limit = hours * HOUR_MIN * len(np.unique(m.day))
    each = np.zeros(len(m.day), bool)
    for day in np.unique(m.day):
        mine = m.day == day
        each[mine] = paced(m.trees[mine], minutes[mine], hours * HOUR_MIN, m.old_trees).taken
    share = m.last > np.quantile(m.old_last, 1.0 - hours / HOURS)
    return {
        "first come first served: the last hour had a surplus": as_they_come(m.last > 0, minutes, limit),
        "fixed hours": m.fixed[hours],
        "a share by the last hour": as_they_come(share, minutes, limit),
        "paced, last hour": paced(m.last, minutes, limit, m.old_last).taken,
        DAILY: each,
        OURS: paced(m.trees, minutes, limit, m.old_trees).taken,
        "trees in hindsight of the month": in_hindsight(m.trees, minutes, limit),
        "the most there is": in_hindsight(m.truth, minutes, limit),
    }


def _compared(taken: Mapping[str, Array], truth: Array, day: Array) -> Iterator[Row]:
    names = list(taken)
    columns = np.column_stack([truth, *(truth * taken[name] for name in names)])
    draws = Bootstrap(day.astype(np.int32), 0, DRAWS).means(columns)
    share, mean = 100.0 * draws[:, 1:] / draws[:, :1], 100.0 * columns[:, 1:].sum(axis=0) / truth.sum()
    per_day = len(np.unique(day))
    for k, name in enumerate(names):
        against = [
            f"{mean[k] - mean[names.index(o)]:+.1f} {_told(share[:, k] - share[:, names.index(o)])} on {o}"
            for o in OPPONENTS
            if name in (OURS, DAILY)
        ]
        told = f"{mean[k]:5.1f} {_told(share[:, k])} with {taken[name].sum() / per_day:.1f} hours a day"
        yield f"    {name}", "   ".join([told, *against])


def _price(months: list[Month], hours: int) -> Iterator[Row]:
    """What the price says that one more hour covers, and what a tenth more hours did cover."""
    said, more, extra = [], 0.0, 0
    for m in months:
        minutes, limit = np.full(len(m.day), HOUR_MIN), hours * HOUR_MIN * len(np.unique(m.day))
        now, then = (paced(m.trees, minutes, limit * part, m.old_trees) for part in (1.0, MORE))
        said.append(HOUR_MIN * now.price.mean())
        more += float(m.truth[then.taken].sum() - m.truth[now.taken].sum())
        extra += int(then.taken.sum() - now.taken.sum())
    yield (
        "    one more stand-by hour, in bikes of surplus",
        f"price {np.mean(said):.1f} (months: {min(said):.1f} to {max(said):.1f}); {extra} more hours covered {more / extra:.1f} each",
    )


def _where(months: list[Month], taken: Mapping[str, Array], truth: Array) -> Iterator[Row]:
    hour, working = (np.concatenate([getattr(m, name) for m in months]) for name in ("hour", "working"))
    for sort, name in ((True, "working days"), (False, "free days")):
        for low, high in PARTS_OF_DAY:
            here = (working == sort) & (hour >= low) & (hour < high)
            fixed, ours = (taken[name][here].sum() / taken[name].sum() for name in ("fixed hours", OURS))
            bikes = truth[here].sum() / truth.sum()
            yield (
                f"    {name}, {low} to {high} o'clock",
                f"{here.mean():.0%} of hours, {bikes:.0%} of the surplus; of stand-by hours {fixed:.0%} fixed, {ours:.0%} ours",
            )


# -- requests ------------------------------------------------------------------------------------------------------
def _night(data: Path) -> Iterator[Row]:
    """Judged on the requests whose outcome the file tells; how many come is taken as known."""
    requests = read_requests(data)
    known = np.isfinite(requests.found)
    yield (
        "looks at requests of one night",
        f"{requests.source}; {requests.left_out} for other agencies left out; outcome told of {known.sum()},"
        f" something found at {int(requests.found[known].sum())}",
    )
    minutes = np.full(len(requests), LOOK_MIN)
    limit = LOOKED * LOOK_MIN * len(requests)
    chance = chance_so_far(requests)
    every = np.arange(len(requests)) % round(1 / LOOKED) == 0
    taken = {
        "every fourth": every,
        "first come first served": as_they_come(np.ones(len(requests), bool), minutes, limit),
        "by kind: noise first": as_they_come(np.char.startswith(requests.kind, "Noise"), minutes, limit),
        "by how long it usually takes": paced(1.0 / usual_minutes(requests), minutes, limit).taken,
        "paced, by kind and place so far": paced(chance, minutes, limit).taken,
        "chances in hindsight of the night": in_hindsight(chance, minutes, limit),
    }
    block = (requests.came // BLOCK_MIN).astype(np.int32)
    found = np.where(known, requests.found, 0.0)
    columns = np.column_stack([c for t in taken.values() for c in (t & known, t * found)]).astype(float)
    draws = Bootstrap(block, 0, DRAWS).means(columns)
    share = 100.0 * draws[:, 1::2] / np.maximum(draws[:, ::2], 1e-9)
    for k, (name, t) in enumerate(taken.items()):
        mean = 100.0 * found[t].sum() / (t & known).sum()
        yield (
            f"    {name}",
            f"{t.sum()} looks, outcome told of {(t & known).sum()}: {mean:.1f} % find something {_told(share[:, k])},"
            f" {_told(share[:, k] - share[:, 0])} against every fourth",
        )


def _told(draws: Array) -> str:
    low, high = interval(draws)
    return f"[{low:.1f}, {high:.1f}]"
