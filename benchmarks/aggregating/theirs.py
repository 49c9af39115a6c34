"""Verdicts of crowd-kit's aggregators, in a Python that has it: JSON in, JSON out, numbers for cases, agents and labels.

PYTHON benchmarks/aggregating/theirs.py < [{"rows": [[case, agent, label], ...], "names": ["MajorityVote", ...]}, ...]
"""

from __future__ import annotations

import json
import sys
import warnings
from typing import Any

LOOPS = {"DawidSkene": {"n_iter": 100}, "OneCoinDawidSkene": {"n_iter": 100}, "GLAD": {"n_iter": 100}}


def main() -> int:
    warnings.filterwarnings("ignore")
    json.dump([verdicts(problem) for problem in json.load(sys.stdin)], sys.stdout)
    return 0


def verdicts(problem: dict[str, Any]) -> dict[str, Any]:
    """Name -> case -> label, or why the aggregator failed."""
    import crowdkit.aggregation as aggregation
    import pandas as pd

    answers = pd.DataFrame(problem["rows"], columns=["task", "worker", "label"])
    out: dict[str, Any] = {}
    for name in problem["names"]:
        try:
            said = getattr(aggregation, name)(**LOOPS.get(name, {})).fit_predict(answers)
            out[name] = {str(case): int(label) for case, label in said.items()}
        except (ValueError, TypeError, AttributeError, ArithmeticError) as e:
            out[name] = f"{type(e).__name__}: {e}"[:100]
    return out


if __name__ == "__main__":
    sys.exit(main())
