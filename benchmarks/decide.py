"""The figures that the decision core must reach, on the public sets, with intervals over fold seeds.

    python benchmarks/decide.py [--sets vision16,vision3,...] [--seeds 5] [--belief pool|auto|attention] [--json OUT]

Needs MINDSHARE_DATA. Every figure is out of fold; prices come from the training folds; differences are paired.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from mindshare.core.history import History
from mindshare.histories.backtest import backtest
from mindshare.histories.public import convert
from mindshare.histories.read import read_history

SETS = ("vision16", "vision3", "cifar10h", "convabuse", "davidson", "ecg")
SHARES = (0.05, 0.1, 0.2, 0.4)
TARGETS = {
    "vision16": (0.0, 0.4, 0.9),
    "vision3": (-0.1, 0.0, 0.5),
    "cifar10h": (0.0, 0.3, 0.8),
    "convabuse": (-0.1, -0.1, -0.1),
    "davidson": (-0.1, -0.1, -0.1),
}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--belief", default="pool", choices=("pool", "auto", "attention"))
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    if "MINDSHARE_DATA" not in os.environ:
        print("skipped: set MINDSHARE_DATA to the folder of the public sets")
        return 0
    told: dict[str, Any] = {}
    for name in asked.sets.split(","):
        with tempfile.TemporaryDirectory() as folder:
            convert(name, None, Path(folder) / name)
            history = read_history(Path(folder) / name)
            told[name] = []
            for seed in range(asked.seeds):
                # the first one goes without limits, for its time
                limits = both(history) if name == "vision16" and seed else {}
                told[name].append(
                    backtest(history, shares=SHARES, seed=seed, limits=limits, belief=asked.belief)
                )
        show(name, told[name])
        if asked.json:
            asked.json.write_text(json.dumps(told))
    return 0


def both(history: History) -> dict[str, float]:
    """30 % of all machines' GFLOP and 0.1 human answers per case."""
    return {"gflop": 0.3 * float(history.cost()["gflop"].sum()), "human_answers": 0.1 * len(history)}


def points(result: dict[str, Any], policy: str) -> list[dict[str, Any]]:
    return list(result["policies"][policy]["points"])


