"""Some cases, told one by one: who was asked, why, and what would have changed it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mindshare.core.errors import counted
from mindshare.reports.markup import Child, Markup, foldable, join, named, short, tag
from mindshare.reports.measure import ACCURACY, measure_of
from mindshare.reports.section import folded, note, section
from mindshare.reports.words import amount, dash, number, points, spend

FIRST_CARDS = 6
MOST_CARDS = 40
MOST_ASKED = 8
MARKS = {True: ("right", "✓ right"), False: ("wrong", "✗ wrong"), None: ("open", "? truth not known")}


def samples(result: Mapping[str, Any]) -> Markup:
    """A card a case; the first few open, the rest folded."""
    told: Sequence[Mapping[str, Any]] = result.get("samples") or []
    if not told:
        return section("samples", "Some cases, one by one", note(dash("the result holds no sample cases")))
    by_points = measure_of(result) is ACCURACY
    cards = [_card(sample, by_points) for sample in told[:MOST_CARDS]]
    rest = tag("div", cards[FIRST_CARDS:], class_="cards")
    return section(
        "samples",
        "Some cases, one by one",
        note("Value: what the answer was expected to add", " (in points)" if by_points else "",
             "; net: value minus what the attention cost at its price."),
        tag("div", cards[:FIRST_CARDS], class_="cards"),
        folded(counted(len(cards) - FIRST_CARDS, "more case"), rest) if len(cards) > FIRST_CARDS else None,
    )  # fmt: skip


def _card(sample: Mapping[str, Any], by_points: bool) -> Markup:
    right = sample.get("right")
    kind, words = MARKS[right if isinstance(right, bool) else None]
    before, verdict, truth = (_label(sample.get(key)) for key in ("before", "verdict", "truth"))
    same = sample.get("before") == sample.get("verdict")
    asked: Sequence[Mapping[str, Any]] = sample.get("asked") or []
    flip = str(sample.get("counterfactual") or "")
    return tag(
        "article",
        tag("h3", named(short(sample.get("case", "?"), 80)), tag("span", words, class_=f"sign {kind}")),
        tag(
            "p",
            "before ",
            before,
            join(" → stays") if same else join(" → verdict ", tag("b", verdict)),
            join("; truth ", truth) if right is False else None,
            class_="turn",
        ),
        _asked(asked, by_points),
        tag("p", foldable(str(sample.get("why") or ""))) if sample.get("why") else None,
        tag("p", tag("b", "What would change it: "), foldable(flip), class_="flip") if flip else None,
        class_="card",
    )


def _label(value: object) -> Markup:
    return tag("em", named(short(value, 80))) if value is not None else dash("not known")


def _asked(asked: Sequence[Mapping[str, Any]], by_points: bool) -> Markup:
    if not asked:
        return tag("p", "Nobody was asked.", class_="turn")
    items: list[Child] = [tag("li", _one(step, by_points)) for step in asked[:MOST_ASKED]]
    if len(asked) > MOST_ASKED:
        items.append(tag("li", f"and {len(asked) - MOST_ASKED} more"))
    return tag("ol", items)


def _one(step: Mapping[str, Any], by_points: bool) -> Child:
    answer = step.get("answer")
    said = "said nothing" if answer is None else join("said ", _label(answer))
    figures = []
    for key in ("value", "net"):
        value = number(step.get(key))
        if value is not None:
            figures.append(f"{key} {points(value) if by_points else amount(value)}")
    cost = step.get("cost") or {}
    # a person's own minutes are in people.minutes once more
    used = [
        r for r in cost if not (r.endswith(".minutes") and r != "people.minutes" and "people.minutes" in cost)
    ]
    figures += [spend(c, r) for r in used[:3] if (c := number(cost[r])) is not None]
    return join(named(short(step.get("agent", "?"), 60)), " ", said, tag("small", "; ".join(figures)))
