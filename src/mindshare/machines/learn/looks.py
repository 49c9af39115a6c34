"""Looks at the validation: as many parts as there is time for, always in the same order, so that two looks can be compared part by part."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mindshare.machines.learn.steps import Data
from mindshare.machines.parts.net import Net, loss_from, tensors
from mindshare.machines.parts.temperature import best_factor

PART = 256  # cases a pass where nothing is learnt
Parts = NDArray[np.float64]  # (parts seen,) sums of losses


class Validation:
    """Cases that judge, mixed once, so that a first part says something about all.

    Labels are judged at the temperature that suits them best: a net that has become too sure still learns to tell cases apart, and that
    it is too sure is mended at the end (refine, then calibrate: Berta et al. 2025). `factor` of the last look: what its scores are
    to be multiplied by.
    """

    def __init__(self, held: Data, rng: np.random.Generator) -> None:
        self.held, self.order, self.factor = held, rng.permutation(len(held[1])), 1.0
        self.split(PART)

    def split(self, most: int) -> None:
        """At most so many cases, and no more than PART, go through the net at once."""
        self.parts = np.array_split(self.order, max(1, -(-len(self.order) // min(most, PART))))
        self._cases = np.cumsum([len(at) for at in self.parts])

    def look(self, net: Net, go_on: Callable[[], bool] = lambda: True) -> Parts:
        """Nothing is learnt. `go_on` is asked before each part; where it says no, the look ends there."""
        net.answers()
        seen = list[tuple[Tensor, Tensor]]()
        with torch.inference_mode():
            for at in self.parts:
                if not go_on():
                    break
                out, _ = net(*tensors(self.held[0].take(at), net.device))
                seen.append((out, torch.from_numpy(self.held[1][at]).to(net.device)))
            # of a look at some parts that of the last whole one, so that parts can be compared
            if len(seen) == len(self.parts):
                self.factor = self._factor(net, seen)
            return np.array([float(loss_from(net, self.factor * out, y).sum()) for out, y in seen])

    def _factor(self, net: Net, seen: list[tuple[Tensor, Tensor]]) -> float:
        """1 for numbers, for several exits, for beliefs instead of labels, and where nothing was seen."""
        if not seen or not net.spec.classes or seen[0][0].ndim != 2 or seen[0][1].ndim != 1:
            return 1.0
        scores = torch.cat([out for out, _ in seen]).double().cpu().numpy()
        if not np.isfinite(scores).all():
            return 1.0
        return best_factor(scores, torch.cat([y for _, y in seen]).cpu().numpy())

    def first(self, net: Net) -> Parts:
        """A look at the first part."""
        once = iter((True,))
        return self.look(net, lambda: next(once, False))

    def mean(self, look: Parts, best: Parts | None = None) -> float:
        """Loss a case. Where a look saw some parts only, what it says about them beside `best` is added to the mean of `best`."""
        cases = float(self._cases[len(look) - 1])
        if best is None or len(look) == len(self.parts):
            return float(look.sum()) / cases
        both = min(len(look), len(best))
        return self.mean(best) + float((look[:both] - best[:both]).sum()) / float(self._cases[both - 1])
