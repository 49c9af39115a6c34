"""One net with several exits: after each block it can answer already, and go on from there where that is worth it.

All exits learn together, each with the same weight (BranchyNet: Teerapittayanon et al. 2016; joint training as in Huang et al.
2018, "Multi-scale dense networks"). What an earlier exit has computed is carried to the next one, never computed again.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mindshare.machines.nets.cnn import Block1d, Block2d
from mindshare.machines.nets.net import BATCH, NetModel
from mindshare.machines.parts.attention import Kind
from mindshare.machines.parts.head import Head
from mindshare.machines.parts.inputs import Reads, spread
from mindshare.machines.parts.net import Net, Spec, tensors
from mindshare.machines.task import Floats
from mindshare.machines.threads import threads


class Carried(NamedTuple):
    """What the first `done` blocks left of some cases: (n, ...) numbers, and for series and texts the mask of their positions."""

    values: Tensor
    mask: Tensor | None
    done: int = 0

    def take(self, at: NDArray[np.int64]) -> Carried:
        """Of the cases `at` only."""
        where = torch.from_numpy(at)
        return Carried(self.values[where], None if self.mask is None else self.mask[where], self.done)


class ExitsNet(Net):
    """Blocks of convolutions, and after each one a look at all positions and an answer."""

    def __init__(self, spec: Spec, width: int, depth: int, attention: Kind, dropout: float) -> None:
        super().__init__(spec, embed=width)
        widths = [self.width_in] + [width * min(2**i, 4) for i in range(depth)]
        block = Block2d if spec.reads == "image" else Block1d
        self.blocks = nn.ModuleList(block(a, b, dropout) for a, b in pairwise(widths))
        self.heads = nn.ModuleList(Head(w, attention, spec.outputs, spec.reads) for w in widths[1:])
        self.stride = 2**depth

    def go_on(self, exit_at: int, carried: Carried) -> tuple[Tensor, Tensor, Carried]:
        """Through the blocks up to one exit: (B, outputs), where it looked, and what is carried on."""
        x, mask, _ = carried
        for block in self.blocks[carried.done : exit_at + 1]:
            x, mask = (block(x), None) if self.spec.reads == "image" else block(x, mask)
        left = Carried(x, mask, exit_at + 1)
        if self.spec.reads != "image":
            out, where = self.heads[exit_at](x, mask)
            return out, where, left
        shape = x.shape[2:]
        out, where = self.heads[exit_at](x.flatten(2).transpose(1, 2), None, shape)
        return out, where.view(-1, *shape), left

    def forward(self, values: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        """While it learns (B, exits, outputs), else (B, outputs) of the last exit."""
        carried, last = Carried(self.read(values, mask), mask), len(self.blocks) - 1
        if not self.training:
            out, where, _ = self.go_on(last, carried)
            return out, where
        outs, where = list[Tensor](), values
        for at in range(last + 1):
            out, where, carried = self.go_on(at, carried)
            outs.append(out)
        return torch.stack(outs, dim=1), where


class ExitsCNN(NetModel):
    """``ExitsCNN(width=16, depth=3)``: a CNN that can answer after each of its `depth` blocks. `reads`: series, image or text."""

    def __init__(
        self,
        *,
        width: int = 16,
        depth: int = 3,
        attention: Kind = "additive",
        dropout: float = 0.1,
        reads: Reads = "series",
        task: str = "classify",
        seed: int = 0,
    ) -> None:
        self.width, self.depth, self.attention, self.dropout = width, depth, attention, dropout
        self.reads, self.task, self.seed = reads, task, seed

    def build(self, spec: Spec) -> Net:
        return ExitsNet(spec, self.width, self.depth, self.attention, self.dropout)

    @property
    def exits(self) -> int:
        """How many times it can answer."""
        return self.depth

    def resume(self, X: Any, exit_at: int, carried: Carried | None) -> tuple[Floats, Carried]:
        """(N, L) probabilities of one exit, and what a later one starts from; `carried` is what an earlier one left, None: nothing."""
        net, outs, lefts = cast(ExitsNet, self.net_), list[Tensor](), list[Carried]()
        net.answers()
        with torch.inference_mode(), threads(1):
            if carried is None:
                read, there = tensors(self._read(X))
                carried = Carried(net.read(read, there), there)
            for start in range(0, len(carried.values), BATCH):
                part = slice(start, start + BATCH)
                mask = None if carried.mask is None else carried.mask[part]
                out, _, left = net.go_on(exit_at, Carried(carried.values[part], mask, carried.done))
                outs.append(out)
                lefts.append(left)
            proba = torch.softmax(torch.cat(outs).double(), dim=1).numpy()
        masks = [left.mask for left in lefts if left.mask is not None]
        values = torch.cat([left.values for left in lefts])
        return proba, Carried(values, torch.cat(masks) if masks else None, exit_at + 1)

    def explain_exit(self, X: Any, exit_at: int) -> list[Floats]:
        """For each case where one of the exits looked."""
        net, inputs, found = cast(ExitsNet, self.net_), self._read(X), list[Floats]()
        net.answers()
        with torch.inference_mode(), threads(1):
            for i in range(len(inputs)):
                one = inputs.take(np.array([i]))
                values, mask = tensors(one)
                _, where, _ = net.go_on(exit_at, Carried(net.read(values, mask), mask))
                found.append(spread(where[0].numpy(), one, 0, 2 ** (exit_at + 1)))
        return found
