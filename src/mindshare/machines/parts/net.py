"""The net itself: what it was made for, what it takes, and how far its outputs are from the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mindshare.machines.parts.inputs import Inputs, Reads, moments
from mindshare.machines.parts.words import TOKENS

SMALL = 0.1  # spread of words' vectors at first: what a word means is learnt, and chance must not stand in its way


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What a net was made for."""

    reads: Reads
    channels: int  # of series and images; 0 for texts
    outputs: int
    classes: bool  # whether outputs are labels, else numbers
    most: int  # the longest case of training


class Net(nn.Module):
    """Reads numbers; gives (B, outputs) and where it looked, (B, positions)."""

    stride: int = 1  # steps of a series or text that one position stands for

    def __init__(self, spec: Spec, embed: int) -> None:
        super().__init__()
        self.spec = spec
        self.width_in = embed if spec.reads == "text" else spec.channels
        self.embed = nn.Embedding(TOKENS, embed, padding_idx=0) if spec.reads == "text" else None
        if self.embed is not None:
            with torch.no_grad():
                self.embed.weight.mul_(SMALL)
        else:
            self.register_buffer("mean", torch.zeros(spec.channels))
            self.register_buffer("scale", torch.ones(spec.channels))
        if not spec.classes:
            self.register_buffer("out_mean", torch.zeros(spec.outputs))
            self.register_buffer("out_scale", torch.ones(spec.outputs))

    def settle(self, inputs: Inputs, target: NDArray[Any]) -> None:
        """Learns mean and spread of each channel, and of the numbers to be told."""
        if self.spec.reads != "text":
            values = inputs.values if inputs.mask is not None else inputs.values.transpose(0, 2, 3, 1)
            mean, spread_ = moments(values, inputs.mask)
            self._keep("mean", mean)
            self._keep("scale", 1.0 / spread_)
        if not self.spec.classes:
            mean, spread_ = moments(target)
            self._keep("out_mean", mean)
            self._keep("out_scale", spread_)

    def _keep(self, name: str, numbers: NDArray[Any]) -> None:
        getattr(self, name).copy_(torch.as_tensor(np.asarray(numbers, np.float32)))

    @property
    def device(self) -> torch.device:
        """Where it is: its inputs have to be there, too."""
        return next(self.parameters()).device

    def answers(self) -> None:
        """Sets it to answer, where it is not: to tell every part each time takes as long as a layer."""
        if self.training:
            self.eval()

    def sharpen(self, factor: float) -> None:
        """Multiplies the scores of labels from now on, where they come from `head.out`. A family that has them from elsewhere writes
        its own; else they stay as they are.
        """
        out = getattr(getattr(self, "head", None), "out", None)
        if factor != 1.0 and isinstance(out, nn.Linear):
            with torch.no_grad():
                for weight in out.parameters():
                    weight.mul_(factor)

    def begin(self, start: Mapping[str, Tensor]) -> None:
        """Takes over what another net of the family has learnt, wherever names and shapes are the same."""
        own = self.state_dict()
        fits = {name: x for name, x in start.items() if name in own and own[name].shape == x.shape}
        self.load_state_dict({**own, **fits})

    def read(self, values: Tensor, mask: Tensor | None) -> Tensor:
        """Numbers scaled (padding 0), or tokens as vectors."""
        if self.embed is not None:
            return cast(Tensor, self.embed(values))
        mean, scale = cast(Tensor, self.mean), cast(Tensor, self.scale)
        if self.spec.reads == "image":
            return (values - mean[:, None, None]) * scale[:, None, None]
        assert mask is not None
        return (values - mean) * scale * mask.unsqueeze(2)


def tensors(inputs: Inputs, device: torch.device | None = None) -> tuple[Tensor, Tensor | None]:
    """What a net takes, on its device (None: the processor)."""
    values, mask = (
        None if x is None else torch.from_numpy(x).to(device) for x in (inputs.values, inputs.mask)
    )
    assert values is not None
    return values, mask


def loss_from(
    net: Net, out: Tensor, target: Tensor, smoothing: float = 0.0, weight: Tensor | None = None
) -> Tensor:
    """(B,) cross-entropy of labels, squared error of numbers in units of their spread.

    (B, exits, outputs): every exit of a net that has several counts the same.
    """
    if out.ndim == 3:
        each_exit = [loss_from(net, o, target, smoothing, weight) for o in out.unbind(dim=1)]
        return torch.stack(each_exit).mean(dim=0)
    if net.spec.classes:
        return nn.functional.cross_entropy(out, target, weight, label_smoothing=smoothing, reduction="none")
    mean, scale = cast(Tensor, net.out_mean), cast(Tensor, net.out_scale)
    return ((out - (target - mean) / scale) ** 2).mean(dim=1)
