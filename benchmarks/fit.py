"""How much processor time a fit takes to the same accuracy, side by side with other trainers of the same net.

    python benchmarks/fit.py [--seeds 10] [--problems digits,...]

Same net, AdamW, batch of 32, one thread. The rate: the best constant one of a grid for everybody, found on seeds that are not shown.
What is to be reached: the mean accuracy of the constant rate after 20 epochs. `epochs`: how few ours needs for it with the one-cycle
rate, chosen on those seeds too. Then all run interleaved, seed by seed: the others with the constant rate and 20 epochs, and once more
with our schedule and as few epochs as ours. CPU seconds of the fit alone, ratios paired by seed with 95 % intervals. Made windows,
digits of scikit-learn, and spam in texts where MINDSHARE_DATA has it. Needs skorch, lightning, transformers, accelerate.
"""

from __future__ import annotations

import argparse
import os
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from fitting.problems import PROBLEMS, Problem
from fitting.trainers import TRAINERS, Prepared

BATCH, WHOLE, TOP = 32, 20, 2.0  # TOP: the one-cycle rate's top, of the best constant rate
RATES, FEWER = (1e-3, 3e-3, 9e-3), (5, 7, 8, 10, 13, 20)
DEVELOP = (100, 101, 102)
PROMISED = {"constant": 50.0, "our schedule": 20.0}


def run(
    who: str, problem: Problem, seed: int, epochs: int, rate: float, *, cycle: bool
) -> tuple[float, float]:
    prepared = Prepared(problem.make(seed), problem.split(seed), seed)
    return TRAINERS[who](prepared, epochs, BATCH, rate, cycle=cycle)


def develop(problem: Problem) -> tuple[float, int]:
    """(best constant rate, fewest epochs with which ours is as right with its schedule), on seeds that are not shown."""
    right = {
        rate: np.mean([run("Mindshare", problem, s, WHOLE, rate, cycle=False)[1] for s in DEVELOP])
        for rate in RATES
    }
    rate = max(right, key=lambda r: right[r])
    for epochs in FEWER:
        mine = np.mean([run("Mindshare", problem, s, epochs, TOP * rate, cycle=True)[1] for s in DEVELOP])
        if mine >= right[rate]:
            return rate, epochs
    return rate, WHOLE


def interval(x: list[float]) -> str:
    mean, half = np.mean(x), 1.96 * np.std(x, ddof=1) / np.sqrt(len(x))
    return f"{mean:.1f} ({mean - half:.1f} to {mean + half:.1f})"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--problems", default=",".join(PROBLEMS))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print(
        "| problem | trainer | rate | epochs | CPU s | accuracy | ours less CPU, % | ours more right, points | promised |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for name in asked.problems.split(","):
        problem = PROBLEMS[name]()
        if problem is None:
            print(f"| {name} | not measured: MINDSHARE_DATA does not hold it | | | | | | | |")
            continue
        rate, epochs = develop(problem)
        ways = {("Mindshare", "our schedule"): (epochs, TOP * rate, True)}
        for who in TRAINERS:
            ways[who, "constant"] = (WHOLE, rate, False)
            ways[who, "our schedule"] = (epochs, TOP * rate, True)
        for who in TRAINERS:  # whatever is loaded or compiled once
            run(who, problem, 0, 1, rate, cycle=False)
        told = {
            way: [run(way[0], problem, s, how[0], how[1], cycle=how[2]) for s in range(asked.seeds)]
            for way, how in ways.items()
        }
        mine = told["Mindshare", "our schedule"]
        for (who, kind), results in told.items():
            took, right = np.mean(results, axis=0)
            less = [100 * (1 - a[0] / b[0]) for a, b in zip(mine, results, strict=True)]
            more = [100 * (a[1] - b[1]) for a, b in zip(mine, results, strict=True)]
            goal = PROMISED[kind] if who != "Mindshare" else None
            kept = "" if goal is None else f"{goal:g} %: {'kept' if np.mean(less) >= goal else 'BROKEN'}"
            e, r, _ = ways[who, kind]
            own = (who, kind) == ("Mindshare", "our schedule")
            print(
                f"| {name} | {who} | {kind}, {r:g} | {e} | {took:.2f} | {100 * right:.2f} |"
                f" {'' if own else interval(less)} | {'' if own else interval(more)} | {kept} |",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
