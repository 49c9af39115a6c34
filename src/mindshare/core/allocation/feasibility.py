"""Whether the hard constraints fit together: a plan that keeps them, or the sentence that says which one cannot, and by how much."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.allocation.constraints import Problem, Row, least_uses
from mindshare.core.allocation.dual import settle
from mindshare.core.allocation.exact import solve
from mindshare.core.allocation.prices import LocalCases, Prices, Slack, StopRule, search
from mindshare.core.allocation.repair import Choice, repair
from mindshare.core.allocation.request import Floats, Uses
from mindshare.core.errors import Infeasible

SMALL = 60_000  # N x K up to which feasibility is settled exactly


class Fitted(NamedTuple):
    """A whole choice that keeps every row."""

    choice: Choice  # (N,)
    gap: NDArray[np.floating]  # (N,) from each case's option to its second one, at the prices
    rhs: Floats  # (R,) the right-hand sides that it keeps


def level_slack(problem: Problem) -> Slack:
    """The common share m from which parity is measured: share of every group within [m, m + eps]."""
    count, first, n_rows = len(problem.groups), problem.arrays.parity_row, len(problem.rows)
    use = np.zeros((1 if count else 0, n_rows))
    use[:, first : first + count] = -1.0
    use[:, first + count :] = 1.0
    return Slack(np.zeros(len(use)), use, np.ones(len(use)))


def spread_of(problem: Problem, choice: Choice) -> float:
    """Largest difference between two groups' shares of cases given to the parity options."""
    if not problem.groups:
        return 0.0
    share = _given(problem, choice) / np.array([row.unit for row in problem.rows[-len(problem.groups) :]])
    return float(share.max() - share.min())


def fit(
    problem: Problem,
    prices: Prices,
    eps: float,
    *,
    tighten: float = 0.0,
    worth: float = 1.0,
    thorough: bool = True,
) -> Fitted | None:
    """A whole choice near the shares that the prices call for, mended until it fits; None when that gets stuck.

    `tighten`: of the limits, to leave room for rounding. `worth` 0 leaves the values out. Not `thorough`: only the
    nearest moves are tried.
    """
    first, gap, *_ = settle(problem.arrays, prices.price, prices.blur, worth)
    for band in _bands(problem, first, eps):
        rhs = band - tighten * (problem.slip < 1e-11)
        choice = first.copy()
        if repair(problem, prices.price, choice, gap, rhs, thorough):
            return Fitted(choice, gap, rhs)
    return None


def _given(problem: Problem, choice: Choice) -> Floats:
    """(G,) cases of each group given to one of the parity options."""
    a, count = problem.arrays, len(problem.groups)
    elsewhere = problem.rest[a.parity_row : a.parity_row + count] / a.rate
    return np.round(np.bincount(a.group[a.member[choice]], minlength=count) + elsewhere)


def _bands(problem: Problem, choice: Choice, eps: float) -> Iterator[Floats]:
    """Right-hand sides with parity as whole numbers of cases a group: the nearest bands first."""
    if not problem.groups:
        yield problem.rhs
        return
    size = np.array([row.unit for row in problem.rows[-len(problem.groups) :]])
    given = _given(problem, choice)
    near = np.clip(given[:, None] + np.arange(-3, 4), 0, size[:, None]) / size[:, None]
    starts = np.unique(
        np.clip(np.concatenate([near.ravel(), near.ravel() - eps, [0.0, 1.0 - eps]]), 0.0, 1.0)
    )
    low = np.ceil(starts[:, None] * size - 1e-9)
    high = np.minimum(np.floor((starts[:, None] + eps) * size + 1e-9), size)
    moves = np.where(low > high, np.inf, np.maximum(0.0, np.maximum(low - given, given - high))).sum(axis=1)
    middle = abs(starts + eps / 2 - given.sum() / size.sum())
    order = np.lexsort((middle, moves))
    order = order[np.isfinite(moves[order])]
    ends = order[(starts[order] == 0.0) | (starts[order] == 1.0 - eps)]
    for i in dict.fromkeys([*order[:6].tolist(), *ends.tolist()]):
        rhs = problem.rhs.copy()
        rhs[-2 * len(size) :] = np.concatenate([high[i] / size, -low[i] / size])
        rhs[-2 * len(size) :] -= problem.rest[-2 * len(size) :]
        yield rhs


def rescue(problem: Problem, eps: float) -> tuple[Fitted, float]:
    """A plan that fits, and the eps it keeps: the asked one or the smallest found. Raises Infeasible."""
    problem = problem.in_float64()  # that nothing fits is to be proved, not rounded
    plain = len(problem.rows) - 2 * len(problem.groups)
    for r, row in enumerate(problem.rows[:plain]):
        least = _least_alone(problem, row)
        if least > problem.rhs[r] * row.unit:
            raise _infeasible(problem, row, least)
    fitted = _any_plan(problem, plain)
    return _least_eps(problem, fitted, eps) if problem.groups else (fitted, eps)


def _least_alone(problem: Problem, row: Row) -> float:
    """The least use of one row, whatever the others say; minus the most cases for a min_share."""
    one: Uses = {row.option: 1.0 if row.kind == "max_share" else -1.0}
    uses = problem.costs[row.name] if row.kind == "limit" else one
    return float(least_uses(uses, problem.arrays.open.T, (problem.n_cases, problem.n_options)).sum())


