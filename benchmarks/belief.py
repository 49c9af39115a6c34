"""Log-loss of the two families of belief on public sets: the pool, and the pool that answer attention corrects.

    python benchmarks/belief.py [--sets vision16,convabuse,...] [--seeds 3]

Needs MINDSHARE_DATA and torch. Five folds by parent; nobody has spoken but the machines, then everybody has. Neither
has learnt a temperature, so the difference is the family's alone; its standard error is paired, over cases.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.temperature import log_losses
from mindshare.core.folds import split
from mindshare.core.history import History
from mindshare.histories.public import convert
from mindshare.histories.read import read_history
from mindshare.machines.belief.answer_attention import AttentivePooling

F64 = NDArray[np.float64]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", default="vision16,convabuse,convabuse-each")
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    if "MINDSHARE_DATA" not in os.environ:
        print("skipped: set MINDSHARE_DATA to the folder of the public sets")
        return 0
    print(
        "| set | fold seed | pool, machines | attention less pool | pool, everybody | attention less pool | CPU a fold |"
    )
    print("|---|---|---|---|---|---|---|")
    for name in asked.sets.split(","):
        with tempfile.TemporaryDirectory() as folder:
            convert(name, None, Path(folder) / name)
            history = read_history(Path(folder) / name)
        for seed in range(asked.seeds):
            started = time.process_time()
            pool, attention = (
                np.concatenate(parts, axis=1) for parts in zip(*losses(history, seed), strict=True)
            )
            row = [f"{pool[i].mean():.4f} | {told(attention[i] - pool[i])}" for i in range(2)]
            print(
                f"| {name} | {seed} | {' | '.join(row)} | {(time.process_time() - started) / 5:.0f} s |",
                flush=True,
            )
    return 0


def losses(history: History, seed: int) -> list[tuple[F64, F64]]:
    """By fold: (2, N) log-losses of the pool and of answer attention, machines alone and everybody."""
    out = []
    for fit, test in split(history, 5, seed):
        past, new = history.take(fit), history.take(test[history.truth[test] >= 0])
        attending = AttentivePooling(seed).fit(past)
        both = []
        for belief in (attending._replace(net=None), attending):
            opened = belief.open(new)
            scores = (belief.scores(opened, opened.person <= people) for people in (0, 1))
            both.append(np.stack([log_losses(s, new.truth) for s in scores]))
        out.append((both[0], both[1]))
    return out


def told(difference: F64) -> str:
    return f"{difference.mean():+.4f} ± {difference.std() / np.sqrt(len(difference)):.4f}"


if __name__ == "__main__":
    sys.exit(main())
