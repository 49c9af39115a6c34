"""A gated recurrent net whose states are pooled by attention: series and texts, step by step (Cho et al. 2014)."""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn

from mindshare.machines.nets.net import NetModel
from mindshare.machines.parts.attention import Kind
from mindshare.machines.parts.head import Head
from mindshare.machines.parts.inputs import Reads
from mindshare.machines.parts.net import Net, Spec


class GRUNet(Net):
    """States one after the other, then one look at all of them."""

    def __init__(self, spec: Spec, width: int, depth: int, attention: Kind, dropout: float) -> None:
        super().__init__(spec, embed=width)
        # one direction: a state never sees the padding that comes after it
        self.gru = nn.GRU(
            self.width_in, width, depth, batch_first=True, dropout=dropout if depth > 1 else 0.0
        )
        self.norm, self.drop = nn.LayerNorm(width), nn.Dropout(dropout)
        self.head = Head(width, attention, spec.outputs, spec.reads)

    def forward(self, values: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        states, _ = self.gru(self.read(values, mask))
        out, where = self.head(self.drop(self.norm(states)), mask)
        return cast(tuple[Tensor, Tensor], (out, where))


class GRU(NetModel):
    """``GRU(width=32, depth=1, attention="dot")``: what comes is read in its order. `reads`: series or text."""

    can_read = ("series", "text")

    def __init__(
        self,
        *,
        width: int = 32,
        depth: int = 1,
        attention: Kind = "dot",
        dropout: float = 0.1,
        reads: Reads = "series",
        task: str = "classify",
        seed: int = 0,
    ) -> None:
        self.width, self.depth, self.attention, self.dropout = width, depth, attention, dropout
        self.reads, self.task, self.seed = reads, task, seed

    def build(self, spec: Spec) -> Net:
        return GRUNet(spec, self.width, self.depth, self.attention, self.dropout)
