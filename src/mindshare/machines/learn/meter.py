"""What a fit has spent of its budget, by phase: the clock, the processor, the memory."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psutil

from mindshare.core.errors import MindshareError, listed, nearest
from mindshare.core.pacing.ledger import STOCKS
from mindshare.core.records import Budget
from mindshare.machines import devices
from mindshare.machines.devices import Card
from mindshare.machines.learn.choices import Calibrated
from mindshare.machines.learn.warm import get_ready

TIMED = ("cpu_s", "wall_s")
OF_CARD = ("gpu_s", "gpu_mem_mb")
KNOWN = (*TIMED, *OF_CARD, "mem_mb", "steps")
MEASURE, OF_LEFT = 0.01, 0.4  # of the budget, of what is left of it: for the cost of an answer
MOST_S, LEAST_S = 1.0, 0.003  # at most; less tells nothing


class NoCard(UserWarning):
    """A fit is limited in what a card does only, and there is none."""


class Meter:
    """Counts `cpu_s` (all threads of this process), `wall_s`, `mem_mb` (resident), `steps`, and what a card does, from its making on.

    What a process pays once, with its first pass, lies before that. Raises OverBudget where `mem_mb` leaves no room for it.
    """

    def __init__(self, budget: Budget | None, card: Card | None = None) -> None:
        limit = dict(budget.limit) if budget else {}
        for name in limit:
            if name not in KNOWN:
                raise MindshareError(
                    f"A fit cannot be limited in '{name}'; it can in {listed(KNOWN)}.{nearest(name, KNOWN)}"
                )
        self.steps, self.most_steps = 0, limit.pop("steps", math.inf)
        self.planned: Mapping[str, float] = dict(limit)
        none = 0.0 in (limit.get(r) for r in OF_CARD)
        self.card = None if none else card or devices.found()
        if self.card is None:  # nothing of it can be spent
            if limit and not none and limit.keys() <= set(OF_CARD) and self.most_steps == math.inf:
                warnings.warn(
                    f"No graphics card can be used here, so a limit on {listed(sorted(limit))} limits nothing;"
                    " name cpu_s or wall_s as well.",
                    NoCard,
                    stacklevel=2,
                )
            limit = {r: x for r, x in limit.items() if r not in OF_CARD}
        self.limit: Mapping[str, float] = limit
        self.spent: dict[str, dict[str, float]] = {}  # phase -> resource -> amount
        get_ready(limit.get("mem_mb"))
        self.known: Calibrated | None = None  # what a step takes, once it was measured
        self._process = psutil.Process()
        self._start = self._now()

    def _now(self) -> dict[str, float]:
        now = {"cpu_s": time.process_time(), "wall_s": time.perf_counter()}
        return now if self.card is None else {**now, "gpu_s": self.card.busy_s()}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Whatever runs inside is charged to this phase."""
        before = self._now()
        try:
            yield
        finally:
            mine = self.spent.setdefault(name, dict.fromkeys(before, 0.0))
            for r, at in self._now().items():
                mine[r] += at - before[r]

    def total(self) -> dict[str, float]:
        """Spent so far, all phases and what lies between them."""
        now = self._now()
        return {r: now[r] - self._start[r] for r in now}

    def told(self) -> dict[str, float]:
        """The same, and the most memory of a card that was held."""
        total = self.total()
        return total if self.card is None else {**total, "gpu_mem_mb": self.card.peak_mb()}

    def since(self, start: Mapping[str, float]) -> dict[str, float]:
        """Spent since `total` was `start`."""
        return {r: x - start[r] for r, x in self.total().items()}

    def fraction(self) -> float:
        """Of the scarcest of time, processor and steps, what part is gone; 0 where none is limited."""
        spent = self.total()
        timed = max((spent[r] / self.limit[r] for r in spent if r in self.limit), default=0.0)
        return max(timed, self.steps / self.most_steps)

    def fits(self, more: Mapping[str, float]) -> bool:
        """Whether `more` can still be spent."""
        spent = self.total()
        return all(spent[r] + more.get(r, 0.0) <= self.limit[r] for r in spent if r in self.limit)

    def part(self, share: float) -> Meter:
        """A meter of its own with this share of the seconds and steps, all of the memory, and what is known of a step."""
        limit = {r: x if r in STOCKS else share * x for r, x in self.limit.items()}
        steps = {} if self.most_steps == math.inf else {"steps": math.floor(share * self.most_steps + 1e-9)}
        none = {"gpu_s": 0.0} if self.card is None else {}  # a part finds no card that the whole may not use
        part = Meter(Budget(limit=limit | steps | none), self.card)
        part.known = self.known
        return part

    def add(self, part: Meter) -> None:
        """What a part has spent, by phase, and its steps."""
        self.steps += part.steps
        for phase, spent in part.spent.items():
            mine = self.spent.setdefault(phase, dict.fromkeys(spent, 0.0))
            for r, x in spent.items():
                mine[r] += x

    def spare_s(self) -> float:
        """CPU seconds for measuring what an answer costs: a part of the budget, and of what is left of it; 0 where that is little."""
        spent = self.total()
        share = min(
            spent["cpu_s"] / max(spent["wall_s"], 1e-9), 1.0
        )  # on a busy machine a second on the clock is less
        each = {"cpu_s": 1.0, "wall_s": share}
        timed = [(x, (x - spent[r]) * each[r]) for r, x in self.limit.items() if r in each]
        seconds = min((min(MEASURE * x, OF_LEFT * left) for x, left in timed), default=0.0)
        return min(seconds, MOST_S) if seconds >= LEAST_S else 0.0

    def memory_mb(self) -> float:
        """Resident memory of this process, now."""
        return float(self._process.memory_info().rss) / 2**20


def part_of(budget: Budget | None, share: float) -> Budget | None:
    """A share of the seconds and all of the memory, which is held and not spent; None stays None."""
    if budget is None:
        return None
    return Budget(limit={r: x if r in STOCKS else share * x for r, x in budget.limit.items()})
