"""A Transformer encoder (Vaswani et al. 2017, norms first): series in patches, texts in tokens, images in patches."""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor, nn

from mindshare.machines.nets.net import NetModel
from mindshare.machines.parts.attention import Kind, SelfAttention
from mindshare.machines.parts.head import Head
from mindshare.machines.parts.inputs import Reads
from mindshare.machines.parts.net import Net, Spec


class Layer(nn.Module):
    """Look at all positions, then think at each; each a correction of what was there."""

    def __init__(self, width: int, heads: int, attention: Kind, dropout: float) -> None:
        super().__init__()
        self.look, self.norm_look = SelfAttention(width, heads, attention), nn.LayerNorm(width)
        self.norm, self.drop = nn.LayerNorm(width), nn.Dropout(dropout)
        self.think = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        x = x + self.drop(self.look(self.norm_look(x), mask))
        return x + self.drop(self.think(self.norm(x)))


class TransformerNet(Net):
    """Patches or tokens with their place, layers, then one look at all of them."""

    def __init__(
        self, spec: Spec, width: int, depth: int, attention: Kind, dropout: float, sizes: tuple[int, int]
    ) -> None:
        super().__init__(spec, embed=width)
        heads, self.patch = sizes
        if spec.reads == "text":
            self.patch = 1
        self.stride = self.patch
        into = self.width_in * self.patch * (self.patch if spec.reads == "image" else 1)
        self.into = nn.Linear(into, width)
        self.layers = nn.ModuleList(Layer(width, heads, attention, dropout) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.head = Head(width, attention, spec.outputs, spec.reads, grid=False)

    def forward(self, values: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        x, shape = self.read(values, mask), None
        if self.spec.reads == "image":
            x, shape = self._tiles(x)
        else:
            assert mask is not None
            x, mask = self._patches(x, mask)
        x = self.into(x)
        x = x + _positions(x.shape[1], x.shape[2]).to(x)
        for layer in self.layers:
            x = layer(x, mask)
        out, where = cast(tuple[Tensor, Tensor], self.head(self.norm(x), mask))
        return out, where if shape is None else where.view(-1, *shape)

    def _patches(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """`patch` steps side by side are one position; it counts where one of its steps does."""
        if self.patch == 1:
            return x, mask
        x = x * mask.unsqueeze(2)
        more = -x.shape[1] % self.patch
        x, mask = nn.functional.pad(x, (0, 0, 0, more)), nn.functional.pad(mask, (0, more))
        b, t, c = x.shape
        return (
            x.reshape(b, t // self.patch, self.patch * c),
            mask.view(b, t // self.patch, self.patch).any(dim=2),
        )

    def _tiles(self, x: Tensor) -> tuple[Tensor, tuple[int, int]]:
        p = self.patch
        x = nn.functional.pad(x, (0, -x.shape[3] % p, 0, -x.shape[2] % p))
        b, c, h, w = x.shape
        tiles = x.view(b, c, h // p, p, w // p, p).permute(0, 2, 4, 1, 3, 5)
        return tiles.reshape(b, (h // p) * (w // p), c * p * p), (h // p, w // p)


def _positions(length: int, width: int) -> Tensor:
    """(1, T, D) sines and cosines."""
    at = torch.arange(length)[:, None] * torch.exp(torch.arange(0, width, 2) * (-math.log(10_000.0) / width))
    return torch.stack((at.sin(), at.cos()), dim=2).flatten(1)[None, :, :width]


class Transformer(NetModel):
    """``Transformer(width=32, depth=2, heads=4, patch=4)``: every position looks at every other. `reads`: series, image or text."""

    def __init__(
        self,
        *,
        width: int = 32,
        depth: int = 2,
        heads: int = 4,
        patch: int = 4,
        attention: Kind = "dot",
        dropout: float = 0.1,
        reads: Reads = "series",
        task: str = "classify",
        seed: int = 0,
    ) -> None:
        self.width, self.depth, self.heads, self.patch = width, depth, heads, patch
        self.attention, self.dropout = attention, dropout
        self.reads, self.task, self.seed = reads, task, seed

    def build(self, spec: Spec) -> Net:
        sizes = (self.heads, self.patch)
        return TransformerNet(spec, self.width, self.depth, self.attention, self.dropout, sizes)
