"""What the backtest found, in one honest sentence: a loss, or nothing to gain, is said first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mindshare.reports.curves import OURS
from mindshare.reports.measure import UTILITY, Measure, measure_of
from mindshare.reports.pairing import Asked, Lead, asked_shares, best_other, lead_over
from mindshare.reports.words import amount, digits_of, number

USUAL_SHARE = 0.1  # the headline is about one human answer in ten cases, chosen before looking
MACHINES = ("all_machines", "best_machine")


def usual(rows: Sequence[Asked], machines: float) -> Asked | None:
    """The share the headline speaks about: a tenth, or where no machine answers one answer per case."""
    asking = [row for row in rows if row.share > 0]
    if not asking:
        return rows[0] if rows else None
    wanted = USUAL_SHARE if machines else 1.0
    return min(asking, key=lambda row: abs(math.log(row.share / wanted)))


def headline(result: Mapping[str, Any]) -> str:
    """The finding in a sentence or two; the opponent is the best one of that share, so luck is on its side."""
    measure, digits = measure_of(result), digits_of(result)
    rows = asked_shares(result.get("policies") or {}, measure)
    history = result.get("history") or {}
    machines, people = (number(history.get(key)) or 0 for key in ("machines", "people"))
    asked = usual(rows, machines)
    if asked is None:
        return "This result holds no figure for Mindshare, so there is nothing to compare."
    lead = best_other(asked, measure)
    absent = "" if machines and people else "No machine answered. " if people else "No person answered. "
    where = _attention(asked) if people else "from machines alone"
    told = f"{where}, Mindshare reaches {_reached(asked, measure, digits)}"
    if lead is None:
        return absent + _sentence(f"{told}; no other policy was judged there")
    told += f", the best other policy ({lead.policy}) {measure.told(lead.theirs, digits)}: {_difference(lead, measure)}"
    if not absent and (idle := _nothing_to_gain(rows, measure, digits)):
        return f"{idle} {_sentence(told)}"
    opening = {"behind": "Mindshare loses here: ", "even": "No clear difference: "}.get(lead.word, "")
    return absent + _sentence(opening + told)


def tally(result: Mapping[str, Any]) -> str:
    """Against the best other policy of every share: how often ahead, even, behind."""
    measure = measure_of(result)
    rows = asked_shares(result.get("policies") or {}, measure)
    words = [lead.word for row in rows if (lead := best_other(row, measure)) is not None]
    if len(words) < 2:
        return ""
    order = ("ahead", "even", "behind", "unknown")
    told = ", ".join(f"{word} at {words.count(word)}" for word in order if word in words)
    return f"Against the best other policy of each share, Mindshare is {told} of {len(words)} shares."


def _attention(asked: Asked) -> str:
    spent = float(asked.points[OURS]["human_share"])
    if spent >= 0.95 * asked.share:
        return f"with {amount(asked.share)} human answers per case"
    return f"with at most {amount(asked.share)} human answers per case (it uses {amount(spent)})"


def _nothing_to_gain(rows: Sequence[Asked], measure: Measure, digits: int) -> str:
    """A sentence if asking people never brings ours clearly above the machines together."""
    machines = next((n for n in MACHINES if any(n in row.points for row in rows)), None)
    if machines is None:
        return ""
    leads = [
        lead for row in rows if row.share > 0 and (lead := lead_over(row, machines, measure)) is not None
    ]
    if not leads or any(lead.ci95 is None or lead.word == "ahead" for lead in leads):
        return ""
    best = max(leads, key=lambda lead: lead.ours)
    return (
        f"There is nothing to gain from asking people here: the machines ({machines}) reach"
        f" {measure.told(best.theirs, digits)}, and Mindshare is not clearly above that at any share."
    )


def _reached(asked: Asked, measure: Measure, digits: int) -> str:
    value = float(asked.points[OURS][measure.key])
    if measure is UTILITY:
        return f"a utility of {measure.told(value, digits)} per case"
    return f"{measure.told(value, digits)} right verdicts"


def _difference(lead: Lead, measure: Measure) -> str:
    size = measure.gap(lead.value, signed=False)
    fewer = "less" if measure is UTILITY else "fewer"
    told = f"that is {size}{measure.unit} {'more' if lead.value >= 0 else fewer}"
    if float(size) == 0:
        told = "that is the same"
    if lead.ci95 is None:
        return f"{told} (interval not known)"
    return f"{told} (95 % interval {measure.gap(lead.ci95[0])} to {measure.gap(lead.ci95[1])})"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
