"""Capsules with routing by agreement (Sabour, Frosst & Hinton 2017) on a convolution: how sure a part is, is the length of its vector."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mindshare.machines.nets.cnn import Block1d, Block2d
from mindshare.machines.nets.net import NetModel
from mindshare.machines.parts.attention import Kind
from mindshare.machines.parts.inputs import Reads
from mindshare.machines.parts.net import Net, Spec


def squash(x: Tensor) -> Tensor:
    """The same direction, with a length below 1."""
    square = (x * x).sum(dim=-1, keepdim=True)
    # 1e-8 would be taken for 0 by ONNX's optimiser, and padding is 0 long
    return square / (1 + square) * x / torch.sqrt(square + 1e-6)


class CapsuleNet(Net):
    """A convolution, parts with a direction, and the wholes that they agree on."""

    def __init__(self, spec: Spec, width: int, size: int, rounds: int, dropout: float) -> None:
        super().__init__(spec, embed=width)
        block = Block2d if spec.reads == "image" else Block1d
        self.block, self.parts, self.size, self.rounds = (
            block(self.width_in, width, dropout),
            width // size,
            size,
            rounds,
        )
        self.stride = 2
        # every part of a kind votes with the same matrix, wherever it is: the length of a window does not matter
        self.vote = nn.Parameter(torch.randn(self.parts, spec.outputs, size, size) / size**0.5)
        self.sharp = nn.Parameter(torch.tensor(8.0))
        self.head = None if spec.classes else nn.Linear(spec.outputs * size, spec.outputs)

    def forward(self, values: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        x, shape = self.read(values, mask), None
        if self.spec.reads == "image":
            x = self.block(x)
            shape = x.shape[2:]
            x = x.flatten(2).transpose(1, 2)
            mask = torch.ones(x.shape[:2], dtype=torch.bool, device=x.device)
        else:
            assert mask is not None
            x, mask = self.block(x, mask)
        b, t, _ = x.shape
        part = squash(x[..., : self.parts * self.size].view(b, t, self.parts, self.size))
        votes = torch.einsum("btps,posr->btpor", part, self.vote)
        out, where = self._route(votes, mask)
        if self.head is not None:
            return self.head(out.flatten(1)), where if shape is None else where.view(b, *shape)
        return self.sharp * (out * out).sum(-1).add(1e-8).sqrt(), where if shape is None else where.view(
            b, *shape
        )

    def sharpen(self, factor: float) -> None:
        with torch.no_grad():
            self.sharp.mul_(factor)

    def _route(self, votes: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Parts that agree with a whole give it more of their vote; (B, outputs, size) and what each position gave (B, T)."""
        b, t, p, o, _ = votes.shape
        agree = votes.new_zeros(b, t, p, o)
        seen = mask[:, :, None, None] / mask.sum(dim=1).clamp(min=1)[:, None, None, None]
        for i in range(self.rounds):
            given = torch.softmax(agree, dim=3) * seen
            out = squash((given.unsqueeze(4) * votes).sum(dim=(1, 2)) * o)
            if i < self.rounds - 1:
                agree = agree + torch.einsum("btpos,bos->btpo", votes, out).detach()
        told = (given * torch.einsum("btpos,bos->btpo", votes, out).clamp(min=0)).sum(dim=(2, 3))
        return out, (told + 1e-12 * mask) / (told + 1e-12 * mask).sum(dim=1, keepdim=True)


class Capsule(NetModel):
    """``Capsule(width=32, size=8, rounds=3)``: parts that agree make a whole. `reads`: series, image or text."""

    def __init__(
        self,
        *,
        width: int = 32,
        size: int = 8,
        rounds: int = 3,
        dropout: float = 0.1,
        reads: Reads = "series",
        task: str = "classify",
        seed: int = 0,
    ) -> None:
        self.width, self.size, self.rounds, self.dropout = width, size, rounds, dropout
        self.reads, self.task, self.seed = reads, task, seed
        self.attention: Kind = "softmax"

    def build(self, spec: Spec) -> Net:
        return CapsuleNet(spec, self.width, self.size, self.rounds, self.dropout)
