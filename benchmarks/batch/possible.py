"""Which gap any solver could reach: where about one plan in whole cases is to be expected.

Draw each case's option with odds exp(-t regret) at the dual prices. The number of plans whose regrets and priced leftovers
sum to at most c is then about exp(t c) Z(t) times the odds that use falls just below every limit (a saddle point,
Daniels 1954; use taken as normal). That is an estimate, not a proof; near 10^0 the best plan is to be expected.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from batch.families import Ask
from mindshare.core.allocation.allocate import Plan

GAPS = np.geomspace(2e-5, 2e-3, 100)


def expected(ask: Ask, plan: Plan, gaps: NDArray[np.float64] = GAPS) -> NDArray[np.float64]:
    """log10 of how many plans with at most each gap are to be expected."""
    n, k = ask.value.shape
    names = list(ask.limit)
    price = np.array([plan.price[name] for name in names])
    bound = [i for i, p in enumerate(price) if p > 0]
    paid = np.zeros((n, k, len(names)))  # in units of value
    for option in range(1, k):
        r = option % len(names)
        paid[:, option, r] = price[r] * ask.minutes[:, option]
    net = ask.value - paid.sum(axis=2)
    regret, limit = net.max(axis=1, keepdims=True) - net, price * np.array(list(ask.limit.values()))
    least = np.full(len(gaps), np.inf)
    for t in np.geomspace(2e4, 2e6, 60) / n:
        odds = np.exp(-t * regret)
        total = odds.sum(axis=1)
        odds /= total[:, None]
        mean = np.einsum("nk,nkr->nr", odds, paid)
        spread = np.einsum("nk,nkr,nks->rs", odds, paid, paid) - mean.T @ mean
        spread, off = spread[np.ix_(bound, bound)], (limit - mean.sum(axis=0))[bound]
        cost = np.einsum("nk,nk->n", odds, regret)
        width = (np.einsum("nk,nk->n", odds, regret**2) - cost**2).sum() + len(bound) / t**2
        log = np.log(total).sum() - 0.5 * np.linalg.slogdet(2 * np.pi * spread)[1]
        log += -0.5 * off @ np.linalg.solve(spread, off) - len(bound) * np.log(t)
        log += -np.log(t) - 0.5 * np.log(2 * np.pi * width)
        least = np.minimum(least, log + t * gaps * plan.bound)
    return least / np.log(10)


def reachable(ask: Ask, plan: Plan) -> float:
    """The gap at which one plan is to be expected."""
    return float(np.interp(0.0, expected(ask, plan), GAPS))
