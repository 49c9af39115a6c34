"""Where the time of a large batch goes, and its search for prices served by two shards."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import mindshare.core.allocation.allocate as batch
import mindshare.core.allocation.warm_start as warm_start
from batch.families import Ask, skills
from mindshare.core.allocation.constraints import Problem, pose
from mindshare.core.allocation.feasibility import level_slack
from mindshare.core.allocation.prices import Evaluate, LocalCases, Slack, StopRule, search
from mindshare.core.allocation.request import Floats
from mindshare.core.allocation.warm_start import NEAR, blurs_of, spread_of_values

PHASES = {
    "pose": "checking the input",
    "step": "one Newton step over all cases",
    "find_prices": "prices of samples",
    "settle": "settling all cases",
    "near_ties": "finding what is near a tie",
    "part": "gathering samples and what is near a tie",
    "search": "prices of those near a tie",
    "fit": "repairing those",
    "improve": "filling and exchanging",
    "account": "value and use of those",
    "certified": "the bound",
}


def tell_phases(ask: Ask, reading: float) -> None:
    """Prints each phase's CPU time beside one reading of value and cost; the least of five runs."""
    runs = [phases(ask) for _ in range(5)]
    total = min(run["all"] for run in runs)
    print(
        f"| {ask.value.shape[0]:,} cases: phase | CPU | times one reading ({1e3 * reading:.1f} ms) |\n|---|---|---|"
    )
    told = {name: min(run[name] for run in runs) for name in PHASES}
    for name in sorted(PHASES, key=lambda name: -told[name]):
        print(f"| {PHASES[name]} | {1e3 * told[name]:.1f} ms | {told[name] / reading:.1f} |")
    print(f"| all | {1e3 * total:.1f} ms | {total / reading:.1f} |")


def phases(ask: Ask) -> dict[str, float]:
    """CPU seconds of each phase of one plan."""
    took = dict.fromkeys([*PHASES, "all"], 0.0)
    kept = [(batch, name, getattr(batch, name)) for name in PHASES if hasattr(batch, name)]
    kept += [(warm_start, "step", warm_start.step), (Problem, "part", Problem.part)]
    inner: list[float] = []
    for where, name, verb in kept:
        setattr(where, name, timed(verb, name, took, inner))
    try:
        begun = time.process_time()
        ask.plan()
        took["all"] = time.process_time() - begun
    finally:
        for where, name, verb in kept:
            setattr(where, name, verb)
    return took


def timed(
    verb: Callable[..., Any], name: str, took: dict[str, float], inner: list[float]
) -> Callable[..., Any]:
    """The verb, its time added under its name without that of timed ones inside."""

    def run(*args: Any, **more: Any) -> Any:
        inner.append(0.0)
        begun = time.process_time()
        try:
            return verb(*args, **more)
        finally:
            spent = time.process_time() - begun
            took[name] += spent - inner.pop()
            if inner:
                inner[-1] += spent

    return run


@dataclass(frozen=True)
class Shards:
    """`Evaluate` of cases that lie apart: their sums add."""

    shards: tuple[Evaluate, ...]

    def __call__(self, price: Floats, blur: float) -> tuple[float, Floats, Floats]:
        bounds, uses, curves = zip(*(shard(price, blur) for shard in self.shards), strict=True)
        return sum(bounds), sum(uses), sum(curves)


def by_shards(n: int) -> str:
    """The same prices from two halves as from all cases at once."""
    ask = skills(n)
    problem = pose(ask.value, ask.cost(), ask.limit, None, (None, None), None)
    rows, nothing = len(problem.rows), Slack(np.zeros(0), np.zeros((0, len(problem.rows))), np.zeros(0))
    halves = [problem.part(np.arange(n // 2)), problem.part(np.arange(n // 2, n))]
    whole = LocalCases(problem.arrays, problem.rhs, level_slack(problem))
    shards = Shards(
        (
            LocalCases(halves[0].arrays, problem.rhs, level_slack(problem)),
            LocalCases(halves[1].arrays, np.zeros(rows), nothing),  # limits count once
        )
    )
    spread = spread_of_values(problem.arrays)
    found = [
        search(
            e,
            problem.rhs,
            np.zeros(rows),
            blurs_of(spread, 0.5, NEAR / n),
            StopRule(n * spread, -np.inf, 1e-6),
        ).sharp
        for e in (whole, shards)
    ]
    off = abs(found[0] - found[1]).max() / found[0].max()
    bounds = [whole(price, 0.0)[0] for price in found]
    return f"| {n:,} served by two shards | | | | prices off by {off:.0e}, bound by {abs(bounds[1] / bounds[0] - 1):.0e} |"
