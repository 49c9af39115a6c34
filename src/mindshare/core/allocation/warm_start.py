"""The first prices: of a few cases, then of ten times as many, and so on, from wide smoothing to narrow."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from mindshare.core.allocation.constraints import Arrays, Problem
from mindshare.core.allocation.feasibility import level_slack
from mindshare.core.allocation.prices import LocalCases, Prices, StopRule, search, step

FEW = 300  # cases from which the first prices are found, a row in ten
RUN = 16  # neighbours that are sampled together
DOUBT = 0.05  # of the spread: how far off the prices of a sample may be, with as many cases as rows
NEAR = 30  # about so many cases are to lie near a tie, which the curvature is read from
HUGE = 300_000  # cases from which on samples alone give prices too far off
EXACT_SIZE = 60_000  # N x K up to which prices and plan are made as exact as they can be


def find_prices(problem: Problem, eps: float, warm: Mapping[str, float], *, samples: bool = False) -> Prices:
    """Scaled prices of the rows: from a few cases first, then from ten times as many, at last (but `samples`) from all."""
    rhs, slack, n = problem.rhs_at(eps), level_slack(problem), problem.n_cases
    price = np.array([max(0.0, warm.get(row.name, 0.0)) * row.unit for row in problem.rows])
    many = max(1.0, len(problem.rows) / 10)
    few = int(FEW * many)
    sizes = [size for size in (few, 10 * few, 100 * few) if 4 * size < n] if problem.rows else []
    if warm:
        sizes = sizes[-1:]
    widest, blur = 0.02 if warm else 0.5, 0.0
    floor = -(1 + 1e-6) * n * problem.most
    for size in sizes:
        part, weight = _sample(problem, size)
        local, spread = LocalCases(part, rhs, slack, weight), spread_of_values(part)
        blurs = blurs_of(spread, widest, min(widest, many * NEAR / size))
        price, blur, _ = search(local, rhs, price, blurs, StopRule(n * spread, floor, 0.1 / size, np.inf))
        widest = min(widest, DOUBT * math.sqrt(len(problem.rows) / size))
    if samples:
        if n > HUGE:
            blur = 5e-4 * spread_of_values(problem.arrays)
            price = step(LocalCases(problem.arrays, rhs, slack), rhs, price, blur, n * blur)
        return Prices(price, blur, price)
    small = n * problem.n_options <= EXACT_SIZE
    spread = spread_of_values(problem.arrays)
    blurs = blurs_of(spread, widest, 1e-7 if small else min(widest, many * NEAR / n))
    local = LocalCases(problem.arrays, rhs, slack)
    return search(local, rhs, price, blurs, StopRule(n * spread, floor, 1e-7 if small else 2e-6))


def blurs_of(spread: float, widest: float, narrowest: float) -> list[float]:
    """From the widest to the narrowest share of the spread, a fifth each time, in units of value."""
    count = 1 + math.ceil(math.log(widest / narrowest) / math.log(5))
    return [spread * widest / 5**i for i in range(count)]


def spread_of_values(a: Arrays) -> float:
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
