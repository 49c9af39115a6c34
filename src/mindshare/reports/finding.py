"""What the backtest found, in one honest sentence: a loss, or nothing to gain, is said first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mindshare.reports.curves import FIRST, HINDSIGHT, OURS
from mindshare.reports.words import amount, digits_of, interval, number, percent, points

USUAL_SHARE = 0.1  # the headline is about one human answer in ten cases, chosen before looking
MACHINES = ("all_machines", "best_machine")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """Ours minus one policy at one share, as a share of cases; the interval is paired."""

    policy: str
    share: float
    ours: float
    theirs: float
    value: float
    ci95: tuple[float, float] | None

    @property
    def word(self) -> str:
        if self.ci95 is None:
            return "unknown"
        return "ahead" if self.ci95[0] > 0 else "behind" if self.ci95[1] < 0 else "even"


def policy_points(policies: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """A policy's points that say where they are, by share."""
    points_of = (policies.get(name) or {}).get("points") or []
    return sorted(
        (p for p in points_of if number(p.get("human_share")) is not None),
        key=lambda p: float(p["human_share"]),
    )


def shares(policies: Mapping[str, Any]) -> list[float]:
    """Every share at which ours was judged."""
    return [
        float(p["human_share"])
        for p in policy_points(policies, OURS)
        if number(p.get("accuracy")) is not None
    ]


def lead_over(policies: Mapping[str, Any], name: str, share: float) -> Lead | None:
    """How far ours is ahead of `name` at `share`; None where one of the two was not judged there."""
    ours, theirs = _point(policies, OURS, share), _point(policies, name, share)
    if ours is None or theirs is None:
        return None
    a, b = float(ours["accuracy"]), float(theirs["accuracy"])
    told = theirs.get("minus_mindshare") or {}
    value, ci = number(told.get("value")), interval(told.get("ci95"))
    return Lead(
        policy=name,
        share=share,
        ours=a,
        theirs=b,
        value=a - b if value is None else 0.0 - value,
        ci95=(0.0 - ci[1], 0.0 - ci[0]) if ci else None,
    )


def best_other(policies: Mapping[str, Any], share: float) -> Lead | None:
    """The strongest opponent at a share; hindsight does not compete."""
    leads = [
        lead
        for n in policies
        if n not in {OURS, HINDSIGHT} and (lead := lead_over(policies, n, share)) is not None
    ]
    return max(leads, key=lambda lead: (round(lead.theirs, 9), -_rank(lead.policy))) if leads else None


def usual_share(result: Mapping[str, Any]) -> float | None:
    """The share the headline speaks about: a tenth, or where no machine answers one answer a case."""
    known = shares(result.get("policies") or {})
    asking = [s for s in known if s > 0]
    if not asking:
        return known[0] if known else None
    wanted = USUAL_SHARE if _team(result)[0] else 1.0
    return min(asking, key=lambda s: abs(math.log(s / wanted)))


def headline(result: Mapping[str, Any]) -> str:
    """The finding in a sentence or two; the opponent is the best one of that share, so luck is on its side."""
    policies = result.get("policies") or {}
    share = usual_share(result)
    if share is None:
        return "This result holds no figure for Mindshare, so there is nothing to compare."
    digits = digits_of(result)
    machines, people = _team(result)
    lead = best_other(policies, share)
    ours = float((_point(policies, OURS, share) or {})["accuracy"])
    absent = "" if machines and people else "No machine answered. " if people else "No person answered. "
    where = f"with {amount(share)} human answers a case" if people else "from machines alone"
    told = f"{where}, Mindshare reaches {percent(ours, digits)} right verdicts"
    if lead is None:
        return absent + _sentence(f"{told}; no other policy was judged there")
    told += f", the best other policy ({lead.policy}) {percent(lead.theirs, digits)}: {_difference(lead)}"
    if not absent and (idle := _nothing_to_gain(policies, digits)):
        return f"{idle} {_sentence(told)}"
    opening = {"behind": "Mindshare loses here: ", "even": "No clear difference: "}.get(lead.word, "")
    return absent + _sentence(opening + told)


def tally(result: Mapping[str, Any]) -> str:
    """Against the best other policy of every share: how often ahead, even, behind."""
    policies = result.get("policies") or {}
    words = [lead.word for s in shares(policies) if (lead := best_other(policies, s)) is not None]
    if len(words) < 2:
        return ""
    told = ", ".join(f"{w} at {words.count(w)}" for w in ("ahead", "even", "behind", "unknown") if w in words)
    return f"Against the best other policy of each share, Mindshare is {told} of {len(words)} shares."


def _nothing_to_gain(policies: Mapping[str, Any], digits: int) -> str:
    """A sentence if asking people never brings ours clearly above the machines together."""
    machines = next((n for n in MACHINES if policy_points(policies, n)), None)
    if machines is None:
        return ""
    leads = [
        lead for s in shares(policies) if s > 0 and (lead := lead_over(policies, machines, s)) is not None
    ]
    if not leads or any(lead.ci95 is None or lead.word == "ahead" for lead in leads):
        return ""
    best = max(leads, key=lambda lead: lead.ours)
    return (
        f"There is nothing to gain from asking people here: the machines ({machines}) reach"
        f" {percent(best.theirs, digits)}, and Mindshare is not clearly above that at any share."
    )


def _difference(lead: Lead) -> str:
    more = "more" if lead.value >= 0 else "fewer"
    size = points(lead.value, signed=False)
    told = f"that is {size} points {more}" if float(size) else "that is the same"
    if lead.ci95 is None:
        return f"{told} (interval not known)"
    return f"{told} (95 % interval {points(lead.ci95[0])} to {points(lead.ci95[1])})"


def _rank(policy: str) -> int:
    return FIRST.index(policy) if policy in FIRST else len(FIRST)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _point(policies: Mapping[str, Any], name: str, share: float) -> Mapping[str, Any] | None:
    at = (p for p in policy_points(policies, name) if math.isclose(p["human_share"], share, abs_tol=1e-9))
    return next((p for p in at if number(p.get("accuracy")) is not None), None)


def _team(result: Mapping[str, Any]) -> tuple[float, float]:
    history = result.get("history") or {}
    return number(history.get("machines")) or 0, number(history.get("people")) or 0
