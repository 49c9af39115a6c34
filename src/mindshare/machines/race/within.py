"""A simple rung within a share of the budget. It cannot be broken off, so what it takes is foreseen from smaller fits."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mindshare.machines.learn.meter import Meter
from mindshare.machines.race.cases import Cases
from mindshare.machines.simple.machine import Simple

FEW = 40  # cases of the first fit
SLOW = 2.0  # power of the number of cases that time grows with, as long as two fits have not told it
LEAST, MOST, MORE = 1.0, 2.5, 0.2  # its bounds, and what is added to what two fits tell
SAFE = 1.5  # times what is foreseen
WORTH = 2.0  # times as many cases: fewer would hardly be better


class Learnt(NamedTuple):
    """A rung, and the cases that taught it."""

    rung: Simple
    taught: np.ndarray[tuple[int], np.dtype[np.int64]]


def learn_within(
    make: Callable[[], Simple], cases: Cases, meter: Meter, until: float, seed: int
) -> Learnt | None:
    """The rung that learnt from all cases, or from as many as it can before the share `until` of the budget is gone.

    None where not even a first fit is worth trying, for the time is over.
    """
    order, n = cases.shuffled(seed), len(cases.y)
    size, best, before = min(n, max(FEW, 4 * len(cases.classes))), None, None
    while meter.fraction() < until:
        start, taught = meter.fraction(), np.sort(order[:size])
        part = cases.take(taught)
        best = Learnt(make().fit(part.X, part.y, groups=part.groups), taught)
        now = size, max(meter.fraction() - start, 1e-9)
        size = _next(n, now, before, until - meter.fraction())
        before = now
        if size <= now[0]:
            break
    return best


def _next(n: int, now: tuple[int, float], before: tuple[int, float] | None, left: float) -> int:
    """How many cases the next fit takes; not more than the last one where there is no time for it.

    `now`, `before`: cases of the last two fits, and the shares of the budget that they took; `left`: the share that may be used.
    """
    power = SLOW
    if before is not None:
        told = math.log(now[1] / before[1]) / math.log(now[0] / before[0])
        power = min(max(told + MORE, LEAST), MOST)
    reach = now[0] * (max(left, 0.0) / (SAFE * now[1])) ** (1 / power)
    if reach >= n:
        return n
    # half way there tells more about the whole way
    return int(min(reach, math.sqrt(now[0] * n))) if reach >= WORTH * now[0] else now[0]
