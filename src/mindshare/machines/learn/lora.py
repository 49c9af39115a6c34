"""A net that has learnt is taught something near it by a few numbers: low-rank corrections of its matrices, the rest stands still.

LoRA (Hu et al. 2021) through peft: W + B A with A (rank, in) and B (out, rank). Afterwards the corrections are added into the matrices,
so that an answer costs what it cost before.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any, Unpack, cast

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import nn

from mindshare.core.errors import MindshareError
from mindshare.machines.learn.fit import train
from mindshare.machines.learn.learner import Learner, M
from mindshare.machines.learn.meter import Meter
from mindshare.machines.learn.plan import FitPlan, Judged
from mindshare.machines.learn.steps import Cases, Data
from mindshare.machines.parts.inputs import read_inputs
from mindshare.machines.parts.net import Net
from mindshare.machines.settings import check_names


@dataclass(frozen=True, slots=True)
class Adapted:
    """How many numbers were taught, of how many."""

    taught: int
    all: int


def adapt(model: M, X: Any, y: ArrayLike, *, rank: int = 4, **settings: Unpack[Judged]) -> tuple[M, Adapted]:
    """(a model like `model`, taught by `rank` corrections of its linear layers and its head; `model` stays as it is; how many numbers).

    The labels are those that `model` knows. `settings`: `budget`, `plan`, `validation`, as in `fit`. Extra `text` (peft).
    """
    check_names(settings, Judged, "adapt")
    if not hasattr(model, "net_"):
        raise MindshareError("Only a model that has learnt can be adapted: call fit, or load_model, first.")
    taught, validation = copy.deepcopy(model), settings.get("validation")
    cases = Cases(_read(taught, X, y), None if validation is None else _read(taught, *validation))
    plan, meter = settings.get("plan") or FitPlan(), Meter(settings.get("budget"))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(model.seed)
        count = _insert(taught.net_, rank)
        taught.report_ = train(taught.net_, cases, plan, meter, seed=model.seed)
    _merge(taught.net_)
    return taught, count


def _read(model: Learner, X: Any, y: ArrayLike) -> Data:
    inputs = read_inputs(X, model.spec_.reads, channels=model.spec_.channels or None)
    return inputs, model.coded(y, len(inputs))


def _insert(net: Net, rank: int) -> Adapted:
    """Corrections beside every linear layer but the head, which learns as a whole; nothing else learns."""
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError as missing:
        raise MindshareError("This needs the package peft: pip install 'mindshare[text]'.") from missing
    linear = [
        name
        for name, part in net.named_modules()
        if isinstance(part, nn.Linear) and not name.startswith("head")
    ]
    if not linear:
        raise MindshareError("This net has no linear layer beside its head; there is nothing to correct.")
    before = {id(p) for p in net.parameters()}
    inject_adapter_in_model(LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=linear), net)
    for name, p in net.named_parameters():
        p.requires_grad_(id(p) not in before or name.startswith("head"))
    every = [p.numel() for p in net.parameters()]
    return Adapted(sum(p.numel() for p in net.parameters() if p.requires_grad), int(np.sum(every)))


def _merge(net: nn.Module) -> None:
    """Adds the corrections into the matrices, and takes the scaffold away."""
    from peft.tuners.lora import LoraLayer

    for name, part in list(net.named_modules()):
        if isinstance(part, LoraLayer):
            cast(Any, part).merge()
            parent, _, last = name.rpartition(".")
            setattr(net.get_submodule(parent), last, part.get_base_layer())
    for p in net.parameters():
        p.requires_grad = True
