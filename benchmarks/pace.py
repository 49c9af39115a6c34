"""A stream decided case by case, against the best that could have been done knowing all of it.

    python benchmarks/pace.py [--cases 10000,100000] [--seeds 3]

Loss: of the value that no plan within the limits could pass, had all cases been known (`allocate`'s bound). Prices start
from 3,000 old cases of the same kind. `greedy` takes what is worth most while it lasts; `fixed` keeps the old prices. The
ledger is hard for all three. 20 options, 10 limits; made-up numbers, no people. One thread.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

from mindshare.core.allocate import Plan, allocate
from mindshare.core.pace import Pacer

OPTIONS, ROWS, OLD = 20, 10, 3_000
PROMISED_US = 50.0
PROMISED = {
    ("stationary", 10_000): 0.6,
    ("stationary", 100_000): 0.3,
    ("drifting", 10_000): 0.6,
    ("drifting", 100_000): 0.3,
}
F64 = NDArray[np.float64]


class Stream(NamedTuple):
    """`value` and `minutes` (T, K); option k > 0 spends its minutes of resource k % R."""

    value: F64
    minutes: F64
    limit: dict[str, float]

    def plan(self) -> Plan:
        cost: dict[str, dict[int, F64]] = {name: {} for name in self.limit}
        for k in range(1, OPTIONS):
            cost[f"r{k % ROWS}"][k] = np.ascontiguousarray(self.minutes[:, k])
        return allocate(np.asfortranarray(self.value), cost, self.limit)


def made(n: int, seed: int, drift: float, cases: int) -> Stream:
    """Cases get harder and longer by `drift` on the way; limits are for `cases` of them."""
    people = np.random.default_rng(0)
    skill, slow = people.normal(0, 0.7, OPTIONS), 0.5 + people.random(OPTIONS)
    rng, on = np.random.default_rng(1_000 + seed), drift * np.arange(n) / n
    hard, long = rng.normal(0, 1, n) + on, rng.lognormal(0, 0.5, n) * (1 + 0.5 * on)
    value = 1 / (1 + np.exp(hard[:, None] - skill - 0.7 * rng.standard_normal((n, OPTIONS))))
    minutes = long[:, None] * np.exp(0.4 * rng.standard_normal((n, OPTIONS))) * slow
    value[:, 0], minutes[:, 0] = 0.0, 0.0
    return Stream(value, minutes, {f"r{r}": 0.0385 * cases for r in range(ROWS)})


def run(stream: Stream, decide: Callable[[F64, F64], int]) -> tuple[float, F64]:
    """Value won, and seconds of every decision."""
    row, options, use = np.arange(OPTIONS) % ROWS, np.arange(OPTIONS), np.zeros((OPTIONS, ROWS))
    won, took = 0.0, np.empty(len(stream.value))
    for i, (value, minutes) in enumerate(zip(stream.value, stream.minutes, strict=True)):
        use[options, row] = minutes
        start = time.perf_counter_ns()
        option = decide(value, use)
        took[i] = time.perf_counter_ns() - start
        won += value[option]
    return won, took / 1e9


def fixed(limit: dict[str, float], price: F64) -> Callable[[F64, F64], int]:
    """Old prices for ever; prices of zero are greedy."""
    left = np.array(list(limit.values()))

    def decide(value: F64, use: F64) -> int:
        net = np.where((use <= left).all(axis=1), value - use @ price, -np.inf)
        option = int(net.argmax())
        left[:] -= use[option]
        return option

    return decide


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", default="10000,100000")
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    Pacer({"r": 1.0}, 1, {}).decide([0.0], [[0.0]])  # compiles
    print("| stream | cases | loss | worst | promised | fixed prices | greedy | p50 | p99 of a decision |")
    print("|---|---|---|---|---|---|---|---|---|")
    for n in map(int, asked.cases.split(",")):
        for what, drift, more in (
            ("stationary", 0.0, 1.0),
            ("drifting", 0.5, 1.0),
            ("half as many again, untold", 0.0, 1.5),
        ):
            losses, took = [], []
            for seed in range(asked.seeds):
                stream = made(int(more * n), seed, drift, n)
                old = made(OLD, 50 + seed, 0.0, OLD).plan().price
                bound = stream.plan().bound
                pacer = Pacer(stream.limit, n, old)
                won, seconds = run(stream, lambda value, use, pacer=pacer: pacer.decide(value, use).option)
                took.append(seconds)
                price = np.array([old[r] for r in stream.limit])
                others = [run(stream, fixed(stream.limit, p))[0] for p in (price, 0 * price)]
                losses.append([1 - x / bound for x in (won, *others)])
            ours, steady, greedy = 100 * np.mean(losses, axis=0)
            p50, p99 = 1e6 * np.quantile(np.concatenate(took), (0.5, 0.99))
            goal = PROMISED.get((what, n))
            kept = "" if goal is None else f"{goal:g} %: {'kept' if ours <= goal else 'BROKEN'}"
            fast = "kept" if p99 <= PROMISED_US else "BROKEN"
            print(
                f"| {what} | {int(more * n):,} | {ours:.2f} % | {100 * np.max(losses, axis=0)[0]:.2f} % | {kept} | {steady:.2f} % |"
                f" {greedy:.2f} % | {p50:.0f} us | {p99:.0f} us (50: {fast}) |",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
