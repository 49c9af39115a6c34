"""Which of the cases that wait time has changed: a wait is over, prices moved, somebody may have one by now. Looking changes nothing."""

from __future__ import annotations

import numpy as np

from mindshare.engine.machines import Machines
from mindshare.engine.picking import Picking, Queues
from mindshare.engine.seeing import Seeing
from mindshare.engine.spending import Spending
from mindshare.engine.writing import Writing

AT_ONCE = 64  # cases that are looked at anew in one tick; the others follow in the next ones


class Overdue:
    """Reads the state and the queues."""

    def __init__(
        self,
        writing: Writing,
        seeing: Seeing,
        spending: Spending,
        machines: Machines,
        picking: Picking,
        queues: Queues,
    ) -> None:
        self._w, self._seeing, self._spending = writing, seeing, spending
        self._machines, self._picking, self._queues = machines, picking, queues

    def over(self) -> list[str]:
        """Cases whose waiting is over."""
        return [case for queue in self._queues.values() for case in queue.over(self._w.now)]

    def woken(self) -> list[str]:
        """Who waits though there is a case for him or her by now."""
        return self._picking.woken(self._queues)

    def moved(self) -> list[str]:
        """Cases on which nobody's answer is worth its price any more, or a machine's is by now."""
        price, out = np.array(list(self._spending.told_price().values())), list[str]()
        paid = self._machines.paid()
        for queue in self._queues.values():
            if len(queue):
                out += queue.worthless(self._seeing.use(self._w.state.cases[queue.id[0]]) @ price)
                if len(paid):
                    out += queue.runnable(paid)
        return list(dict.fromkeys(out))[:AT_ONCE]
