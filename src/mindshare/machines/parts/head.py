"""From positions to outputs: one look at all of them, the highest of each number, and how it was early, later and last."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mindshare.machines.parts.attention import Kind, Pool
from mindshare.machines.parts.inputs import Reads

PARTS = 4  # of a series, in their order
GRID = 2  # of an image, a side


class Head(nn.Module):
    """(B, T, D) and a mask (B, T) give (B, outputs) and where it looked, (B, T).

    Attention alone does not know where a position is, and one look is one mean: two bursts in another order, or a shift up and a shift
    down, look the same. So there is more: maxima, and for series and images means of parts in their order. `grid` False: not of an image,
    whose positions say themselves where they are.
    """

    def __init__(self, width: int, kind: Kind, outputs: int, reads: Reads, *, grid: bool = True) -> None:
        super().__init__()
        self.reads, self.pool = reads, Pool(width, kind)
        parts = {"series": PARTS, "image": GRID**2 if grid else 0, "text": 0}[reads]
        self.out = nn.Linear((2 + parts) * width, outputs)

    def forward(
        self, x: Tensor, mask: Tensor | None, shape: tuple[int, int] | None = None
    ) -> tuple[Tensor, Tensor]:
        """`shape`: rows and columns of an image's positions."""
        pooled, where = self.pool(x, mask)
        most = (x if mask is None else x.masked_fill(~mask.unsqueeze(2), -1e4)).amax(dim=1)
        seen = [pooled, most]
        if shape is not None:
            tiles = x.view(len(x), *shape, x.shape[2])
            down, across = (_parts(torch.ones(1, side, device=x.device), GRID)[0] for side in shape)
            seen.append(torch.einsum("bhwd,hp,wq->bpqd", tiles, down, across).flatten(1))
        elif self.reads == "series":
            assert mask is not None
            seen.append((_parts(mask, PARTS).transpose(1, 2) @ x).flatten(1))
        return self.out(torch.cat(seen, dim=1)), where


def _parts(mask: Tensor, many: int) -> Tensor:
    """(B, T, many) how much each position counts in each part of its case: parts overlap, and padding is in none."""
    length = mask.sum(dim=1, keepdim=True).clamp(min=1)
    place = (torch.arange(mask.shape[1], device=mask.device) + 0.5) / length * many - 0.5
    far = (place.clamp(0, many - 1).unsqueeze(2) - torch.arange(many, device=mask.device)).abs()
    weight = (1.0 - far).clamp(min=0.0) * mask.unsqueeze(2)
    return weight / weight.sum(dim=1, keepdim=True).clamp(min=1e-6)
