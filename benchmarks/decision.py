"""How long one decision takes: belief, value of everyone who may be asked, best net at a price, verdict if none.

    python benchmarks/decision.py [--cases 4000] [--machines 5] [--people 15] [--labels 8] [--times 5000]

Learns from a made history, then decides single new cases, each prepared beforehand (what preparing costs is told
apart), with no person's answer in and with one to three. One process, warm; nothing but the clock between two cases.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.holdout import Stage
from mindshare.core.history import History
from mindshare.core.learn import Learned, learn_held_out
from mindshare.testing import made_history

F64 = NDArray[np.float64]
PROMISED_MS = 1.0
WARM = 500  # decisions before the clock counts
SHARE = 0.2  # human answers per case that the price is for


class Decision(NamedTuple):
    """`row` of the answer to ask for, -1 = stop with `verdict`."""

    row: int
    net: float
    verdict: int


def decide(learned: Learned, stage: Stage, known: NDArray[np.bool_], price: float) -> Decision:
    """One decision on the one case of the stage; an answer of a person costs one."""
    scores = learned.model.pool.scores(stage.opened, known)
    rows = np.flatnonzero(~known)
    if len(rows):
        net = learned.model.worth(stage, known, rows) - price
        best = int(net.argmax())
        if net[best] > 0:
            return Decision(int(rows[best]), float(net[best]), int(scores[0].argmax()))
    return Decision(-1, 0.0, int(learned.model.verdicts(stage, known)[0]))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=4_000)
    parser.add_argument("--machines", type=int, default=5)
    parser.add_argument("--people", type=int, default=15)
    parser.add_argument("--labels", type=int, default=8)
    parser.add_argument("--times", type=int, default=5_000)
    asked = parser.parse_args()
    whole = made_history(
        asked.cases + WARM + asked.times, asked.machines, asked.people, asked.labels, proba=True, seed=1
    )
    learned = learn_held_out(whole.take(np.arange(asked.cases)))
    price = learned.model.price_at(SHARE)
    new = whole.take(np.arange(asked.cases, len(whole)))
    stages, preparing = prepare(learned, new)
    print(
        f"{asked.machines} machines, {asked.people} people, {asked.labels} labels, learnt from {asked.cases:,} cases;"
        f" belief: {learned.model.about.family}; price {price:.4g}"
    )
    print("| one decision, ms | p50 | p99 | p99.9 | p99 of CPU alone | asks |")
    print("|---|---|---|---|---|---|")
    worst = 0.0
    for people in range(4):
        took, worked, asks = measure(learned, stages, price, people)
        busy = f"{np.quantile(worked, 0.99):.3f}"
        worst = max(worst, tell(f"{people} people have answered", took, busy, f"{100 * asks:.0f} %"))
    tell("preparing one case (apart)", preparing, "", "")
    start = time.perf_counter()
    learned.model.open(new)
    each = (time.perf_counter() - start) / len(new)
    print(f"preparing {len(new):,} cases at once: {1e3 * each:.4f} ms a case")
    print(
        f"p99 of a decision: {worst:.3f} ms, promised {PROMISED_MS:g} ms: {'kept' if worst <= PROMISED_MS else 'BROKEN'}"
    )
    return 0


def prepare(learned: Learned, new: History) -> tuple[list[Stage], F64]:
    """A stage for every case alone, (N,) ms that preparing it took."""
    stages, took = [], []
    for i in range(len(new)):
        alone = new.take(np.array([i]))
        start = time.perf_counter_ns()
        stages.append(learned.model.open(alone))
        took.append((time.perf_counter_ns() - start) / 1e6)
    return stages, np.array(took[WARM:])


def measure(learned: Learned, stages: list[Stage], price: float, people: int) -> tuple[F64, F64, float]:
    """(N,) ms and ms of CPU of one decision on each case when so many people have answered; how often one asks."""
    rng = np.random.default_rng(people)
    took, worked, asks = [], [], 0
    for i, stage in enumerate(stages):
        known = stage.machines()
        known[rng.choice(np.flatnonzero(~known), people, replace=False)] = True
        start, start_cpu = time.perf_counter_ns(), time.thread_time_ns()
        decision = decide(learned, stage, known, price)
        end_cpu, end = time.thread_time_ns(), time.perf_counter_ns()
        took.append((end - start) / 1e6)
        worked.append((end_cpu - start_cpu) / 1e6)
        asks += i >= WARM and decision.row >= 0
    return np.array(took[WARM:]), np.array(worked[WARM:]), asks / (len(stages) - WARM)


def tell(what: str, took: F64, *more: str) -> float:
    """Prints a row of the table and returns its p99."""
    p50, p99, p999 = np.quantile(took, (0.5, 0.99, 0.999))
    print(f"| {what} | {p50:.3f} | {p99:.3f} | {p999:.3f} | {' | '.join(more)} |", flush=True)
    return float(p99)


if __name__ == "__main__":
    sys.exit(main())
