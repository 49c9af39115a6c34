"""What it costs that cases come one by one: our questions cut by the Pacer's rule, against an offline ranking of the same ones.

    python benchmarks/stream.py [--sets vision16,vision3,cifar10h] [--folds 2] [--orders 10]

Needs MINDSHARE_DATA. The offline ranking knows all cases of a fold beforehand and takes its best questions. Each fold is
played in `--orders` random orders of arrival; the standard error is that of the mean over orders.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

from mindshare.core.folds import split
from mindshare.core.learn import learn_held_out
from mindshare.core.policies.cutting import Cutter
from mindshare.core.policies.known import traces
from mindshare.histories.public import convert
from mindshare.histories.read import read_history

SHARES = (0.05, 0.1, 0.2)
GOAL = 0.1  # points


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", default="vision16,vision3,cifar10h")
    parser.add_argument("--folds", type=int, default=2)
    parser.add_argument("--orders", type=int, default=10)
    asked = parser.parse_args()
    if "MINDSHARE_DATA" not in os.environ:
        print("skipped: set MINDSHARE_DATA to the folder of the public sets")
        return 0
    print(
        "| set | share | stream minus ranking, points | standard error | promised, points | used of the limit | goal |"
    )
    print("|---|---|---|---|---|---|---|")
    for name in asked.sets.split(","):
        with tempfile.TemporaryDirectory() as folder:
            convert(name, None, Path(folder) / name)
            history = read_history(Path(folder) / name)
        parts = []
        for fit, test in split(history, 5, 0)[: asked.folds]:
            learned = learn_held_out(history.take(fit))
            stage = learned.model.open(history.take(test))
            parts.append((learned, stage, traces(learned, stage, 0, ["mindshare"])["mindshare"]))
        for share in SHARES:
            told = np.mean([losses(*part, share, asked.orders) for part in parts], axis=0)
            mean, error = told.mean(axis=0), told[:, 0].std(ddof=1) / np.sqrt(len(told))
            kept = "kept" if mean[0] >= -GOAL else "BROKEN"
            print(
                f"| {name} | {share:g} | {mean[0]:+.3f} | {error:.3f} | {mean[1]:+.3f} | {mean[2]:.3f} | {kept} |",
                flush=True,
            )
    return 0


def losses(learned, stage, trace, share: float, orders: int) -> np.ndarray:
    """(orders, 3) accuracy and promised value of the stream minus those of the ranking, in points a case; part that was used."""
    n, truth = len(stage.history), stage.history.truth
    limit, one = int(share * n + 1e-9), np.ones(len(trace.row))
    ranked = trace.first(limit)
    cutter = Cutter(learned.model.demand, np.zeros(0), np.zeros(0))
    right, worth = (trace.verdicts(ranked) == truth).mean(), trace.price[ranked].sum()
    told = []
    for seed in range(orders):
        cut = cutter.cut(trace, float(limit), np.random.default_rng(seed).permutation(n), one, one)
        accuracy = (trace.verdicts(cut.heard) == truth).mean()
        used = cut.used / max(min(limit, len(trace.row)), 1)
        told.append((100 * (accuracy - right), 100 * (trace.price[cut.bought].sum() - worth) / n, used))
    return np.array(told)


if __name__ == "__main__":
    sys.exit(main())
