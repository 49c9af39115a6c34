"""What asking is worth once promises are held to what they brought: the gated value of every question."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.channel import Channel
from mindshare.core.asking.gate import Gate, passed
from mindshare.core.asking.value import look
from mindshare.core.asking.verdict import is_accuracy
from mindshare.core.belief.state import Opened

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Asking(NamedTuple):
    """What was learnt of asking, out of fold."""

    utility: F64  # (L, L) truth x verdict
    unit: float  # what the best verdict on a case can be worth more than the worst: gates count in it
    coefficient: F64  # (2, COEFFICIENTS) of the answer channel, machines and people
    first: F64  # (K,) how much more a machine that speaks first brings than is foreseen
    machines: Gate
    people: Gate


def worth_of(asking: Asking, channel: Channel, opened: Opened, known: Mask, rows: I64, stakes: F64) -> F64:
    """(len(rows),) the gated value of asking each row next, times the `stakes` (N,) of its case."""
    accuracy = is_accuracy(asking.utility)
    return _worth(asking, channel, opened, known, rows.astype(np.int64), stakes, accuracy)


@numba.njit(cache=True, error_model="numpy")
def _worth(asking, channel, opened, known, asked, stakes, accuracy):  # type: ignore[no-untyped-def]
    rows, n = opened.rows, len(asked)
    out = look(opened, known, asked, channel, asking.utility, accuracy, (False, True))
    heard, last = np.zeros(2, np.int64), -1
    one, spoke = np.zeros(1), np.zeros(1, np.int64)
    for j in range(n):
        r = asked[j]
        i, g = rows.case[r], rows.person[r]
        if i != last:
            last = i
            heard[:] = 0
            for s in range(rows.indptr[i], rows.indptr[i + 1]):
                if known[s]:
                    heard[rows.person[s]] += 1
        one[0] = out[j] / asking.unit
        spoke[0] = heard[g]
        if g == 0:
            if heard[0] + heard[1] == 0:
                one[0] *= asking.first[rows.agent[r]]
            out[j] = passed(asking.machines, one, spoke)[0] * asking.unit * stakes[i]
        else:
            out[j] = passed(asking.people, one, spoke)[0] * asking.unit * stakes[i]
    return out
