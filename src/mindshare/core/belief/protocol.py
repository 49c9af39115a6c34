"""What a belief is: p(truth | context, any subset of the answers). The seam behind which another belief may come."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.state import Opened
from mindshare.core.history import History


class Belief(Protocol):
    """Has learnt from outcomes, and believes; `mindshare.testing.check_belief` says what it promises.

    The kernels of the asking room foresee answers inside compiled code, so they take what `open` returns: a belief says
    what it knows as an `Opened` (priors, tables, weights and, where the pool is not enough, an `attention` that corrects
    its scores), and its `scores` agree with `state.after` once an answer has come without a stated confidence.
    `Pool` is one, with answer attention or without.
    """

    @property
    def family(self) -> str:
        """Told in reports."""
        ...

    @property
    def machines_always(self) -> bool:
        """True: whoever asks for scores has marked the rows of all machines as known."""
        ...

    def open(self, history: History) -> Opened:
        """Prepare cases: everything that does not depend on which answers are in."""
        ...

    def scores(self, opened: Opened, known: NDArray[np.bool_]) -> NDArray[np.float64]:
        """(N, L) log belief up to a constant per case, from the context and the rows marked in `known` (M,) alone."""
        ...


class BeliefLearner(Protocol):
    """Learns a belief; `Pooling` and `machines.belief.answer_attention.AttentivePooling` do."""

    def fit(self, history: History) -> Belief:
        """Learn from the cases whose truth is known."""
        ...
