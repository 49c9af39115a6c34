"""What a net will cost, foreseen and measured: shapes that the fit never saw, and cases four times as long as the longest of training
(twice the longest that is timed).

Promises: median relative error at most 10 %, p90 at most 25 %; an upper bound that 93 to 98 % of single observations stay
below. Calibration and judgement are timed in the same rounds, in random order: what else the machine does meets both.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch

from mindshare.machines.costs.measure import Shape, Times, cost_of, observe, shapes
from mindshare.machines.costs.model import CostModel
from mindshare.machines.nets.capsule import Capsule
from mindshare.machines.nets.cnn import CNN
from mindshare.machines.nets.gru import GRU
from mindshare.machines.nets.net import NetModel
from mindshare.machines.nets.transformer import Transformer
from mindshare.machines.parts.net import Net, Spec

FAMILIES: dict[str, type[NetModel]] = {"CNN": CNN, "GRU": GRU, "Transformer": Transformer, "Capsule": Capsule}
BATCHES = (1, 3, 6, 12, 24, 48)  # of held-out shapes: none but 1 is in the calibration


def held_out(longest: int, rng: np.random.Generator) -> list[Shape]:
    """Sizes between those of the calibration."""
    known = {n for n, _ in shapes(longest)}
    sizes = [n for n in range(longest // 16 + 1, longest) if n not in known]
    ways = [(int(n), b) for n in rng.choice(sizes, 8, replace=False) for b in BATCHES]
    return [(n, b) for n, b in ways if n * b <= 16_384]


def longer(longest: int) -> list[Shape]:
    return [(4 * longest, b) for b in (1, 2, 3, 4, 6, 8, 12, 16) if 4 * longest * b <= 16_384]


def judged(cost: CostModel, seen: Times, ways: list[Shape]) -> dict[str, dict[str, float]]:
    """Errors of medians over the rounds, and the coverage of single observations, of answering and of a step of learning."""
    size, batch = np.array([n for n, _ in ways], float), np.array([b for _, b in ways], float)
    forward = np.array([[t[0] for t in seen[w]] for w in ways])
    both = forward + np.array([[t[1] for t in seen[w]] for w in ways])
    told = {}
    for name, took, expected, upper in (
        ("answer", forward, cost.answer_s, cost.answer_upper_s),
        ("learn", both, cost.learn_s, cost.learn_upper_s),
    ):
        error = np.abs(expected(size, batch) / np.median(took, axis=1) - 1.0)
        told[name] = {
            "median": float(np.median(error)),
            "p90": float(np.quantile(error, 0.9)),
            "coverage": float((took <= upper(size, batch)[:, None]).mean()),
        }
    return told


def one(family: str, longest: int, seed: int) -> dict[str, dict[str, dict[str, float]]]:
    """A net, calibrated and judged."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    spec = Spec(reads="series", channels=3, outputs=4, classes=True, most=longest)
    net: Net = FAMILIES[family]().build(spec)
    calibration, held, long = shapes(longest), held_out(longest, rng), longer(longest)
    seen = observe(net, [*calibration, *held, *long], 1e9)
    cost = cost_of(net, {way: seen[way] for way in calibration})
    return {"held out": judged(cost, seen, held), "4x longer": judged(cost, seen, long)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--longest", type=int, default=256)
    parser.add_argument("--families", default="CNN,GRU,Transformer")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    found: dict[str, list[dict[str, dict[str, dict[str, float]]]]] = {}
    print(
        f"{'family':<12} {'shapes':<10} {'of':<7} {'median':>7} {'p90':>7} {'covered':>8}  kept   (mean of {asked.seeds} seeds)"
    )
    for family in asked.families.split(","):
        start = time.process_time()
        found[family] = [one(family, asked.longest, seed) for seed in range(asked.seeds)]
        for part in ("held out", "4x longer"):
            for what in ("answer", "learn"):
                rows = [run[part][what] for run in found[family]]
                middle, p90, covered = (
                    float(np.mean([r[k] for r in rows])) for k in ("median", "p90", "coverage")
                )
                kept = middle <= 0.10 and p90 <= 0.25 and 0.93 <= covered <= 0.98
                print(
                    f"{family:<12} {part:<10} {what:<7} {middle:>7.1%} {p90:>7.1%} {covered:>8.1%}  {'kept' if kept else 'BROKEN'}",
                    flush=True,
                )
        print(f"{'':<12} {time.process_time() - start:.0f} CPU seconds", flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
