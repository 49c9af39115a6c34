"""Which points of two policies belong together, and how far ours is ahead there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mindshare.reports.curves import FIRST, HINDSIGHT, OURS
from mindshare.reports.measure import Measure
from mindshare.reports.words import interval, number

Point = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One asked share of human answers, and every policy's point under it; some spend less than they may."""

    share: float
    points: Mapping[str, Point]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """Ours minus one policy at one share, by one measure; the interval is paired."""

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


def asked_shares(policies: Mapping[str, Any], measure: Measure) -> list[Asked]:
    """Every share at which ours was judged by `measure`; those at which nobody buys more than at the one before are left out."""
    points = {name: _by_share(body, measure) for name, body in policies.items()}
    rows: list[Asked] = []
    for share in sorted(points.get(OURS, {})):
        together = {name: judged[share] for name, judged in points.items() if share in judged}
        if not rows or _buys_more(together, rows[-1].points):
            rows.append(Asked(share=share, points=together))
    return rows


def lead_over(asked: Asked, name: str, measure: Measure) -> Lead | None:
    """How far ours is ahead of `name` by `measure`; None where one of the two was not judged."""
    ours, theirs = asked.points.get(OURS), asked.points.get(name)
    if ours is None or theirs is None:
        return None
    a, b = float(ours[measure.key]), float(theirs[measure.key])
    told = theirs.get(measure.minus) or {}
    value, ci = number(told.get("value")), interval(told.get("ci95"))
    return Lead(
        policy=name,
        ours=a,
        theirs=b,
        value=a - b if value is None else 0.0 - value,
        ci95=(0.0 - ci[1], 0.0 - ci[0]) if ci else None,
    )


def best_other(asked: Asked, measure: Measure) -> Lead | None:
    """The strongest opponent; hindsight does not compete."""
    names = [n for n in asked.points if n not in {OURS, HINDSIGHT}]
    leads = [lead for n in sorted(names, key=_rank) if (lead := lead_over(asked, n, measure)) is not None]
    return max(leads, key=lambda lead: round(lead.theirs, 9)) if leads else None  # of equals the first


def _rank(policy: str) -> tuple[int, str]:
    return (FIRST.index(policy) if policy in FIRST else len(FIRST), policy)


def _by_share(body: object, measure: Measure) -> dict[float, Point]:
    """The judged points of a policy by the share that was asked for."""
    told = body.get("points") if isinstance(body, Mapping) else None
    return {
        round(share, 9): point
        for point in told or []
        if (share := number(point.get("share"))) is not None
        and number(point.get("human_share")) is not None
        and number(point.get(measure.key)) is not None
    }


def _buys_more(now: Mapping[str, Point], before: Mapping[str, Point]) -> bool:
    return any(n not in before or p["human_share"] > before[n]["human_share"] for n, p in now.items())
