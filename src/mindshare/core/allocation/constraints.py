"""The constraints of an allocation as arrays: every limit, share and parity is a row `use <= rhs`.

Rows are scaled: one unit of a row is its whole limit (a resource), its whole count (a share) or the whole group
(parity), so that a price of a row is in units of value and one number means the same on every row.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mindshare.core.allocation.columns import addresses
from mindshare.core.allocation.request import (
    Costs,
    Floats,
    Parity,
    Uses,
    checked_allowed,
    checked_limit,
    checked_parity,
    checked_shares,
    checked_uses,
    checked_value,
    largest_value,
)
from mindshare.core.errors import Infeasible


class Arrays(NamedTuple):
    """The numbers the kernels read. Option k's entries are `start[k]:start[k + 1]` of row, coef, col."""

    value: NDArray[Any]  # (K, N) float32 or float64
    open: NDArray[np.bool_]  # (K, N) what is allowed; (0, 0) when everything is
    start: NDArray[np.int64]  # (K + 1,)
    row: NDArray[np.int64]  # (E,)
    coef: Floats  # (E,) use of a row by a case = coef * column[col, case], or coef alone where col < 0
    col: NDArray[np.int64]  # (E,)
    column: NDArray[
        np.int64
    ]  # (M,) where costs that differ by case lie in memory, (N,) each, in `store`'s type
    store: NDArray[Any]  # (M, N) of a part of the cases; (0, 0) where columns are the caller's own
    group: NDArray[np.int32]  # (N,) group of a case, 0..G-1; (0,) without parity
    member: NDArray[np.bool_]  # (K,) options whose share is to be level between groups
    rate: Floats  # (G,) 1 / cases of a group
    parity_row: int  # rows parity_row + g: share of g <= m + eps; the next G rows: m <= share of g


@dataclass(frozen=True, slots=True)
class Row:
    """One constraint. `unit` is the amount that one scaled unit stands for."""

    name: str
    kind: str  # limit, max_share, min_share, parity
    amount: float  # the limit, the count of cases, or nothing (parity)
    unit: float
    option: int = -1


@dataclass(frozen=True, slots=True)
class Problem:
    """A request that was checked, laid out as value and constraints."""

    arrays: Arrays
    rows: tuple[Row, ...]
    rhs: Floats  # (R,) scaled; the eps rows of parity stand at 0 and get their eps when it is known
    slip: Floats  # (R,) drift of a running float64 sum that is not yet a violation
    costs: Mapping[str, Uses]
    limits: Mapping[str, float]
    shut: tuple[tuple[Row, Uses], ...]  # rows with limit 0: whatever costs them is vetoed
    eps: float
    level: bool  # whether parity was asked, be it of one group only
    groups: tuple[int, ...]  # the caller's names of the groups
    allowed: NDArray[np.bool_] | None  # (N, K) the caller's vetoes, without those of limits of 0
    columns: tuple[NDArray[Any], ...]  # what `arrays.column` points to
    most: float  # the largest |value|, over what is allowed
    rest: Floats  # (R,) what cases that are not in `arrays` use; taken from rhs

    @property
    def n_cases(self) -> int:
        return int(self.arrays.value.shape[1])

    @property
    def n_options(self) -> int:
        return int(self.arrays.value.shape[0])

    def rhs_at(self, eps: float) -> Floats:
        """Right-hand sides when the shares of groups may differ by `eps`."""
        rhs, first, count = self.rhs.copy(), self.arrays.parity_row, len(self.groups)
        rhs[first : first + count] = eps - self.rest[first : first + count]
        return rhs

    def part(self, at: NDArray[np.int64]) -> Problem:
        """The cases `at` alone, copied side by side."""
        a = self.arrays
        store = np.empty((len(self.columns), at.size), a.store.dtype)
        for column, kept in zip(self.columns, store, strict=True):
            np.take(column, at, out=kept)
        arrays = a._replace(
            value=np.take(a.value, at, axis=1),
            open=np.take(a.open, at, axis=1) if len(a.open) else a.open,
            column=addresses(tuple(store)),
            store=store,
            group=a.group[at] if len(a.group) else a.group,
        )
        return replace(self, arrays=arrays, columns=tuple(store))

    def in_float64(self) -> Problem:
        """The same with values in float64, which passes then reckon in."""
        return replace(
            self, arrays=self.arrays._replace(value=self.arrays.value.astype(np.float64, copy=False))
        )

    def besides(self, rest: Floats) -> Problem:
        """The same where other cases use `rest` (R,) of the rows already."""
        return replace(self, rhs=self.rhs - rest, rest=self.rest + rest)


