"""A choice with its proof: value, use, the bound that no plan passes, and prices that anybody can check it with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.allocation.constraints import Problem, Row
from mindshare.core.allocation.dual import account, best_nets, best_total
from mindshare.core.allocation.feasibility import level_slack, spread_of
from mindshare.core.allocation.net_value import levels
from mindshare.core.allocation.repair import Choice
from mindshare.core.allocation.request import Floats, Uses

NEAR_LIMIT = 1 - 1e-9  # of a limit: from there on the order of a sum can matter


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


def found_by(problem: Problem, choice: Choice) -> Found:
    """The choice with what it is worth and uses."""
    return Found(choice, *account(problem.arrays, choice, len(problem.rows)))


def worth_of(problem: Problem, choice: Choice) -> float:
    """Sum of the values chosen."""
    return found_by(problem, choice).value


def spent_by(uses: Uses, choice: Choice) -> Floats:
    """(N,) amounts of one resource, in the order of the cases."""
    spent = np.zeros(choice.size)
    for option, amount in uses.items():
        at = np.flatnonzero(choice == option)
        spent[at] = amount if isinstance(amount, float) else amount[at]
    return spent


def exceeded(problem: Problem, found: Found, *, strictly: bool = True) -> str | None:
    """A resource whose limit is passed; `strictly`: in whichever order the amounts are summed."""
    for row, use in zip(problem.rows, found.use, strict=True):
        if row.kind != "limit" or use < NEAR_LIMIT:
            continue
        spent = spent_by(problem.costs[row.name], found.choice)
        sums = [float(spent.sum())]
        if strictly:
            sums += [float(spent.cumsum()[-1]), math.fsum(spent)]
        if max(sums) > row.amount:
            return row.name
    return None


def certified(problem: Problem, price: Floats, found: Found, eps: float) -> Plan:
    """The certificate: the plain bound at the final prices, in float64."""
    price, rhs = _canonical(problem, price), problem.rhs_at(eps)
    choice, value, use = found
    # a sum of N terms may round below the plan that attains it
    bound = max(bound_at(problem, price, rhs), value)
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
            usage[name] = float(spent_by(problem.costs.get(name, {}), choice).sum())
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


def bound_at(problem: Problem, price: Floats, rhs: Floats) -> float:
    """The plain dual bound, with what rounding in float32 can have taken from it."""
    slack = level_slack(problem)
    drive = slack.reward - slack.use @ price
    total, size = best_total(problem.arrays, price) if problem.n_cases else (0.0, 0.0)
    lost = _lost(problem, price, size) if problem.arrays.value.dtype == np.float32 else 0.0
    return float(rhs @ price + total + np.maximum(drive, 0.0) @ slack.top + lost)


def _lost(problem: Problem, price: Floats, size: float) -> float:
    """The most that rounding takes from the sum of all best nets (Higham 2002, section 3.1): roundings x eps / 2 x terms.

    Rounded are each column's rate, product and difference, and the constants' and the level's sum and difference. Of a
    best option net = value - costs + rewards, so its terms are at most 2 |value| + |net| + 2 rewards together.
    """
    a = problem.arrays
    options = np.repeat(np.arange(problem.n_options), np.diff(a.start))
    by_column = a.col >= 0
    columns = np.bincount(options[by_column], minlength=problem.n_options).max(initial=0)
    rewards = np.bincount(options, np.maximum(-price[a.row] * a.coef, 0.0), minlength=problem.n_options)
    reward = rewards.max(initial=0.0) + abs(levels(a, price)).max(initial=0.0)
    roundings = 3 * columns + 2 * bool((~by_column).any()) + 2 * bool(len(a.group))
    terms = 2.0 * (problem.most + reward) * problem.n_cases + size
    return float(1.01 * roundings * np.finfo(np.float32).eps / 2 * terms)


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
