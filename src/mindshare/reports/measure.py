"""What verdicts are judged by: right or not, or what the team says that they are worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mindshare.reports.words import amount, percent, points, span


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A figure of every point in a result's JSON, the keys of its paired differences, and how both are told."""

    key: str
    minus: str  # to Mindshare
    over: str  # to all machines together
    title: str
    unit: str  # of a difference, with a space before it

    def told(self, value: float, digits: int) -> str:
        """An accuracy in percent, a utility as it is."""
        return percent(value, digits) if self is ACCURACY else amount(value)

    def told_between(self, low: float, high: float, digits: int) -> str:
        """An interval of values."""
        return span(low, high, digits) if self is ACCURACY else f"{amount(low)} to {amount(high)}"

    def gap(self, value: float, *, signed: bool = True) -> str:
        """A difference of two values: of accuracies in points, of utilities as it is."""
        if self is ACCURACY:
            return points(value, signed=signed)
        text = amount(float(f"{abs(value):.2g}"))  # to two digits: its interval is wider than the third
        return text if not signed or value == 0 else ("+" if value > 0 else "−") + text


ACCURACY = Measure(
    key="accuracy",
    minus="minus_mindshare",
    over="minus_all_machines",
    title="right verdicts",
    unit=" points",
)
UTILITY = Measure(
    key="utility",
    minus="utility_minus_mindshare",
    over="utility_minus_all_machines",
    title="utility per case",
    unit="",
)


def measure_of(result: Mapping[str, Any]) -> Measure:
    """What the allocation is after: the utility, where it is not the same as the share of right verdicts."""
    history = result.get("history") or {}
    plain = history.get("utility", "accuracy") == "accuracy" and not history.get("stakes")
    return ACCURACY if plain else UTILITY


def measures_of(result: Mapping[str, Any]) -> tuple[Measure, ...]:
    """What is worth showing, the one the allocation is after first."""
    return (ACCURACY,) if measure_of(result) is ACCURACY else (UTILITY, ACCURACY)
