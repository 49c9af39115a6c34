"""How many cases to answer at once: as many as a bound on latency allows, because a batch costs less a case."""

from __future__ import annotations

from collections.abc import Callable

from mindshare.core.errors import MindshareError


def batch_within(
    batch_s: Callable[[float], float], latency_s: float, arrivals_per_s: float, *, most: int = 4_096
) -> int:
    """The most cases B whose first one is answered within `latency_s`: (B - 1) / arrivals + batch_s(B) <= latency.

    `batch_s(B)` are the seconds of a batch and never fall with B. Raises MindshareError where one case alone takes longer,
    or where cases come faster than such batches are answered (batch_s(B) > B / arrivals: the queue would grow for ever).
    """
    if not (latency_s > 0 and arrivals_per_s > 0):
        raise ValueError(
            f"latency_s and arrivals_per_s must be > 0. Got {latency_s!r} and {arrivals_per_s!r} instead."
        )

    def waits(cases: int) -> float:
        return (cases - 1) / arrivals_per_s + batch_s(cases)

    if waits(1) > latency_s:
        raise MindshareError(
            f"One case alone takes {batch_s(1):.3g} s, more than the latency of {latency_s:g} s that is allowed."
            " Allow more, or raise the price of cpu_s so that cheaper rungs answer."
        )
    low, high = 1, most + 1  # waits(low) is within, waits(high) beyond
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if waits(middle) <= latency_s else (low, middle)
    if batch_s(low) * arrivals_per_s > low:
        raise MindshareError(
            f"{arrivals_per_s:g} cases a second come faster than batches of {low} are answered"
            f" ({low / batch_s(low):.3g} a second). Raise the price of cpu_s so that cheaper rungs answer."
        )
    return low
