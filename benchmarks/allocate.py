"""A batch allocated, side by side with general solvers on the same numbers, one thread, in one run.

    python benchmarks/allocate.py [--sizes 1000,10000,100000,1000000] [--anchors 10000] [--patience 60] [--plot OUT.png]
    python benchmarks/allocate.py --profile [1000000]

Ours is integral, within every limit and certified; the anchors solve the relaxation in fractions of cases (the flow: the
easier problem where every answer takes one minute). CPU seconds of a warm process, the least of three runs for ours;
what compiling takes is told apart. `reading` is one pass over value and cost at the speed of memory. Anchors past
`--patience` seconds print "> 60 s"; one that is not installed is named (`pip install 'mindshare[bench]'`). The beliefs
of real histories need MINDSHARE_DATA.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from batch.anchors import ANCHORS, apart
from batch.families import OPTIONS, Ask, Belief, beliefs, cell, level, skills, sparse, ties
from batch.picture import Points, draw
from batch.possible import reachable
from batch.profiled import by_shards, tell_phases

from mindshare.core.allocation.allocate import Plan
from mindshare.core.allocation.request import largest

PROMISED_MS = {1_000: 1_000, 10_000: 15, 100_000: 25, 1_000_000: 120}
PROMISED_GAP = {1_000: 2e-4, 10_000: 1e-4, 100_000: 1e-4, 1_000_000: 1e-4}
MEMORY_PROMISED = 16.0  # bytes per case
SEEDS = 10
HEAD = "| what | CPU | certified gap | excess of a limit | promised, and times one reading |\n|---|---|---|---|---|"


def excess(ask: Ask, plan: Plan) -> float:
    """The worst relative excess of a limit, summed anew."""
    at, worst = np.arange(len(plan.choice)), 0.0
    spent = ask.minutes[at, plan.choice].astype(np.float64)
    for i, limit in enumerate(ask.limit.values()):
        mine = (plan.choice > 0) & (plan.choice % len(ask.limit) == i)
        worst = max(worst, spent[mine].sum() / limit - 1)
    return worst


def reading(ask: Ask) -> float:
    """Seconds of one pass over value and cost."""
    took = []
    for _ in range(3):
        start = time.process_time()
        largest(ask.value)
        largest(ask.minutes)
        took.append(time.process_time() - start)
    return min(took)


def tell(what: str, seconds: float, plan: Plan, over: float, more: str = "") -> None:
    print(
        f"| {what} | {1e3 * seconds:,.1f} ms | {plan.gap:.1e} | {max(over, plan.violation):.0e} | {more} |",
        flush=True,
    )


def ours(what: str, ask: Ask, times: int = 3, more: str = "") -> tuple[float, Plan]:
    took = []
    for _ in range(times):
        start = time.process_time()
        plan = ask.plan()
        took.append(time.process_time() - start)
    tell(what, min(took), plan, excess(ask, plan), more)
    return min(took), plan


def status(field: str) -> float:
    """Kilobytes of this process's memory."""
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return float(text.split(field + ":")[1].split()[0])


def memory(n: int, given: Any) -> None:
    """Bytes a case beyond the inputs at the peak, of a process that has compiled before."""
    skills(2_000).plan()
    skills(50_000).plan()
    ask = skills(n)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak counts from here
    before = status("VmRSS")
    ask.plan()
    given.put(1024 * (status("VmHWM") - before) / n)


def tell_sizes(sizes: list[int]) -> tuple[Points, Points]:
    """The plain family, size by size; returns our times and those of one reading."""
    mine, read = [], []
    for n in sizes:
        ask = skills(n)
        read.append((n, reading(ask)))
        seconds, plan = ours(f"{n:,} x {OPTIONS}", ask, 3)
        mine.append((n, seconds))
        if n in PROMISED_MS:
            kept = 1e3 * seconds <= PROMISED_MS[n] and plan.gap <= PROMISED_GAP[n]
            print(
                f"| | {seconds / read[-1][1]:.1f} x reading ({1e3 * read[-1][1]:.1f} ms) | | | {PROMISED_MS[n]:,} ms at "
                f"{PROMISED_GAP[n]:.0e}: {'kept' if kept else 'BROKEN'} |"
            )
        if n >= 1_000_000:  # smaller ones fit into what the process has kept from before
            used = apart(memory, n, patience=300)
            print(f"| memory beyond the inputs | {used:.1f} bytes per case | | | {MEMORY_PROMISED:g} |")
    return mine, read


