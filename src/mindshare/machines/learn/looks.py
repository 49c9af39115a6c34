"""Looks at the validation: as many parts as there is time for, always in the same order, so that two looks can be compared part by part."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from mindshare.machines.learn.steps import Data
from mindshare.machines.parts.net import Net, loss_from, tensors

PART = 256  # cases a pass where nothing is learnt
Parts = NDArray[np.float64]  # (parts seen,) sums of losses


class Validation:
    """Cases that judge, mixed once, so that a first part says something about all."""

    def __init__(self, held: Data, rng: np.random.Generator) -> None:
        self.held, self.order = held, rng.permutation(len(held[1]))
        self.split(PART)

    def split(self, most: int) -> None:
        """At most so many cases, and no more than PART, go through the net at once."""
        self.parts = np.array_split(self.order, max(1, -(-len(self.order) // min(most, PART))))
        self._cases = np.cumsum([len(at) for at in self.parts])

    def look(self, net: Net, go_on: Callable[[], bool] = lambda: True) -> Parts:
        """Nothing is learnt. `go_on` is asked before each part; where it says no, the look ends there."""
        net.answers()
        seen = list[float]()
        with torch.inference_mode():
            for at in self.parts:
                if not go_on():
                    break
                out, _ = net(*tensors(self.held[0].take(at)))
                seen.append(float(loss_from(net, out, torch.from_numpy(self.held[1][at])).sum()))
        return np.array(seen)

    def mean(self, look: Parts, best: Parts | None = None) -> float:
        """Loss a case. Where a look saw some parts only, what it says about them beside `best` is added to the mean of `best`."""
        cases = float(self._cases[len(look) - 1])
        if best is None or len(look) == len(self.parts):
            return float(look.sum()) / cases
        both = min(len(look), len(best))
        return self.mean(best) + float((look[:both] - best[:both]).sum()) / float(self._cases[both - 1])
