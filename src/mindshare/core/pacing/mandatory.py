"""Cases that have to be served: what is kept of each resource for those that are still expected, and those that wait."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mindshare.core.pacing.ledger import Floats, Ledger, checked
from mindshare.core.pacing.price_update import least_use, upper

KNOWN = 20  # mandatory cases after which their own use is reserved
REMEMBERED = 200  # mandatory cases
QUANTILE = 0.95  # of the least that mandatory cases use
DOUBT = 2.0  # standard errors of the number of mandatory cases that the clock foresees


class Mandatory:
    """One kind of them. `each` (R,): what serving one is thought to use, as told, or else a quantile of the least that such
    cases used; `waiting`: the numbers of cases that have come and are not served yet.
    """

    def __init__(self, ledger: Ledger, told: Mapping[str, float]) -> None:
        self._ledger, self._told = ledger, bool(told)
        self.each = np.zeros(len(ledger.resources))
        for name, amount in told.items():
            checked(name, amount)
            self.each[ledger.at(name)] = amount
        self._seen, self._count = np.zeros((REMEMBERED, len(ledger.resources))), 0
        self.waiting = set[int]()

    def kept(self, expected: Floats, case: int, *, counted: bool) -> Floats:
        """(R,) what is kept for those other than `case`, with (R,) still expected: for certain where they are counted."""
        waiting = len(self.waiting - {case})
        number = expected + (0.0 if counted else DOUBT * np.sqrt(expected)) + waiting
        return np.asarray(self.each * np.where(self._ledger.stock, 1.0, number))

    def see(self, uses: Floats) -> None:
        """Learns from what the options (K, R) of such a case use."""
        if self._told:
            return
        least_use(uses, self._ledger.limit, self._seen[self._count % REMEMBERED])
        self._count += 1
        if self._count <= KNOWN or self._count % KNOWN == 0:
            upper(self._seen[: self._count], QUANTILE, self.each)

    def state(self) -> dict[str, Any]:
        """All that is known, as numbers and arrays of numbers."""
        waiting = np.array(sorted(self.waiting), np.int64)
        told = {"each": self.each.copy(), "seen": self._seen.copy(), "waiting": waiting}
        return {"told": self._told, "count": self._count, **told}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Makes this the one whose state it is."""
        self.each[:], self._seen[:] = state["each"], np.reshape(state["seen"], self._seen.shape)
        self._count, self.waiting = int(state["count"]), set(map(int, state["waiting"]))
        self._told = bool(state["told"])
