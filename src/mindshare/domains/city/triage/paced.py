"""Who gets attention, one case after another, under a hard limit on minutes: the core's pacer, and the rules it has to beat."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.allocation.allocate import allocate
from mindshare.core.history import FloatArray
from mindshare.core.pacing.demand import Demand
from mindshare.core.pacing.pacer import Pacer
from mindshare.core.records import PEOPLE_MINUTES

Flags = NDArray[np.bool_]
OPTIONS = ("leave it", "go")


class Paced(NamedTuple):
    """Of each of N cases, in the order in which they came."""

    taken: Flags  # (N,)
    price: FloatArray  # (N,) value that one more minute would bring, as the case came
    why: tuple[str, ...]  # the decision in one sentence that can be checked


def paced(value: FloatArray, minutes: FloatArray, limit: float, old: FloatArray | None = None) -> Paced:
    """Each case is decided as it comes, by its value and the price of its minutes; sums of minutes never pass the limit.

    `value`, `minutes` (N,): what attention to the case is thought to bring, and what it takes. How many cases come is known
    (hours of a month, say). `old` (M,): values of earlier cases, foretold in the same manner, each for the mean of `minutes`, which set the
    first price; None: the price is learnt from nothing.
    """
    demand = None if old is None else _demand(old, float(minutes.mean()))
    pacer = Pacer({PEOPLE_MINUTES: limit}, len(value), demand=demand)
    taken, price, why = np.zeros(len(value), bool), np.zeros(len(value)), []
    for case in range(len(value)):
        pacer.arrive()
        decision = pacer.decide([0.0, value[case]], [[0.0], [minutes[case]]])
        taken[case], price[case] = decision.option == 1, pacer.price[PEOPLE_MINUTES]
        why.append(pacer.explain(decision, OPTIONS))
    return Paced(taken, price, tuple(why))


def as_they_come(wanted: Flags, minutes: FloatArray, limit: float) -> Flags:
    """(N,) the cases that a rule wants, first come first served, until the next one would pass the limit."""
    return wanted & (np.cumsum(np.where(wanted, minutes, 0.0)) <= limit)


def in_hindsight(value: FloatArray, minutes: FloatArray, limit: float) -> Flags:
    """(N,) what would be taken if all cases lay on the table at once: nobody can do that, it is the most there is."""
    plan = allocate(
        np.column_stack([np.zeros(len(value)), value]),
        {PEOPLE_MINUTES: {1: minutes}},
        {PEOPLE_MINUTES: limit},
    )
    return np.asarray(plan.choice == 1)


# -- parts ---------------------------------------------------------------------------------------------------------
def _demand(old: FloatArray, minutes: float) -> Demand:
    cases = np.arange(len(old))
    return Demand.of(
        (PEOPLE_MINUTES,), len(old), cases, np.full((len(old), 1), minutes), np.maximum(old, 0.0)
    )
