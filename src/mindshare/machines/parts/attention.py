"""Attention, three ways to score positions: softmax over a learnt score, scaled dot product, additive.

softmax: e_t = w . k_t. dot: e_t = q . k_t / sqrt(d) (Vaswani et al. 2017). additive: e_t = v . tanh(W q + U k_t) (Bahdanau et
al. 2015). All are normalised over the positions that the mask leaves.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn

Kind = Literal["softmax", "dot", "additive"]
KINDS: tuple[Kind, ...] = ("softmax", "dot", "additive")


class Pool(nn.Module):
    """One vector of many positions: (B, T, D) and a mask (B, T) give (B, D) and the weights (B, T), which sum to 1."""

    def __init__(self, width: int, kind: Kind) -> None:
        super().__init__()
        if kind not in KINDS:
            raise ValueError(f"attention must be one of {', '.join(KINDS)}. Got {kind!r} instead.")
        self.kind, self.scale = kind, 1.0 / math.sqrt(width)
        self.query = nn.Parameter(torch.randn(width) * self.scale)
        if kind == "additive":
            self.key, self.from_query = nn.Linear(width, width), nn.Linear(width, width, bias=False)
            self.out = nn.Parameter(torch.randn(width) * self.scale)
        elif kind == "dot":
            self.key = nn.Linear(width, width)

    def forward(self, x: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        if self.kind == "additive":
            score = torch.tanh(self.key(x) + self.from_query(self.query)) @ self.out
        elif self.kind == "dot":
            score = self.key(x) @ self.query * self.scale
        else:
            score = x @ self.query
        if mask is not None:
            score = score.masked_fill(~mask, -torch.inf)
        weight = torch.softmax(score, dim=1)
        return (weight.unsqueeze(1) @ x).squeeze(1), weight


class SelfAttention(nn.Module):
    """Every position looks at all that the mask leaves: (B, T, D) -> (B, T, D), in `heads` heads."""

    def __init__(self, width: int, heads: int, kind: Kind) -> None:
        super().__init__()
        if kind not in KINDS:
            raise ValueError(f"attention must be one of {', '.join(KINDS)}. Got {kind!r} instead.")
        if width % heads:
            raise ValueError(f"width must be a multiple of heads = {heads}. Got {width} instead.")
        self.kind, self.heads = kind, heads
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        if kind != "dot":
            self.score = nn.Parameter(torch.randn(heads, width // heads) / math.sqrt(width // heads))

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        b, t, d = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        seen = None if mask is None else mask[:, None, None, :]
        if self.kind == "dot":  # fused where torch can
            mixed = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=seen)
        else:
            if self.kind == "additive":
                score = torch.tanh(q.unsqueeze(3) + k.unsqueeze(2)) @ self.score[:, None, :, None]
                score = score.squeeze(-1)
            else:
                score = (k * self.score[:, None]).sum(-1).unsqueeze(2)
            score = score if seen is None else score.masked_fill(~seen, -torch.inf)
            mixed = torch.softmax(score, dim=-1).expand(b, self.heads, t, t) @ v
        return self.out(mixed.transpose(1, 2).reshape(b, t, d))
