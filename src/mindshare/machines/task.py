"""What a machine is: it learns, answers with probabilities, says what an answer costs, and shows where it looked.

`mindshare.testing.check_machine` is the list of promises that ours and yours keep.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class TaskModel(Protocol):
    """A model of one task. `X` is whatever it reads: windows, images, texts; a list or an array, one entry a case."""

    def fit(self, X: Any, y: ArrayLike) -> Self:
        """Learns. `classes_` (L,) are the labels seen, sorted."""
        ...

    def predict_proba(self, X: Any) -> Floats:
        """(N, L) probabilities in the order of `classes_`; rows sum to 1, and do not depend on the other cases."""
        ...

    def cost(self, X: Any) -> Mapping[str, Floats]:
        """Resource -> (N,) what answering each case is expected to use, such as `cpu_s`; known before it is run."""
        ...

    def explain(self, X: Any) -> list[Floats]:
        """For each case where the model looked: weights of the shape of its positions, which sum to 1. Never why."""
        ...