def pose(
    value: ArrayLike,
    cost: Costs,
    limit: Mapping[str, float],
    allowed: ArrayLike | None,
    shares: tuple[Mapping[int, float] | None, Mapping[int, float] | None],
    parity: Parity | None,
) -> Problem:
    """Checks the request and lays it out as rows. Errors: ValueError, MindshareError (a case without an option)."""
    worth = checked_value(value)
    n, k = worth.shape
    allow = checked_allowed(allowed, worth)
    tops: dict[int, float] = {}
    costs = {name: checked_uses(name, uses, n, k, allow, tops) for name, uses in cost.items()}
    limits = {name: checked_limit(name, amount) for name, amount in limit.items()}
    most = largest_value(worth, allow)
    lows, highs = (
        checked_shares(word, given, k) for word, given in zip(("min_share", "max_share"), shares, strict=True)
    )
    for option in lows.keys() & highs.keys():
        if lows[option] > highs[option]:
            raise ValueError(
                f"min_share[{option}] is {lows[option]:g}, above max_share[{option}] = {highs[option]:g}."
            )
    listed = _resource_rows(costs, limits, tops) + _share_rows(lows, highs, n)
    shut = tuple((row, uses) for row, uses in listed if row.amount == 0 and row.kind != "min_share")
    kept = [(row, uses) for row, uses in listed if row.amount > 0]
    vetoes = _veto_zero_limits(allow, worth, shut)
    problem = _lay_out(worth, vetoes, kept, checked_parity(parity, n, k), (costs, limits))
    return replace(problem, shut=shut, allowed=allow, most=most, level=parity is not None)


def _resource_rows(
    costs: Mapping[str, Uses], limits: Mapping[str, float], tops: Mapping[int, float]
) -> list[tuple[Row, Uses]]:
    rows = []
    for name, amount in limits.items():
        uses = {k: w for k, w in costs.get(name, {}).items() if tops[id(w)] > 0}
        if math.isfinite(amount) and uses:
            rows.append((Row(name, "limit", amount, amount), uses))
    return rows


def _share_rows(lows: dict[int, float], highs: dict[int, float], n: int) -> list[tuple[Row, Uses]]:
    """Shares as whole numbers of cases c: the most with c / n <= max_share, the least with c / n >= min_share."""
    rows: list[tuple[Row, Uses]] = []
    for option, share in highs.items():
        most = math.floor(share * n) + 1
        while most / max(n, 1) > share:
            most -= 1
        if most < n:
            rows.append((Row(f"share of option {option}", "max_share", most, most, option), {option: 1.0}))
    for option, share in lows.items():
        least = max(math.ceil(share * n) - 1, 0)
        while least / max(n, 1) < share and n:
            least += 1
        if least > 0:
            rows.append((Row(f"share of option {option}", "min_share", least, least, option), {option: -1.0}))
    return rows


def _veto_zero_limits(
    allow: NDArray[np.bool_] | None, worth: NDArray[Any], shut: tuple[tuple[Row, Uses], ...]
) -> NDArray[np.bool_] | None:
    """Nothing that costs a resource with limit 0 may be chosen. Raises Infeasible when a case has nothing else."""
    if not shut:
        return allow
    vetoes = np.ones(worth.shape, np.bool_, order="F") if allow is None else allow.copy(order="K")
    for row, uses in shut:
        before = vetoes.copy(order="K")
        for option, amount in uses.items():
            vetoes[:, option] &= ~(np.asarray(amount) > 0)
        stuck = np.flatnonzero(~vetoes.any(axis=1))
        if stuck.size:
            least = least_uses(uses, before, worth.shape)
            share = 1.0 if row.kind == "limit" else 1.0 / len(worth)
            hint = f"Case {stuck[0]} has no other option left: allow one, e.g. a stop."
            raise Infeasible(row.name, 0.0, float(least.sum()) * share, hint)
    return vetoes


