"""How many cases are still to come until each limit comes back."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mindshare.core.pacing.arrivals import Arrivals
from mindshare.core.pacing.ledger import Floats, Ledger


def foresee(arrivals: Sequence[Arrivals], ledger: Ledger, now: float | None, out: Floats) -> float:
    """Writes into `out` (J, R) the cases of each kind that are expected until the period of each resource ends.

    Returns the most that are expected of all kinds together. Raises ValueError where cases come for ever on a limit that
    never comes back.
    """
    most = 0.0
    for end, at in ledger.ends():
        coming = 0.0
        for j, each in enumerate(arrivals):
            expected = each.expected(now, end)
            coming += expected
            out[j, at] = expected
        if math.isfinite(coming):
            most = max(most, coming)
        elif not ledger.stock[at].all():
            name = next(r for r, x in zip(ledger.resources, ledger.until, strict=True) if x == end)
            raise ValueError(
                f"The limit on '{name}' never comes back, and cases come for ever: give it a period."
            )
    return most
