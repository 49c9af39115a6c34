"""Breaks: after so many minutes of attention without one, a break of so many minutes is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Breaks:
    """A pause of at least `minutes` counts as a break; after `after` minutes of attention since the last one, one is due."""

    after: float  # minutes, > 0
    minutes: float  # > 0

    @property
    def share(self) -> float:
        """Of a long shift that is left for attention when every break is taken."""
        return self.after / (self.after + self.minutes)

    def due(self, attended: Sequence[tuple[float, float]], at: float) -> bool:
        """Whether a break is due at an instant; `attended`: stretches of attention (start, end) in seconds, in order."""
        return self.attended_since(attended, at) >= self.after

    def attended_since(self, attended: Sequence[tuple[float, float]], at: float) -> float:
        """Minutes of attention up to `at` since the last break, or since the first stretch where there was none."""
        total, later = 0.0, at
        for start, end in reversed(attended):
            if start >= at:
                continue
            if later - min(end, at) >= self.minutes * 60.0:
                break
            total += max(min(end, later) - start, 0.0)
            later = min(start, later)
        return total / 60.0
