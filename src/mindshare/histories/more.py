"""What more of a resource brought that only cases of some hours could use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mindshare.core.history import History
from mindshare.core.limits import More
from mindshare.histories.judge import FoldResult
from mindshare.histories.tally import price_of


def in_all(limits: Mapping[str, float], more: More | None) -> dict[str, float]:
    """The limits with what is more at some hours."""
    return dict(limits) if more is None else {**limits, more.resource: limits[more.resource] + more.amount}


def more_told(history: History, more: More | None, results: Sequence[FoldResult]) -> dict[str, Any]:
    """Under `more`: `cases`, judged, that came then; `price` of one more unit then, 0 where not all was used. Else nothing."""
    if more is None:
        return {}
    then = more.within(history.arrived, len(history)) & (history.truth >= 0)
    price = price_of(results, more.then)
    told = {"resource": more.resource, "amount": more.amount, "cases": int(then.sum()), "price": price}
    return {"more": told}
