"""The graphics card, where there is one: the one place that knows how a card is waited for, timed and how much of its memory is held.

The processor is no `Card`. Another kind of card is another class with these verbs.
"""

from __future__ import annotations

from typing import Any, Protocol

import torch


class Card(Protocol):
    """What a fit must know of a card."""

    kind: str  # as a report calls it
    place: str  # as torch calls it: where tensors go, and what autocast is told

    def begin(self) -> None:
        """What runs from here on counts."""
        ...

    def end(self) -> None:
        """Waits until all that was asked for is done, and counts it."""
        ...

    def busy_s(self) -> float:
        """Seconds of it that were counted so far."""
        ...

    def held_mb(self) -> float:
        """Its memory that this process holds now."""
        ...

    def peak_mb(self, *, anew: bool = False) -> float:
        """The most that was held since the count began; it begins `anew` where asked to."""
        ...


class Cuda:
    """The first NVIDIA card (or AMD's under ROCm), by events on its own clock. A process pays for the first use of it as this is made."""

    kind = place = "cuda"

    def __init__(self) -> None:
        torch.ones(2, 2, device=self.place).mm(torch.ones(2, 2, device=self.place))
        self._busy_s = 0.0
        self._from: Any = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        self._to: Any = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        self.peak_mb(anew=True)

    def begin(self) -> None:
        self._from.record()

    def end(self) -> None:
        self._to.record()
        self._to.synchronize()
        self._busy_s += self._from.elapsed_time(self._to) / 1e3

    def busy_s(self) -> float:
        return self._busy_s

    def held_mb(self) -> float:
        return torch.cuda.memory_reserved() / 2**20

    def peak_mb(self, *, anew: bool = False) -> float:
        if anew:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
        return torch.cuda.max_memory_reserved() / 2**20


def found() -> Card | None:
    """The card of this machine; None where there is none that torch can use."""
    return Cuda() if torch.cuda.is_available() else None
