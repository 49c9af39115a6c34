"""Where a pacer stands, as a few numbers: all that moves but its arrivals, which are seen again (`Arrivals.see`).

A service writes a mark behind whatever it decided, so that it goes on after a crash without deciding anything again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError
from mindshare.core.pacing.arrivals import restored
from mindshare.core.pacing.decision import Arrival
from mindshare.core.pacing.demand import Demand
from mindshare.core.pacing.kinds import kind_of
from mindshare.core.pacing.ledger import RELEASED, SETTLED, Floats
from mindshare.core.pacing.pacer import Pacer


class Mark(NamedTuple):
    """`moved` are all numbers that move, in a fixed order; the rest says where in the stream of cases they are."""

    moved: Floats
    case: int  # the number of the last case
    kind: str  # of it
    fresh: int  # its kind's number, while prices have not met it; else -1
    charges: int  # that were made


def mark(pacer: Pacer) -> Mark:
    """Where the pacer stands."""
    moved = np.concatenate([array.ravel() for array in _moving(pacer)])
    moved = np.append(moved, [pacer._lasts, pacer._solved_for, pacer._now])
    return Mark(moved, pacer._last.number, pacer._last.kind, pacer._fresh, len(pacer._ledger._became))


def put(pacer: Pacer, stood: Mark, unsettled: Iterable[int]) -> None:
    """Puts a pacer of the same limits, kinds and demand where another one stood; `unsettled` charges may still be settled.

    Raises MindshareError where the mark is of other limits or kinds, and changes nothing.
    """
    arrays = _moving(pacer)
    size = sum(array.size for array in arrays)
    if len(stood.moved) != size + 3:
        raise MindshareError(
            f"The mark is of a pacer with other limits or kinds: it has {len(stood.moved)} numbers and not {size + 3}."
        )
    at = 0
    for array in arrays:
        array[...] = stood.moved[at : at + array.size].reshape(array.shape)
        at += array.size
    pacer._lasts, pacer._solved_for, pacer._now = stood.moved[at:].tolist()
    pacer._last, pacer._fresh = Arrival(stood.case, stood.kind), stood.fresh
    pacer._ledger._became[:] = bytes([SETTLED | RELEASED]) * stood.charges
    for number in unsettled:
        pacer._ledger._became[number - 1] = 0


def saw(pacer: Pacer, kind: str, now: float | None) -> None:
    """A case that was counted before: its arrival is seen again."""
    pacer._arrivals[kind_of(pacer._kind, kind)].see(now)


def arrivals_of(pacer: Pacer) -> list[dict[str, Any]]:
    """What the pacer saw of arrivals, for each kind in its order."""
    return [arrivals.state() for arrivals in pacer._arrivals]


def put_arrivals(pacer: Pacer, seen: Sequence[Mapping[str, Any]]) -> None:
    """A pacer of the same kinds has seen the same arrivals as the one whose `arrivals_of` these are."""
    pacer._arrivals = [restored(state) for state in seen]


def foretell(pacer: Pacer, demand: Demand | None) -> None:
    """Another demand, of the same resources: what old cases would buy is known better now. What was learnt stays.

    A pacer that knows no demand learns its prices without one, and goes on so.
    """
    if pacer._demand is None or demand is None:
        return
    demand.must_be_of(pacer.resources)
    pacer._demand, pacer._has_line, pacer._solved_for = demand, demand.is_line, math.inf
    level, bought = demand.line() if demand.is_line else (np.zeros(0), np.zeros(0))
    pacer._shared = pacer._shared._replace(level=level, bought=bought)


def _moving(pacer: Pacer) -> list[NDArray[np.float64]]:
    """All arrays of numbers that move, in a fixed order; what is known of demand never moves."""
    ledger = pacer._ledger
    prices = [array for name, array in pacer._prices._asdict().items() if name != "known"]
    own = [ledger.limit, ledger.used, ledger.until, ledger.reserved, ledger.overrun]
    return [*prices, *own, pacer._expected, pacer._shared.price]
