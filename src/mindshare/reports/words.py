"""Numbers and resources in words: what a reader without a manual sees."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mindshare.reports.markup import Markup, tag

MANY_CASES = 2000  # from here on a hundredth of a point is worth printing
NBSP = "\u00a0"
UNITS = {  # ending of a resource's name -> what one unit is called
    "minutes": "min",
    "cpu_s": "CPU s",
    "gpu_s": "GPU s",
    "net_mb": "MB sent",
    "energy_j": "J",
    "gflop": "GFLOP",
    "answers": "answers",
    "human_answers": "human answers",
    "mem_mb": "MB memory",
    "gpu_mem_mb": "MB GPU memory",
    "disk_mb": "MB disk",
}
LABELS = {
    "people.minutes": "minutes of people",
    "cpu_s": "CPU seconds",
    "gpu_s": "GPU seconds",
    "net_mb": "megabytes sent",
    "energy_j": "joules",
    "gflop": "GFLOP",
    "answers": "answers",
    "human_answers": "answers of people",
}


def number(value: object) -> float | None:
    """A finite number, or None: a result may hold null wherever nothing could be measured."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def interval(value: object) -> tuple[float, float] | None:
    """Both ends, or None where one is missing."""
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
        return None
    low, high = number(value[0]), number(value[1])
    return None if low is None or high is None else (low, high)


def digits_of(result: Mapping[str, Any]) -> int:
    """Decimals of a percentage: no more than the number of cases carries."""
    return 2 if (number(result.get("cases")) or 0) >= MANY_CASES else 1


def percent(value: float, digits: int = 1) -> str:
    """0.764 -> '76.4 %'."""
    return f"{100 * value:.{digits}f}{NBSP}%"


def points(value: float, *, signed: bool = True) -> str:
    """A difference of two shares, in points."""
    text = f"{abs(100 * value):.{2 if abs(value) < 0.09995 else 1}f}"
    if not signed or float(text) == 0:
        return text
    return ("+" if value > 0 else "−") + text


def span(low: float, high: float, digits: int = 1) -> str:
    """An interval in percent."""
    return f"{100 * low:.{digits}f} to {100 * high:.{digits}f}{NBSP}%"


def count(value: object) -> str:
    """A whole number with separators; a dash where there is none."""
    whole = number(value)
    return "–" if whole is None else f"{whole:,.0f}"


def amount(value: float) -> str:
    """Three significant digits, never an exponent."""
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}".replace("-", "−")
    decimals = min(12, 2 - math.floor(math.log10(size)))
    text = f"{value:.{decimals}f}".rstrip("0").rstrip(".") if decimals > 0 else f"{value:.0f}"
    return text.replace("-", "−")


def measured(value: float) -> str:
    """Five significant digits: what was spent may be close to its limit, and has to look so."""
    if abs(value) >= 10_000:
        return f"{value:,.0f}"
    text = f"{value:.5g}"
    return amount(value) if "e" in text else text


def spell_seconds(value: float) -> str:
    """Seconds in the unit that reads best."""
    if value < 0.1:
        return f"{amount(1000 * value)}{NBSP}ms"
    if value < 120:
        return f"{amount(value)}{NBSP}s"
    if value < 7200:
        return f"{amount(value / 60)}{NBSP}min"
    return f"{amount(value / 3600)}{NBSP}h"


def unit_of(resource: str) -> str:
    """What one unit of a resource is called; the ending of its name says it."""
    return UNITS.get(resource) or UNITS.get(resource.rsplit(".", 1)[-1], resource)


def agreeing(told: str, unit: str) -> str:
    """The unit as it goes with its number: "1 human answer", "2 human answers"."""
    return unit.replace("answers", "answer") if told == "1" else unit


def label_of(resource: str) -> str:
    """'reader_1.minutes' -> 'minutes of reader_1'; a name nobody knows stays as it is."""
    if resource in LABELS:
        return LABELS[resource]
    owner, dot, ending = resource.rpartition(".")
    return f"{ending} of {owner}" if dot and ending in UNITS else resource


def spend(value: float, resource: str) -> str:
    """An amount with its unit; minutes that are few become seconds."""
    if unit_of(resource) == "min":
        return spell_seconds(60 * value)
    told = amount(value)
    return f"{told}{NBSP}{agreeing(told, unit_of(resource))}"


def spell_price(price: float, resource: str) -> str:
    """What more of a resource brings, for as many units as make the number readable."""
    if price == 0:
        return "0"
    unit = unit_of(resource)
    for many in (1, 1_000, 1_000_000):
        if abs(price) * many >= 0.1:
            break
    per = agreeing("1", unit) if many == 1 else f"{many:,} {unit}"
    return f"{amount(price * many)} per {per}"


def dash(reason: str) -> Markup:
    """Nothing to show, and why."""
    return tag("span", "– ", tag("small", reason), class_="none")
