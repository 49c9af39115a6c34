"""Decides for many cases at once: one option each, worth most together, within every limit, with a certificate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mindshare.core.dual import account, best_nets, best_total, settle
from mindshare.core.errors import Infeasible
from mindshare.core.exact import finish
from mindshare.core.feasible import Fitted, fit, level_slack, rescue, spread_of
from mindshare.core.prices import LocalCases, Prices, search, step
from mindshare.core.repair import Choice, improve, nearest
from mindshare.core.request import Costs, Floats, Parity, Uses
from mindshare.core.rows import Arrays, Problem, Row, pose

FEW = 300  # cases from which the first prices are found, a row in ten
RUN = 16  # neighbours that are sampled together
DOUBT = 0.05  # of the spread: how far off the prices of a sample may be, with as many cases as rows
NEAR = 30  # about so many cases are to lie near a tie, which the curvature is read from
ROUNDS = 1  # of improving, where the exact finish is not tried
HUGE = 300_000  # cases from which on samples alone give prices too far off
LARGE = 20_000  # cases from which on those near a tie are solved by themselves
NEAREST = 10_000  # of them, at least
NEAR_ENOUGH = 1e-5  # gap at which that is done
GOOD = 1e-4  # gap up to which no other way is tried
AGAIN = 3  # times at most
NEAR_LIMIT = 1 - 1e-9  # of a limit: from there on the order of a sum can matter
TIGHTEN = (0.0, 4e-12, 1e-10, 1e-8, 1e-6)  # of the limits, where sums in float64 pass one by rounding
EXACT_SIZE = 60_000  # N x K up to which the exact finish is tried
EXACT_ENTRIES = 100  # entries beyond one a case; more take HiGHS seconds for little


class Found(NamedTuple):
    """A choice with its value and its scaled use of the rows (R,)."""

    choice: Choice
    value: float
    use: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Who attends to each case, what it is worth and uses, and the proof of how much better any plan could be."""

    choice: NDArray[np.int32]  # (N,) the column of value chosen for each case
    price: Mapping[str, float]  # resource -> value per unit of it, >= 0
    value: float  # sum of the values chosen
    bound: float  # no plan within the limits is worth more
    gap: float  # (bound - value) / |bound|; bound - value where bound is 0
    usage: Mapping[str, float]  # resource -> amount used
    violation: float  # worst relative excess of a limit: 0.0
    share_price: Mapping[str, float]  # row of a share or of parity -> value per case
    parity_eps: float | None  # shares of groups differ by at most this; None without parity


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

    `value` (N, K): float32 or float64, a column an option; Fortran order is the fast path. `cost[resource]` maps an
    option to a scalar or (N,) amounts, absent = nothing; `limit[resource]` is the most that may be used (a resource
    without one is free). `allowed` (N, K): False is a veto, whatever the prices. `min_share`, `max_share`: option ->
    share of the cases. `parity` = (group (N,), options, eps): the share of cases given to one of `options` differs
    between any two groups by at most eps, or by the smallest eps found feasible, told in `Plan.parity_eps`.
    `warm`: prices to start from.

    Promises: integral; sums in float64 never exceed a limit; `value <= best possible <= bound`; deterministic.
    Raises Infeasible (resource, limit, least) when the musts do not fit, MindshareError for a case without an
    option, ValueError for input that makes no sense.
    Method: prices by Newton on the smoothed Lagrangian dual, integral repair, exchange, exact finish when small.
    """
    problem = pose(value, cost, limit, allowed, (min_share, max_share), parity)
    if problem.n_cases == 0:
        return _plan(
            problem, np.zeros(len(problem.rows)), _found(problem, np.zeros(0, np.int32)), problem.eps
        )
    warm, n_rows = warm or {}, len(problem.rows)
    if problem.n_cases > max(LARGE, 1_000 * n_rows) and n_rows:
        found = _near_ties(problem, warm)
        if found is not None:
            return found
    return _whole(problem, warm)


def _whole(problem: Problem, warm: Mapping[str, float]) -> Plan:
    """Every case is looked at in every step; finds what fits where little does."""
    eps = problem.eps
    price, blur, sharp = _find_prices(problem, eps, warm)
    fitted = fit(problem, price, blur, eps)
    if fitted is None:
        rescued, eps = rescue(problem, eps)
        price, blur, sharp = _find_prices(problem, eps, warm)
        fitted = fit(problem, price, blur, eps) or rescued
    return _plan(problem, sharp, _found(problem, _polish(problem, price, blur, eps, fitted)), eps)


def _near_ties(problem: Problem, warm: Mapping[str, float]) -> Plan | None:
    """Prices from samples settle all cases but the nearest to a tie, which are then solved by themselves.

    None where these cannot make everything fit. The bound is of all cases at the last prices, so whatever was settled
    too early is in the gap; where that is large, the last prices settle again.
    """
    price, *_ = _find_prices(problem, problem.eps, warm, samples=True)
    best: Plan | None = None
    for _ in range(AGAIN):
        choice, gap, value, use = settle(problem.arrays, price, 0.0, 1.0)
        at = nearest(gap, max(NEAREST, problem.n_cases // 64))
        del gap
        few = problem.part(at)
        value_there, use_there = account(few.arrays, choice[at], len(price))
        few = few.besides(use - use_there)
        local = LocalCases(few.arrays, few.rhs_at(few.eps), level_slack(few))
        blurs = _blurs(_spread(few.arrays), 3 * NEAR / problem.n_cases, NEAR / problem.n_cases)
        floor = -(1 + 1e-6) * at.size * problem.most
        price, blur, sharp = search(
            local, few.rhs_at(few.eps), price, blurs, at.size * blurs[0], floor, 1e-6, np.inf
        )
        fitted = fit(few, price, blur, problem.eps, thorough=False)
        if fitted is None:  # these cases are too few for what is missing
            break
        improve(few, price, *fitted, ROUNDS)
        choice[at] = fitted[0]
        more, use_then = account(few.arrays, fitted[0], len(price))
        found = Found(choice, value - value_there + more, use - use_there + use_then)
        price = sharp
        if _exceeded(problem, found) is not None:
            break
        plan = _plan(problem, sharp, found, problem.eps)
        best = plan if best is None or plan.gap < best.gap else best
        if best.gap <= NEAR_ENOUGH:
            break
    return best if best is not None and best.gap <= GOOD else None


def _find_prices(problem: Problem, eps: float, warm: Mapping[str, float], *, samples: bool = False) -> Prices:
    """Scaled prices of the rows: from a few cases first, then from ten times as many, at last (but `samples`) from all."""
    rhs, slack, n = problem.rhs_at(eps), level_slack(problem), problem.n_cases
    price = np.array([max(0.0, warm.get(row.name, 0.0)) * row.unit for row in problem.rows])
    many = max(1.0, len(problem.rows) / 10)
    few = int(FEW * many)
    sizes = [size for size in (few, 10 * few, 100 * few) if 4 * size < n] if problem.rows else []
    widest, blur = 0.02 if warm else 0.5, 0.0
    floor = -(1 + 1e-6) * n * problem.most
    for size in sizes:
        part, weight = _sample(problem, size)
        local, spread = LocalCases(part, rhs, slack, weight), _spread(part)
        blurs = _blurs(spread, widest, min(widest, many * NEAR / size))
        price, blur, _ = search(local, rhs, price, blurs, n * spread, floor, 0.1 / size, np.inf)
        widest = min(widest, DOUBT * math.sqrt(len(problem.rows) / size))
    if samples:
        if n > HUGE:
            blur = 5e-4 * _spread(problem.arrays)
            price = step(LocalCases(problem.arrays, rhs, slack), rhs, price, blur, n * blur)
        return Prices(price, blur, price)
    small = n * problem.n_options <= EXACT_SIZE
    spread = _spread(problem.arrays)
    blurs = _blurs(spread, widest, 1e-7 if small else min(widest, many * NEAR / n))
    local = LocalCases(problem.arrays, rhs, slack)
    return search(local, rhs, price, blurs, n * spread, floor, 1e-7 if small else 2e-6)


def _blurs(spread: float, widest: float, narrowest: float) -> list[float]:
    count = 1 + math.ceil(math.log(widest / narrowest) / math.log(5))
    return [spread * widest / 5**i for i in range(count)]


def _spread(a: Arrays) -> float:
    """Mean distance of a case's best and worst option, over some of the cases."""
    value = a.value[:, :: max(1, a.value.shape[1] // 4096)].astype(np.float64)
    may = a.open[:, :: max(1, a.value.shape[1] // 4096)] if len(a.open) else np.True_
    best, worst = np.where(may, value, -np.inf).max(axis=0), np.where(may, value, np.inf).min(axis=0)
    return float((best - worst).mean()) or float(abs(best).mean()) or 1.0


def _sample(problem: Problem, size: int) -> tuple[Arrays, float]:
    """Runs of cases spread over the file by the golden ratio, which no period of the data can be in step with.

    Neighbours share a line of the cache: reading them costs next to nothing.
    """
    a, n, run = problem.arrays, problem.n_cases, min(RUN, max(1, size // 300))
    starts = (np.arange(1, size // run + 1) * 0.6180339887498949 % 1.0 * (n // run)).astype(np.int64)
    at = (np.unique(starts)[:, None] * run + np.arange(run)).ravel()
    if len(a.group):
        few = np.concatenate([np.flatnonzero(a.group == g)[:50] for g in range(len(a.rate))])
        at = np.union1d(at, few)
    weight, part = n / at.size, problem.part(at)
    sizes = np.bincount(part.arrays.group, minlength=len(a.rate)) if len(a.group) else np.zeros(0, np.int64)
    # `part` keeps the columns alive through `store`
    return part.arrays._replace(rate=1.0 / (sizes * weight).astype(np.float64)), weight


def _polish(problem: Problem, price: Floats, blur: float, eps: float, fitted: Fitted) -> Choice:
    """Fills, exchanges and finishes exactly; every plan kept is checked against the limits as they were given."""
    choice = _fill(problem, price, blur, eps, fitted)
    if problem.n_cases * problem.n_options > EXACT_SIZE:
        return choice
    bound = LocalCases(problem.arrays, problem.rhs_at(eps), level_slack(problem))(price, 0.0)[0]
    spare = bound - _worth(problem, choice)
    if spare <= 1e-7 * abs(bound):
        return choice
    better = finish(problem, price, choice, eps, spare, level_slack(problem), EXACT_ENTRIES)
    if better is None or _worth(problem, better) <= _worth(problem, choice):
        return choice
    return (
        better
        if _exceeded(problem, _found(problem, better)) is None and _level(problem, better, eps)
        else choice
    )


def _fill(problem: Problem, price: Floats, blur: float, eps: float, fitted: Fitted) -> Choice:
    """The repaired choice, improved; where sums in float64 still pass a limit, again with a hair less of it."""
    first = fitted
    for tighten in TIGHTEN:
        again = fit(problem, price, blur, eps, tighten) if tighten else first
        if again is None:
            break
        choice = again[0].copy()
        improve(
            problem,
            price,
            choice,
            *again[1:],
            ROUNDS if problem.n_cases * problem.n_options > EXACT_SIZE else 20,
        )
        if _exceeded(problem, _found(problem, choice)) is None:
            return choice
    # a limit that is exactly the sum of what the musts cost holds in the order of the cases, if not in every order
    over = _exceeded(problem, _found(problem, first[0]), strictly=False)
    if over is not None:
        usage = float(_spent(problem.costs[over], first[0]).sum())
        raise Infeasible(
            over, problem.limits[over], usage, "It fits up to rounding: raise the limit by a hair."
        )
    return first[0]


def _level(problem: Problem, choice: Choice, eps: float) -> bool:
    """Whether shares and parity hold exactly."""
    counts = np.bincount(choice, minlength=problem.n_options)
    for row in problem.rows:
        if row.kind == "max_share" and counts[row.option] > row.amount:
            return False
        if row.kind == "min_share" and counts[row.option] < row.amount:
            return False
    return spread_of(problem, choice) <= eps + 1e-12


def _found(problem: Problem, choice: Choice) -> Found:
    return Found(choice, *account(problem.arrays, choice, len(problem.rows)))


def _worth(problem: Problem, choice: Choice) -> float:
    return _found(problem, choice).value


def _spent(uses: Uses, choice: Choice) -> Floats:
    """(N,) amounts of one resource, in the order of the cases."""
    spent = np.zeros(choice.size)
    for option, amount in uses.items():
        at = np.flatnonzero(choice == option)
        spent[at] = amount if isinstance(amount, float) else amount[at]
    return spent


def _exceeded(problem: Problem, found: Found, *, strictly: bool = True) -> str | None:
    """A resource whose limit is passed; `strictly`: in whichever order the amounts are summed."""
    for row, use in zip(problem.rows, found.use, strict=True):
        if row.kind != "limit" or use < NEAR_LIMIT:
            continue
        spent = _spent(problem.costs[row.name], found.choice)
        sums = [float(spent.sum())]
        if strictly:
            sums += [float(spent.cumsum()[-1]), math.fsum(spent)]
        if max(sums) > row.amount:
            return row.name
    return None


def _plan(problem: Problem, price: Floats, found: Found, eps: float) -> Plan:
    """The certificate: the plain bound at the final prices, in float64."""
    price, rhs = _canonical(problem, price), problem.rhs_at(eps)
    choice, value, use = found
    # a sum of N terms may round below the plan that attains it
    bound = max(_bound(problem, price, rhs), value)
    names = {**dict.fromkeys(problem.costs, 0.0), **dict.fromkeys(problem.limits, 0.0)}
    prices = dict(names)
    share_price: dict[str, float] = {}
    for row, p in zip(problem.rows, price, strict=True):
        if row.kind == "limit":
            prices[row.name] = float(p) / row.unit
        elif row.kind == "parity":
            share_price[row.name] = float(p) / row.unit - share_price.get(row.name, 0.0)
        else:
            share_price[f"{row.kind.split('_')[0]} {row.name}"] = float(p) / row.unit
    for row, p in _shut_prices(problem, price):
        if row.kind == "limit":
            prices[row.name] = p
        else:
            share_price[f"max {row.name}"] = p
    rows = {row.name: (row, u) for row, u in zip(problem.rows, use, strict=True) if row.kind == "limit"}
    usage = {}
    for name in names:
        if name in rows and rows[name][1] < NEAR_LIMIT:
            usage[name] = float(rows[name][1]) * rows[name][0].unit
        else:
            usage[name] = float(_spent(problem.costs.get(name, {}), choice).sum())
    gap = (bound - value) / abs(bound) if bound else bound - value
    return Plan(
        choice=choice,
        price=prices,
        value=value,
        bound=bound,
        gap=gap,
        usage=usage,
        violation=0.0,
        share_price=share_price,
        parity_eps=max(eps, spread_of(problem, choice)) if problem.level else None,
    )


def _bound(problem: Problem, price: Floats, rhs: Floats) -> float:
    """The plain dual bound, with what the rounding of values in float32 can have taken from it."""
    a, slack = problem.arrays, level_slack(problem)
    drive = slack.reward - slack.use @ price
    total, size = best_total(a, price) if problem.n_cases else (0.0, 0.0)
    rounding = 0.0
    if a.value.dtype == np.float32:
        # value - paid takes four roundings of half an eps; of a best option is paid <= |value| + |net|
        rounding = 2.0 * float(np.finfo(np.float32).eps) * (2.0 * problem.most * problem.n_cases + size)
    return float(rhs @ price + total + np.maximum(drive, 0.0) @ slack.top + rounding)


def _canonical(problem: Problem, price: Floats) -> Floats:
    """A group's two parity prices work against each other: only their difference is kept, which lowers the bound."""
    price, first, count = price.copy(), problem.arrays.parity_row, len(problem.groups)
    if count:
        both = np.minimum(price[first : first + count], price[first + count :])
        price[first:] -= np.concatenate([both, both])
    return price


def _shut_prices(problem: Problem, price: Floats) -> list[tuple[Row, float]]:
    """Prices of resources with limit 0: the least at which no case wants any, so that the bound needs no veto."""
    prices: list[tuple[Row, float]] = []
    best = best_nets(problem.arrays, price) if problem.shut else np.zeros(0, np.int64)
    for row, uses in problem.shut:
        least = 0.0
        for option, amount in uses.items():
            over = _net_of(problem, price, option) - best
            for other, p in prices:
                over -= p * np.asarray(dict(problem.shut)[other].get(option, 0.0))
            paid = np.broadcast_to(np.asarray(amount, np.float64), over.shape)
            wanted = (over > 0) & (paid > 0)
            if problem.allowed is not None:
                wanted &= problem.allowed[:, option]
            if wanted.any():
                least = max(least, float((over[wanted] / paid[wanted]).max()))
        prices.append((row, least))
    return prices


def _net_of(problem: Problem, price: Floats, option: int) -> Floats:
    """(N,) net of one option, vetoed or not."""
    a = problem.arrays
    net = a.value[option].astype(np.float64)
    for e in range(a.start[option], a.start[option + 1]):
        net -= price[a.row[e]] * a.coef[e] * (problem.columns[a.col[e]] if a.col[e] >= 0 else 1.0)
    if len(a.group) and a.member[option]:
        first, count = a.parity_row, len(a.rate)
        net -= ((price[first : first + count] - price[first + count :]) * a.rate)[a.group]
    return net
