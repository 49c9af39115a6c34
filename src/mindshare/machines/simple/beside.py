"""A machine beside the simple rungs that learnt from the same cases: whoever uses a net is told where it lost to one."""

from __future__ import annotations

import math
import time
import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mindshare.machines.parts.truths import labels
from mindshare.machines.simple.machine import Kind
from mindshare.machines.simple.rungs import simple_rungs
from mindshare.machines.task import TaskModel

SURE = 1.64  # standard errors: one in twenty by chance


class LostToSimple(UserWarning):
    """A machine is less often right on held-out cases than a simple rung."""


class Beside(NamedTuple):
    """One simple rung on the held-out cases. `behind`, `error`: points that the machine is less often right, and their standard error."""

    name: str
    right: float  # share of the held-out cases
    fit_cpu_s: float
    behind: float
    error: float

    @property
    def surely(self) -> bool:
        """Whether the machine lost by more than chance."""
        return self.behind > SURE * self.error and self.behind > 0


def beside_simple(
    machine: TaskModel, X: Any, y: ArrayLike, validation: tuple[Any, ArrayLike], reads: Kind
) -> list[Beside]:
    """The simple rungs for `reads`, best first, learnt from `X`, `y` as the machine was, and judged on `validation` like it.

    `LostToSimple` is warned of where the machine is surely less often right than the best of them. The held-out cases must have
    taught neither. What that takes is no part of any budget: `fit_cpu_s` says how much it was.
    """
    new, truth = validation[0], labels(validation[1], len(validation[0]))
    hit = _hits(machine, new, truth)
    found = []
    for name, make in simple_rungs(reads).items():
        began = time.process_time()
        rung = make().fit(X, y)
        took = time.process_time() - began
        more = _hits(rung, new, truth) - hit
        error = float(more.std()) / math.sqrt(len(more))
        found.append(Beside(name, float((hit + more).mean()), took, 100 * float(more.mean()), 100 * error))
    found.sort(key=lambda rung: -rung.right)
    if found and found[0].surely:
        best, who = found[0], type(machine).__name__
        warnings.warn(
            f"{who} is right on {100 * hit.mean():.1f} % of {len(hit)} held-out cases, the simple rung {best.name} on"
            f" {100 * best.right:.1f} % (learnt in {best.fit_cpu_s:.1f} CPU s): use it, or give {who} more budget.",
            LostToSimple,
            stacklevel=2,
        )
    return found


def _hits(machine: Any, new: Any, truth: Any) -> Any:
    """(N,) 1 where the likeliest label is true."""
    likeliest = np.asarray(machine.predict_proba(new)).argmax(axis=1)
    return (np.asarray(machine.classes_)[likeliest] == truth).astype(np.float64)