def least_uses(uses: Uses, allow: NDArray[np.bool_] | None, shape: tuple[int, ...]) -> Floats:
    """(N,) the least that each case's allowed options use."""
    least = np.full(shape[0], np.inf)
    for k in range(shape[1]):
        amount = np.broadcast_to(np.asarray(uses.get(k, 0.0), np.float64), shape[:1])
        if allow is not None and allow.size:
            amount = np.where(allow[:, k], amount, np.inf)
        np.minimum(least, amount, out=least)
    return least


def _entries(
    kept: list[tuple[Row, Uses]],
) -> tuple[list[tuple[int, int, float, int]], list[NDArray[Any]]]:
    """(option, row, coefficient, column or -1), sorted by option, and the columns, each array once."""
    columns: dict[int, int] = {}
    stack: list[NDArray[Any]] = []
    entries: list[tuple[int, int, float, int]] = []
    for r, (row, uses) in enumerate(kept):
        for option, amount in uses.items():
            if isinstance(amount, float):
                entries.append((option, r, amount / row.unit, -1))
                continue
            if id(amount) not in columns:
                columns[id(amount)] = len(stack)
                stack.append(amount)
            entries.append((option, r, 1.0 / row.unit, columns[id(amount)]))
    return sorted(entries, key=lambda e: (e[0], e[3], e[1])), stack


def _lay_out(
    worth: NDArray[Any],
    vetoes: NDArray[np.bool_] | None,
    kept: list[tuple[Row, Uses]],
    parity: tuple[NDArray[np.int32], tuple[int, ...], NDArray[np.bool_], float],
    asked: tuple[Mapping[str, Uses], Mapping[str, float]],
) -> Problem:
    """The problem of a request that was checked; `pose` adds what only the request itself tells."""
    group, names, members, eps = parity
    sizes = np.bincount(group, minlength=len(names)).astype(np.float64)
    arrays, columns = _arrays(worth, vetoes, kept, (group, members, sizes))
    level = [Row(f"parity of group {g}", "parity", 0.0, float(c)) for g, c in zip(names, sizes, strict=True)]
    rows = tuple(row for row, _ in kept) + tuple(level) * 2
    rhs = np.array([-1.0 if row.kind == "min_share" else float(row.kind != "parity") for row in rows])
    slip = np.array([1e-12 if row.kind == "limit" else 1e-6 / max(row.unit, 1.0) for row in rows])
    return Problem(
        arrays=arrays,
        rows=rows,
        rhs=rhs,
        slip=slip,
        costs=asked[0],
        limits=asked[1],
        shut=(),
        eps=eps,
        level=False,
        groups=names,
        allowed=None,
        columns=columns,
        most=0.0,
        rest=np.zeros(len(rows)),
    )


def _arrays(
    worth: NDArray[Any],
    vetoes: NDArray[np.bool_] | None,
    kept: list[tuple[Row, Uses]],
    parity: tuple[NDArray[np.int32], NDArray[np.bool_], Floats],
) -> tuple[Arrays, tuple[NDArray[Any], ...]]:
    """What the kernels read, and the columns that it points to. `parity`: (group, member, cases of a group)."""
    group, members, sizes = parity
    entries, stack = _entries(kept)
    half = bool(stack) and all(c.dtype == np.float32 for c in stack)
    columns = tuple(c.astype(np.float32 if half else np.float64, copy=False) for c in stack)
    arrays = Arrays(
        value=np.ascontiguousarray(worth.T),
        open=np.zeros((0, 0), np.bool_) if vetoes is None else np.ascontiguousarray(vetoes.T),
        start=np.searchsorted([e[0] for e in entries], np.arange(worth.shape[1] + 1)).astype(np.int64),
        row=np.array([e[1] for e in entries], np.int64),
        coef=np.array([e[2] for e in entries], np.float64),
        col=np.array([e[3] for e in entries], np.int64),
        column=addresses(columns),
        store=np.zeros((0, 0), np.float32 if half else np.float64),
        group=group,
        member=members,
        rate=1.0 / sizes,
        parity_row=len(kept),
    )
    return arrays, columns
