"""How a step is computed: more threads, half precision, compiled. Each is tried on real steps, and kept only where measured better."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch

from mindshare.machines.threads import cores, threads

BETTER = 0.9  # of the time before: what a choice must at least reach
TRY = 0.05  # of the budget: all of calibration together
COMPILE_S = 40.0  # that compiling a net may take, about
CLOSE = 0.05  # how far half precision may move the loss, relative


@dataclass(slots=True)
class Choices:
    """What was chosen, and seconds a step as measured for each thing that was tried."""

    threads: int = 1
    half: bool = False
    compiled: bool = False
    tried: dict[str, float] = field(default_factory=dict)

    def precision(self) -> AbstractContextManager[object]:
        """The context a step runs in."""
        return torch.autocast("cpu", torch.bfloat16) if self.half else nullcontext()


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
    clock: Callable[[], float],
    budget_s: float | None,
    *,
    wall: bool,
    compile_net: Callable[[str], None],
) -> Choices:
    """Tries each way on `step(choices) -> loss`, timed by `clock`; None: no budget, and the same way on every machine.

    More threads spend more processor time, so they are tried only where the clock on the wall is what is limited.
    """
    if budget_s is None:
        return Choices()
    trials = _Trials(step, clock, TRY * budget_s)
    trials.plain()
    if wall:
        trials.threads()
    trials.half()
    trials.compiled(compile_net)
    return trials.chosen


class _Trials:
    """What is chosen so far, the best seconds a step, and how long trying may still take."""

    def __init__(self, step: Callable[[Choices], float], clock: Callable[[], float], most_s: float) -> None:
        self.step, self.clock, self.chosen = step, clock, Choices()
        self.best, self.loss = float("inf"), 0.0
        self.ends = clock() + most_s

    def plain(self) -> None:
        self.best, self.loss = self._timed("as it is", Choices())

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
            took, rough = self._timed("bfloat16", Choices(threads=self.chosen.threads, half=True))
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
        return self.clock() + more_s <= self.ends

    def _timed(self, word: str, way: Choices) -> tuple[float, float]:
        """(seconds of a step, its loss): the better of two, one where the first took far too long."""
        loss, took = 0.0, float("inf")
        for _ in range(2):
            start = self.clock()
            with threads(way.threads):
                loss = self.step(way)
            took = min(took, self.clock() - start)
            if took > 2 * self.best:
                break
        self.chosen.tried[word] = took
        return took, loss


def wall_clock() -> float:
    """Seconds on the wall."""
    return time.perf_counter()
