"""What an answer uses, learnt from answers: fixed + per * size of the case, for each resource; and as entries of a `team.yaml`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np

from mindshare.core.errors import MindshareError
from mindshare.machines.ladder.rungs import some
from mindshare.machines.task import Floats

CASES, TIMES = (
    8,
    3,
)  # that are timed one by one; each so often: the least counts, the rest waited for somebody
DIGITS = 3  # of a stated cost: a live timing knows no more


class Measured:
    """``see(size, used)`` after an answer, ``expected(sizes)`` before one. A resource that was never seen is not told."""

    def __init__(self) -> None:
        self.sizes: dict[str, list[float]] = {}
        self.used: dict[str, list[float]] = {}

    def see(self, size: float, used: Mapping[str, float]) -> None:
        for resource, amount in used.items():
            self.sizes.setdefault(resource, []).append(size)
            self.used.setdefault(resource, []).append(amount)

    def as_dict(self) -> dict[str, Any]:
        """As plain values."""
        return {"sizes": self.sizes, "used": self.used}

    @classmethod
    def of_dict(cls, told: Mapping[str, Any]) -> Self:
        found = cls()
        found.sizes, found.used = dict(told["sizes"]), dict(told["used"])
        return found

    def line(self, resource: str) -> tuple[float, float]:
        """(fixed, per): both at least 0; where all cases were of one size, all of it is fixed."""
        size, used = np.array(self.sizes[resource]), np.array(self.used[resource])
        mean = float(used.mean())
        if np.ptp(size) == 0:
            return mean, 0.0
        slope = float(((size - size.mean()) * (used - mean)).sum() / ((size - size.mean()) ** 2).sum())
        per = min(max(slope, 0.0), mean / max(float(size.mean()), 1e-12))
        return max(mean - per * float(size.mean()), 0.0), per

    def expected(self, sizes: Floats) -> dict[str, Floats]:
        """Resource -> (N,) what cases of these sizes are expected to use."""
        lines = {resource: self.line(resource) for resource in self.used}
        return {resource: fixed + per * sizes for resource, (fixed, per) in lines.items()}


def size_of(case: Any) -> float:
    """How large a case is: letters of a text, numbers of anything else."""
    return float(len(case)) if isinstance(case, str) else float(np.size(case))


def count_of(X: Any) -> int:
    """How many cases an array, a table or a list holds."""
    return int(X.shape[0]) if hasattr(X, "shape") else len(X)


def sizes_of(X: Any) -> Floats:
    """(N,) sizes."""
    if hasattr(X, "shape") and not isinstance(X, np.ndarray):  # a table: all rows are as wide
        return np.full(count_of(X), float(np.prod(X.shape[1:])))
    return np.array([size_of(case) for case in X], np.float64)


def timed(answer: Callable[[Any], object], X: Any) -> Measured:
    """CPU seconds of answering single cases, the smallest to the largest of `X`."""
    found, sizes = Measured(), sizes_of(X)
    order = np.argsort(sizes, kind="stable")
    if not len(order):
        return found
    for i in np.unique(order[np.linspace(0, len(order) - 1, min(CASES, len(order))).astype(int)]).tolist():
        one, best = some(X, np.array([i])), float("inf")
        answer(one)  # the first time is another one
        for _ in range(TIMES):
            start = time.process_time()
            answer(one)
            best = min(best, time.process_time() - start)
        found.see(float(sizes[i]), {"cpu_s": best})
    return found


def cost_entries(machine: Any, X: Any, *, of: str | None = None, column: Any = None) -> dict[str, Any]:
    """What a machine's `cost` says of the cases `X`, as the `cost` of an agent in `team.yaml`.

    A mean for each resource; or, where `of` names a numeric column of `cases` and `column` (N,) holds it, {fixed, per, of}.
    """
    amounts = machine.cost(X)
    if not amounts:
        raise MindshareError(
            f"{type(machine).__name__} does not know yet what an answer costs: let it answer a few cases, or state it."
        )
    if (of is None) != (column is None):
        raise ValueError("`of` names a column and `column` holds its numbers; give both or none.")
    if of is None:
        return {resource: rounded(float(np.mean(x))) for resource, x in amounts.items()}
    found, size = Measured(), np.asarray(column, np.float64)
    for resource, used in amounts.items():
        for s, u in zip(size.tolist(), used.tolist(), strict=True):
            found.see(s, {resource: u})
    entries: dict[str, Any] = {}
    for resource in amounts:
        fixed, per = (rounded(x) for x in found.line(resource))
        entries[resource] = {"fixed": fixed, "per": per, "of": of} if per else fixed
    return entries


def rounded(amount: float) -> float:
    """As a cost is stated."""
    return float(f"{amount:.{DIGITS}g}")
