"""What an allocation is asked, as arrays: every limit, share and parity is a row `use <= rhs`.

Rows are scaled: one unit of a row is its whole limit (a resource), its whole count (a share) or the whole group
(parity), so that a price of a row is in units of value and one number means the same on every row.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mindshare.core.errors import Infeasible, MindshareError

Floats = NDArray[np.float64]
Costs = Mapping[str, Mapping[int, float | ArrayLike]]
Uses = dict[int, "float | NDArray[Any]"]
Parity = tuple[ArrayLike, Sequence[int], float]


class Arrays(NamedTuple):
    """The numbers the kernels read. Option k's entries are `start[k]:start[k + 1]` of row, coef, col."""

    value: NDArray[Any]  # (K, N) float32 or float64
    open: NDArray[np.bool_]  # (K, N) what is allowed; (0, 0) when everything is
    start: NDArray[np.int64]  # (K + 1,)
    row: NDArray[np.int64]  # (E,)
    coef: Floats  # (E,) use of a row by a case = coef * column[col, case], or coef alone where col < 0
    col: NDArray[np.int64]  # (E,)
    column: NDArray[Any]  # (M, N) costs that differ by case
    group: NDArray[np.int32]  # (N,) group of a case, 0..G-1; (0,) without parity
    member: NDArray[np.bool_]  # (K,) options whose share is to be level between groups
    rate: Floats  # (G,) 1 / cases of a group
    parity_row: int  # rows parity_row + g: share of g <= m + eps; the next G rows: m <= share of g


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is limited. `unit` is the amount that one scaled unit stands for."""

    name: str
    kind: str  # limit, max_share, min_share, parity
    amount: float  # the limit, the count of cases, or nothing (parity)
    unit: float
    option: int = -1


@dataclass(frozen=True, slots=True)
class Problem:
    """All that is asked, checked."""

    arrays: Arrays
    rows: tuple[Row, ...]
    rhs: Floats  # (R,) scaled; the eps rows of parity stand at 0 and get their eps when it is known
    slip: Floats  # (R,) drift of a running float64 sum that is not yet a violation
    costs: Mapping[str, Uses]
    limits: Mapping[str, float]
    shut: tuple[tuple[Row, Uses], ...]  # rows with limit 0: whatever costs them is vetoed
    eps: float
    groups: tuple[int, ...]  # the caller's names of the groups
    allowed: NDArray[np.bool_] | None  # (N, K) the caller's vetoes, without those of limits of 0

    @property
    def n_cases(self) -> int:
        return int(self.arrays.value.shape[1])

    @property
    def n_options(self) -> int:
        return int(self.arrays.value.shape[0])

    def rhs_at(self, eps: float) -> Floats:
        """Right-hand sides when the shares of groups may differ by `eps`."""
        rhs, first, count = self.rhs.copy(), self.arrays.parity_row, len(self.groups)
        rhs[first : first + count] = eps
        return rhs


def pose(
    value: ArrayLike,
    cost: Costs,
    limit: Mapping[str, float],
    allowed: ArrayLike | None,
    shares: tuple[Mapping[int, float] | None, Mapping[int, float] | None],
    parity: Parity | None,
) -> Problem:
    """Checks the request and lays it out as rows. Errors: ValueError, MindshareError (a case without an option)."""
    worth = _values(value)
    n, k = worth.shape
    allow = _allowed(allowed, worth)
    costs = {name: _uses(name, uses, n, k, allow) for name, uses in cost.items()}
    limits = {name: _limit(name, amount) for name, amount in limit.items()}
    _check_values(worth, allow)
    lows, highs = (
        _shares(word, given, k) for word, given in zip(("min_share", "max_share"), shares, strict=True)
    )
    for option in lows.keys() & highs.keys():
        if lows[option] > highs[option]:
            raise ValueError(
                f"min_share[{option}] is {lows[option]:g}, above max_share[{option}] = {highs[option]:g}."
            )
    listed = _resource_rows(costs, limits) + _share_rows(lows, highs, n)
    shut = tuple((row, uses) for row, uses in listed if row.amount == 0 and row.kind != "min_share")
    kept = [(row, uses) for row, uses in listed if row.amount > 0]
    vetoes = _veto_zero_limits(allow, worth, shut)
    problem = _lay_out(worth, vetoes, kept, _parity(parity, n, k), (costs, limits))
    return replace(problem, shut=shut, allowed=allow)


def _values(value: ArrayLike) -> NDArray[Any]:
    worth = np.asarray(value)
    if worth.ndim != 2:
        raise ValueError(f"value must have two axes, cases x options. Got shape {worth.shape} instead.")
    if worth.dtype not in (np.float32, np.float64):
        if worth.dtype.kind not in "iufb":
            raise ValueError(f"value must hold numbers. Got dtype {worth.dtype} instead.")
        worth = worth.astype(np.float64)
    return np.asfortranarray(worth)  # one memory order, one compiled kernel


def _allowed(allowed: ArrayLike | None, worth: NDArray[Any]) -> NDArray[np.bool_] | None:
    """The vetoes; a case with no option left is an error of its own."""
    if allowed is None:
        if worth.shape[0] and not worth.shape[1]:
            raise MindshareError(
                "value has no option (no column): every case needs at least one, e.g. a stop."
            )
        return None
    allow = np.asarray(allowed)
    if allow.shape != worth.shape:
        raise ValueError(f"allowed must have the shape of value, {worth.shape}. Got {allow.shape} instead.")
    if allow.dtype != np.bool_:
        raise ValueError(f"allowed must be True or False everywhere. Got dtype {allow.dtype} instead.")
    stuck = np.flatnonzero(~allow.any(axis=1))
    if stuck.size:
        more = f" (and {stuck.size - 1} more cases)" if stuck.size > 1 else ""
        raise MindshareError(f"Case {stuck[0]}{more} has no allowed option: allow at least one, e.g. a stop.")
    return np.asfortranarray(allow)


def _check_values(worth: NDArray[Any], allow: NDArray[np.bool_] | None) -> None:
    """Values of vetoed entries are never read, so they may be anything."""
    with np.errstate(over="ignore", invalid="ignore"):
        if math.isfinite(float(np.sum(worth, dtype=np.float64))):
            return
    for k in range(worth.shape[1]):
        bad = ~np.isfinite(worth[:, k])
        if allow is not None:
            bad &= allow[:, k]
        if bad.any():
            n = int(np.flatnonzero(bad)[0])
            hint = " To veto an option use `allowed`." if worth[n, k] == -np.inf else ""
            raise ValueError(f"value[{n}, {k}] is {worth[n, k]}: it must be a finite number.{hint}")


def _uses(name: str, uses: Mapping[int, Any], n: int, k: int, allow: NDArray[np.bool_] | None) -> Uses:
    checked: Uses = {}
    for option, amount in uses.items():
        where = f"cost['{name}'][{option!r}]"
        _check_option(where, option, k)
        given = np.asarray(amount)
        if given.dtype.kind not in "iufb" or given.shape not in ((), (n,)):
            raise ValueError(
                f"{where} must be a number or {n} numbers, one a case. Got shape {given.shape} instead."
            )
        bad = ~(np.isfinite(given) & (given >= 0))
        if allow is not None and given.ndim:
            bad &= allow[:, option]
        if bad.any():
            at = f" of case {int(np.flatnonzero(bad)[0])}" if given.ndim else ""
            worst = given[bad][0] if given.ndim else given
            raise ValueError(f"{where}{at} is {worst}: a cost must be finite and not negative.")
        if given.ndim:
            checked[int(option)] = (
                given if given.dtype in (np.float32, np.float64) else given.astype(np.float64)
            )
        else:
            checked[int(option)] = float(given)
    return checked


def _check_option(where: str, option: object, k: int) -> None:
    if not isinstance(option, int | np.integer) or isinstance(option, bool) or not 0 <= option < k:
        raise ValueError(
            f"{where}: there is no option {option!r}; options are the columns of value, 0 to {k - 1}."
        )


def _limit(name: str, amount: float) -> float:
    if not isinstance(amount, int | float | np.number) or math.isnan(amount) or amount < 0:
        raise ValueError(f"limit['{name}'] must be a number >= 0. Got {amount!r} instead.")
    return float(amount)


def _shares(word: str, given: Mapping[int, float] | None, k: int) -> dict[int, float]:
    shares = {}
    for option, share in (given or {}).items():
        _check_option(f"{word}[{option!r}]", option, k)
        if not 0 <= share <= 1:
            raise ValueError(f"{word}[{option}] must be a share of the cases, 0 to 1. Got {share!r} instead.")
        shares[int(option)] = float(share)
    return shares


def _resource_rows(costs: Mapping[str, Uses], limits: Mapping[str, float]) -> list[tuple[Row, Uses]]:
    rows = []
    for name, amount in limits.items():
        uses = {k: w for k, w in costs.get(name, {}).items() if np.any(np.asarray(w) > 0)}
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


def _parity(
    parity: Parity | None, n: int, k: int
) -> tuple[NDArray[np.int32], tuple[int, ...], NDArray[np.bool_], float]:
    members = np.zeros(k, dtype=np.bool_)
    if parity is None:
        return np.zeros(0, np.int32), (), members, 0.0
    group, options, eps = parity
    given = np.asarray(group)
    if given.shape != (n,) or (n and given.dtype.kind not in "iub"):
        raise ValueError(
            f"parity's groups must be {n} whole numbers, one a case. Got {given.dtype} {given.shape}."
        )
    if not 0 <= eps <= 1:
        raise ValueError(f"parity's eps must be a share, 0 to 1. Got {eps!r} instead.")
    for option in options:
        _check_option("parity's options", option, k)
        members[option] = True
    names, index = np.unique(given, return_inverse=True)
    if len(names) < 2:
        return np.zeros(0, np.int32), (), members, float(eps)
    return index.astype(np.int32), tuple(int(g) for g in names), members, float(eps)


def _lay_out(
    worth: NDArray[Any],
    allow: NDArray[np.bool_] | None,
    kept: list[tuple[Row, Uses]],
    parity: tuple[NDArray[np.int32], tuple[int, ...], NDArray[np.bool_], float],
    asked: tuple[Mapping[str, Uses], Mapping[str, float]],
) -> Problem:
    n, k = worth.shape
    group, names, members, eps = parity
    columns: dict[int, int] = {}
    stack: list[NDArray[Any]] = []
    entries: list[tuple[int, int, float, int]] = []
    for r, (row, uses) in enumerate(kept):
        for option, amount in uses.items():
            if isinstance(amount, float):
                entries.append((option, r, amount / row.unit, -1))
            else:
                if id(amount) not in columns:
                    columns[id(amount)] = len(stack)
                    stack.append(amount)
                entries.append((option, r, 1.0 / row.unit, columns[id(amount)]))
    entries.sort(key=lambda e: (e[0], e[3], e[1]))
    per_option = np.bincount([e[0] for e in entries], minlength=k) if entries else np.zeros(k, np.int64)
    half = all(c.dtype == np.float32 for c in stack)
    sizes = np.bincount(group, minlength=len(names)).astype(np.float64)
    arrays = Arrays(
        value=np.ascontiguousarray(worth.T),
        open=np.zeros((0, 0), np.bool_) if allow is None else np.ascontiguousarray(allow.T),
        start=np.concatenate([[0], np.cumsum(per_option)]).astype(np.int64),
        row=np.array([e[1] for e in entries], np.int64),
        coef=np.array([e[2] for e in entries], np.float64),
        col=np.array([e[3] for e in entries], np.int64),
        column=np.array(stack, dtype=np.float32 if half and stack else np.float64).reshape(len(stack), n),
        group=group,
        member=members,
        rate=1.0 / sizes,
        parity_row=len(kept),
    )
    level = [Row(f"parity of group {g}", "parity", 0.0, float(c)) for g, c in zip(names, sizes, strict=True)]
    rows = tuple(row for row, _ in kept) + tuple(level) * 2
    rhs = np.array([-1.0 if row.kind == "min_share" else float(row.kind != "parity") for row in rows])
    slip = np.array([1e-12 if row.kind == "limit" else 1e-6 / max(row.unit, 1.0) for row in rows])
    return Problem(arrays, rows, rhs, slip, *asked, (), eps, names, None)
