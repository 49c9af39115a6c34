"""How surely SIMULATED reviewers are told apart by what they do with advice, by how many gold probes they answered, half of them planted.

python benchmarks/reliance.py
"""

from __future__ import annotations

import argparse
from collections import Counter

import numpy as np

from mindshare.people.reliance import reliance
from mindshare.people.simulated_reviewers import REVIEWERS, answers

NAMES = (*REVIEWERS, "open")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reviewers", type=int, default=1000, help="of each kind")
    parser.add_argument("--probes", default="30,60,120")
    asked = parser.parse_args()
    rng = np.random.default_rng(0)
    for probes in map(int, asked.probes.split(",")):
        print(f"\n{probes} probes, {asked.reviewers:,} SIMULATED reviewers of each kind: share named so")
        print("| is | " + " | ".join(NAMES) + " |")
        for kind in REVIEWERS:
            found = Counter(named(kind, probes, rng) for _ in range(asked.reviewers))
            print(
                f"| {kind} | " + " | ".join(f"{found[name] / asked.reviewers:.3f}" for name in NAMES) + " |"
            )
    print("\n60 probes: share of intervals of 95 % that hold what was planted in the reviewer")
    for name, held in coverage(asked.reviewers, rng).items():
        print(f"| {name} | {held:.3f} |")


def named(kind: str, probes: int, rng: np.random.Generator) -> str:
    """What one reviewer of this kind is called who works with three others."""
    others = [g for name in ("careful", "ignorer", "follower") for g in answers(name, 20, rng)]
    mine = [g._replace(person="tried") for g in answers(kind, probes, rng)]
    return next(r.looks_like for r in reliance([*others, *mine]) if r.person == "tried")


def coverage(reviewers: int, rng: np.random.Generator) -> dict[str, float]:
    """Of each share, how often its interval holds the chance that the reviewer was given."""
    hits: dict[str, list[bool]] = {"put_right": [], "kept_right": []}
    for _ in range(reviewers):
        for kind, reviewer in REVIEWERS.items():
            [told] = reliance(answers(kind, 60, rng))
            for name, chance in (
                ("put_right", reviewer.takes_right),
                ("kept_right", 1 - reviewer.takes_wrong),
            ):
                low, high = getattr(told, name).interval()
                hits[name].append(low <= chance <= high)
    return {name: float(np.mean(held)) for name, held in hits.items()}


if __name__ == "__main__":
    main()
