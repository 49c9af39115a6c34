"""Decides for many cases at once: one option each, worth most together, within every limit, with a certificate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mindshare.core.dual import best_nets
from mindshare.core.errors import Infeasible
from mindshare.core.exact import finish
from mindshare.core.feasible import Fitted, fit, level_slack, rescue, spread_of
from mindshare.core.prices import LocalCases, search
from mindshare.core.repair import Choice, improve
from mindshare.core.request import Costs, Floats, Parity, Uses
from mindshare.core.rows import Arrays, Problem, Row, pose

SAMPLE = 20_000  # cases from which the first prices are found
EXACT_SIZE = 60_000  # N x K up to which the exact finish is tried
EXACT_ENTRIES = 100  # entries beyond one a case; more take HiGHS seconds for little


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
            problem, np.zeros(len(problem.rows)), np.zeros(0, np.int32), problem.eps, parity is not None
        )
    eps = problem.eps
    price, blur = _find_prices(problem, eps, warm or {})
    fitted = fit(problem, price, blur, eps)
    if fitted is None:
        rescued, eps = rescue(problem, eps)
        price, blur = _find_prices(problem, eps, warm or {})
        fitted = fit(problem, price, blur, eps) or rescued
    choice = _polish(problem, price, blur, eps, fitted)
    return _plan(problem, price, choice, eps, parity is not None)


def _find_prices(problem: Problem, eps: float, warm: Mapping[str, float]) -> tuple[Floats, float]:
    """Scaled prices of the rows: from a sample first when there are many cases, then from all."""
    a, rhs, slack = problem.arrays, problem.rhs_at(eps), level_slack(problem)
    n = problem.n_cases
    spread, floor = _spread(problem)
    scale = n * spread
    price = np.array([max(0.0, warm.get(row.name, 0.0)) * row.unit for row in problem.rows])
    widest = 0.5 if not warm else 0.02
    enough = 1e-7 if n * problem.n_options <= EXACT_SIZE else 2e-6
    if n > 2 * SAMPLE:
        few, weight = _sample(problem)
        local = LocalCases(few, rhs, slack, weight)
        price, _ = search(local, rhs, price, _blurs(spread, widest, 1e-3), scale, floor, 1e-5)
        widest = 4e-3
    local = LocalCases(a, rhs, slack)
    return search(local, rhs, price, _blurs(spread, widest, 1e-7), scale, floor, enough)


def _blurs(spread: float, widest: float, narrowest: float) -> list[float]:
    count = 1 + math.ceil(math.log(widest / narrowest) / math.log(5))
    return [spread * widest / 5**i for i in range(count)]


def _spread(problem: Problem) -> tuple[float, float]:
    """(mean distance of a case's best and worst option, a value that every plan reaches)."""
    low, total = 0.0, 0.0
    a = problem.arrays
    for n0 in range(0, problem.n_cases, 65536):
        block = a.value[:, n0 : n0 + 65536].astype(np.float64)
        if len(a.open):
            shut = ~a.open[:, n0 : n0 + 65536]
            worst = np.where(shut, np.inf, block).min(axis=0)
            best = np.where(shut, -np.inf, block).max(axis=0)
        else:
            worst, best = block.min(axis=0), block.max(axis=0)
        low += float(worst.sum())
        total += float((best - worst).sum())
    spread = total / problem.n_cases
    if spread == 0.0:
        spread = abs(low) / problem.n_cases or 1.0
    return spread, low - 1e-6 * (spread * problem.n_cases + abs(low))


def _sample(problem: Problem) -> tuple[Arrays, float]:
    """Cases spread over the file by the golden ratio, which no period of the data can be in step with."""
    a, n = problem.arrays, problem.n_cases
    at = np.unique((np.arange(1, SAMPLE + 1) * 0.6180339887498949 % 1.0 * n).astype(np.int64))
    if len(a.group):
        few = np.concatenate([np.flatnonzero(a.group == g)[:50] for g in range(len(a.rate))])
        at = np.union1d(at, few)
    weight = n / at.size
    group = a.group[at] if len(a.group) else a.group
    sizes = np.bincount(group, minlength=len(a.rate)) if len(a.group) else np.zeros(0, np.int64)
    part = a._replace(
        value=np.ascontiguousarray(a.value[:, at]),
        open=np.ascontiguousarray(a.open[:, at]) if len(a.open) else a.open,
        column=np.ascontiguousarray(a.column[:, at]),
        group=group,
        rate=1.0 / (sizes * weight).astype(np.float64),
    )
    return part, weight


def _polish(problem: Problem, price: Floats, blur: float, eps: float, fitted: Fitted) -> Choice:
    """Fills, exchanges and finishes exactly; every plan kept is checked against the limits as they were given."""
    bound = LocalCases(problem.arrays, problem.rhs_at(eps), level_slack(problem))(price, 0.0)[0]
    choice = _fill(problem, price, blur, eps, fitted, bound)
    spare = bound - _worth(problem, choice)
    if problem.n_cases * problem.n_options > EXACT_SIZE or spare <= 1e-7 * abs(bound):
        return choice
    better = finish(problem, price, choice, eps, spare, level_slack(problem), EXACT_ENTRIES)
    if better is None or _worth(problem, better) <= _worth(problem, choice):
        return choice
    return better if _exceeded(problem, better) is None and _level(problem, better, eps) else choice


def _fill(problem: Problem, price: Floats, blur: float, eps: float, fitted: Fitted, bound: float) -> Choice:
    """The repaired choice, improved; where sums in float64 still pass a limit, again with a hair less of it."""
    first = fitted
    for tighten in (0.0, 4e-12, 1e-10, 1e-8, 1e-6):
        again = fit(problem, price, blur, eps, tighten) if tighten else first
        if again is None:
            break
        choice = again[0].copy()
        improve(problem, price, choice, *again[1:], max(bound - _worth(problem, choice), 0.0))
        if _exceeded(problem, choice) is None:
            return choice
    # a limit that is exactly the sum of what the musts cost holds in the order of the cases, if not in every order
    over = _exceeded(problem, first[0], strictly=False)
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


def _worth(problem: Problem, choice: Choice) -> float:
    return float(np.sum(problem.arrays.value[choice, np.arange(choice.size)], dtype=np.float64))


def _spent(uses: Uses, choice: Choice) -> Floats:
    """(N,) amounts of one resource, in the order of the cases."""
    spent = np.zeros(choice.size)
    for option, amount in uses.items():
        at = np.flatnonzero(choice == option)
        spent[at] = amount if isinstance(amount, float) else amount[at]
    return spent


def _exceeded(problem: Problem, choice: Choice, *, strictly: bool = True) -> str | None:
    """A resource whose limit is passed; `strictly`: in whichever order the amounts are summed."""
    for name, limit in problem.limits.items():
        spent = _spent(problem.costs.get(name, {}), choice)
        total = float(spent.sum())
        if strictly and limit * (1 - 1e-9) < total <= limit:
            total = max(total, float(spent.cumsum()[-1]), math.fsum(spent))
        if total > limit:
            return name
    return None


def _plan(problem: Problem, price: Floats, choice: Choice, eps: float, parity: bool) -> Plan:
    """The certificate: the plain bound at the final prices, in float64."""
    price, rhs = _canonical(problem, price), problem.rhs_at(eps)
    evaluate = LocalCases(problem.arrays, rhs, level_slack(problem))
    value = _worth(problem, choice)
    bound = max(evaluate(price, 0.0)[0], value)  # a sum of N terms may round below the plan that attains it
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
    usage = {name: float(_spent(problem.costs.get(name, {}), choice).sum()) for name in names}
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
        parity_eps=max(eps, spread_of(problem, choice)) if parity else None,
    )


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
        net -= price[a.row[e]] * a.coef[e] * (a.column[a.col[e]] if a.col[e] >= 0 else 1.0)
    if len(a.group) and a.member[option]:
        first, count = a.parity_row, len(a.rate)
        net -= ((price[first : first + count] - price[first + count :]) * a.rate)[a.group]
    return net
