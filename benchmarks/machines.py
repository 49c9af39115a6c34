"""How right each machine is at its defaults, on small sets: simple rungs, a tutorial's net, each of our nets with a budget.

    python benchmarks/machines.py [--sets digits,...] [--kinds series,...] [--seeds 5] [--only MiniRocket,CNN,...] [--budget 20] [--plain]

Fifteen sets of series, texts (one of them Chinese), images and tables, which packages ship or which are made with a seed. Each seed draws
anew which cases teach and which judge. One thread. The CPU seconds are those of learning, reading included; an answer's are those of
answering all new cases at once. "Best in hindsight" is the best mean of all machines that are not ours: simple rungs and the tutorial's
net (30 epochs of AdamW at 1e-3). `train` is the race that `mindshare train` runs. It and our nets get `--budget` CPU seconds and no
setting. `--plain`: beside each of our nets the same net in a plain AdamW loop with the same seconds, at the rate of three that is best on
a held-out fifth (the search is not charged).
MiniRocket needs the extra `series`; what its library compiles once is not counted.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "1")

import numpy as np
import torch
from machining.plain import Result, Split, same_net, tutorial
from machining.sets import SETS, Set

from mindshare import Budget
from mindshare.machines import CNN, GRU, Capsule, Transformer
from mindshare.machines.race.race import Race
from mindshare.machines.simple.rungs import simple_rungs
from mindshare.machines.task import TaskModel

Run = Callable[[str, Split, int], Result]
OURS = {"CNN": CNN, "GRU": GRU, "Transformer": Transformer, "Capsule": Capsule}
TUTORIAL = "tutorial net"
PLAIN = ", plain loop"


def timed(make: Callable[[int], TaskModel], budget: Budget | None) -> Run:
    """One fit and all answers."""

    def run(kind: str, split: Split, seed: int) -> Result:  # noqa: ARG001 - all runs are called alike
        X, y, new, truth = split
        began = time.process_time()
        model = make(seed)
        model = model.fit(X, y) if budget is None else model.fit(X, y, budget=budget)  # type: ignore[call-arg]
        fitted = time.process_time()
        said = model.classes_[model.predict_proba(new).argmax(axis=1)]  # type: ignore[attr-defined]
        return Result(float((said == truth).mean()), fitted - began, time.process_time() - fitted)

    return run


def machines(kind: str, budget_s: float, plain: bool) -> tuple[dict[str, Run], dict[str, Run]]:
    """(others, ours) for this kind of case, by name."""
    others: dict[str, Run] = {
        name: timed(lambda _, make=make: make(), None)  # type: ignore[misc]
        for name, make in simple_rungs(kind).items()  # type: ignore[arg-type]
    }
    others[TUTORIAL] = lambda k, split, seed: tutorial(k, split, seed, budget_s)
    own: dict[str, Run] = {
        "train": timed(lambda seed: Race(kind, seed=seed), Budget(limit={"cpu_s": budget_s}))
    }  # type: ignore[arg-type]
    for name, family in OURS.items():
        if kind not in family.can_read:
            continue
        budget = Budget(limit={"cpu_s": budget_s})
        own[name] = timed(lambda seed, family=family: family(reads=kind, seed=seed), budget)  # type: ignore[misc]
        if plain:
            own[name + PLAIN] = lambda k, split, seed, family=family: same_net(  # type: ignore[misc]
                family(reads=k, seed=seed), split, seed, budget_s
            )
    return others, own


def error(x: list[float]) -> str:
    """The standard error of the mean, in brackets; nothing of one number."""
    return f" ({np.std(x, ddof=1) / np.sqrt(len(x)):.1f})" if len(x) > 1 else ""


def measure(name: str, cases: Set, asked: argparse.Namespace) -> dict[str, float]:
    """Prints a row for each machine; gives how many points each of ours is above what it is held against: the best in hindsight, and
    a net of ours also against the same net in a plain loop.
    """
    others, own = machines(cases.kind, asked.budget, asked.plain)
    only = asked.only.split(",") if asked.only else [*others, *own]
    runs = {who: run for who, run in (others | own).items() if who in only or who.split(",")[0] in only}
    got: dict[str, list[Result]] = {who: [] for who in runs}
    for seed in range(asked.seeds):
        split = cases.split(seed)
        for who, run in runs.items():
            got[who].append(run(cases.kind, split, seed))
    right = {who: 100 * float(np.mean([r.right for r in results])) for who, results in got.items()}
    best = max((who for who in right if who in others), key=right.__getitem__, default=None)
    for who, results in got.items():
        ahead = [100 * (r.right - b.right) for r, b in zip(results, got[best], strict=True)] if best else []
        more = "best in hindsight" if who == best else f"{np.mean(ahead):+.1f}{error(ahead)}" if best else ""
        took, each = np.mean([r.fit_s for r in results]), np.mean([r.answer_s for r in results])
        print(
            f"| {name} | {cases.kind} | {who} | {right[who]:.1f}{error([100 * r.right for r in results])} | {more} |"
            f" {took:.2f} | {1e3 * each / (len(cases.y) - cases.train):.2f} |",
            flush=True,
        )
    mine = [who for who in own if who in right and not who.endswith(PLAIN)]
    ahead = {f"{who} against the best in hindsight": right[who] - right[best] for who in mine if best}
    return ahead | {
        f"{who} against the same net in a plain loop": right[who] - right[who + PLAIN]
        for who in mine
        if who + PLAIN in right
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--kinds", default="series,text,image,table")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", default="", help="names of machines; all of them")
    parser.add_argument("--budget", type=float, default=20.0, help="CPU seconds of each of our nets")
    parser.add_argument("--plain", action="store_true", help="our nets in a plain loop, too")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # texts that are cut
    made = {name: SETS[name]() for name in asked.sets.split(",")}
    for kind in {each.kind for each in made.values()}:  # whatever is loaded or compiled once
        for run in machines(kind, 1.0, plain=False)[0].values():
            cases = next(each for each in made.values() if each.kind == kind)
            run(kind, cases._replace(train=40).split(0), 0)
    print(
        "| set | kind | machine | right, % (SE) | above the best in hindsight (SE) | CPU s of a fit | CPU ms of an answer |"
    )
    print("|---|---|---|---|---|---|---|")
    ahead: dict[str, list[float]] = {}
    for name, cases in made.items():
        if cases.kind in asked.kinds.split(","):
            for who, points in measure(name, cases, asked).items():
                ahead.setdefault(who, []).append(points)
    print()
    for who, points in ahead.items():
        print(
            f"{who}: {np.mean(points):+.1f} points{error(points)}, mean of {len(points)} sets; the least {min(points):+.1f}."
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
