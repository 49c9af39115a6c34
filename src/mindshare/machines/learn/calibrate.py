"""What a step and a look cost, and how many cases go through at once: measured once in a fit, before anything is learnt.

Steps are made and taken back. The first of each counts too much (a kernel is chosen for these shapes, caches are cold), so it is made
again where the budget has room, and the last one counts.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np

from mindshare.machines.learn.choices import Calibrated, Choices
from mindshare.machines.learn.gradients import Gradients
from mindshare.machines.learn.looks import Validation
from mindshare.machines.learn.meter import TIMED, Meter

SAFE = 1.3  # times what a step took lately is held back
AGAIN, MOST = 3, 0.03  # times at most; no more where so much of the budget is gone


def calibrate(step: Gradients, held: Validation | None, meter: Meter) -> Calibrated:
    """At most some 5 % of the budget is used for it where several steps fit into that; else one step and a part of a look.

    Raises OverBudget where not one case fits into memory.
    """
    before = copy.deepcopy(step.net.state_dict())
    at = np.arange(min(step.plan.batch, len(step.taught[1])))
    if "mem_mb" in meter.limit:
        step.fit_memory(at, meter.limit["mem_mb"])
        if held is not None:
            held.split(step.micro)
    a_step, a_part = dict[str, float](), dict[str, float]()
    if meter.limit.keys() & set(TIMED):  # else time is no matter
        a_step = _timed(lambda: step.of(at), meter)
        step.choose(at, meter)
        if step.choices != Choices(tried=step.choices.tried):
            a_step = _timed(lambda: step.of(at), meter)
        if held is not None:
            a_part = _timed(lambda: _look(step, held), meter)
    step.clear()
    step.net.load_state_dict(before)
    return Calibrated(
        choices=step.choices,
        forward=step.forward,
        micro=step.micro,
        case_mb=step.case_mb,
        step=a_step,
        part=a_part,
    )


def _look(step: Gradients, held: Validation) -> None:
    with step.counted():
        held.first(step.net)


def _timed(run: Callable[[], object], meter: Meter) -> dict[str, float]:
    """Resource -> what the last of a few takes. The first one does not count where the budget would be too small by it."""
    took = dict[str, float]()
    for turn in range(AGAIN):
        start = meter.total()
        run()
        took = meter.since(start)
        enough = meter.fits({r: SAFE * x for r, x in took.items()})
        if meter.fraction() > MOST and (enough or turn > 0 or not meter.fits(took)):
            break
    return took
