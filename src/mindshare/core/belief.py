"""What a belief is: p(truth | context, any subset of the answers). The seam behind which another belief may come."""

from __future__ import annotations

from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from mindshare.core.history import History
from mindshare.core.opened import Open


class Belief(Protocol):
    """Learns from outcomes, then believes; `mindshare.testing.check_belief` says what it promises.

    The kernels of `value` and `channel` foresee answers inside compiled code, so they take what `open` returns: a
    belief says what it knows as an `Open` (priors, tables, weights and, where the pool is not enough, an `attention`
    that corrects its scores), and its `scores` agree with `opened.after` once an answer has come without a stated
    confidence. Two families do: `Pool`, and `machines.answer_attention.AttentivePool`.
    """

    family: str  # told in reports
    machines_always: bool  # True: whoever asks for scores has marked the rows of all machines as known

    def fit(self, history: History) -> Self:
        """Learn from the cases whose truth is known."""
        ...

    def open(self, history: History) -> Open:
        """Prepare cases: everything that does not depend on which answers are in."""
        ...

    def scores(self, opened: Open, known: NDArray[np.bool_]) -> NDArray[np.float64]:
        """(N, L) log belief up to a constant a case, from the context and the rows marked in `known` (M,) alone."""
        ...
