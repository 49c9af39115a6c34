"""How a step is computed: on a card, with more threads, in half precision, compiled.

Each is tried on real steps, and kept only where measured better.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mindshare.core.errors import OverBudget
from mindshare.machines.threads import cores, threads

Clock = float | NDArray[np.float64]
BETTER = 0.9  # of the time before: what a choice must at least reach
TRY = 0.05  # of the budget: all of calibration together
FIRST = 20  # times a step: what the first ones on a card may take
COMPILE_S = 40.0  # that compiling a net may take, about
CLOSE = 0.05  # how far half precision may move the loss, relative


@dataclass(slots=True)
class Choices:
    """What was chosen, and seconds a step as measured for each thing that was tried."""

    device: str = "cpu"
    threads: int = 1
    half: bool = False
    compiled: bool = False
    tried: dict[str, float] = field(default_factory=dict)

    def precision(self, place: str) -> AbstractContextManager[object]:
        """The context a step runs in, on the device that torch calls `place`."""
        return torch.autocast(place, torch.bfloat16) if self.half else nullcontext()


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """What was measured before anything was learnt: it holds for every course of a fit."""

    choices: Choices
    forward: Callable[..., Any]  # the net, compiled where that is faster
    micro: int  # cases at once
    case_mb: float  # that one takes
    step: Mapping[str, float] = field(default_factory=dict)  # resource -> what a step takes
    part: Mapping[str, float] = field(default_factory=dict)  # the same of a part of a look


def choose(
    step: Callable[[Choices], float],
    clock: Callable[[], Clock],
    budget_s: float | None,
    *,
    wall: bool,
    compile_net: Callable[[str], None],
    card: str | None = None,
) -> Choices:
    """Tries each way on `step(choices) -> loss`, timed by `clock`; None: no budget, and the same way on every machine.
    `clock`: seconds, or several clocks at once: what a step takes is what it takes of the one that it moves furthest. `card`: its kind;
    None: there is none.

    More threads spend more processor time, so they are tried only where the clock on the wall is what is limited.
    """
    if budget_s is None:
        return Choices()
    trials = _Trials(step, clock, TRY * budget_s)
    trials.plain()
    if card is not None:
        trials.card(card)
    if wall and trials.chosen.device == "cpu":
        trials.threads()
    trials.half()
    trials.compiled(compile_net)
    return trials.chosen


class _Trials:
    """What is chosen so far, the best seconds a step, and how long trying may still take."""

    def __init__(self, step: Callable[[Choices], float], clock: Callable[[], Clock], most_s: float) -> None:
        self.step, self.clock, self.chosen = step, clock, Choices()
        self.best, self.loss = float("inf"), 0.0
        self.ends = clock() + most_s

    def plain(self) -> None:
        self.best, self.loss = self._timed("as it is", Choices())

    def card(self, kind: str) -> None:
        if self._affordable(FIRST * self.best):
            way = Choices(device=kind)
            try:
                self.step(way)  # the first one on a card chooses its kernels
            except OverBudget:  # the card is too small for one case, the processor was not
                self.step(self.chosen)
                return
            took, _ = self._timed(kind, way)
            if took <= BETTER * self.best:
                self.best, self.chosen.device = took, kind
            else:
                self.step(self.chosen)  # back beside the processor

    def threads(self) -> None:
        # on a busy machine threads that wait for each other take a hundred times as long
        if cores() > 1 and self._affordable(100 * self.best):
            took, _ = self._timed(f"{cores()} threads", Choices(threads=cores()))
            if took <= BETTER * self.best:
                self.best, self.chosen.threads = took, cores()

    def half(self) -> None:
        if self._affordable(
            40 * self.best
        ):  # without units for it, half precision is up to twenty times slower
            took, rough = self._timed("bfloat16", replace(self.chosen, half=True))
            if took <= BETTER * self.best and abs(rough - self.loss) <= CLOSE * abs(self.loss):
                self.best, self.chosen.half = took, True

    def compiled(self, compile_net: Callable[[str], None]) -> None:
        if self._affordable(COMPILE_S + 4 * self.best):
            compile_net("on")
            self.step(self.chosen)
            took, _ = self._timed("compiled", self.chosen)
            self.chosen.compiled = took <= BETTER * self.best
            compile_net("on" if self.chosen.compiled else "off")

    def _affordable(self, more_s: float) -> bool:
        return bool(np.all(self.clock() + more_s <= self.ends))

    def _timed(self, word: str, way: Choices) -> tuple[float, float]:
        """(seconds of a step, its loss): the better of two, one where the first took far too long."""
        loss, took = 0.0, float("inf")
        for _ in range(2):
            start = self.clock()
            with threads(way.threads):
                loss = self.step(way)
            took = min(took, float(np.max(self.clock() - start)))
            if took > 2 * self.best:
                break
        self.chosen.tried[word] = took
        return took, loss
