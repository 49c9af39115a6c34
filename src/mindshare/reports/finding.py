"""What the backtest found, in honest sentences: a loss, or that nothing was gained from people, is said first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mindshare.core.errors import counted
from mindshare.reports.curves import HINDSIGHT, OURS
from mindshare.reports.measure import UTILITY, Measure, measure_of
from mindshare.reports.pairing import (
    MACHINES,
    USUAL_SHARE,
    Asked,
    asked_shares,
    gain_over_machines,
    leads_over_others,
    strongest,
)
from mindshare.reports.words import NBSP, amount, digits_of, number


def usual(rows: Sequence[Asked], machines: float) -> Asked | None:
    """The share the headline speaks about: a tenth, or where no machine answers one answer per case."""
    asking = [row for row in rows if row.share > 0]
    if not asking:
        return rows[0] if rows else None
    wanted = USUAL_SHARE if machines else 1.0
    return min(asking, key=lambda row: abs(math.log(row.share / wanted)))


def headline(result: Mapping[str, Any]) -> str:
    """The finding as one text."""
    return " ".join(findings(result))


def findings(result: Mapping[str, Any]) -> tuple[str, ...]:
    """The finding, what comes first apart from what may follow; the opponent is the best one of that share, so luck is on its side.

    A policy that is clearly above ours comes first. That asking people brings nothing is said of Mindshare alone, and only
    where no other policy is clearly above the machines either.
    """
    measure, digits = measure_of(result), digits_of(result)
    rows = asked_shares(result.get("policies") or {}, measure)
    history = result.get("history") or {}
    machines, people = (number(history.get(key)) or 0 for key in ("machines", "people"))
    asked = usual(rows, machines)
    if asked is None:
        return ("This result holds no figure for Mindshare, so there is nothing to compare.",)
    absent = "" if machines and people else "No machine answered. " if people else "No person answered. "
    where = _attention(asked) if people else "from machines alone"
    told = f"{where}, Mindshare reaches {_reached(float(asked.points[OURS][measure.key]), measure, digits)}"
    leads = leads_over_others(asked, measure)
    lead = strongest(leads)
    if lead is None:
        return (absent + _sentence(f"{told}; no other policy was judged there"),)
    other = "the best other policy" if lead is leads[0] else "another policy"
    told += f", {other} ({lead.policy}) {measure.told(lead.theirs, digits)}: {_difference(lead.value, lead.ci95, measure)}"
    about_people = "" if absent else _about_people(rows, measure, digits)
    if lead.word == "behind":
        loss = absent + _sentence(f"Mindshare loses here: {told}")
        return (loss, about_people) if about_people else (loss,)
    if about_people:
        return about_people, _sentence(told)
    return (absent + _sentence(f"{'No clear difference: ' if lead.word == 'even' else ''}{told}"),)


def tally(result: Mapping[str, Any]) -> str:
    """Against the strongest other policy of every share: how often ahead, even, behind."""
    measure = measure_of(result)
    rows = asked_shares(result.get("policies") or {}, measure)
    leads = [lead for row in rows if (lead := strongest(leads_over_others(row, measure))) is not None]
    words = [lead.word for lead in leads]
    if len(words) < 2:
        return ""
    order = ("ahead", "even", "behind", "unknown")
    told = ", ".join(f"{word} at {words.count(word)}" for word in order if word in words)
    return f"Against the strongest other policy of each share, Mindshare is {told} of {len(words)} shares."


def _attention(asked: Asked) -> str:
    spent = float(asked.points[OURS]["human_share"])
    if spent >= 0.95 * asked.share:
        return f"with {_answers(asked.share)} per case"
    return f"with at most {_answers(asked.share)} per case (it uses {amount(spent)})"


def _answers(share: float) -> str:
    return counted(amount(share), "human answer")


def _about_people(rows: Sequence[Asked], measure: Measure, digits: int) -> str:
    """What is known of asking people where that never brings ours clearly above the machines; else nothing."""
    gains = [g for row in rows for name in row.points if (g := gain_over_machines(row, name, measure))]
    gains = [g for g in gains if g.policy != HINDSIGHT]
    if not gains or any(g.ci95 is None for g in gains):
        return ""
    clear = [(g.ci95[0], g) for g in gains if g.ci95 and g.ci95[0] > 0]
    if any(g.policy == OURS for _, g in clear):
        return ""
    if clear:
        best = max(clear, key=lambda pair: pair[0])[1]
        return (
            f"Asking people can pay here: with {_answers(best.share)} per case, {best.policy} reaches"
            f" {_reached(best.reached, measure, digits)}, the machines together ({MACHINES})"
            f" {measure.told(best.machines, digits)}: {_difference(best.value, best.ci95, measure)}."
            " Mindshare is not clearly above the machines at any share."
        )
    return (
        f"Mindshare found nothing to gain from asking people here: the machines together ({MACHINES}) reach"
        f" {measure.told(gains[0].machines, digits)}, and no policy that asks people, Mindshare included, is clearly above"
        " that at any share (hindsight left aside)."
    )


def _reached(value: float, measure: Measure, digits: int) -> str:
    if measure is UTILITY:
        return f"a utility of {measure.told(value, digits)} per case"
    return f"{measure.told(value, digits)} right verdicts"


def _difference(value: float, ci95: tuple[float, float] | None, measure: Measure) -> str:
    """How much more (or fewer) the one named first reaches."""
    size = measure.gap(value, signed=False)
    fewer = "less" if measure is UTILITY else "fewer"
    told = f"that is {size}{measure.unit} {'more' if value >= 0 else fewer}"
    if float(size) == 0:
        told = "that is the same"
    if ci95 is None:
        return f"{told} (interval not known)"
    return f"{told} (95{NBSP}% interval {measure.gap(ci95[0])} to {measure.gap(ci95[1])})"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
