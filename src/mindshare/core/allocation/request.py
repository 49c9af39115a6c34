"""Whether an allocation's request makes sense: every mistake in one sentence that says where, and what would be right."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mindshare.core.errors import MindshareError, counted
from mindshare.core.kernel import kernel

Floats = NDArray[np.float64]
Costs = Mapping[str, Mapping[int, float | ArrayLike]]
Uses = dict[int, "float | NDArray[Any]"]
Parity = tuple[ArrayLike, Sequence[int], float]


def checked_value(value: ArrayLike) -> NDArray[Any]:
    """(N, K) float32 or float64 in Fortran order: one memory order, one compiled kernel."""
    worth = np.asarray(value)
    if worth.ndim != 2:
        raise ValueError(f"value must have two axes, cases x options. Got shape {worth.shape} instead.")
    if worth.dtype not in (np.float32, np.float64):
        if worth.dtype.kind not in "iufb":
            raise ValueError(f"value must hold numbers. Got dtype {worth.dtype} instead.")
        worth = worth.astype(np.float64)
    return np.asfortranarray(worth)


def checked_allowed(allowed: ArrayLike | None, worth: NDArray[Any]) -> NDArray[np.bool_] | None:
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
        more = f" (and {counted(stuck.size - 1, 'more case')})" if stuck.size > 1 else ""
        raise MindshareError(f"Case {stuck[0]}{more} has no allowed option: allow at least one, e.g. a stop.")
    return np.asfortranarray(allow)


def largest(numbers: NDArray[Any]) -> float:
    """The largest |x|, NaN or infinity where one is; one pass at the speed of memory. -0.0 and below give minus that.

    The sign apart, numbers of IEEE 754 are ordered as their bits are, infinity and NaN last.
    """
    if not numbers.size:
        return 0.0
    flat = (numbers if numbers.flags.c_contiguous else numbers.T).reshape(-1)
    whole = np.int32 if flat.dtype == np.float32 else np.int64
    top, any_negative = _bits(flat.view(whole), np.array([np.iinfo(whole).max], whole))
    found = float(np.array([top], whole).view(flat.dtype)[0])
    return -found if any_negative else found


def largest_value(worth: NDArray[Any], allow: NDArray[np.bool_] | None) -> float:
    """The largest |value|, all being finite; values of vetoed entries are never read, so they may be anything."""
    most = abs(largest(worth))
    if math.isfinite(most):
        return most
    most = 0.0
    for k in range(worth.shape[1]):
        bad = ~np.isfinite(worth[:, k])
        if allow is not None:
            bad &= allow[:, k]
        if bad.any():
            n = int(np.flatnonzero(bad)[0])
            hint = " To veto an option use `allowed`." if worth[n, k] == -np.inf else ""
            raise ValueError(f"value[{n}, {k}] is {worth[n, k]}: it must be a finite number.{hint}")
        fine = np.isfinite(worth[:, k])
        most = max(most, float(np.abs(worth[fine, k]).max(initial=0.0)))
    return most


def checked_uses(
    name: str,
    uses: Mapping[int, Any],
    n: int,
    k: int,
    allow: NDArray[np.bool_] | None,
    tops: dict[int, float],
) -> Uses:
    """One resource's costs: finite and >= 0 wherever the option is allowed; elsewhere they are never read.

    `tops` gets the largest of each array, by its id.
    """
    checked: Uses = {}
    for option, amount in uses.items():
        where = f"cost['{name}'][{option!r}]"
        check_option(where, option, k)
        given = np.asarray(amount)
        if given.dtype.kind not in "iufb" or given.shape not in ((), (n,)):
            raise ValueError(
                f"{where} must be a number or {n} numbers, one per case. Got shape {given.shape} instead."
            )
        if given.dtype not in (np.float32, np.float64):
            given = given.astype(np.float64)
        top = largest(given)
        if not 0.0 <= top < np.inf:
            top = _largest_cost(where, given, None if allow is None else allow[:, option])
        checked[int(option)] = amounts = np.ascontiguousarray(given) if given.ndim else float(given)
        tops[id(amounts)] = top
    return checked


def _largest_cost(where: str, given: NDArray[Any], allow: NDArray[np.bool_] | None) -> float:
    bad = ~(np.isfinite(given) & (given >= 0))
    if allow is not None and given.ndim:
        bad &= allow
    if bad.any():
        at = f" of case {int(np.flatnonzero(bad)[0])}" if given.ndim else ""
        worst = given[bad][0] if given.ndim else given
        raise ValueError(f"{where}{at} is {worst}: a cost must be finite and not negative.")
    return float(given[np.isfinite(given)].max(initial=0.0))


def check_option(where: str, option: object, k: int) -> None:
    """Options are columns of value."""
    if not isinstance(option, int | np.integer) or isinstance(option, bool) or not 0 <= option < k:
        raise ValueError(
            f"{where}: there is no option {option!r}; options are the columns of value, 0 to {k - 1}."
        )


def checked_limit(name: str, amount: float) -> float:
    """A number >= 0; infinity is no limit."""
    if not isinstance(amount, int | float | np.number) or math.isnan(amount) or amount < 0:
        raise ValueError(f"limit['{name}'] must be a number >= 0. Got {amount!r} instead.")
    return float(amount)


def checked_shares(word: str, given: Mapping[int, float] | None, k: int) -> dict[int, float]:
    """Shares of the cases, 0 to 1."""
    shares = {}
    for option, share in (given or {}).items():
        check_option(f"{word}[{option!r}]", option, k)
        if not 0 <= share <= 1:
            raise ValueError(f"{word}[{option}] must be a share of the cases, 0 to 1. Got {share!r} instead.")
        shares[int(option)] = float(share)
    return shares


def checked_parity(
    parity: Parity | None, n: int, k: int
) -> tuple[NDArray[np.int32], tuple[int, ...], NDArray[np.bool_], float]:
    """(group of a case as 0..G-1, the groups' names, which options count, eps); nothing to level below two groups."""
    members = np.zeros(k, dtype=np.bool_)
    if parity is None:
        return np.zeros(0, np.int32), (), members, 0.0
    group, options, eps = parity
    given = np.asarray(group)
    if given.shape != (n,) or (n and given.dtype.kind not in "iub"):
        raise ValueError(
            f"parity's groups must be {n} whole numbers, one per case. Got {given.dtype} {given.shape}."
        )
    if not 0 <= eps <= 1:
        raise ValueError(f"parity's eps must be a share, 0 to 1. Got {eps!r} instead.")
    for option in options:
        check_option("parity's options", option, k)
        members[option] = True
    names, index = np.unique(given, return_inverse=True)
    if len(names) < 2:
        return np.zeros(0, np.int32), (), members, float(eps)
    return index.astype(np.int32), tuple(int(g) for g in names), members, float(eps)


@kernel(allocates=True)
def _bits(numbers: NDArray[Any], mask: NDArray[Any]) -> tuple[int, bool]:
    """The largest of the numbers without their signs, and whether one has a sign. `mask` (1,): all bits but the sign."""
    top, low = np.zeros(1, numbers.dtype)[0], np.zeros(1, numbers.dtype)[0]
    for i in range(len(numbers)):
        low = min(low, numbers[i])
        top = max(top, numbers[i] & mask[0])
    return top, low < 0
