"""What a what-if found, in sentences, and what a log cannot judge."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from mindshare.core.errors import counted
from mindshare.core.history import Team
from mindshare.core.records import PEOPLE_MINUTES
from mindshare.engine.export import Exported
from mindshare.engine.settings import DAY, Limit
from mindshare.histories.words import gain_of, gained, price_in_words, unit_of

PERIODS = {3_600.0: "each hour", DAY: "each day", 7 * DAY: "each week"}
Result = dict[str, Any]


class MorePeople(msgspec.Struct, frozen=True, kw_only=True):
    """So many more people each day between two times on the wall (09:00, to 24:00) of a time zone."""

    start: str = msgspec.field(name="from")
    to: str
    people: float = 1.0
    tz: str = "UTC"


class Compared(NamedTuple):
    """Two backtests of the same cases, with the limits of each; what is worth some prices; more people, where hours were told."""

    before: Result
    done: Result
    now: Mapping[str, float | Limit]
    then: Mapping[str, float | Limit]
    prices: Mapping[str, Result]
    more: MorePeople | None = None


def sentences(c: Compared, team: Team) -> list[str]:
    """What is, what would have been, what one more unit would bring, what is worth the prices."""
    out = [
        f"As it is ({_limits(c.now)}), replayed: {_reached(c.before, team)}, of {c.done['cases']:,} cases."
    ]
    if c.then != c.now or c.more is not None:
        one, other = _measured(c.before, team), _measured(c.done, team)
        more = other.value - one.value
        by = f"{abs(more) * 100:.1f} points" if team.is_accuracy else f"{abs(more):.3g} a case"
        how = "as much" if abs(more) < 5e-4 else f"{by} {'more' if more > 0 else 'less'}"
        chance = " The intervals overlap, so chance alone may explain it." if one.overlaps(other) else ""
        also = "" if c.more is None else f" and {_people(c.more)}"
        out.append(
            f"With {_limits(c.then)}{also} it would have been: {_reached(c.done, team)}, {how}.{chance}"
        )
    if c.more is not None:
        out += _then(c.more, c.done["more"], team)
    out += [f"At that limit of {row['resource']} {row['words']}." for row in _table(c)]
    return out + [_worth(resource, told, team) for resource, told in c.prices.items()]


def _people(more: MorePeople) -> str:
    return f"{counted(f'{more.people:g}', 'more person', 'more people')} from {more.start} to {more.to} ({more.tz}) each day"


def _then(more: MorePeople, told: Result, team: Team) -> list[str]:
    """How many cases had more people, and what was assumed of these."""
    minutes = told["amount"]
    out = [
        f"{counted(told['cases'], 'case')} of those that are judged came between {more.start} and {more.to}: they alone had"
        f" {minutes:,.4g} minutes more, of people who answer as those in the log do."
    ]
    if told["cases"] and minutes:
        words = price_in_words(told["resource"], told["price"], 0.0, math.inf, gain_of(team))
        out.append(
            f"At these hours {words}." if told["price"] > 0 else "At these hours not all minutes were of use."
        )
    return out


def _worth(resource: str, told: Result, team: Team) -> str:
    """What is bought at a price."""
    price = gained(f"{told['price']:g}", gain_of(team))
    reached = (
        f"right on {100 * told['accuracy']:.1f} %"
        if team.is_accuracy
        else f"a verdict is worth {told['utility']:.3g}"
    )
    return f"At a price of {price} for one {unit_of(resource)}, {told['spent']:.3g} of it a case would be bought: {reached}."


def _table(c: Compared) -> list[Result]:
    return list((c.done["limits"] or {"table": []})["table"])


def cannot_judge(c: Compared, told: Exported, left_out: Iterable[str]) -> list[str]:
    """What a log says nothing of."""
    more = set() if c.more is None else {PEOPLE_MINUTES}
    new = [r for r, limit in c.then.items() if c.now.get(r) != limit or r in more]
    unused = [row["resource"] for row in _table(c) if row["resource"] in new and row["price"] <= 0]
    out = [
        "A log holds only the answers that were given, where the service asked for them. So it judges asking less than that; what asking"
        " more, or somebody else, would have brought is not in it."
    ]
    out += [
        f"The limit on {r} is more than the answers in the log can use: that they use no more is no proof that more is of no use."
        for r in unused
    ]
    if told.cases.height < told.arrived:
        out.append(
            f"Of {told.arrived:,} cases {told.cases.height:,} have an outcome and are judged; limits are theirs in proportion, and the"
            " others may be of another sort."
        )
    out += [f"No answer in the log uses {r}, so its limit is left out." for r in left_out]
    return out


class _Measured(NamedTuple):
    value: float
    low: float
    high: float

    def overlaps(self, other: _Measured) -> bool:
        return self.low <= other.high and other.low <= self.high


def _measured(result: Result, team: Team) -> _Measured:
    """Accuracy or utility within the limits; without limits, of asking whoever is worth asking."""
    told = result["limits"] or result["policies"]["mindshare"]["points"][-1]
    name = "accuracy" if team.is_accuracy else "utility"
    return _Measured(told[name], *told[f"{name}_ci95"])


def _reached(result: Result, team: Team) -> str:
    told = _measured(result, team)
    if team.is_accuracy:
        return f"right on {100 * told.value:.1f} % ({100 * told.low:.1f} to {100 * told.high:.1f})"
    return f"a verdict is worth {told.value:.3g} ({told.low:.3g} to {told.high:.3g})"


def _limits(limits: Mapping[str, float | Limit]) -> str:
    return ", ".join(f"{r} {_limit(x)}" for r, x in limits.items()) or "no limits"


def _limit(limit: float | Limit) -> str:
    if not isinstance(limit, Limit):
        return f"{limit:g} in all"
    if limit.per_s is None:
        return f"{limit.limit:g} in all"
    return f"{limit.limit:g} {PERIODS.get(limit.per_s, f'each {limit.per_s:g} s')}"
