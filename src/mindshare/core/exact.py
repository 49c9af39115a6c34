"""The exact finish: a mixed-integer program (HiGHS) over the entries that the certificate leaves open.

An entry whose regret at the prices exceeds bound - value cannot be part of a better plan, so leaving it out loses
nothing. Bounded by nodes, not by the clock: the same request gives the same plan.
"""

from __future__ import annotations

import numpy as np
import scipy.optimize
import scipy.sparse
from numpy.typing import NDArray

from mindshare.core.dual import all_nets, used
from mindshare.core.prices import Slack
from mindshare.core.repair import Choice
from mindshare.core.rows import Floats, Problem

NODES = 30
Index = NDArray[np.int64]


def finish(
    problem: Problem, price: Floats, choice: Choice, eps: float, gap: float, slack: Slack, most: int
) -> Choice | None:
    """A plan at least as good as `choice`, or None; `gap` = bound - value, at most `most` entries beyond one a case are looked at."""
    nets = all_nets(problem.arrays, price)
    regret = nets.max(axis=1, keepdims=True) - nets
    cases = np.arange(problem.n_cases)
    regret[cases, choice] = 0.0
    most += problem.n_cases
    if (count := int(np.sum(regret <= gap))) > most:
        gap = float(np.partition(regret, most, axis=None)[most])
        count = most
    if count <= problem.n_cases:
        return None
    n, k = np.nonzero(regret <= gap)
    open_case = np.bincount(n, minlength=problem.n_cases)[n] > 1
    found = solve(problem, choice, (n[open_case], k[open_case]), problem.rhs_at(eps), slack)
    return None if found is None else found[0]


def solve(
    problem: Problem,
    choice: Choice,
    entries: tuple[Index, Index],
    rhs: Floats,
    slack: Slack,
    worth: float = 1.0,
) -> tuple[Choice, Floats, bool] | None:
    """Best choice over the entries (case, option) with all other cases as in `choice`, slacks, whether proven.

    None when no choice fits, or none was found within the nodes.
    """
    n, k = entries
    free = np.unique(n)
    if free.size == 0:
        return None
    a, m = problem.arrays, len(n)
    rest = choice.copy()
    start_value = a.value[choice[free], free].astype(np.float64).sum()
    base = used(a, rest, len(rhs)) - (_use(problem, free, rest[free].astype(np.int64)) @ np.ones(free.size))
    one_each = scipy.sparse.csr_matrix((np.ones(m), (np.searchsorted(free, n), np.arange(m))), (free.size, m))
    rows = _use(problem, n, k)
    gain = worth * (a.value[k, n].astype(np.float64) - a.value[choice[n], n])
    matrix = scipy.sparse.bmat(
        [
            [one_each, None, scipy.sparse.csr_matrix((free.size, 1))],
            [rows, scipy.sparse.csr_matrix(slack.use.T), None],
        ],
        format="csc",
    )
    room = rhs - base
    offset = abs(start_value) * worth
    # the last column is fixed at 1: HiGHS stops at a gap relative to the whole value, not to what is gained
    result = scipy.optimize.milp(
        -np.concatenate([gain, slack.reward, [offset]]),
        integrality=np.concatenate([np.ones(m), np.zeros(len(slack.top) + 1)]),
        bounds=scipy.optimize.Bounds(
            np.concatenate([np.zeros(m + len(slack.top)), [1.0]]),
            np.concatenate([np.ones(m), slack.top, [1.0]]),
        ),
        constraints=scipy.optimize.LinearConstraint(
            matrix,
            np.concatenate([np.ones(free.size), np.full(len(room), -np.inf)]),
            np.concatenate([np.ones(free.size), room]),
        ),
        options={"node_limit": NODES, "mip_rel_gap": 1e-7},
    )
    if result.x is None:
        return None
    taken = result.x[:m] > 0.5
    rest[n[taken]] = k[taken]
    return rest, result.x[m:-1], bool(result.status == 0)


def _use(problem: Problem, n: Index, k: Index) -> scipy.sparse.csr_matrix:
    """(R, entries) scaled use of the rows."""
    a = problem.arrays
    rows, cols, data = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0)]
    for option in np.unique(k):
        at = np.flatnonzero(k == option)
        for e in range(a.start[option], a.start[option + 1]):
            rows.append(np.full(at.size, a.row[e]))
            cols.append(at)
            data.append(a.coef[e] * (a.column[a.col[e], n[at]] if a.col[e] >= 0 else np.ones(at.size)))
        if len(a.group) and a.member[option]:
            g = a.group[n[at]]
            rows += [a.parity_row + g.astype(np.int64), a.parity_row + len(a.rate) + g.astype(np.int64)]
            cols += [at, at]
            data += [a.rate[g], -a.rate[g]]
    where = (np.concatenate(rows), np.concatenate(cols))
    return scipy.sparse.csr_matrix(
        (np.concatenate(data).astype(np.float64), where), (len(problem.rows), len(n))
    )
