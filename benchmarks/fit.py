"""How much processor time a fit takes to the same accuracy, side by side with other trainers of the same net.

    python benchmarks/fit.py [--seeds 10] [--problems digits,...]

Same net, AdamW, batch of 32, one thread. What is to be reached: the mean accuracy of the best constant rate of a grid after 20 epochs.
With the one-cycle rate both ours and the others get the highest rate and the epochs with which they are there first by a standard error
(the others' found with our loop, every case in every epoch, which is what theirs do). All of that on seeds that are not shown. Then all
run interleaved, seed by seed: the others with the constant rate and 20 epochs, and once more with our schedule. Texts are cut to the
longest of their batch for everybody. CPU seconds of the fit alone, ratios paired by seed with 95 % intervals. Made windows, digits of
scikit-learn, and spam in texts where MINDSHARE_DATA has it. Needs skorch, lightning, transformers, accelerate.
"""

from __future__ import annotations

import argparse
import os
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from fitting.problems import PROBLEMS, Problem
from fitting.trainers import TRAINERS, How, Prepared
from numpy.typing import NDArray

from mindshare.machines.learn.plan import FitPlan

BATCH, WHOLE = 32, 20
RATES, TOPS, FEWER = (1e-3, 3e-3, 9e-3), (3e-3, 9e-3, 2.7e-2), (2, 3, 4, 5, 6, 8, 10, 13, 16, 20)
DEVELOP = tuple(range(100, 108))
PROMISED = {"constant": 50.0, "our schedule": 20.0}


def run(who: str, problem: Problem, seed: int, how: How) -> tuple[float, float]:
    prepared = Prepared(problem.make(seed), problem.split(seed), seed)
    return TRAINERS[who](prepared, how, BATCH)


def develop(problem: Problem) -> tuple[How, How, How]:
    """(constant rate, theirs with our schedule, ours): the best rate and the fewest epochs, on seeds that are not shown."""

    def right(how: How) -> NDArray[np.float64]:
        return np.array([run("Mindshare", problem, s, how)[1] for s in DEVELOP])

    told = {rate: right(How(WHOLE, rate, cycle=False)) for rate in RATES}
    rate = max(told, key=lambda r: told[r].mean())

    def there(how: How) -> bool:
        """Surely as right: the first of many to be as right by chance would not be on other seeds."""
        more = right(how) - told[rate]
        return bool(more.mean() >= more.std(ddof=1) / np.sqrt(len(more)))

    def first(known: float) -> How:
        ways = [How(epochs, top, cycle=True, known=known) for epochs in FEWER for top in TOPS]
        found = next(filter(there, ways), None)
        if found is None:
            raise RuntimeError(
                f"With our schedule {WHOLE} epochs are not surely as right as {WHOLE} with a constant rate."
            )
        return found

    return How(WHOLE, rate, cycle=False), first(0.0), first(FitPlan().known)


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
        constant, theirs, own = develop(problem)
        ways = {("Mindshare", "our schedule"): own}
        for who in TRAINERS:
            ways[who, "constant"] = constant
            ways.setdefault((who, "our schedule"), theirs)
        for who in TRAINERS:  # whatever is loaded or compiled once
            run(who, problem, 0, constant._replace(epochs=1))
        runs = [(s, way) for s in range(asked.seeds) for way in ways]
        got = {(s, way): run(way[0], problem, s, ways[way]) for s, way in runs}
        told = {way: [got[s, way] for s in range(asked.seeds)] for way in ways}
        mine = told["Mindshare", "our schedule"]
        for (who, kind), results in told.items():
            took, right = np.mean(results, axis=0)
            less = [100 * (1 - a[0] / b[0]) for a, b in zip(mine, results, strict=True)]
            more = [100 * (a[1] - b[1]) for a, b in zip(mine, results, strict=True)]
            goal = PROMISED[kind] if who != "Mindshare" else None
            kept = "" if goal is None else f"{goal:g} %: {'kept' if np.mean(less) >= goal else 'BROKEN'}"
            how, first = ways[who, kind], (who, kind) == ("Mindshare", "our schedule")
            print(
                f"| {name} | {who} | {kind}, {how.rate:g} | {how.epochs} | {took:.2f} | {100 * right:.2f} |"
                f" {'' if first else interval(less)} | {'' if first else interval(more)} | {kept} |",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
