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
from mindshare.core.pacing.arrivals import Clocked, restored
from mindshare.core.pacing.decision import Arrival
from mindshare.core.pacing.demand import Demand, must_be_of
from mindshare.core.pacing.kinds import kind_of
from mindshare.core.pacing.ledger import RELEASED, SETTLED, Floats
from mindshare.core.pacing.pacer import Pacer

BY_KIND = {
    "wants": "kr",
    "expected": "kr",
    "cases": "k",
}  # which of the numbers are of kinds; all others are of resources
OF_THE_PERIOD = ("used", "until", "reserved", "first")  # what begins anew with another period


class Terms(NamedTuple):
    """What the numbers of a mark are of, in their order. `period_s`: resource -> seconds after which it comes back, None = never."""

    period_s: Mapping[str, float | None]
    kinds: Sequence[str]


class Mark(NamedTuple):
    """`moved` are all numbers that move, in a fixed order; the rest says where in the stream of cases they are."""

    moved: Floats
    case: int  # the number of the last case
    kind: str  # of it
    fresh: int  # its kind's number, while prices have not met it; else -1
    charges: int  # that were made


def mark(pacer: Pacer) -> Mark:
    """Where the pacer stands."""
    moved = np.concatenate([array.ravel() for array in _moving(pacer).array])
    moved = np.append(moved, [pacer._lasts, pacer._solved_for, pacer._now])
    return Mark(moved, pacer._last.number, pacer._last.kind, pacer._fresh, len(pacer._ledger._became))


def terms_of(pacer: Pacer) -> Terms:
    """What the numbers of its mark are of."""
    return Terms({r: pacer._ledger._period_s.get(r) for r in pacer.resources}, tuple(pacer._kind))


def put(pacer: Pacer, stood: Mark, unsettled: Iterable[int], terms: Terms | None = None) -> None:
    """Puts a pacer where another one stood; `unsettled` charges may still be settled. `terms`: of that one; None = the same.

    Under other terms what both have goes on, by name: what was used, prices, what was learnt. What only this one has begins as
    in a new pacer, what only that one had is dropped, and a limit with another period begins that period with nothing used.
    Raises MindshareError where the mark is not of these terms, and changes nothing.
    """
    here = terms_of(pacer)
    there = here if terms is None else terms
    arrays, size = _moving(pacer), {"r": len(there.period_s), "k": len(there.kinds)}
    shapes = [tuple(size[axis] for axis in axes) for axes in arrays.axes]
    count = sum(map(math.prod, shapes)) + 3
    if len(stood.moved) != count:
        raise MindshareError(
            f"The mark is of a pacer with other limits or kinds: it has {len(stood.moved)} numbers and not {count}."
        )
    *old, last = np.split(stood.moved, np.cumsum([math.prod(shape) for shape in shapes]))
    pacer._lasts, pacer._solved_for, pacer._now = last.tolist()
    told = [numbers.reshape(shape) for numbers, shape in zip(old, shapes, strict=True)]
    pacer._last, pacer._fresh = Arrival(stood.case, stood.kind), stood.fresh
    if _same(here, there):
        for array, numbers in zip(arrays.array, told, strict=True):
            array[...] = numbers
    else:
        _carry(arrays, told, here, there)
        _open_together(pacer)
        pacer._solved_for = math.inf
        pacer._fresh = pacer._kind.get(stood.kind, -1) if stood.fresh >= 0 else -1
    pacer._ledger._became[:] = bytes([SETTLED | RELEASED]) * stood.charges
    for number in unsettled:
        pacer._ledger._became[number - 1] = 0


def begin(pacer: Pacer, now: float) -> None:
    """Cases are seen from now on: that none came before says nothing."""
    for arrivals in pacer._arrivals:
        if isinstance(arrivals, Clocked):
            arrivals.begin(now)


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
    must_be_of(demand, pacer.resources)
    pacer._demand, pacer._has_line, pacer._solved_for = demand, demand.is_line, math.inf
    level, bought = demand.line() if demand.is_line else (np.zeros(0), np.zeros(0))
    pacer._shared = pacer._shared._replace(level=level, bought=bought)


class _Moving(NamedTuple):
    """All arrays of numbers that move, in a fixed order: what each is called, and what its axes are (r: resources, k: kinds)."""

    name: list[str]
    axes: list[str]
    array: list[NDArray[np.float64]]


def _moving(pacer: Pacer) -> _Moving:
    """What is known of demand never moves."""
    ledger = pacer._ledger
    named = {name: array for name, array in pacer._prices._asdict().items() if name != "known"}
    named |= {name: getattr(ledger, name) for name in ("limit", "used", "until", "reserved", "overrun")}
    named |= {"expected": pacer._expected, "price": pacer._shared.price}
    axes = [BY_KIND.get(name, "r") for name in named]
    return _Moving(list(named), axes, list(named.values()))


def _same(here: Terms, there: Terms) -> bool:
    """Whether these are the same terms, in the same order."""
    return [*here.period_s.items()] == [*there.period_s.items()] and [*here.kinds] == [*there.kinds]


def _carry(arrays: _Moving, told: Sequence[Floats], here: Terms, there: Terms) -> None:
    """Writes what both have, by name."""
    names = {
        "r": (list(here.period_s), list(there.period_s)),
        "k": (list(here.kinds), list(there.kinds)),
    }
    both = {axis: [name for name in mine if name in theirs] for axis, (mine, theirs) in names.items()}
    going = [r for r in both["r"] if here.period_s[r] == there.period_s[r]]
    for name, axes, array, numbers in zip(*arrays, told, strict=True):
        kept = both | {"r": going} if name in OF_THE_PERIOD else both
        to, of = ([[names[a][i].index(x) for x in kept[a]] for a in axes] for i in (0, 1))
        array[np.ix_(*to)] = numbers[np.ix_(*of)]


def _open_together(pacer: Pacer) -> None:
    """Limits of one period end together: one that is new comes into the period that the others are in."""
    ledger = pacer._ledger
    for seconds, at in ledger._periods.items():
        if math.isfinite(seconds):
            ledger.until[at] = ledger.until[at].max()


def stocks_of(pacer: Pacer) -> tuple[str, ...]:
    """The resources that are held and released; all others are spent."""
    return tuple(r for r, held in zip(pacer.resources, pacer._ledger.stock, strict=True) if held)
