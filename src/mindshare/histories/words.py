"""Prices in words."""

from __future__ import annotations

from mindshare.core.history import Team
from mindshare.core.records import MINUTES, PEOPLE_MINUTES

UNITS = {
    "cpu_s": "CPU second",
    "gpu_s": "GPU second",
    "net_mb": "megabyte over the network",
    "energy_j": "joule",
    "gflop": "GFLOP",
    "answers": "answer",
    "human_answers": "answer of the people",
    "mem_mb": "megabyte of memory",
    "gpu_mem_mb": "megabyte of GPU memory",
    "disk_mb": "megabyte of disk",
}


NOTHING = 1e-5  # right verdicts, or points of utility


def unit_of(resource: str) -> str:
    """One unit of a resource: "minute of the people", "CPU second"."""
    if resource == PEOPLE_MINUTES:
        return "minute of the people"
    if resource.endswith(MINUTES):
        return f"minute of {resource.removesuffix(MINUTES)}"
    return UNITS.get(resource, f"unit of {resource}")


def gain_of(team: Team) -> str:
    """What a unit of the team's utility is called."""
    return "right verdicts" if team.is_accuracy else "points of utility"


def gained(amount: str, gain: str) -> str:
    """So many of a team's gain: "1 right verdict", "0.8 right verdicts"."""
    one = gain.replace("verdicts", "verdict").replace("points", "point")
    return f"{amount} {one if amount == '1' else gain}"


def price_in_words(
    resource: str, price: float, spent: float, limit: float, gain: str = "right verdicts"
) -> str:
    """Such as "one more minute of the people brings 0.8 right verdicts"; small prices are told per 10, 100, 1,000 units.

    `price` is 0 where the limit is not used up: then it says so, and nothing of a price. Where as much again would bring
    less than NOTHING, that is said.
    """
    if price <= 0:
        return _left(spent, limit)
    if 0 < price * limit < NOTHING:
        return "more of it would bring next to nothing"
    many = 1
    while price * many < 0.05 and many < 1_000_000_000:
        many *= 10
    told = float(f"{price * many:.2g}")  # to two digits
    amount = f"{told:,.0f}" if told >= 10 else f"{told:g}"
    if many == 1:
        return f"one more {unit_of(resource)} brings {gained(amount, gain)}"
    return f"{many:,} more {_plural(unit_of(resource))} bring {gained(amount, gain)}"


def _left(spent: float, limit: float) -> str:
    """What is left of a limit, in per cent."""
    if spent >= limit * (1 - 1e-9):
        return "it is just enough"
    if spent <= 0:
        return "none of it is used"
    left = 100 * (1 - spent / limit)
    told = "less than 1" if left < 1 else "more than 99" if left > 99 else f"{left:.0f}"
    return f"not all of it is used: {told} % is left"


def _plural(unit: str) -> str:
    for word in (" of ", " over "):
        if word in unit:
            return unit.replace(word, f"s{word}", 1)
    return unit if unit == "GFLOP" else f"{unit}s"
