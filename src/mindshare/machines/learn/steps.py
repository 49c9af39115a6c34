"""The parts of a step: the rate, the optimiser, what is held out, what a label counts."""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mindshare.machines.parts.inputs import Chosen, Inputs

Data = tuple[Inputs | Chosen, NDArray[Any]]
Optimiser = Literal["adamw", "adam", "adafactor", "sgd"]
HELD = 200  # cases that judge, where there are few
WORDS = 4.0  # times the rate for vectors of words: each of them learns in few steps only, from those that hold its word
WARM, LOW = 0.25, 0.02  # part of the budget in which the rate rises; what it starts and ends at, of its top


class Cases(NamedTuple):
    """Those that teach, and those that judge (None: none)."""

    taught: Data
    held: Data | None = None


def one_cycle(done: float) -> float:
    """Of the top rate, what is used when `done` of the budget is gone: up for a quarter, down a cosine after."""
    if done < WARM:
        return LOW + (1 - LOW) * done / WARM
    return LOW + (1 - LOW) * 0.5 * (1 + math.cos(math.pi * min((done - WARM) / (1 - WARM), 1.0)))


def optimiser(net: nn.Module, kind: Optimiser, rate: float, decay: float) -> torch.optim.Optimizer:
    """As asked; weight decay on matrices only. `times` of a group: what the rate is multiplied by for it."""
    learns = [p for p in net.parameters() if p.requires_grad]
    words = {id(m.weight) for m in net.modules() if isinstance(m, nn.Embedding)}
    kinds: dict[tuple[float, float], list[nn.Parameter]] = {
        (decay, 1.0): [],
        (0.0, 1.0): [],
        (0.0, WORDS): [],
    }
    for p in learns:
        kinds[(0.0, WORDS) if id(p) in words else (decay if p.ndim >= 2 else 0.0, 1.0)].append(p)
    groups: list[dict[str, Any]] = [
        {"params": some, "weight_decay": less, "times": times, "lr": rate * times}
        for (less, times), some in kinds.items()
        if some
    ]
    if kind == "adamw":
        return torch.optim.AdamW(groups, lr=rate, fused=True)
    if kind == "adam":
        return torch.optim.Adam(groups, lr=rate, fused=True)
    if kind == "adafactor":
        return torch.optim.Adafactor(groups, lr=rate)
    return torch.optim.SGD(groups, lr=rate, momentum=0.9, nesterov=True)


def kept(net: nn.Module, into: dict[str, Tensor] | None = None) -> dict[str, Tensor]:
    """A copy, beside the processor, of what a net knows; into that of before, where there is one, so that no two are held."""
    state = net.state_dict()
    if into is None:
        return {name: x.detach().to("cpu", copy=True) for name, x in state.items()}
    for name, x in state.items():
        into[name].copy_(x)
    return into


def hold_out(data: Data, rng: np.random.Generator) -> Cases:
    """A tenth to judge by, of few cases a quarter (at most HELD); of each label about its share. The others teach."""
    target, n = data[1], len(data[1])
    few = max(1, n // 10, min(n // 4, HELD))
    order = rng.permutation(n)
    if target.ndim == 1:
        order = order[np.argsort(target[order], kind="stable")]
    at = (np.arange(few) + rng.random()) * n / few
    chosen = np.zeros(n, bool)
    chosen[order[at.astype(np.int64)]] = True
    held, taught = np.flatnonzero(chosen), np.flatnonzero(~chosen)
    return Cases((data[0].choose(taught), target[taught]), (data[0].choose(held), target[held]))


def class_weights(target: NDArray[Any], outputs: int) -> Tensor:
    """(L,) weights with which every label counts as much as every other."""
    count = np.bincount(target, minlength=outputs)
    return torch.as_tensor(len(target) / (outputs * np.maximum(count, 1)), dtype=torch.float32)
