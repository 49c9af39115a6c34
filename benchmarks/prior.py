"""Where the numbers of the gain gate's prior come from: what asking has brought on many histories, before any gate.

    python benchmarks/prior.py [--sets vision16,...] [--sizes 100,300,1000] [--draws 6]

Needs MINDSHARE_DATA. For draws of every set, out of fold: nats that one person's answer adds to the log-score of the truth; the chance that
the gate makes of them, and the weights that the edge and the second opinion get (the lowest and highest of the draws); the share of a
promised gain that was realised, by how many people had spoken. `shuffled` are made histories whose people know nothing. The last rows
are the mean and the spread over sets, which `Prior` rounds.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import NamedTuple

import numpy as np
from smalls.worlds import REVIEWED, SETS, VARIANTS, draw, load, parted, reviewed

from mindshare.core.asking.edge import learn_edges
from mindshare.core.asking.gate import ROUNDS, informed, round_of
from mindshare.core.asking.opinion import with_opinion
from mindshare.core.folds import split
from mindshare.core.history import History
from mindshare.core.learn import learn_held_out, ungated
from mindshare.testing import made_history, shuffled

SHUFFLED = "shuffled"


class Shown(NamedTuple):
    """What one draw shows."""

    nats: float
    chance: float
    weight: float  # of the edge
    opinion: float  # of the second opinion
    hoped: np.ndarray  # (ROUNDS,) promised in all
    brought: np.ndarray  # (ROUNDS,)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sets", default=",".join((*SETS, *VARIANTS, REVIEWED, SHUFFLED)))
    parser.add_argument("--sizes", default="300")
    parser.add_argument("--draws", type=int, default=6)
    given = parser.parse_args()
    if "MINDSHARE_DATA" not in os.environ:
        print("skipped: set MINDSHARE_DATA to the folder of the public sets")
        return 0
    for size in map(int, given.sizes.split(",")):
        rounds = " | ".join(("0 spoke", "1", "2", "3 to 6", "7 to 14", "more"))
        print(
            f"\n{size:,} cases\n\n| set | nats | chance | weight of the edge | of the second opinion | kept with {rounds} |\n|"
            + "---|" * (ROUNDS + 5)
        )
        kept = []
        for name in given.sets.split(","):
            source, variant = parted(name)
            whole = None if source in (REVIEWED, SHUFFLED) else load(source)
            draws = [shown(_history(whole, source, variant, size, seed), seed) for seed in range(given.draws)]
            share = _share(draws)
            print(
                f"| {name} | {np.mean([t.nats for t in draws]):+.3f} | {_span([t.chance for t in draws])}"
                f" | {_span([t.weight for t in draws])} | {_span([t.opinion for t in draws])}"
                f" | {' | '.join(_number(x) for x in share)} |",
                flush=True,
            )
            if name != SHUFFLED:
                kept.append(share)
        columns = [column[~np.isnan(column)] for column in np.array(kept).reshape(-1, ROUNDS).T]
        for word, of in (("mean", np.mean), ("spread", np.std)):
            told = (float(of(column)) if len(column) else np.nan for column in columns)
            print(f"| {word} | | | | | {' | '.join(_number(x) for x in told)} |")
    return 0


def _history(whole: History | None, source: str, variant: str, size: int, seed: int) -> History:
    if whole is not None:
        return draw(whole, variant, size, seed)
    return reviewed(seed, size) if source == REVIEWED else shuffled(made_history(size, seed=seed), seed)


def shown(history: History, seed: int) -> Shown:
    """What the cases held out on the way of one fold show."""
    fit, _ = split(history, 5, seed)[0]
    learned = learn_held_out(history.take(fit), seed=seed, machines_always=True)
    model = learned.model
    asking = model.asking
    apart, edge = learn_edges(
        learned.holdout, model.pool.reading.width, asking.coefficient, asking.utility, asking.unit
    )
    apart, edge = with_opinion(learned.holdout, apart, edge, asking.utility)
    asked, _ = ungated(model, learned.holdout, apart)
    rounds, hoped = round_of(asked.spoke), asked.promised * asked.answers
    return Shown(
        float(asked.nats.mean()) if len(asked.nats) else 0.0,
        informed(asked.nats),
        edge.weight,
        edge.opinion,
        np.bincount(rounds, hoped, ROUNDS),
        np.bincount(rounds, asked.realised, ROUNDS),
    )


def _share(told: list[Shown]) -> np.ndarray:
    """(ROUNDS,) of all draws together; NaN where less than two verdicts were promised."""
    hoped, brought = sum(t.hoped for t in told), sum(t.brought for t in told)
    return np.where(hoped >= 2, brought / np.maximum(hoped, 1e-12), np.nan)


def _span(of: list[float]) -> str:
    return f"{min(of):.2f} to {max(of):.2f}"


def _number(x: float) -> str:
    return "" if np.isnan(x) else f"{x:.2f}"


if __name__ == "__main__":
    sys.exit(main())
