"""The lines of a frontier: what each policy reached for what it spent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from mindshare.reports.measure import Measure
from mindshare.reports.words import interval, label_of, number, unit_of

OURS = "mindshare"
HINDSIGHT = "oracle"  # nobody can follow it: it is drawn, but never compared with
FIRST = (OURS, "posthoc", "threshold", "threshold_fused", "all_machines", "best_machine")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One point: spent per case, what was reached, and its interval where known."""

    x: float
    y: float
    ci95: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One policy's line."""

    policy: str
    dots: tuple[Dot, ...]  # by x, each x once

    def at(self, x: float) -> float | None:
        """What is reached at `x`: between two points a straight line, beyond the last one what it reached."""
        dots = self.dots
        if x < dots[0].x - 1e-12:
            return None
        for a, b in pairwise(dots):
            if x <= b.x:
                return a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x)
        return dots[-1].y


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One frontier to draw: `many` cases to a unit of x, so that few minutes become readable numbers."""

    resource: str
    measure: Measure
    title: str
    unit: str
    many: int
    curves: tuple[Curve, ...]


def share_view(policies: Mapping[str, Any], measure: Measure) -> View | None:
    """Accuracy or utility against the human answers asked for."""
    curves = (_curve(name, body.get("points"), "human_share", measure) for name, body in policies.items())
    return _view("human_share", measure, tuple(c for c in curves if c), 1)


def resource_view(resource: str, frontier: Mapping[str, Any], measure: Measure) -> View | None:
    """Accuracy or utility against what was spent of one resource."""
    curves = tuple(c for n, p in frontier.items() if (c := _curve(n, p, "spent", measure)))
    top = max((dot.x for curve in curves for dot in curve.dots), default=0.0)
    return _view(resource, measure, curves, 1000 if 0 < top < 1 else 1)


def find(curves: Sequence[Curve], policy: str) -> Curve | None:
    """The line of a policy, if it is drawn."""
    return next((curve for curve in curves if curve.policy == policy), None)


def needed(curve: Curve, target: float) -> float | None:
    """The least spend at which the line first reaches `target`."""
    if curve.dots[0].y >= target:
        return curve.dots[0].x
    for a, b in pairwise(curve.dots):
        if a.y < target <= b.y:
            return a.x + (b.x - a.x) * (target - a.y) / (b.y - a.y)
    return None


def _view(resource: str, measure: Measure, curves: tuple[Curve, ...], many: int) -> View | None:
    if not curves:
        return None
    rank = {name: i for i, name in enumerate(FIRST)}
    ordered = sorted(curves, key=lambda c: (c.policy == HINDSIGHT, rank.get(c.policy, len(rank)), c.policy))
    title = "human answers" if resource == "human_share" else label_of(resource)
    unit = "answers per case" if resource == "human_share" else unit_of(resource)
    per = " per case" if many == 1 else f" per {many:,} cases"
    return View(
        resource=resource, measure=measure, title=title + per, unit=unit, many=many, curves=tuple(ordered)
    )


def _curve(policy: str, points: object, along: str, measure: Measure) -> Curve | None:
    by_x: dict[float, Dot] = {}
    for point in points if isinstance(points, list) else []:
        x, y = number(point.get(along)), number(point.get(measure.key))
        if x is not None and y is not None and x >= 0:
            x = round(x, 12) + 0.0
            by_x[x] = Dot(x=x, y=y, ci95=interval(point.get(f"{measure.key}_ci95")))
    dots = tuple(by_x[x] for x in sorted(by_x))
    return Curve(policy=policy, dots=dots) if dots else None


def useful_range(curves: Sequence[Curve], right: float) -> tuple[float, float]:
    """The y range worth looking at: all of ours and its rivals; what is far off is named beside the picture."""
    inside = {c.policy: [d.y for d in c.dots if d.x <= right] for c in curves if c.policy != HINDSIGHT}
    core = [y for name in FIRST for y in inside.get(name, [])] or [y for ys in inside.values() for y in ys]
    ours = find(curves, OURS)
    band = [y for d in ours.dots if d.ci95 and d.x <= right for y in d.ci95] if ours else []
    core = core or [d.y for c in curves for d in c.dots]
    low, high = min(core + band), max(core + band)
    if ours and inside.get(OURS):  # a rival that falls far below ours must not flatten everything else
        reach = max(max(inside[OURS]) - min(inside[OURS]), 0.01)
        low = max(low, min(inside[OURS] + band) - reach)
    room = max(high - low, 0.005)
    near = [y for ys in inside.values() for y in ys if low - 0.5 * room <= y <= high + 0.5 * room]
    low, high = min([low, *near]), max([high, *near])
    pad = max(0.04 * (high - low), 1e-4 * max(abs(high), 1.0))
    return low - pad, high + pad


def knee(right: float, ours: float) -> float:
    """Where stretching ends: the first questions matter most, and they are few."""
    return min(right / 20, max(ours / 20, right / 300))
