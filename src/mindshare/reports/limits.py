"""What was spent under the limits, what one more unit would bring, and who was asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mindshare.core.errors import counted
from mindshare.reports.markup import Child, Markup, foldable, join, named, tag
from mindshare.reports.measure import measures_of
from mindshare.reports.section import facts, folded, note, section, stacked
from mindshare.reports.words import (
    count,
    dash,
    digits_of,
    interval,
    label_of,
    measured,
    number,
    spell_price,
    unit_of,
)  # fmt: skip

FIRST_ASKED = 12
MEDIAN_PRICES = (
    "The price shown is the median one of the stream: it starts where held-out cases set it and follows what is left of "
    "the limit per case still to come."
)


def limits(result: Mapping[str, Any]) -> Markup | None:
    """The section on limits; without limits nothing."""
    told = result.get("limits")
    if not told:
        return None
    digits = digits_of(result)
    return section(
        "limits",
        "Within the limits",
        _reached(told, result, digits),
        stacked(
            "Every limit is hard: it is never passed. The price of one that is used up says what one more unit would bring.",
            ["resource", "limit", "spent", "price", "in words"],
            [_row(row) for row in told.get("table") or []],
        ),
        note(MEDIAN_PRICES),
        _asked(told.get("asked") or {}),
    )


def _reached(told: Mapping[str, Any], result: Mapping[str, Any], digits: int) -> Markup:
    alone = told.get("without") or {}
    pairs: list[tuple[Child, Child]] = []
    for measure in measures_of(result):
        value, ci = number(told.get(measure.key)), interval(told.get(f"{measure.key}_ci95"))
        within: Child = dash("not judged")
        if value is not None:
            span = f" ({measure.told_between(*ci, digits)})" if ci else ""
            within = join(tag("b", measure.told(value, digits)), span)
        pairs.append((f"{measure.title} within these limits", within))
        without = number(alone.get(measure.key))
        if without is not None:
            what = str(alone.get("what") or "without limits")
            pairs.append((f"{what}: {measure.title}", measure.told(without, digits)))
            if value is not None:
                pairs.append(("difference to that", measure.gap(value - without) + measure.unit))
    return facts(pairs)


def _row(row: Mapping[str, Any]) -> list[Child]:
    resource = str(row.get("resource") or "–")
    limit, spent, price = (number(row.get(key)) for key in ("limit", "spent", "price"))
    used: Child = dash("not measured") if spent is None else measured(spent)
    if spent is not None and limit:
        share = spent / limit
        # rounded down: 99.99 % used is not 100 %
        used = join(used, tag("small", f"{int(100 * share + 1e-9)}{chr(160)}% of it"), _bar(share))
    return [
        named(label_of(resource)),
        dash("none given") if limit is None else f"{measured(limit)} {unit_of(resource)}",
        used,
        _price(price, spent, limit, resource),
        foldable(_sentence(str(row.get("words") or "–"))),
    ]


def _price(price: float | None, spent: float | None, limit: float | None, resource: str) -> Child:
    """What one more unit would bring; nothing where some of the limit is left over."""
    if price is None:
        return dash("not known")
    if price == 0 and spent is not None and limit is not None and spent < limit * (1 - 1e-9):
        return dash("not used up")
    return spell_price(price, resource)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _bar(share: float) -> Markup:
    return tag(
        "svg",
        tag("path", d="M0 3H100", class_="track"),
        tag("path", d=f"M0 3H{100 * min(max(share, 0.0), 1.0):.1f}", class_="fill"),
        viewBox="0 0 100 6",
        preserveAspectRatio="none",
        aria_hidden="true",
        class_="bar",
    )


def _asked(asked: Mapping[str, Any]) -> Markup | None:
    if not asked:
        return None
    order = sorted(asked.items(), key=lambda item: (-(number(item[1]) or 0), str(item[0])))
    items = [join(named(agent), " ", tag("b", count(answers))) for agent, answers in order]
    words = tag("h3", "Who was asked how often")
    first = tag("ul", (tag("li", item) for item in items[:FIRST_ASKED]), class_="chips")
    if len(items) <= FIRST_ASKED:
        return join(words, first)
    rest = tag("ul", (tag("li", item) for item in items[FIRST_ASKED:]), class_="chips")
    return join(words, first, folded(counted(len(items) - FIRST_ASKED, "more agent"), rest))
