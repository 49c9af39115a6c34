"""Several kinds of cases under one limit: where the people's attention went, and what it brought to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mindshare.core.errors import counted
from mindshare.reports.curves import OURS
from mindshare.reports.markup import Child, Markup, named
from mindshare.reports.measure import Measure, measures_of
from mindshare.reports.section import note, section, stacked
from mindshare.reports.words import amount, count, dash, digits_of, number

SHOWN = (0.05, 0.1, 0.2)  # human answers per case, of all kinds together
HEAD = ("kind", "cases", "labels", "human answers per case", "machines alone", "with people", "difference")


def kinds(result: Mapping[str, Any]) -> Markup | None:
    """A table per share; nothing where all cases are of one kind."""
    told = result.get("kinds")
    if not told:
        return None
    shares = shares_of(told)
    measure, digits = measures_of(result)[0], digits_of(result)
    return section(
        "kinds",
        "How much attention each kind gets",
        note("Kinds have labels and a belief of their own. They share the people, the limits and the prices, so an answer "
             "goes where it is worth most."),
        [stacked(f"{titled(measure)} at {counted(amount(share), 'human answer')} per case, all kinds together", HEAD,
                 [row(kind, one, i, measure, digits) for kind, one in told.items()]) for i, share in shares],
    )  # fmt: skip


def titled(measure: Measure) -> str:
    """What the table shows."""
    return measure.title[:1].upper() + measure.title[1:]


def shares_of(told: Mapping[str, Any]) -> list[tuple[int, float]]:
    """(place, share) of the points that stand next to SHOWN, each once."""
    points = next(iter(told.values()))["policies"][OURS]["points"]
    every = [float(point["share"]) for point in points]
    found = {min(range(len(every)), key=lambda i: abs(every[i] - wanted)) for wanted in SHOWN}
    return [(i, every[i]) for i in sorted(found) if every[i] > 0]


def row(kind: str, one: Mapping[str, Any], i: int, measure: Measure, digits: int) -> list[Child]:
    """One kind at one share, as cells under HEAD."""
    points: Sequence[Mapping[str, Any]] = one["policies"][OURS]["points"]
    alone, now = number(points[0].get(measure.key)), number(points[i].get(measure.key))
    share = number(points[i].get("human_share"))
    told = alone is not None and now is not None
    return [
        named(kind),
        count(one.get("cases")),
        count(one.get("labels")),
        dash("not told") if share is None else f"{share:.3f}",
        dash("not judged") if alone is None else measure.told(alone, digits),
        dash("not judged") if now is None else measure.told(now, digits),
        measure.gap(now - alone) + measure.unit if told else dash("not judged"),  # type: ignore[operator]
    ]
