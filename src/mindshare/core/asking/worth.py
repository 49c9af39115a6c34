"""What asking is worth once promises are held to what they brought: the gated value of every question."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.channel import Channel
from mindshare.core.asking.edge import Edge, edges_of
from mindshare.core.asking.gate import Gate, passes
from mindshare.core.asking.value import looked
from mindshare.core.belief.state import Opened
from mindshare.core.kernel import kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Asking(NamedTuple):
    """What was learnt of asking, out of fold."""

    utility: F64  # (L, L) truth x verdict
    unit: float  # what the best verdict on a case can be worth more than the worst: gates count in it
    coefficient: F64  # (2, COEFFICIENTS) of the answer channel, machines and people
    first: F64  # (K,) what a machine that speaks first brings beyond what is foreseen, in `unit`
    machines: Gate
    people: Gate
    edge: Edge


def worth_of(asking: Asking, channel: Channel, opened: Opened, known: Mask, rows: I64, stakes: F64) -> F64:
    """(len(rows),) the gated value of asking each row next, times the `stakes` (N,) of its case."""
    value = looked(opened, known, rows, channel, asking.utility, (False, True))
    edge = (
        edges_of(asking.edge, opened, known, rows) * asking.unit
        if asking.edge.weight > 0
        else np.zeros(len(rows))
    )
    gates = asking.people, asking.machines, asking.first, asking.unit
    return _gated(*gates, value, edge, asking.edge.weight, opened.rows, known, rows, stakes)


@kernel(allocates=True)
def _gated(people, machines, first, unit, value, edge, weight, rows, known, asked, stakes):  # type: ignore[no-untyped-def]
    out = np.zeros(len(asked))
    heard, last = np.zeros(2, np.int64), -1
    for j in range(len(asked)):
        r = asked[j]
        i, g = rows.case[r], rows.person[r]
        if i != last:
            last = i
            heard[0], heard[1] = 0, 0
            for s in range(rows.indptr[i], rows.indptr[i + 1]):
                if known[s]:
                    heard[rows.person[s]] += 1
        promised = value[j] / unit
        if g == 1 and heard[1] == 0:
            promised = (1 - weight) * promised + weight * edge[j] / unit
        if g == 0 and heard[0] + heard[1] == 0:
            promised = max(promised + first[rows.agent[r]], 0.0)
        out[j] = passes(people if g == 1 else machines, promised, heard[g]) * unit * stakes[i]
    return out