def _infeasible(problem: Problem, row: Row, least: float, others: str = "") -> Infeasible:
    """The sentence; for a min_share the limit is the share that can be reached, and the least is what was asked."""
    hint, n = f" while these hold too: {others}" if others else "", problem.n_cases
    if row.kind == "min_share":
        return Infeasible(
            row.name, max(-least, 0.0) / n, row.amount / n, f"Lower its min_share or allow it more{hint}."
        )
    if row.kind == "max_share":
        return Infeasible(
            row.name, row.amount / n, least / n, f"Raise its max_share or allow other options{hint}."
        )
    return Infeasible(row.name, row.amount, least, f"Raise the limit or allow cheaper options{hint}.")


def _any_plan(problem: Problem, plain: int) -> Fitted:
    """A plan within all limits and shares, parity apart. Raises Infeasible with Farkas' certificate (1902)."""
    n_rows, rhs = len(problem.rows), problem.rhs_at(1.0)
    top = np.maximum(1.0, -rhs[:plain]) * 10.0 * max(1, problem.n_cases)
    excess = Slack(-np.ones(plain), -np.eye(plain, n_rows), top)
    evaluate = LocalCases(problem.arrays, rhs, excess, worth=0.0)
    blurs = [0.5 / problem.n_cases / 5**i for i in range(10)]
    prices = search(evaluate, rhs, np.zeros(n_rows), blurs, StopRule(1.0, -np.inf))
    if -evaluate(prices.sharp, 0.0)[0] > 1e-9:
        raise _culprit(problem, evaluate, prices.sharp, plain)
    fitted = fit(problem, prices, 1.0, worth=0.0)
    if fitted is not None:
        return fitted
    if problem.n_cases * problem.n_options <= SMALL:
        return _any_small_plan(problem, excess, rhs, plain)
    row = problem.rows[int(np.argmax(prices.price[:plain]))]
    raise Infeasible(
        row.name, row.amount, row.amount, "It fits in fractions of cases, but no whole plan was found."
    )


def _culprit(problem: Problem, evaluate: LocalCases, price: Floats, plain: int) -> Infeasible:
    """The row with the largest multiplier, and the least that it takes while all other rows hold."""
    limits = np.array([1.0 + 1e-5 * (row.kind == "limit") for row in problem.rows[:plain]])
    weight = price[:plain] * limits
    r = int(np.flatnonzero(weight >= (1 - 1e-6) * weight.max())[0])  # of equals the first
    # the least use of row r: minus the bound without r's own limit and without the violations' help
    bare = LocalCases(problem.arrays, evaluate.rhs, level_slack(problem), worth=0.0)
    least = -(bare(price, 0.0)[0] - price[r] * problem.rhs[r]) / price[r]
    row = problem.rows[r]
    others = [
        o.name
        for o, p in zip(problem.rows[:plain], price, strict=False)
        if p > 1e-3 * price[r] and o is not row
    ]
    return _infeasible(problem, row, least * row.unit, ", ".join(others[:3]))


def _any_small_plan(problem: Problem, excess: Slack, rhs: Floats, plain: int) -> Fitted:
    """Settles exactly whether whole cases fit. Raises Infeasible when they do not."""
    choice = settle(problem.arrays, np.zeros(len(rhs)), 0.0, 1.0)[0]
    found = solve(problem, choice, _every_entry(problem), rhs, excess, worth=0.0)
    if found is not None:
        fitted = _as_fitted(problem, found.choice, 1.0)
        if fitted is not None:
            return fitted
    over = np.zeros(plain) if found is None else found.slack
    r = int(np.argmax(over))
    least = (problem.rhs[r] + over[r]) * problem.rows[r].unit
    raise _infeasible(problem, problem.rows[r], least, ", ".join(o.name for o in problem.rows[:plain])[:80])


def _every_entry(problem: Problem) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    a = problem.arrays
    n, k = np.nonzero(a.open.T if len(a.open) else np.ones((problem.n_cases, problem.n_options), np.bool_))
    return n, k


def _as_fitted(problem: Problem, choice: Choice, eps: float) -> Fitted | None:
    gap, prices = np.zeros(choice.size), np.zeros(len(problem.rows))
    for rhs in _bands(problem, choice, eps):
        if repair(problem, prices, choice, gap, rhs):
            return Fitted(choice, gap, rhs)
    return None


def _least_eps(problem: Problem, fitted: Fitted, eps: float) -> tuple[Fitted, float]:
    """The smallest eps at which a plan is found: exactly when small, else from the fractional optimum upwards."""
    level, first, count = level_slack(problem), problem.arrays.parity_row, len(problem.groups)
    use = np.vstack([level.use, np.zeros_like(level.use)])
    use[1, first : first + count] = -1.0
    slack, rhs = Slack(np.array([0.0, -1.0]), use, np.ones(2)), problem.rhs_at(0.0)
    if problem.n_cases * problem.n_options <= SMALL:
        found = solve(problem, fitted.choice, _every_entry(problem), rhs, slack, worth=0.0)
        if found is not None:
            least = max(eps, spread_of(problem, found.choice))
            again = _as_fitted(problem, found.choice.copy(), least)
            if again is not None:
                return again, least
    evaluate = LocalCases(problem.arrays, rhs, slack, worth=0.0)
    blurs = [0.5 / problem.n_cases / 5**i for i in range(10)]
    prices = search(evaluate, rhs, np.zeros(len(rhs)), blurs, StopRule(1.0, -np.inf))
    least, case = (
        max(eps, -evaluate(prices.sharp, 0.0)[0]),
        1.0 / min(row.unit for row in problem.rows[first:]),
    )
    for more in (0.0, *(case * 2**i for i in range(24))):
        again = fit(problem, prices, min(1.0, least + more), worth=0.0)
        if again is not None:
            return again, max(eps, spread_of(problem, again.choice))
    return fitted, max(eps, spread_of(problem, fitted.choice))
