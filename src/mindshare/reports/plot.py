"""The parts every chart is drawn from: frame, grid, lines, markers, strips that answer a touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from mindshare.reports.axis import Axis
from mindshare.reports.markup import Child, Markup, join, tag

SHAPES = {  # drawn around 0,0; a policy is known by its shape, not only by its colour
    "circle": "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z",
    "square": "M-3.5 -3.5H3.5V3.5H-3.5Z",
    "triangle": "M0 -4.5L4.5 3.5H-4.5Z",
    "diamond": "M0 -5L5 0L0 5L-5 0Z",
    "down": "M0 4.5L4.5 -3.5H-4.5Z",
    "cross": "M-3.5 -3.5L3.5 3.5M-3.5 3.5L3.5 -3.5",
    "plus": "M0 -4.5V4.5M-4.5 0H4.5",
    "bar": "M-4.5 0H4.5",
    "dot": "M-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0Z",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Where the picture lies inside its SVG, in pixels."""

    width: float
    height: float
    x: Axis
    y: Axis

    @property
    def left(self) -> float:
        return self.x.start

    @property
    def right(self) -> float:
        return self.x.end

    @property
    def top(self) -> float:
        return self.y.end

    @property
    def bottom(self) -> float:
        return self.y.start


def svg(frame: Frame, label: str, *children: Child, class_: str) -> Markup:
    """A picture with its content in words for who cannot see it."""
    return tag(
        "svg",
        *children,
        viewBox=f"0 0 {frame.width:g} {frame.height:g}",
        role="img",
        aria_label=label,
        class_=class_,
    )


def grid(frame: Frame, across: Sequence[tuple[float, str]], up: Sequence[tuple[float, str]]) -> Markup:
    """Tick lines and their words: `across` on the x axis, `up` on the y axis."""
    lines = "".join(f"M{frame.left:g} {frame.y.at(y):.1f}H{frame.right:g}" for y, _ in up)
    stubs = "".join(f"M{frame.x.at(x):.1f} {frame.bottom:g}v5" for x, _ in across)
    return join(
        tag("path", d=lines, class_="grid") if lines else None,
        tag("path", d=f"M{frame.left:g} {frame.bottom:g}H{frame.right:g}{stubs}", class_="base"),
        (
            tag("text", word, x=frame.x.at(x), y=frame.bottom + 19, class_="tick", text_anchor="middle")
            for x, word in across
        ),
        (
            tag("text", word, x=frame.left - 6, y=frame.y.at(y) + 4, class_="tick", text_anchor="end")
            for y, word in up
        ),
    )


def titles(frame: Frame, across: str, up: str) -> Markup:
    """What the axes show; the y axis is named above, so that nobody has to turn the head."""
    return join(
        tag("text", up, x=4, y=14, class_="title"),
        tag("text", across, x=frame.left, y=frame.height - 6, class_="title"),
    )


def line(spots: Sequence[tuple[float, float]]) -> str:
    """Path data through spots given in pixels."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)


def marker(shape: str, x: float, y: float) -> Markup:
    """One of SHAPES at a pixel."""
    return tag("path", d=SHAPES[shape], transform=f"translate({x:.1f} {y:.1f})", class_=f"mark {shape}")


def strips(frame: Frame, tips: Sequence[tuple[float, str]]) -> Markup:
    """Invisible columns, one a point of x: a pointer or a finger on it shows its numbers and a guide line."""
    spots = [frame.x.at(x) for x, _ in tips]
    edges = [frame.left - 8, *((a + b) / 2 for a, b in pairwise(spots)), frame.right + 8]
    return tag(
        "g",
        (
            tag(
                "g",
                tag("path", d=f"M{spot:.1f} {frame.top:g}V{frame.bottom:g}", class_="guide"),
                tag(
                    "rect",
                    x=edges[i],
                    y=frame.top,
                    width=edges[i + 1] - edges[i],
                    height=frame.bottom - frame.top,
                    data_tip=tips[i][1],
                ),
                class_="strip",
            )
            for i, spot in enumerate(spots)
        ),
    )
