"""From numbers to pixels: where a value lies on an axis, and which ticks are worth drawing."""

from __future__ import annotations

import math
from dataclasses import dataclass

MOST_TICKS = 60  # of candidates; an axis shows far fewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """`low..high` drawn on `start..end` pixels; with a knee, what lies near zero is stretched (log1p)."""

    low: float
    high: float
    start: float
    end: float
    knee: float | None = None

    def at(self, value: float) -> float:
        share = (self._bend(value) - self._bend(self.low)) / (self._bend(self.high) - self._bend(self.low))
        return self.start + share * (self.end - self.start)

    def holds(self, value: float) -> bool:
        slack = 1e-9 * (self.high - self.low)
        return self.low - slack <= value <= self.high + slack

    def _bend(self, value: float) -> float:
        return value if self.knee is None else math.log1p(max(value, 0.0) / self.knee)


def even_ticks(low: float, high: float, most: int) -> list[float]:
    """Ticks of 1, 2 or 5 times a power of ten, at most `most` of them inside the range."""
    rough = (high - low) / max(most - 1, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def stretched_ticks(axis: Axis, gap: float) -> list[float]:
    """Ticks of a stretched axis, at least `gap` pixels apart; round ones win."""
    top = math.floor(math.log10(axis.high))
    wanted = [0.0] + [m * 10.0**k for m in (1, 5, 2) for k in range(top, top - MOST_TICKS // 3, -1)]
    kept: list[float] = []
    for value in (v for v in wanted if axis.holds(v)):
        if all(abs(axis.at(value) - axis.at(other)) >= gap for other in kept):
            kept.append(value)
    return sorted(kept)


def spread(wanted: list[float], gap: float, low: float, high: float) -> list[float]:
    """Moves labels apart to at least `gap`, in their order, least squares of the moves, within `low..high` if they fit."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    blocks: list[tuple[float, int]] = []  # pooled adjacent violators: (mean, members) of labels that touch
    for rank, i in enumerate(order):
        block = (wanted[i] - rank * gap, 1)
        while blocks and blocks[-1][0] > block[0]:
            mean, members = blocks.pop()
            whole = members + block[1]
            block = ((mean * members + block[0] * block[1]) / whole, whole)
        blocks.append(block)
    most = high - (len(wanted) - 1) * gap
    base = [max(low, min(mean, most)) for mean, members in blocks for _ in range(members)]
    placed = [0.0] * len(wanted)
    for rank, i in enumerate(order):
        placed[i] = base[rank] + rank * gap
    return placed
