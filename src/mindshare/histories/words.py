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


def price_in_words(
    resource: str, price: float, spent: float, limit: float, gain: str = "right verdicts"
) -> str:
    """Such as "one more minute of the people brings 0.8 right verdicts"; small prices are told per 10, 100, 1,000 units."""
    if price <= 0:
        left = "not all of it is used" if spent < limit else "it is just enough"
        return f"one more {unit_of(resource)} brings nothing: {left}"
    many = 1
    while price * many < 0.05 and many < 1_000_000_000:
        many *= 10
    told = float(f"{price * many:.2g}")  # to two digits
    amount = f"{told:,.0f}" if told >= 10 else f"{told:g}"
    if many == 1:
        return f"one more {unit_of(resource)} brings {amount} {gain}"
    return f"{many:,} more {_plural(unit_of(resource))} bring {amount} {gain}"


def _plural(unit: str) -> str:
    for word in (" of ", " over "):
        if word in unit:
            return unit.replace(word, f"s{word}", 1)
    return unit if unit == "GFLOP" else f"{unit}s"
