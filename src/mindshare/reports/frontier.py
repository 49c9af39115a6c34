"""The frontier as a picture: what each policy reaches for the attention it spends."""

from __future__ import annotations

from dataclasses import replace
from itertools import count as counter
from typing import NamedTuple

from mindshare.reports.axis import Axis, even_ticks, spread, stretched_ticks
from mindshare.reports.curves import HINDSIGHT, OURS, Curve, View, find, knee, useful_range
from mindshare.reports.markup import Markup, join, short, tag
from mindshare.reports.measure import ACCURACY, Measure
from mindshare.reports.plot import Frame, grid, line, marker, strips, svg, titles
from mindshare.reports.words import amount, percent

MOST_LABELS = 16  # more lines than this are in the table only
TIPPED = 8  # policies named in one tip


class Look(NamedTuple):
    """How a line is told from the others, also without colours."""

    tone: str  # class that gives the colour
    dashes: str | None
    shape: str


LOOKS = {
    OURS: Look("ours", None, "circle"),
    "posthoc": Look("rival", None, "square"),
    "posthoc_skill": Look("plain", "6 2", "square"),
    "threshold": Look("third", None, "triangle"),
    "threshold_fused": Look("third", "6 4", "down"),
    "all_machines": Look("plain", "10 4", "bar"),
    "best_machine": Look("plain", "2 3", "bar"),
    "random": Look("plain", "1 4", "cross"),
    "majority_of_3": Look("plain", "8 3 2 3", "diamond"),
    "first_come": Look("plain", "4 4", "plus"),
    "everybody": Look("plain", "12 3 2 3", "square"),
    "one_person": Look("plain", "3 6", "dot"),
    HINDSIGHT: Look("faint", "1 3", "dot"),
}
OTHERS = (Look("plain", "5 2", "diamond"), Look("plain", "2 5", "plus"), Look("plain", "7 3 1 3", "cross"))


class Size(NamedTuple):
    """Phone and desktop each get a picture of their own, so that letters keep their size."""

    name: str
    width: float
    height: float
    margin: float  # for the labels at the right
    letters: int
    ticks: int


SIZES = (Size("narrow", 358, 400, 116, 15, 5), Size("wide", 1008, 460, 190, 21, 7))


def picture(view: View, digits: int, key: str) -> Markup:
    """Both sizes of one frontier; the page shows the one that fits."""
    return join(_draw(view, digits, size, f"{key}-{size.name}") for size in SIZES)


def _draw(view: View, digits: int, size: Size, key: str) -> Markup:
    curves = view.curves[:MOST_LABELS]
    frame = _frame(view, size)
    clip = tag("clipPath", tag("rect", x=frame.left - 6, y=frame.top - 6, width=frame.right - frame.left + 12,
                               height=frame.bottom - frame.top + 12), id=f"clip-{key}")  # fmt: skip
    looks = _looks(curves)
    drawn = [_line(frame, c, looks[c.policy]) for c in reversed(curves)]  # ours last: on top
    return svg(
        frame,
        _spoken(view, digits),
        clip,
        _ticks(frame, view, size),
        tag("g", _band(frame, find(curves, OURS)), drawn, clip_path=f"url(#clip-{key})"),
        _labels(frame, curves, looks, size, digits, view.measure),
        titles(frame, view.title + (" (stretched near 0)" if frame.x.knee else ""), view.measure.title),
        strips(frame, _tips(view, digits, frame)),
        class_=f"chart {size.name}",
    )


def _frame(view: View, size: Size) -> Frame:
    ours = find(view.curves, OURS)
    right = max(dot.x for curve in view.curves for dot in curve.dots) or 1.0
    low, high = useful_range(view.curves, right)
    left = min(dot.x for curve in view.curves for dot in curve.dots)
    far = (
        0.2 * right < left < right
    )  # everybody spends a lot: nothing to see near zero, so nothing to stretch there
    return Frame(
        width=size.width,
        height=size.height,
        x=Axis(
            low=left - 0.03 * (right - left) if far else 0.0,
            high=right,
            start=46,
            end=size.width - size.margin,
            knee=None if far else knee(right, ours.dots[-1].x if ours else right),
        ),
        y=Axis(low=low, high=high, start=size.height - 46, end=30),
    )


def _ticks(frame: Frame, view: View, size: Size) -> Markup:
    across = [(x / view.many, amount(x)) for x in _ticks_across(frame.x, view.many, size)]
    up = even_ticks(frame.y.low, frame.y.high, size.ticks)
    step = up[1] - up[0] if len(up) > 1 else 0.01
    if view.measure is ACCURACY:
        decimals = 0 if step >= 0.0099 else 1 if step >= 0.00099 else 2
        return grid(frame, across, [(y, percent(y, decimals)) for y in up if y <= 1 + 1e-9])
    return grid(frame, across, [(y, amount(y)) for y in up])


