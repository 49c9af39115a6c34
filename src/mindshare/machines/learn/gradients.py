"""The gradients of a batch: in micro-batches that fit into memory, on threads and in a precision that were measured to be fastest."""

from __future__ import annotations

import time
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from mindshare.core.errors import OverBudget
from mindshare.machines.learn.choices import Choices, choose, wall_clock
from mindshare.machines.learn.meter import Meter
from mindshare.machines.learn.plan import FitPlan
from mindshare.machines.learn.steps import Data, class_weights, optimiser
from mindshare.machines.memory import largest, resident_mb
from mindshare.machines.parts.net import Net, loss_from, tensors

STATES = 3  # times the weights: what the optimiser and the best state take once learning has begun


class Gradients:
    """A net, the cases that teach it, its optimiser, and how a batch goes through it."""

    def __init__(self, net: Net, taught: Data, plan: FitPlan) -> None:
        self.net, self.taught, self.plan = net, taught, plan
        self.micro = min(plan.micro or plan.batch, plan.batch)
        # found once: looking for them takes as long as a layer
        self.weights = [p for p in net.parameters() if p.requires_grad]
        self.optimiser = optimiser(net, plan.optimiser, plan.settled().rate, plan.decay)
        self.weight = (
            class_weights(taught[1], net.spec.outputs) if plan.class_weights and net.spec.classes else None
        )
        self.choices, self.forward = Choices(), net.__call__

    def clear(self) -> None:
        """Forgets them."""
        self.optimiser.zero_grad(set_to_none=True)

    def of(self, at: NDArray[np.int64]) -> NDArray[np.float32]:
        """Gradients of one batch, added up over micro-batches; halved where memory is short. Returns the loss of each case."""
        while True:
            self.clear()
            try:
                parts = [self.part(at[i : i + self.micro], len(at)) for i in range(0, len(at), self.micro)]
                return np.concatenate(parts)
            except (MemoryError, RuntimeError) as short:
                if self.micro == 1 or (isinstance(short, RuntimeError) and "alloc" not in str(short)):
                    raise
                self.micro = max(1, self.micro // 2)

    def part(self, at: NDArray[np.int64], whole: int) -> NDArray[np.float32]:
        """Adds the gradients of some cases of a batch of `whole`; the loss of each."""
        inputs, target = self.taught[0].take(at), torch.from_numpy(self.taught[1][at])
        with self.choices.precision():
            out, _ = self.forward(*tensors(inputs))
        each = loss_from(self.net, out.float(), target, self.plan.smoothing, self.weight)
        (each.sum() / whole).backward()  # type: ignore[no-untyped-call]
        return cast(NDArray[np.float32], each.detach().numpy())

    def choose(self, at: NDArray[np.int64], meter: Meter) -> None:
        """Threads, precision and compiling, where the budget leaves room to try them."""
        limit = meter.limit
        budget_s = min((limit[r] for r in ("wall_s", "cpu_s") if r in limit), default=None)

        def step(way: Choices) -> float:
            self.choices = way
            return float(self.of(at).mean())

        def compile_net(to: str) -> None:
            self.forward = torch.compile(self.net, dynamic=True) if to == "on" else self.net.__call__

        clock = time.process_time if "cpu_s" in limit else wall_clock
        self.choices = choose(step, clock, budget_s, wall="cpu_s" not in limit, compile_net=compile_net)

    def fit_memory(self, at: NDArray[np.int64], limit: float) -> None:
        """The most cases at once that stay below `limit` MB. A batch of the longest cases is what must fit."""
        longest = np.argsort(-self.taught[0].sizes, kind="stable")[: len(at)]

        def step(cases: int) -> None:
            self.clear()
            self.part(longest[:cases], cases)

        step(1)  # what the first pass of all takes stays
        later = STATES * sum(p.numel() * p.element_size() for p in self.weights) / 2**20
        self.micro, _ = largest(step, self.micro, limit - later)
        if self.micro == 0:
            raise OverBudget(
                f"mem_mb is limited to {limit:g}; {resident_mb():.0f} are in use, and one case more does not fit. Raise it."
            )
