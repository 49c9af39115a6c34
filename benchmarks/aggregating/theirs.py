"""Verdicts of crowd-kit's aggregators, in a Python that has it: JSON in, JSON out, numbers for cases, agents and labels.

PYTHON benchmarks/aggregating/theirs.py < {"rows": [[case, agent, label], ...], "names": ["MajorityVote", ...]}
"""

from __future__ import annotations

import json
import sys
import warnings
from typing import Any


def main() -> int:
    warnings.filterwarnings("ignore")
    import crowdkit.aggregation as theirs
    import pandas as pd

    asked = json.load(sys.stdin)
    answers = pd.DataFrame(asked["rows"], columns=["task", "worker", "label"])
    out: dict[str, Any] = {}
    for name in asked["names"]:
        made = getattr(theirs, name)
        try:
            verdicts = made(n_iter=100) if name in ("DawidSkene", "OneCoinDawidSkene", "GLAD") else made()
            said = verdicts.fit_predict(answers)
            out[name] = {str(case): int(label) for case, label in said.items()}
        except (ValueError, TypeError, AttributeError, ArithmeticError) as e:
            out[name] = f"{type(e).__name__}: {e}"[:100]
    json.dump(out, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
