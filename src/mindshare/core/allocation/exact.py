"""The exact finish: a mixed-integer program (HiGHS) over the entries that the certificate leaves open.

An entry whose regret at the prices exceeds bound - value cannot be part of a better plan, so leaving it out loses
nothing. Bounded by nodes, not by the clock: the same request gives the same plan.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.optimize
import scipy.sparse
from numpy.typing import NDArray

from mindshare.core.allocation.constraints import Problem
from mindshare.core.allocation.dual import all_nets, used
from mindshare.core.allocation.prices import Slack
from mindshare.core.allocation.repair import Choice
from mindshare.core.allocation.request import Floats

NODES = 30
MOST = 250  # more entries take HiGHS seconds for little
Entries = tuple[NDArray[np.int64], NDArray[np.int64]]  # (cases, options)


class Solved(NamedTuple):
    """The best choice over the entries, the slacks' amounts, and whether there is provably no better one."""

    choice: Choice
    slack: Floats
    proven: bool


class Incumbent(NamedTuple):
    """The best plan so far: its choice, the eps that its parity keeps, and gap = bound - value."""

    choice: Choice
    eps: float
    gap: float


def finish(
    problem: Problem, price: Floats, incumbent: Incumbent, slack: Slack, *, thinned: bool
) -> Solved | None:
    """The best plan, where at most MOST entries beyond one per case can be part of a better one than the incumbent; else None.

    `thinned`: where there are more and `slack` quantities are to choose, which no other way does, the MOST nearest are
    looked at.
    """
    choice, eps, gap = incumbent
    nets = all_nets(problem.arrays, price)
    regret = nets.max(axis=1, keepdims=True) - nets
    regret[np.arange(problem.n_cases), choice] = 0.0
    most, whole = problem.n_cases + (MOST // 4 if thinned else MOST), True
    if thinned and len(slack.top) and int(np.sum(regret <= gap)) > most:
        whole = False
        gap = float(np.partition(regret, most, axis=None)[most])
    n, k = np.nonzero(regret <= gap)
    if not problem.n_cases < len(n) <= most + len(slack.top):
        return None
    open_case = np.bincount(n, minlength=problem.n_cases)[n] > 1
    found = solve(problem, choice, (n[open_case], k[open_case]), problem.rhs_at(eps), slack)
    return None if found is None else found._replace(proven=found.proven and whole)


def solve(
    problem: Problem, choice: Choice, entries: Entries, rhs: Floats, slack: Slack, worth: float = 1.0
) -> Solved | None:
    """The best choice over the entries with all other cases as in `choice`.

    `entries` = (case, option) pairs. None when no choice fits, or none was found within the nodes.
    """
    n, k = entries
    free, m = np.unique(n), len(n)
    if m == 0:
        return None
    at_least, at_most, matrix = _constraints(problem, choice, entries, rhs, slack)
    values = problem.arrays.value
    gain = worth * (values[k, n].astype(np.float64) - values[choice[n], n])
    # the last column is fixed at 1: HiGHS stops at a gap relative to the whole value, not to what is gained
    whole = worth * abs(float(values[choice[free], free].sum(dtype=np.float64)))
    result = scipy.optimize.milp(
        -np.concatenate([gain, slack.reward, [whole]]),
        integrality=np.concatenate([np.ones(m), np.zeros(len(slack.top) + 1)]),
        bounds=scipy.optimize.Bounds(
            np.concatenate([np.zeros(m + len(slack.top)), [1.0]]),
            np.concatenate([np.ones(m), slack.top, [1.0]]),
        ),
        constraints=scipy.optimize.LinearConstraint(matrix, at_least, at_most),
        options={"node_limit": NODES, "mip_rel_gap": 1e-7},
    )
    if result.x is None:
        return None
    taken, best = result.x[:m] > 0.5, choice.copy()
    best[n[taken]] = k[taken]
    return Solved(best, result.x[m:-1], result.status == 0)


def _constraints(
    problem: Problem, choice: Choice, entries: Entries, rhs: Floats, slack: Slack
) -> tuple[Floats, Floats, scipy.sparse.csc_matrix]:
    """One option per case; every row within what the other cases leave of it."""
    n, k = entries
    free = np.unique(n)
    taken = used(problem.arrays, choice, len(rhs)) - _use(problem, free, choice[free]) @ np.ones(free.size)
    each = scipy.sparse.csr_matrix((np.ones(len(n)), (np.searchsorted(free, n), np.arange(len(n)))))
    blocks = [
        [each, None, scipy.sparse.csr_matrix((free.size, 1))],
        [_use(problem, n, k), scipy.sparse.csr_matrix(slack.use.T), None],
    ]
    ones = np.ones(free.size)
    at_least = np.concatenate([ones, np.full(len(rhs), -np.inf)])
    return at_least, np.concatenate([ones, rhs - taken]), scipy.sparse.bmat(blocks, format="csc")


def _use(problem: Problem, n: NDArray[np.int64], k: NDArray[Any]) -> scipy.sparse.csr_matrix:
    """(R, entries) scaled use of the rows."""
    a = problem.arrays
    rows, cols, data = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0)]
    for option in np.unique(k):
        at = np.flatnonzero(k == option)
        for e in range(a.start[option], a.start[option + 1]):
            rows.append(np.full(at.size, a.row[e]))
            cols.append(at)
            data.append(a.coef[e] * (problem.columns[a.col[e]][n[at]] if a.col[e] >= 0 else np.ones(at.size)))
        if len(a.group) and a.member[option]:
            g = a.group[n[at]]
            rows += [a.parity_row + g.astype(np.int64), a.parity_row + len(a.rate) + g.astype(np.int64)]
            cols += [at, at]
            data += [a.rate[g], -a.rate[g]]
    where = (np.concatenate(rows), np.concatenate(cols))
    return scipy.sparse.csr_matrix(
        (np.concatenate(data).astype(np.float64), where), (len(problem.rows), len(n))
    )
