"""A convolutional net with attention pooling: windows of series (1-D), images (2-D), texts (1-D over embeddings)."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from mindshare.machines.nets.net import NetModel
from mindshare.machines.parts.attention import Kind
from mindshare.machines.parts.head import Head
from mindshare.machines.parts.inputs import Reads
from mindshare.machines.parts.net import Net, Spec


class Block1d(nn.Module):
    """Convolution, a norm over channels (so that padding stays out of it), GELU, and half as many positions."""

    def __init__(self, into: int, out: int, dropout: float) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv1d(into, out, 5, padding=2), nn.LayerNorm(out)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        x = self.conv((x * mask.unsqueeze(2)).transpose(1, 2)).transpose(1, 2)
        x = self.drop(nn.functional.gelu(self.norm(x)))
        if x.shape[1] % 2:
            x, mask = nn.functional.pad(x, (0, 0, 0, 1)), nn.functional.pad(mask, (0, 1))
        x = x.masked_fill(~mask.unsqueeze(2), -torch.inf)
        half = torch.maximum(x[:, ::2], x[:, 1::2])
        mask = mask[:, ::2] | mask[:, 1::2]
        return half.masked_fill(~mask.unsqueeze(2), 0.0), mask


class Block2d(nn.Module):
    """The same for images: convolution, norm over channels, GELU, a quarter of the positions."""

    def __init__(self, into: int, out: int, dropout: float) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(into, out, 3, padding=1), nn.GroupNorm(1, out)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = self.drop(nn.functional.gelu(self.norm(self.conv(x))))
        return nn.functional.max_pool2d(x, 2) if min(x.shape[2:]) > 3 else x


class CNNNet(Net):
    """Blocks of convolutions, then one look at all positions."""

    def __init__(self, spec: Spec, width: int, depth: int | None, attention: Kind, dropout: float) -> None:
        super().__init__(spec, embed=width)
        if depth is None:
            depth = self.deep(spec)
        widths = [self.width_in] + [width * min(2**i, 4) for i in range(depth)]
        block = Block2d if spec.reads == "image" else Block1d
        self.blocks = nn.ModuleList(block(a, b, dropout) for a, b in pairwise(widths))
        self.stride = 2**depth
        self.head = Head(widths[-1], attention, spec.outputs, spec.reads)

    @staticmethod
    def deep(spec: Spec) -> int:
        """Blocks until a position sees about a sixth of a series; two of an image or a text."""
        return min(max(round(math.log2(max(spec.most, 6) / 6)), 2), 4) if spec.reads == "series" else 2

    def forward(self, values: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        x = self.read(values, mask)
        if self.spec.reads == "image":
            for block in self.blocks:
                x = block(x)
            shape = x.shape[2:]
            out, where = self.head(x.flatten(2).transpose(1, 2), None, shape)
            return out, where.view(-1, *shape)
        assert mask is not None
        for block in self.blocks:
            x, mask = block(x, mask)
        out, where = self.head(x, mask)
        return cast(tuple[Tensor, Tensor], (out, where))


class CNN(NetModel):
    """``CNN(width=16, depth=None, attention="additive")``: local patterns, and about where they are. `reads`: series, image or text.

    `depth` None: as many blocks as the longest series of training calls for.
    """

    def __init__(
        self,
        *,
        width: int = 16,
        depth: int | None = None,
        attention: Kind = "additive",
        dropout: float = 0.1,
        reads: Reads = "series",
        task: str = "classify",
        seed: int = 0,
    ) -> None:
        self.width, self.depth, self.attention, self.dropout = width, depth, attention, dropout
        self.reads, self.task, self.seed = reads, task, seed

    def build(self, spec: Spec) -> Net:
        return CNNNet(spec, self.width, self.depth, self.attention, self.dropout)
