"""How a step is computed: more threads, half precision, compiled. Each is tried on real steps, and kept only where measured better."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

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
    chosen = Choices()
    if budget_s is None:
        return chosen
    began = clock()

    best = float("inf")

    def timed(word: str, way: Choices) -> tuple[float, float]:
        loss, took = 0.0, float("inf")
        for _ in range(2):
            start = clock()
            with threads(way.threads):
                loss = step(way)
            took = min(took, clock() - start)
            if took > 2 * best:
                break
        chosen.tried[word] = took
        return took, loss

    def affordable(more: float) -> bool:
        return clock() - began + more <= TRY * budget_s

    best, loss = timed("as it is", Choices())
    # on a busy machine threads that wait for each other take a hundred times as long
    if wall and cores() > 1 and affordable(100 * best):
        took, _ = timed(f"{cores()} threads", Choices(threads=cores()))
        if took <= BETTER * best:
            best, chosen.threads = took, cores()
    if affordable(40 * best):  # without units for it, half precision is up to twenty times slower
        took, rough = timed("bfloat16", Choices(threads=chosen.threads, half=True))
        if took <= BETTER * best and abs(rough - loss) <= CLOSE * abs(loss):
            best, chosen.half = took, True
    if affordable(COMPILE_S + 4 * best):
        compile_net("on")
        step(chosen)
        took, _ = timed("compiled", chosen)
        chosen.compiled = took <= BETTER * best
        compile_net("on" if chosen.compiled else "off")
    return chosen


def wall_clock() -> float:
    """Seconds on the wall."""
    return time.perf_counter()
