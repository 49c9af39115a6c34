"""Which of the cases that wait a person should take. Looking changes nothing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mindshare.engine.presence import Presence
from mindshare.engine.queue import Queue
from mindshare.engine.seeing import Seeing
from mindshare.engine.spending import Spending
from mindshare.engine.writing import Writing

F64 = NDArray[np.float64]
SOON = 3.0  # answers' time: a case that would be late sooner than that goes first
Queues = Mapping[str, Queue]  # kind -> the cases of it that wait


class Picking:
    """Reads the state and the queues."""

    def __init__(self, writing: Writing, seeing: Seeing, spending: Spending, presence: Presence) -> None:
        self._w, self._seeing, self._spending, self._presence = writing, seeing, spending, presence

    def best(self, queues: Queues, person: str, price: F64) -> str | None:
        """The case in all queues that this person should take at this price (R,)."""
        now = self._w.now
        barred = self._presence.enough.barred(person, now)
        others = [s for x in self._presence.others(person, now) for s in self._seeing.places(x)]
        found: list[tuple[bool, float, str]] = []
        for kind, queue in queues.items():
            if not len(queue) or self._presence.standing(person, kind) != "qualified":
                continue
            every = self._seeing.use(self._w.state.cases[queue.id[0]])
            for s in self._seeing.places(person):
                use, soon = every[s], SOON * self._seeing.judges[kind].seconds(self._seeing.seats[s])
                best = queue.best(s, float(use @ price), now + soon, barred, others)
                if best is not None and (best[2] or self._spending.fits(use)):
                    found.append((best[2], best[1], best[0]))
        return max(found)[2] if found else None

    def woken(self, queues: Queues) -> list[str]:
        """Who waits though a case is there: a break is over, a load is fair again, a cap is of yesterday."""
        if not self._presence.steers or not any(map(len, queues.values())):
            return []
        state, now = self._w.state, self._w.now
        price = np.array(list(self._spending.told_price().values()))
        there = [
            p
            for p in state.free
            if state.people[p].active and state.people[p].on_shift and self._presence.closed(p, now) is None
        ]
        return [p for p in there if self.best(queues, p, price) is not None]
