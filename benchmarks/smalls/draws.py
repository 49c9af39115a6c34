"""One job of `small.py`, in a process of its own: draws of one set and size are judged, a line of JSON each.

    python -m smalls.draws NAME SIZE DRAWS

Which code judges is decided by PYTHONPATH: `small.py --old` runs the same job twice.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np

from mindshare.core.errors import MindshareError
from mindshare.core.history import History
from mindshare.histories.backtest import backtest
from smalls.worlds import REVIEWED, draw, load, parted, reviewed

SHARES = (0.05, 0.1, 0.2, 0.5, 1.0)


def main() -> int:
    name, size, draws = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    source, variant = parted(name)
    whole = None if source == REVIEWED else load(source)
    for seed in range(draws):
        history = reviewed(seed, size) if whole is None else draw(whole, variant, size, seed)
        print(json.dumps({"name": name, "size": size, "draw": seed, **judged(history, seed)}), flush=True)
    return 0


def judged(history: History, seed: int) -> dict[str, Any]:
    """Utility per case of each policy at SHARES and without a limit, and the answers per case that it bought."""
    person = history.is_person[history.answers.agent]
    every = float(
        max(2, np.bincount(history.answers.case[person]).max(initial=0))
    )  # no limit: at least two, to be told from 1
    started = time.perf_counter()
    try:
        told = backtest(history, shares=(*SHARES, every), seed=seed, workers=1)
    except MindshareError as e:
        return {"refused": str(e)}
    at = [0.0, *SHARES, every]
    points = {
        name: {p["share"]: (p["utility"], p["human_share"]) for p in policy["points"]}
        for name, policy in told["policies"].items()
    }
    return {
        "people": float(person.sum() / len(history)),
        "seconds": time.perf_counter() - started,
        "policies": {name: [mine[share] for share in at] for name, mine in points.items()},
    }


if __name__ == "__main__":
    sys.exit(main())