def show(name: str, results: list[dict[str, Any]]) -> None:
    """One set: mindshare against each policy, then the other promises."""
    print(
        f"\n## {name} ({results[0]['cases']:,} cases, {len(results)} fold seeds, belief: {results[0]['belief']['family']})"
    )
    print(
        "| share | mindshare | posthoc | posthoc_skill | threshold | all machines | minus posthoc | 95 % (paired) | target |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    shares = (0.0, *SHARES, 1.0)
    for i, share in enumerate(shares):
        mean = {
            p: 100 * np.mean([points(r, p)[i]["accuracy"] for r in results]) for p in results[0]["policies"]
        }
        low, high = 100 * np.mean(
            [points(r, "posthoc")[i]["minus_mindshare"]["ci95"] for r in results], axis=0
        )
        target = f"{TARGETS[name][i - 1]:+.1f}" if name in TARGETS and 1 <= i <= 3 else ""
        print(
            f"| {share:g} | {mean['mindshare']:.2f} | {mean['posthoc']:.2f} | {mean['posthoc_skill']:.2f} | {mean['threshold']:.2f} | "
            f"{mean['all_machines']:.2f} | {mean['mindshare'] - mean['posthoc']:+.2f} | "
            f"{-high:+.2f} to {-low:+.2f} | {target} |"
        )
    worst = min(
        100 * (points(r, "mindshare")[i]["accuracy"] - points(r, "all_machines")[i]["accuracy"])
        for r in results
        for i in range(len(shares))
    )
    asks = np.mean([points(r, "mindshare")[-1]["human_share"] for r in results])
    print(f"worst minus all machines: {worst:+.2f} points; asks at price zero: {asks:.3f} a case")
    print(
        f"calibration error of the joint belief: {np.mean([r['belief']['ece'] for r in results]):.4f}; "
        f"log-loss of the machines' belief {np.mean([r['belief']['log_loss'] for r in results]):.4f}"
    )
    print(f"promised gain outside its bounds: {_broken(results)}")
    for resource, group in results[0]["frontiers"].items():
        print(_saved(resource, results) if "threshold" in group else _cheap(resource, results))
    print(_within(results))
    print("seconds a backtest: " + ", ".join(f"{r['run']['seconds']:.0f}" for r in results), flush=True)


def _broken(results: list[dict[str, Any]]) -> str:
    """Bins of 300+ questions whose realised gain is further from the promise than max(25 %, 2 SE, 0.005)."""
    bins = [b for r in results for b in r["gain_bins"] if b["cases"] >= 300]
    far = [
        b for b in bins if abs(b["promised"] - b["realised"]) > max(0.25 * b["promised"], 2 * b["se"], 0.005)
    ]
    return f"{len(far)} of {len(bins)} bins"


def _saved(resource: str, results: list[dict[str, Any]]) -> str:
    """How much less of the resource reaches 95 % of threshold's best gain."""
    saved: dict[str, list[float]] = {}
    for result in results:
        group = result["frontiers"][resource]
        start = group["threshold"][0]["accuracy"]
        goal = start + 0.95 * (max(p["accuracy"] for p in group["threshold"]) - start)
        theirs = _least(group["threshold"], goal)
        saved.setdefault("threshold", []).append(1 - _least(group["mindshare"], goal) / theirs)
        start = group["posthoc"][0]["accuracy"]
        goal = start + 0.95 * (max(p["accuracy"] for p in group["posthoc"]) - start)
        saved.setdefault("posthoc", []).append(
            1 - _least(group["mindshare"], goal) / _least(group["posthoc"], goal)
        )
    return f"{resource} saved at equal accuracy: " + ", ".join(
        f"{100 * np.mean(v):.0f} % less than {name}" for name, v in saved.items()
    )


def _least(line: list[dict[str, float]], goal: float) -> float:
    """The least amount at which the line, read linearly, reaches the goal."""
    for before, after in itertools.pairwise(line):
        if after["accuracy"] >= goal:
            rise = after["accuracy"] - before["accuracy"]
            part = 1.0 if rise <= 0 else max(0.0, (goal - before["accuracy"]) / rise)
            return before["spent"] + part * (after["spent"] - before["spent"])
    return float("inf")


def _within(results: list[dict[str, Any]]) -> str:
    """Within 30 % of the machines' GFLOP and 0.1 human answers per case together, against all machines."""
    limited = [r for r in results if r["limits"]]
    if not limited:
        return "no limits on several resources at once"
    ours = [100 * r["limits"]["accuracy"] for r in limited]
    theirs = [100 * r["limits"]["without"]["accuracy"] for r in limited]
    used = [
        f"{row['resource']} {row['spent'] / row['limit']:.3f}"
        for r in limited
        for row in r["limits"]["table"]
    ]
    return (
        f"within 30 % of GFLOP and 0.1 human answers per case: {np.mean(ours):.2f}, all machines {np.mean(theirs):.2f}, "
        f"difference {np.mean(np.subtract(ours, theirs)):+.2f}; used of each limit: {', '.join(used)}"
    )


def _cheap(resource: str, results: list[dict[str, Any]]) -> str:
    lines = [r["frontiers"][resource]["mindshare"] for r in results]
    whole = points(results[0], "all_machines")[0]["spent"][resource]
    shown = []
    for i in range(len(lines[0])):
        share = np.mean([line[i]["spent"] for line in lines]) / whole
        shown.append(f"{100 * share:.0f} %: {100 * np.mean([line[i]['accuracy'] for line in lines]):.2f}")
    return f"{resource} (share of all machines' use: accuracy): " + "; ".join(shown)


if __name__ == "__main__":
    sys.exit(main())
