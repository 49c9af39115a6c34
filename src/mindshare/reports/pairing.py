"""Which points of two policies belong together, and how far ours is ahead there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mindshare.reports.curves import FIRST, HINDSIGHT, OURS
from mindshare.reports.measure import Measure
from mindshare.reports.words import interval, number

Point = Mapping[str, Any]
MACHINES = "all_machines"
USUAL_SHARE = 0.1  # the headline is about one human answer in ten cases, chosen before looking
KNEE = 0.05  # answers per case: below, shares that differ as much are as far apart; above, those that are as many times as large


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """What a policy that asks people reaches minus what all machines together reach, at one share; the interval is paired."""

    policy: str
    share: float
    reached: float
    machines: float
    value: float
    ci95: tuple[float, float] | None


def asked_shares(policies: Mapping[str, Any], measure: Measure) -> list[Asked]:
    """Every share at which ours was judged by `measure`; those at which nobody buys more than at the one before are left out."""
    points = {name: _by_share(body, measure) for name, body in policies.items()}
    rows: list[Asked] = []
    for share in sorted(points.get(OURS, {})):
        together = {name: judged[share] for name, judged in points.items() if share in judged}
        if not rows or _buys_more(together, rows[-1].points):
            rows.append(Asked(share=share, points=together))
    return rows


def telling(shares: Sequence[float], most: int) -> list[int]:
    """Places of at most so many of the shares, far apart; nought, a tenth, one and the last one stay."""
    place = [math.log1p(share / KNEE) for share in shares]
    kept = list(range(len(shares)))
    while len(kept) > most:
        gaps = {
            i: place[after] - place[before]
            for before, i, after in zip(kept, kept[1:], kept[2:], strict=False)
            if shares[i] not in (USUAL_SHARE, 1.0)
        }
        if not gaps:
            break
        kept.remove(min(gaps, key=lambda i: gaps[i]))
    return kept


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


def leads_over_others(asked: Asked, measure: Measure) -> list[Lead]:
    """Over every other policy, the one that reaches most first; hindsight does not compete."""
    names = [n for n in asked.points if n not in {OURS, HINDSIGHT}]
    leads = [lead for n in sorted(names, key=_rank) if (lead := lead_over(asked, n, measure)) is not None]
    return sorted(leads, key=lambda lead: -round(lead.theirs, 9))


def strongest(leads: Sequence[Lead]) -> Lead | None:
    """The opponent to name, of `leads_over_others`: the best one that is clearly above ours, else the best of all."""
    return next((lead for lead in leads if lead.word == "behind"), leads[0] if leads else None)


def gain_over_machines(asked: Asked, name: str, measure: Measure) -> Gain | None:
    """What asking people brings policy `name` above all machines together; None where it asks nobody or one was not judged."""
    mine, machines = asked.points.get(name), asked.points.get(MACHINES)
    if mine is None or machines is None or not mine["human_share"] > 0:
        return None
    told = mine.get(measure.over) or {}
    reached, alone, value = float(mine[measure.key]), float(machines[measure.key]), number(told.get("value"))
    return Gain(
        policy=name,
        share=asked.share,
        reached=reached,
        machines=alone,
        value=reached - alone if value is None else value,
        ci95=interval(told.get("ci95")),
    )


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
