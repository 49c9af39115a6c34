"""Who asks people that know nothing? Share of cases asked at price zero, where people's answers are shuffled.

    python benchmarks/shuffled.py [--sets vision16,cifar10h,convabuse,made] [--times 4]

Their labels are dealt out among all their rows, each time anew, and the rule learns on four folds of five and is
tried on the fifth. `made` are small made-up histories of 200 to 1,500 cases, where luck is likeliest to look like
skill. The other sets need MINDSHARE_DATA.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

from mindshare.core.cost import human_answers
from mindshare.core.folds import split
from mindshare.core.history import History
from mindshare.core.learn import learn_held_out
from mindshare.histories.public import convert
from mindshare.histories.read import read_history
from mindshare.testing import made_history, shuffled

SETS = ("made", "convabuse", "cifar10h", "vision16")
SIZES = (200, 500, 1_000, 1_500)
PROMISED = 0.05


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--times", type=int, default=4)
    given = parser.parse_args()
    print("| set | cases | shuffles | of cases asked, mean | worst | above 5 % |")
    print("|---|---|---|---|---|---|")
    for name in given.sets.split(","):
        if name == "made":
            for size in SIZES:
                tell(name, [made_history(size, seed=seed) for seed in range(4 * given.times)])
        elif "MINDSHARE_DATA" not in os.environ:
            print(f"| {name} | skipped: set MINDSHARE_DATA to the folder of the public sets | | | | |")
        else:
            with tempfile.TemporaryDirectory() as folder:
                convert(name, None, Path(folder) / name)
                tell(name, [read_history(Path(folder) / name)] * given.times)
    return 0


def tell(name: str, histories: list[History]) -> None:
    """One row of the table: every history with a shuffle of its own."""
    shares = np.array([asked(shuffled(history, seed), seed) for seed, history in enumerate(histories)])
    print(
        f"| {name} | {len(histories[0]):,} | {len(shares)} | {100 * shares.mean():.2f} % | {100 * shares.max():.1f} % |"
        f" {int((shares > PROMISED).sum())} |",
        flush=True,
    )


def asked(history: History, seed: int) -> float:
    """Share of the cases of one fold on which somebody is asked at price zero."""
    fit, test = split(history, 5, seed)[0]
    learned = learn_held_out(seed=seed, history=history.take(fit))
    stage = learned.model.open(history.take(test))
    trace = learned.model.path(stage, human_answers(stage.history))
    return len(np.unique(trace.case)) / len(test)


if __name__ == "__main__":
    sys.exit(main())
