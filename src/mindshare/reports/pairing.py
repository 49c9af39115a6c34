"""Which points of two policies belong together, and how far ours is ahead there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mindshare.reports.curves import FIRST, HINDSIGHT, OURS
from mindshare.reports.words import interval, number

Point = Mapping[str, Any]
NEARLY = 1.03  # whole questions in every fold: of an asked share a little may stay unspent


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One asked share of human answers, and every policy's point under it; some spend less than they may."""

    share: float
    points: Mapping[str, Point]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """Ours minus one policy at one share, as a share of cases; the interval is paired."""

    policy: str
    ours: float
    theirs: float
    value: float
    ci95: tuple[float, float] | None

    @property
    def word(self) -> str:
        """On which side of zero the whole interval lies."""
        if self.ci95 is None:
            return "unknown"
        return "ahead" if self.ci95[0] > 0 else "behind" if self.ci95[1] < 0 else "even"


def asked_shares(policies: Mapping[str, Any]) -> list[Asked]:
    """Every share at which ours was judged; shares at which nobody could buy more than before are left out."""
    points = {name: _points(body) for name, body in policies.items()}
    ours = points.get(OURS, [])
    rows: list[Asked] = []
    for i, own in enumerate(ours):
        together = {n: p[i] for n, p in points.items() if len(p) == len(ours)}
        share = number(own.get("share"))
        if share is None:
            share = _round_up(max(float(p["human_share"]) for p in together.values()))
        for name in [n for n in points if n not in together]:
            at = (p for p in points[name] if math.isclose(p["human_share"], share, abs_tol=1e-9))
            together.update((name, p) for p in at)
        judged = {n: p for n, p in together.items() if number(p.get("accuracy")) is not None}
        if OURS in judged and not (rows and math.isclose(rows[-1].share, share)):
            rows.append(Asked(share=share, points=judged))
    return rows


def lead_over(asked: Asked, name: str) -> Lead | None:
    """How far ours is ahead of `name`; None where one of the two was not judged."""
    ours, theirs = asked.points.get(OURS), asked.points.get(name)
    if ours is None or theirs is None:
        return None
    a, b = float(ours["accuracy"]), float(theirs["accuracy"])
    told = theirs.get("minus_mindshare") or {}
    value, ci = number(told.get("value")), interval(told.get("ci95"))
    return Lead(
        policy=name,
        ours=a,
        theirs=b,
        value=a - b if value is None else 0.0 - value,
        ci95=(0.0 - ci[1], 0.0 - ci[0]) if ci else None,
    )


def best_other(asked: Asked) -> Lead | None:
    """The strongest opponent; hindsight does not compete."""
    names = [n for n in asked.points if n not in {OURS, HINDSIGHT}]
    leads = [lead for n in sorted(names, key=_rank) if (lead := lead_over(asked, n)) is not None]
    return max(leads, key=lambda lead: round(lead.theirs, 9)) if leads else None  # of equals the first


def _rank(policy: str) -> tuple[int, str]:
    return (FIRST.index(policy) if policy in FIRST else len(FIRST), policy)


def _points(body: object) -> Sequence[Point]:
    told = body.get("points") if isinstance(body, Mapping) else None
    return [p for p in told or [] if number(p.get("human_share")) is not None]


def _round_up(bought: float) -> float:
    """0.0998 answers bought of 0.1 asked for: the roundest number just above what was bought."""
    for digits in range(4):
        rounded = math.ceil(bought * 10**digits - 1e-9) / 10**digits
        if rounded <= bought * NEARLY:
            return rounded
    return bought