def _ticks_across(axis: Axis, many: int, size: Size) -> list[float]:
    if axis.knee is None:
        return even_ticks(axis.low * many, axis.high * many, size.ticks + 3)
    scaled = replace(axis, low=0.0, high=axis.high * many, knee=axis.knee * many)
    return stretched_ticks(scaled, 34 if size.name == "narrow" else 44)


def _looks(curves: tuple[Curve, ...]) -> dict[str, Look]:
    turn = counter()
    return {c.policy: LOOKS.get(c.policy) or OTHERS[next(turn) % len(OTHERS)] for c in curves}


def _line(frame: Frame, curve: Curve, look: Look) -> Markup:
    spots = [(frame.x.at(d.x), _held(frame, d.y)) for d in curve.dots if d.x <= frame.x.high * 1.001]
    if not spots:
        return join()
    end = spots[-1]
    marks = spots if look.tone in {"ours", "rival", "third"} else spots[-1:]
    rest = line([end, (frame.right, end[1])]) if end[0] < frame.right - 1 else None
    return tag(
        "g",
        tag("path", d=rest, class_="rest") if rest else None,  # who may spend more may also spend no more
        tag("path", d=line(spots), stroke_dasharray=look.dashes, class_="line"),
        (marker(look.shape, x, y) for x, y in marks),
        class_=look.tone,
    )


def _held(frame: Frame, y: float) -> float:
    # far outside values would make coordinates of millions of pixels; clipping hides them either way
    return max(frame.top - 2000, min(frame.bottom + 2000, frame.y.at(y)))


def _band(frame: Frame, ours: Curve | None) -> Markup | None:
    dots = [d for d in ours.dots if d.ci95 is not None] if ours else []
    if len(dots) < 2:
        return None
    above = [(frame.x.at(d.x), _held(frame, d.ci95[1])) for d in dots if d.ci95]
    below = [(frame.x.at(d.x), _held(frame, d.ci95[0])) for d in dots if d.ci95]
    return tag("path", d=line(above + below[::-1]) + "Z", class_="band")


def _labels(
    frame: Frame, curves: tuple[Curve, ...], looks: dict[str, Look], size: Size, digits: int, measure: Measure
) -> Markup:
    """Names at the right end of the lines, moved apart; arrows for lines that leave the picture."""
    shown = [c for c in curves if c.dots[0].x <= frame.x.high * 1.001]
    ends = [[d for d in c.dots if d.x <= frame.x.high * 1.001][-1].y for c in shown]
    wanted = [max(frame.top, min(frame.bottom, frame.y.at(y))) for y in ends]
    places = spread(wanted, 15, frame.top, frame.bottom)
    out: list[Markup] = []
    for curve, y, from_y, place in zip(shown, ends, wanted, places, strict=True):
        arrow = "↑ " if y > frame.y.high else "↓ " if y < frame.y.low else ""
        words = measure.told(y, digits)
        text = arrow + short(curve.policy, size.letters - (2 if arrow else 0))
        if size.name == "wide":
            text += f" {words}"
        lead = line([(frame.right + 7, from_y), (frame.right + 15, place)])
        out += [
            tag("path", d=lead, class_="lead"),
            tag(
                "text",
                text,
                tag("title", f"{curve.policy} {words}"),
                x=frame.right + 18,
                y=place + 4,
                class_=f"name {looks[curve.policy].tone}",
            ),
        ]
    return join(out)


def _tips(view: View, digits: int, frame: Frame) -> list[tuple[float, str]]:
    """At every point of ours: what each policy reaches for the same spend."""
    ours = find(view.curves, OURS) or view.curves[0]
    tips = []
    for dot in (d for d in ours.dots if d.x <= frame.x.high * 1.001):
        reached = [(y, c.policy) for c in view.curves if (y := c.at(dot.x)) is not None]
        reached.sort(key=lambda pair: (-pair[0], pair[1]))
        rows = [f"{short(name, 24)} {view.measure.told(y, digits)}" for y, name in reached[:TIPPED]]
        tips.append((dot.x, f"{view.title}: {amount(dot.x * view.many)}\n" + "\n".join(rows)))
    return tips


def _spoken(view: View, digits: int) -> str:
    """The picture in words, for who cannot see it."""
    start = f"{view.measure.title.capitalize()} against {view.title}, a line per policy."
    ends = (
        f"{short(c.policy, 40)} from {view.measure.told(c.dots[0].y, digits)}"
        f" to {view.measure.told(c.dots[-1].y, digits)}"
        for c in view.curves[:TIPPED]
    )
    return f"{start} {'; '.join(ends)}."