def tell_families() -> None:
    for n in (10_000, 100_000):
        plain, _ = ours(f"{n:,}: skills", skills(n))
        in_c = skills(n)
        ours(f"{n:,}: C order", in_c._replace(value=np.ascontiguousarray(in_c.value)))
        ours(f"{n:,}: ties", ties(n), 1)
        ours(f"{n:,}: sparse eligibility", sparse(n))
        levelled, _ = ours(f"{n:,}: parity over 10 groups", level(n))
        print(f"| | {levelled / plain:.1f} x without parity | | | 3 at 100,000 |")
    real("300 rows x 60 people, 100,000", cell(100_000))
    for name in ("vision16", "vision3", "convabuse"):
        if "MINDSHARE_DATA" not in os.environ:
            print(f"| {name} | skipped: set MINDSHARE_DATA to the folder of the public sets | | | |")
            continue
        belief = beliefs(name)
        n, k = belief.value.shape
        real(f"beliefs of {name}: {n:,} x {k}, {len(belief.limit)} limits", belief)


def real(what: str, ask: Belief) -> None:
    """The least of three runs."""
    took = []
    for _ in range(3):
        start = time.process_time()
        plan = ask.plan()
        took.append(time.process_time() - start)
    over = max(plan.usage[name] / limit - 1 for name, limit in ask.limit.items())
    tell(what, min(took), plan, max(over, 0.0))


def tell_small(n: int = 1_000) -> None:
    """Other seeds of the smallest size, beside the gap that any solver could be expected to reach."""
    print(
        f"\n| seed, {n:,} cases | CPU | certified gap | gap at which one plan is to be expected |\n|---|---|---|---|"
    )
    gaps, best, took = [], [], []
    for seed in range(SEEDS):
        ask = skills(n, seed=seed)
        start = time.process_time()
        plan = ask.plan()
        took.append(time.process_time() - start)
        gaps.append(plan.gap)
        best.append(reachable(ask, plan))
        print(f"| {seed} | {took[-1]:.2f} s | {plan.gap:.1e} | {best[-1]:.1e} |")
    print(f"| mean | {np.mean(took):.2f} s | {np.mean(gaps):.1e} | {np.mean(best):.1e} |", flush=True)


def tell_again(n: int) -> None:
    """A request a little changed (limits by 2 %, values by a hundredth), from the prices before and from nothing."""
    ask, rng = skills(n), np.random.default_rng(5)
    before = ask.plan()
    noise = 0.01 * rng.standard_normal(ask.value.shape, np.float32)
    limit = {name: amount * rng.uniform(0.98, 1.02) for name, amount in ask.limit.items()}
    changed = ask._replace(value=np.asfortranarray(ask.value + noise), limit=limit)
    ours(f"{n:,}, a little changed: from nothing", changed)
    ours(f"{n:,}, a little changed: from the prices before", changed._replace(more={"warm": before.price}))


def tell_anchors(sizes: list[int], patience: float) -> dict[str, Points]:
    found: dict[str, Points] = {}
    print("\n| anchor | cases | CPU | value against ours |\n|---|---|---|---|")
    for n in sizes:
        mine = skills(n).plan()
        for name, (job, more) in ANCHORS.items():
            result: Any = apart(job, n, *more, patience=patience)
            if isinstance(result, str):
                print(f"| {name} | {n:,} | {result} (not installed?) | |", flush=True)
                continue
            found.setdefault(name, []).append((n, patience if result is None else result[0]))
            if result is None:
                print(f"| {name} | {n:,} | > {patience:g} s | |", flush=True)
            else:
                print(f"| {name} | {n:,} | {result[0]:.2f} s | {result[1] / mine.value:.6f} |", flush=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="1000,10000,100000,1000000")
    parser.add_argument("--anchors", default="10000", help="sizes at which anchors run; empty = none")
    parser.add_argument("--patience", type=float, default=60.0)
    parser.add_argument("--plot", type=Path, help="where to draw time against size")
    parser.add_argument(
        "--profile", type=int, nargs="?", const=1_000_000, help="only: where the time of so many goes"
    )
    asked = parser.parse_args()
    start = time.process_time()
    for size in (2_000, 50_000):
        for family in (skills, ties, sparse, level):
            family(size).plan()
    print(
        f"compiling, or reading what was compiled: {time.process_time() - start:.1f} s, not counted below\n"
    )
    if asked.profile:
        ask = skills(asked.profile)
        tell_phases(ask, reading(ask))
        return 0
    print(HEAD)
    mine, read = tell_sizes([int(n) for n in asked.sizes.split(",")])
    tell_families()
    for n in (10_000, 100_000):
        tell_again(n)
    print(by_shards(100_000))
    tell_small()
    anchors = tell_anchors([int(n) for n in asked.anchors.split(",") if n], asked.patience)
    if asked.plot:
        draw(asked.plot, mine, read, anchors, asked.patience)
    return 0


if __name__ == "__main__":
    sys.exit(main())
