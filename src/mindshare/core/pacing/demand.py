"""What old cases would buy at each price: a bounded sample of questions, and the price at which it spends a given pace.

The price is the minimiser of the convex dual of the sample,

    D(p) = sum over cases of max(0, most over k of sum of the first k (worth - p . use) of a path) + cases * p . pace,

so a larger pace of one resource never gives it a higher price (a subgradient of a convex function is monotone), and at
the price the sample spends about its pace. With one resource that is a line of falling prices; with several it is a linear
program (HiGHS).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from mindshare.core.errors import MindshareError, listed
from mindshare.core.kernel import kernel
from mindshare.core.pacing.ledger import Floats

Ints = NDArray[np.int64]
MOST_BYTES = 2_000_000
LEVELS = 100  # prices that demand of elasticity one is told at
WIDEST = 10.0  # how far from the known price they reach, up and down


class Demand(NamedTuple):
    """Questions that a policy would ask of `cases` old cases, in paths: those of a path together, in the order of asking.

    `case`, `path` (Q,) numbers; of a case at most one path is taken, up to any of its questions. `use` (Q, R) expected use
    of each of `resources`; `worth` (Q,) >= 0, for which a question is bought after those before it on its path.
    """

    resources: tuple[str, ...]
    cases: int
    case: Ints
    path: Ints
    use: Floats
    worth: Floats

    @staticmethod
    def of(
        resources: tuple[str, ...],
        cases: int,
        case: Ints,
        use: Floats,
        worth: Floats,
        path: Ints | None = None,
    ) -> Demand:
        """The same, cut down evenly by whole cases to what MOST_BYTES hold. One path a case, where none is told."""
        every = 1 + (2 * case.nbytes + use.nbytes + worth.nbytes) // MOST_BYTES
        kept = case % every == 0
        path = case if path is None else path
        return Demand(resources, len(range(0, cases, every)), case[kept], path[kept], use[kept], worth[kept])

    @staticmethod
    def elastic(resources: tuple[str, ...], price: Floats, pace: Floats) -> Demand:
        """Demand of elasticity one: of each resource alone a case uses `pace` (R,) at `price` (R,), and half of it at twice the price.

        For where only that one point is known: which agents are asked changes with the prices, so no fixed paths tell more.
        """
        count, part = len(resources), np.geomspace(1 / WIDEST, WIDEST, LEVELS)
        cases = count * LEVELS
        each = np.outer(np.maximum(pace, 1e-12), np.diff(part, prepend=0.0))
        use = np.zeros((count, LEVELS, count))
        use[range(count), :, range(count)] = each * cases
        middle = 1 / (
            part * np.sqrt(part[0] / part[1])
        )  # of what each level is for: at the pace, the price itself
        worth = each * cases * np.outer(price, middle)
        at = np.arange(cases)
        return Demand(resources, cases, at, at, use.reshape(cases, count), worth.ravel())

    @property
    def is_line(self) -> bool:
        """Whether a line of falling prices tells all: of one resource, with one path a case."""
        begin = np.flatnonzero(np.diff(self.path, prepend=-1))
        return len(self.resources) == 1 and bool(np.bincount(self.case[begin]).max(initial=0) <= 1)

    def line(self) -> tuple[Floats, Floats]:
        """Of one resource: (F,) falling prices per unit, and (F,) what a case uses on average at that price and above."""
        if not self.is_line:
            raise ValueError("A line of demand has one resource and one path a case; this has more.")
        level = per_unit(self.path, self.worth, np.ascontiguousarray(self.use[:, 0]))
        falling = np.argsort(-level, kind="stable")
        falling = falling[level[falling] > 0]
        return level[falling], np.cumsum(self.use[falling, 0]) / max(self.cases, 1)

    def brings(self) -> Floats:
        """(R,) what a unit of each resource brings on average."""
        used = self.use.sum(axis=0)
        return np.where(used > 0, self.worth.sum() / np.maximum(used, 1e-300), 0.0)

    def tells(self) -> NDArray[np.bool_]:
        """(R,) whether it says what a unit of each resource is worth: it does not where none of its questions uses any."""
        if self.is_line or not len(self.case):  # without questions it says that all are worth nothing
            return np.ones(len(self.resources), bool)
        return np.asarray((self.use > 0).any(axis=0))

    def must_be_of(self, resources: tuple[str, ...]) -> None:
        """Raises MindshareError unless it is for these resources, in this order."""
        if self.resources != resources:
            raise MindshareError(
                f"The demand is for {listed(self.resources)}, the limits are on {listed(resources)}:"
                " they must name the same resources in the same order."
            )

    @staticmethod
    def restore(state: Mapping[str, Any]) -> Demand:
        """From its fields, as arrays or as lists."""
        names = tuple(str(r) for r in state["resources"])
        case, path = (np.asarray(state[k], np.int64) for k in ("case", "path"))
        use = np.asarray(state["use"], np.float64).reshape(-1, len(names))
        return Demand(names, int(state["cases"]), case, path, use, np.asarray(state["worth"], np.float64))

    def price(self, pace: Floats) -> Floats:
        """(R,) prices at which the sample uses `pace` (R,) a case; 0 where less is wanted than that."""
        if self.is_line:
            return np.array([price_on(*self.line(), float(pace[0]))])
        return self._dual(np.asarray(pace, np.float64))

    def _dual(self, pace: Floats) -> Floats:
        """By bundles, the first 1, 2, ... questions of a path: each case takes at most one of them."""
        limited, count = np.flatnonzero(np.isfinite(pace)), len(self.case)
        price = np.zeros(len(pace))
        if not count or not len(limited):
            return price
        first = np.concatenate([[True], self.path[1:] != self.path[:-1]])
        begin = np.flatnonzero(first)[np.cumsum(first) - 1]
        worth, use = _since(self.worth, begin), _since(self.use[:, limited], begin)
        unit = np.maximum(use.mean(axis=0), 1e-300)  # so that no resource's unit matters
        of_case = np.unique(self.case, return_inverse=True)[1]
        one = sparse.csr_matrix((np.ones(count), (of_case, np.arange(count))))
        rows = sparse.vstack([sparse.csr_matrix((use / unit).T), one], format="csr")
        most = np.concatenate([pace[limited] * self.cases / unit, np.ones(one.shape[0])])
        found = linprog(-worth, A_ub=rows, b_ub=most, bounds=(0.0, None), method="highs-ds")
        price[limited] = np.maximum(-found.ineqlin.marginals[: len(limited)], 0.0) / unit
        return price


def _since(amount: Floats, begin: Ints) -> Floats:
    """Sums along each path; `begin` (Q,): where the path of each question begins."""
    total = np.cumsum(amount, axis=0)
    return np.asarray(total - total[begin] + amount[begin])


@kernel(allocates=True)
def per_unit(path: Ints, worth: Floats, use: Floats) -> Floats:
    """(Q,) the largest price of a unit at which each question is still asked: the least of those up to it on its path."""
    out = np.empty(len(path))
    for q in range(len(path)):
        out[q] = worth[q] / use[q] if use[q] > 0 else (np.inf if worth[q] > 0 else 0.0)
        if q > 0 and path[q] == path[q - 1]:
            out[q] = min(out[q], out[q - 1])
    return out


@kernel
def price_on(level: Floats, bought: Floats, pace: float) -> float:
    """The price on a line of falling prices at which no more than `pace` is used."""
    at = np.searchsorted(bought, pace * (1 + 1e-12), side="right")
    return level[at] if at < len(level) else 0.0
