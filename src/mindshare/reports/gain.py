"""Promised against realised gain: did asking bring what the rule said it would?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mindshare.core.errors import counted
from mindshare.reports.axis import Axis, even_ticks
from mindshare.reports.markup import Child, Markup, join, tag
from mindshare.reports.plot import Frame, grid, line, marker, svg, titles
from mindshare.reports.section import note, section, table
from mindshare.reports.words import count, dash, number, points

LARGE = 300  # cases; smaller bins are shown but judge nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Answers with about the same promised gain, in shares of cases."""

    promised: float
    realised: float
    cases: float
    se: float

    @property
    def kept(self) -> bool:
        return abs(self.promised - self.realised) <= max(0.25 * abs(self.realised), 2 * self.se, 0.005)

    @property
    def words(self) -> str:
        kept = "✓ kept" if self.kept else "✗ broken"
        return kept if self.cases >= LARGE else f"{kept}, few cases"


def gain(result: Mapping[str, Any]) -> Markup:
    """The section: what asking promised, what it brought, and how many promises were kept."""
    bins = [b for told in result.get("gain_bins") or [] if (b := _bin(told))]
    if not bins:
        return section(
            "gain", "Promised and realised gain", note(dash("nobody was asked, so nothing was promised"))
        )
    large = [b for b in bins if b.cases >= LARGE]
    kept = sum(b.kept for b in large)
    verdict = (
        f"{kept} of {counted(len(large), 'group')} of {LARGE} or more cases kept {'its' if len(large) == 1 else 'their'}"
        " promise (within 25 %, two standard errors or "
        "half a point)."
        if large
        else f"No group has {LARGE} cases, so this is only a hint."
    )
    rows: list[list[Child]] = [
        [
            points(b.promised),
            f"{points(b.realised)} ± {points(2 * b.se, signed=False)}",
            count(b.cases),
            b.words,
        ]
        for b in bins
    ]
    return section(
        "gain",
        "Promised and realised gain",
        tag("p", "Before asking, Mindshare says what the answer should add. Points on the diagonal: it was right. "
            "Below it: it promised too much. ", tag("b", verdict)),
        tag(
            "div",
            _picture(bins, verdict),
            table("Gain of an answer, in points of right verdicts (± two standard errors)",
                  ["promised", "realised", "cases", "promise"], rows, "figures"),
            class_="pair",
        ),
    )  # fmt: skip


def _bin(told: Mapping[str, Any]) -> Bin | None:
    promised, realised = number(told.get("promised")), number(told.get("realised"))
    if promised is None or realised is None:
        return None
    cases, se = number(told.get("cases")) or 0.0, number(told.get("se")) or 0.0
    return Bin(promised=promised, realised=realised, cases=cases, se=max(se, 0.0))


def _picture(bins: list[Bin], verdict: str) -> Markup:
    values = [v for b in bins for v in (b.promised, b.realised)]
    values += [v for b in bins if b.cases >= LARGE for v in (b.realised - 2 * b.se, b.realised + 2 * b.se)]
    low, high = min([0.0, *values]), max([0.001, *values])
    pad = 0.06 * (high - low)
    low, high = low - pad, high + pad
    # two standard errors of a tiny group may be huge: its bar leaves the picture, the others keep their room
    frame = Frame(
        width=358,
        height=340,
        x=Axis(low=low, high=high, start=46, end=346),
        y=Axis(low=low, high=high, start=294, end=28),
    )
    ticks = [(t, f"{100 * t:g}") for t in even_ticks(low, high, 6)]
    diagonal = line([(frame.left, frame.bottom), (frame.right, frame.top)])
    clip = tag("clipPath", tag("rect", x=frame.left, y=frame.top, width=300, height=266), id="clip-gain")
    return svg(
        frame,
        f"Realised against promised gain in points, a point a group of cases. {verdict}",
        clip,
        grid(frame, ticks, ticks),
        tag("path", d=diagonal, class_="diagonal"),
        tag("g", (_point(frame, b) for b in bins), clip_path="url(#clip-gain)"),
        titles(frame, "promised, points", "realised, points; line: ± 2 standard errors"),
        class_="chart square",
    )


def _point(frame: Frame, b: Bin) -> Markup:
    x, y = frame.x.at(b.promised), frame.y.at(b.realised)
    top, bottom = (max(-999.0, min(999.0, frame.y.at(b.realised + s * 2 * b.se))) for s in (1, -1))
    tip = (
        f"promised {points(b.promised)}\nrealised {points(b.realised)} ± {points(2 * b.se, signed=False)}\n"
        f"{counted(count(b.cases), 'case')}: {b.words}"
    )
    return tag(
        "g",
        tag("path", d=line([(x, top), (x, bottom)]), class_="whiskers"),
        marker("circle" if b.kept else "cross", x, y),
        join(tag("rect", x=x - 12, y=y - 12, width=24, height=24, data_tip=tip)),
        class_="ours" if b.kept else "rival",
    )
