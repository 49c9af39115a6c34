"""Decides for many cases at once: one option each, worth most together, within every limit, with a certificate."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from mindshare.core.allocation.beam_search import combine
from mindshare.core.allocation.certificate import (
    Found,
    Plan,
    certified,
    exceeded,
    found_by,
    spent_by,
    worth_of,
)
from mindshare.core.allocation.constraints import Problem, pose
from mindshare.core.allocation.dual import account, settle
from mindshare.core.allocation.exact import Incumbent, finish
from mindshare.core.allocation.feasibility import Fitted, fit, level_slack, rescue, spread_of
from mindshare.core.allocation.prices import LocalCases, Prices, StopRule, search
from mindshare.core.allocation.repair import Choice, improve, near_ties
from mindshare.core.allocation.request import Costs, Floats, Parity
from mindshare.core.allocation.subset_sums import unusable
from mindshare.core.allocation.warm_start import EXACT_SIZE, NEAR, blurs_of, find_prices, spread_of_values
from mindshare.core.errors import Infeasible

__all__ = ["Plan", "allocate"]

ROUNDS = 1  # of improving
EXACT_ROUNDS = 20  # the same where the exact finish follows
LARGE = 20_000  # cases from which on those near a tie are solved by themselves
PER_ROW = 1_000  # cases per row that this needs, for samples to tell its price
NEAREST = 10_000  # of them, at least
NEAR_ENOUGH = 5e-5  # gap at which that is done
GOOD = 1e-4  # gap up to which no other way is tried
AGAIN = 3  # times at most
TIGHTEN = (0.0, 4e-12, 1e-10, 1e-8, 1e-6)  # of the limits, where sums in float64 pass one by rounding
TOGETHER_ENOUGH = 1e-5  # gap of a small request at which no more sets are tried
TOGETHER = 4_000  # cases whose moves are tried in sets


def allocate(
    value: ArrayLike,
    cost: Costs,
    limit: Mapping[str, float],
    allowed: ArrayLike | None = None,
    min_share: Mapping[int, float] | None = None,
    max_share: Mapping[int, float] | None = None,
    parity: Parity | None = None,
    *,
    warm: Mapping[str, float] | None = None,
) -> Plan:
    """Gives each case exactly one option so that the sum of values is largest within the limits.

    `value` (N, K): float32 or float64, one column per option; Fortran order is the fast path. `cost[resource]` maps an
    option to a scalar or (N,) amounts, absent = nothing; `limit[resource]` is the most that may be used (a resource
    without one is free). `allowed` (N, K): False is a veto, whatever the prices. `min_share`, `max_share`: option ->
    share of the cases. `parity` = (group (N,), options, eps): the share of cases given to one of `options` differs
    between any two groups by at most eps, or by the smallest eps found feasible, told in `Plan.parity_eps`.
    `warm`: prices to start from.

    Promises: integral; sums in float64 never exceed a limit; `value <= best possible <= bound`; deterministic.
    Raises Infeasible (resource, limit, least) when the hard constraints do not fit, MindshareError for a case without an
    option, ValueError for input that makes no sense.
    Method: prices by Newton on the smoothed Lagrangian dual, integral repair, exchange, exact finish when small.
    """
    problem = pose(value, cost, limit, allowed, (min_share, max_share), parity)
    if problem.n_cases == 0:
        return certified(
            problem, np.zeros(len(problem.rows)), found_by(problem, np.zeros(0, np.int32)), problem.eps
        )
    warm, n_rows = warm or {}, len(problem.rows)
    if problem.n_cases > max(LARGE, PER_ROW * n_rows) and n_rows:
        found = _by_near_ties(problem, warm)
        if found is not None:
            return found
    return _whole(problem, warm)


def _whole(problem: Problem, warm: Mapping[str, float]) -> Plan:
    """Every case is looked at in every step; finds what fits where little does."""
    eps = problem.eps
    prices = find_prices(problem, eps, warm)
    fitted = fit(problem, prices, eps)
    if fitted is None:
        rescued, eps = rescue(problem, eps)
        prices = find_prices(problem, eps, warm)
        fitted = fit(problem, prices, eps) or rescued
    return certified(problem, prices.sharp, found_by(problem, _polish(problem, prices, eps, fitted)), eps)


def _by_near_ties(problem: Problem, warm: Mapping[str, float]) -> Plan | None:
    """Prices from samples settle all cases but the nearest to a tie, which are then solved by themselves.

    None where these cannot make everything fit. The bound is of all cases at the last prices, so whatever was settled
    too early is in the gap; where that is large, the last prices settle again.
    """
    price, *_ = find_prices(problem, problem.eps, warm, samples=True)
    best: Plan | None = None
    for _ in range(AGAIN):
        choice, gap, value, use = settle(problem.arrays, price, 0.0, 1.0)
        at = near_ties(gap, max(NEAREST, problem.n_cases // 64))
        del gap
        few = problem.part(at)
        value_there, use_there = account(few.arrays, choice[at], len(price))
        few = few.besides(use - use_there)
        local = LocalCases(few.arrays, few.rhs_at(few.eps), level_slack(few))
        blurs = blurs_of(spread_of_values(few.arrays), 3 * NEAR / problem.n_cases, NEAR / problem.n_cases)
        floor = -(1 + 1e-6) * at.size * problem.most
        stop = StopRule(at.size * blurs[0], floor, 1e-6, np.inf)
        prices = search(local, few.rhs_at(few.eps), price, blurs, stop)
        fitted = fit(few, prices, problem.eps, thorough=False)
        if fitted is None:  # these cases are too few for what is missing
            break
        improve(few, prices.price, *fitted, ROUNDS)
        choice[at] = fitted.choice
        more, use_then = account(few.arrays, fitted.choice, len(price))
        found = Found(choice, value - value_there + more, use - use_there + use_then)
        price = prices.sharp
        if exceeded(problem, found) is not None:
            break
        plan = certified(problem, price, found, problem.eps)
        best = plan if best is None or plan.gap < best.gap else best
        if best.gap <= NEAR_ENOUGH:
            break
    return best if best is not None and best.gap <= GOOD else None


def _polish(problem: Problem, prices: Prices, eps: float, fitted: Fitted) -> Choice:
    """Fills and exchanges; where that leaves a gap, moves sets of cases, or finishes exactly what is left open.

    Every plan kept is checked against the limits as they were given.
    """
    choice = _fill(problem, prices, eps, fitted)
    price, slack = prices.sharp, level_slack(problem)
    bound = LocalCases(problem.arrays, problem.rhs_at(eps), slack)(price, 0.0)[0]
    bound -= float(price @ unusable(problem.arrays, problem.rhs))  # no plan comes nearer
    small = problem.n_cases * problem.n_options <= EXACT_SIZE
    for exactly, thinned in ((True, False), (False, False), (True, True)) if small else ((False, False),):
        spare, proven = bound - worth_of(problem, choice), False
        if spare <= (1e-7 if small else GOOD) * abs(bound):
            break
        if exactly:
            found = finish(problem, price, Incumbent(choice, eps, spare), slack, thinned=thinned)
            better, proven = (None, False) if found is None else (found.choice, found.proven)
        else:
            better = _together(problem, price, choice, bound, fitted)
        if better is not None and worth_of(problem, better) > worth_of(problem, choice):
            if exceeded(problem, found_by(problem, better)) is not None or not _level(problem, better, eps):
                continue
            choice = better
        if proven:
            break
    return choice


def _together(problem: Problem, price: Floats, choice: Choice, bound: float, fitted: Fitted) -> Choice | None:
    """Sets of moves, in small requests from what the prices alone call for, else from the plan that fits."""
    small, rhs = problem.n_cases * problem.n_options <= EXACT_SIZE, fitted.rhs
    aim = bound - (TOGETHER_ENOUGH if small else GOOD) * abs(bound)
    if worth_of(problem, choice) >= aim:
        return None
    wanted, gap, *_rest = settle(problem.arrays, price, 0.0, 1.0)
    cases = near_ties(gap, TOGETHER)
    found = combine(problem, price, wanted, cases, rhs, aim) if small else None
    return combine(problem, price, choice, cases, rhs, aim) if found is None else found


def _fill(problem: Problem, prices: Prices, eps: float, fitted: Fitted) -> Choice:
    """The repaired choice, improved; where sums in float64 still pass a limit, again with a hair less of it."""
    first = fitted
    rounds = ROUNDS if problem.n_cases * problem.n_options > EXACT_SIZE else EXACT_ROUNDS
    for tighten in TIGHTEN:
        again = fit(problem, prices, eps, tighten=tighten) if tighten else first
        if again is None:
            break
        choice = again.choice.copy()
        improve(problem, prices.price, choice, again.gap, again.rhs, rounds)
        if exceeded(problem, found_by(problem, choice)) is None:
            return choice
    # a limit that is exactly the sum of what the hard constraints need holds in the order of the cases, if not in every order
    over = exceeded(problem, found_by(problem, first.choice), strictly=False)
    if over is not None:
        usage = float(spent_by(problem.costs[over], first.choice).sum())
        raise Infeasible(
            over, problem.limits[over], usage, "It fits up to rounding: raise the limit by a hair."
        )
    return first.choice


def _level(problem: Problem, choice: Choice, eps: float) -> bool:
    """Whether shares and parity hold exactly."""
    counts = np.bincount(choice, minlength=problem.n_options)
    for row in problem.rows:
        if row.kind == "max_share" and counts[row.option] > row.amount:
            return False
        if row.kind == "min_share" and counts[row.option] < row.amount:
            return False
    return spread_of(problem, choice) <= eps + 1e-12
