"""What does one limit for several kinds of cases bring, against a limit for each in proportion to its cases?

    python benchmarks/kinds.py [--sets convabuse,cifar10h] [--seeds 3] [--shares 0.05,0.1,0.2] [--most 3000]

Each set is a kind, with its own labels and machines. Answers of people are shared: at a share of 0.1 all kinds together may
buy 0.1 answers per case. The other way gives each kind 0.1 answers per case of its own. Both are backtests, out of fold, on
the same folds' worth of cases; the difference is told with its standard error over fold seeds. Needs MINDSHARE_DATA.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from mindshare.core.history import History
from mindshare.core.join_kinds import join_kinds
from mindshare.histories.backtest import backtest
from mindshare.histories.public import convert
from mindshare.histories.read import read_history


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", default="convabuse,cifar10h")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--shares", default="0.05,0.1,0.2")
    parser.add_argument("--most", type=int, default=3_000)
    given = parser.parse_args()
    shares = tuple(float(s) for s in given.shares.split(","))
    kinds = {name: part_of(name, given.most) for name in given.sets.split(",")}
    both = join_kinds("both", kinds)
    sizes = {name: int((h.truth >= 0).sum()) for name, h in kinds.items()}
    print(", ".join(f"{name}: {size:,} cases" for name, size in sizes.items()))
    gains = np.array([gain(both, kinds, sizes, shares, seed) for seed in range(given.seeds)])
    print(
        "| answers per case | one limit, points above a limit for each | standard error | better in |\n|---|---|---|---|"
    )
    for j, share in enumerate(shares):
        column = 100 * gains[:, j]
        error = column.std(ddof=1) / np.sqrt(len(column)) if len(column) > 1 else float("nan")
        print(f"| {share:g} | {column.mean():+.2f} | {error:.2f} | {(column > 0).sum()} of {len(column)} |")
    return 0


def part_of(name: str, most: int) -> History:
    """At most so many cases of a set, with agents and cases under names of their own."""
    with tempfile.TemporaryDirectory() as place:
        convert(name, None, Path(place) / name)
        history = read_history(Path(place) / name)
    cases = np.arange(len(history))
    if len(cases) > most:
        cases = np.sort(np.random.default_rng(0).choice(len(history), most, replace=False))
    history = history.take(cases)
    agents = tuple(structs.replace(a, id=f"{name}_{a.id}") for a in history.team.agents)
    return replace(
        history,
        team=replace(history.team, agents=agents),
        case_id=tuple(f"{name} {case}" for case in history.case_id),
        agent_id=tuple(f"{name}_{agent}" for agent in history.agent_id),
    )


def gain(
    both: History, kinds: dict[str, History], sizes: dict[str, int], shares: tuple[float, ...], seed: int
) -> list[float]:
    """Right verdicts at each share under one limit, less those under a limit for each kind."""
    together = accuracy(backtest(both, shares=shares, seed=seed), shares)
    alone = np.zeros(len(shares))
    for name, history in kinds.items():
        alone += accuracy(backtest(history, shares=shares, seed=seed), shares) * sizes[name]
    return list(together - alone / sum(sizes.values()))


def accuracy(result: dict[str, Any], shares: tuple[float, ...]) -> NDArray[np.float64]:
    """Ours, at these shares."""
    points = {p["share"]: p["accuracy"] for p in result["policies"]["mindshare"]["points"]}
    return np.array([points[share] for share in shares])


if __name__ == "__main__":
    sys.exit(main())
