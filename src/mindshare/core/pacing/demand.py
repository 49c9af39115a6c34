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
LEAST, HIGHEST = 1e-12, 1e12  # a pace that counts as none; a price that nobody pays


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


class Elastic(NamedTuple):
    """Demand of which one point is known, and how steep it is there: of each resource alone, at a price p a case uses

        pace . (at / p) ** elasticity.

    For where no fixed paths tell more, since prices decide which agents are asked; all (R,), elasticity > 0.
    """

    resources: tuple[str, ...]
    at: Floats  # > 0
    pace: Floats  # what a case uses at these prices
    elasticity: Floats

    @staticmethod
    def restore(state: Mapping[str, Any]) -> Elastic:
        """From its fields, as arrays or as lists."""
        at, pace, steep = (np.asarray(state[k], np.float64) for k in ("at", "pace", "elasticity"))
        return Elastic(tuple(str(r) for r in state["resources"]), at, pace, steep)

    def price(self, pace: Floats) -> Floats:
        """(R,) prices at which a case uses `pace` (R,); 0 where that has no limit."""
        times = np.maximum(self.pace, LEAST) / np.maximum(np.asarray(pace, np.float64), LEAST)
        return np.asarray(np.minimum(self.at * times ** (1 / self.elasticity), HIGHEST))

    def brings(self) -> Floats:
        """(R,) zeros: what a unit brings on average is not known."""
        return np.zeros(len(self.at))

    def tells(self) -> NDArray[np.bool_]:
        """(R,) all true: it says of each resource what a unit is worth."""
        return np.ones(len(self.at), bool)


def restored_demand(state: Mapping[str, Any]) -> Demand | Elastic | None:
    """The demand with these fields; None of none."""
    if not state:
        return None
    return Elastic.restore(state) if "elasticity" in state else Demand.restore(state)


def must_be_of(demand: Demand | Elastic, resources: tuple[str, ...]) -> None:
    """Raises MindshareError unless it is for these resources, in this order."""
    if demand.resources != resources:
        raise MindshareError(
            f"The demand is for {listed(demand.resources)}, the limits are on {listed(resources)}:"
            " they must name the same resources in the same order."
        )


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
