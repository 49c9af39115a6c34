"""The gradients of a batch: in micro-batches that fit into memory, on threads and in a precision that were measured to be fastest."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mindshare.core.errors import OverBudget
from mindshare.machines.costs.measure import made_up
from mindshare.machines.devices import Card
from mindshare.machines.learn.choices import TRY, Calibrated, Choices, choose
from mindshare.machines.learn.meter import TIMED, Meter
from mindshare.machines.learn.plan import FitPlan
from mindshare.machines.learn.steps import Data, class_weights, optimiser
from mindshare.machines.memory import NOISE_MB, AtOnce, grown, largest, resident_mb
from mindshare.machines.parts.net import Net, loss_from, tensors

# MB kept for kernels of new shapes; what is left of it when no more are compiled
KERNELS_MB, LEFT_MB = 16.0, 4.0
STATES = 4  # times the weights: the optimiser, and the best states of a course and of all
STATES_OF_CARD = 2  # the same on a card, which keeps no states


@contextmanager
def put_back(net: Net) -> Iterator[None]:
    """Afterwards the net is beside the processor, and kernels are compiled as before, though memory was short inside."""
    before = torch.backends.mkldnn.enabled
    try:
        yield
    finally:
        torch.backends.mkldnn.enabled = before
        net.to("cpu")


class Gradients:
    """A net, the cases that teach it, its optimiser, and how a batch goes through it."""

    def __init__(self, net: Net, taught: Data, plan: FitPlan, card: Card | None = None) -> None:
        self.net, self.taught, self.plan, self.card = net, taught, plan, card
        self.micro = min(plan.micro or plan.batch, plan.batch)
        # found once: looking for them takes as long as a layer
        self.weights = [p for p in net.parameters() if p.requires_grad]
        self.optimiser = optimiser(net, plan.optimiser, plan.settled().rate, plan.decay)
        self.weight = (
            class_weights(taught[1], net.spec.outputs) if plan.class_weights and net.spec.classes else None
        )
        self.choices, self.forward = Choices(), net.__call__
        self.mem_mb, self.case_mb = math.inf, 0.0  # the limit; what one case takes of it

    def begin(self, known: Calibrated, mem_mb: float | None) -> None:
        """Computes as was measured to be fastest, with as many cases at once as fit."""
        self.choices, self.forward, self.micro = known.choices, known.forward, known.micro
        self.mem_mb, self.case_mb = mem_mb or math.inf, known.case_mb
        self.net.to(self.place)

    @property
    def place(self) -> str:
        """The device that was chosen, as torch calls it."""
        return "cpu" if self.card is None or self.choices.device == "cpu" else self.card.place

    @contextmanager
    def counted(self) -> Iterator[None]:
        """What a card does inside is waited for and counted."""
        card = None if self.choices.device == "cpu" else self.card
        if card is None:
            yield
            return
        card.begin()
        try:
            yield
        finally:
            card.end()

    @contextmanager
    def at_home(self) -> Iterator[None]:
        """Inside, the net is beside the processor, where it can be asked and saved."""
        self.net.to("cpu")
        yield
        self.net.to(self.place)

    def clear(self) -> None:
        """Forgets them."""
        self.optimiser.zero_grad(set_to_none=True)

    def of(self, at: NDArray[np.int64]) -> NDArray[np.float32]:
        """Gradients of one batch, added up over micro-batches; halved where memory is short. Returns the loss of each case."""
        while True:
            self.clear()
            try:
                with self.counted():
                    return self._in_parts(at)
            except (MemoryError, RuntimeError) as short:
                if self.micro == 1 or (isinstance(short, RuntimeError) and "alloc" not in str(short)):
                    raise
                self.micro = max(1, self.micro // 2)

    def _in_parts(self, at: NDArray[np.int64]) -> NDArray[np.float32]:
        parts, done = list[NDArray[np.float32]](), 0
        while done < len(at):
            self.watch()
            now = at[done : done + self.micro]
            parts.append(self.part(now, len(at)))
            done += len(now)
        return np.concatenate(parts)

    def part(self, at: NDArray[np.int64], whole: int) -> NDArray[np.float32]:
        """Adds the gradients of some cases of a batch of `whole`; the loss of each."""
        place = torch.device(self.place)
        target = torch.from_numpy(self.taught[1][at]).to(place)
        weight = None if self.weight is None else self.weight.to(place)
        with self.choices.precision(self.place):
            out, _ = self.forward(*tensors(self.taught[0].take(at), place))
        each = loss_from(self.net, out.float(), target, self.plan.smoothing, weight)
        (each.sum() / whole).backward()  # type: ignore[no-untyped-call]
        return cast(NDArray[np.float32], each.detach().cpu().numpy())

    def choose(self, at: NDArray[np.int64], meter: Meter) -> None:
        """Device, threads, precision and compiling, where the budget leaves room to try them."""
        if meter.fraction() > TRY / 2:  # a step is too dear here for trying others
            return
        limit, at_once = meter.limit, {"cpu": self.micro}
        budget_s = min((limit[r] for r in TIMED if r in limit), default=0.0)
        clocks = [r for r in (*TIMED, "gpu_s") if r in limit]

        def clock() -> NDArray[np.float64]:
            """Each in seconds of the scarcest: what a way takes is what it takes of that limit of which it takes most."""
            spent = meter.total()
            return np.array([spent[r] * budget_s / limit[r] for r in clocks])

        def step(way: Choices) -> float:
            self.choices = way
            self.net.to(self.place)
            if way.device not in at_once:
                at_once[way.device] = self._fit_card(at, limit.get("gpu_mem_mb"))
            self.micro = at_once[way.device]
            return float(self.of(at).mean())

        def compile_net(to: str) -> None:
            self.forward = torch.compile(self.net, dynamic=True) if to == "on" else self.net.__call__

        self.choices = choose(
            step,
            clock,
            budget_s,
            wall="cpu_s" not in limit,
            compile_net=compile_net,
            card=None if self.card is None else self.card.kind,
        )
        self.micro = at_once[self.choices.device]
        self.net.to(self.place)

    def _fit_card(self, at: NDArray[np.int64], limit: float | None) -> int:
        """The most cases at once that stay below `limit` MB of the card. Raises OverBudget where not one does."""
        card, most = self.card, min(self.plan.micro or self.plan.batch, self.plan.batch)
        if card is None or limit is None:
            return most
        longest = np.argsort(-self.taught[0].sizes, kind="stable")[: len(at)]

        def step(cases: int) -> None:
            self.clear()
            with self.counted():
                self.part(longest[:cases], cases)

        def peak(run: Callable[[], object]) -> float:
            card.peak_mb(anew=True)
            run()
            return card.peak_mb()

        weights = sum(p.numel() * p.element_size() for p in self.weights) / 2**20
        found = largest(step, most, limit - STATES_OF_CARD * weights, held=card.held_mb, peak=peak)
        if found.cases == 0:
            raise OverBudget(
                f"gpu_mem_mb is limited to {limit:g}, and one case more does not fit. Raise it, or set it to 0."
            )
        return found.cases

    def move(self) -> None:
        """Changes the weights by the gradients, which are cut where they are long."""
        with self.counted():
            nn.utils.clip_grad_norm_(self.weights, 1.0)
            self.optimiser.step()

    def fit_memory(self, at: NDArray[np.int64], limit: float) -> None:
        """The most cases at once that stay below `limit` MB. A batch of the longest cases is what must fit."""
        sizes = self.taught[0].sizes
        longest = np.argsort(-sizes, kind="stable")[: len(at)]

        def step(cases: int) -> None:
            self.clear()
            self.part(longest[:cases], cases)

        weights = sum(p.numel() * p.element_size() for p in self.weights) / 2**20
        self.mem_mb, least = limit, limit - STATES * weights - KERNELS_MB
        found = AtOnce(0, 0, grown(self._made_up, int(sizes.max()), least - weights))
        if found.case_mb < math.inf:
            self._once(longest[:1])
            found = largest(step, self.micro, least, found.case_mb)
        if found.cases == 0:
            raise self.short()
        self.micro, self.case_mb = found.cases, found.case_mb

    def _made_up(self, size: int) -> None:
        """Gradients of one case of that size."""
        self.clear()
        values, mask, target = made_up(self.net, (size, 1))
        loss_from(self.net, self.forward(values, mask)[0], target).sum().backward()  # type: ignore[no-untyped-call]

    def _once(self, at: NDArray[np.int64]) -> None:
        """A whole step and an answer, so that what the first of each loads is there before it is measured; then a new optimiser."""
        self.clear()
        self.part(at, len(at))
        self.move()
        self.clear()
        with torch.inference_mode():
            self.net.answers()
            self.net(*tensors(self.taught[0].take(at)))
        self.net.train()
        self.optimiser = optimiser(self.net, self.plan.optimiser, self.plan.settled().rate, self.plan.decay)

    def watch(self) -> bool:
        """Whether one case more still fits into memory, beside what has become resident since it was measured. Where it is short no more
        kernels are compiled, and fewer cases go through at once.
        """
        if self.mem_mb == math.inf:
            return True
        case, room = max(self.case_mb, NOISE_MB), self.mem_mb - resident_mb()
        if room < self.micro * case + LEFT_MB:
            # else each shape of a batch that is new keeps a kernel
            torch.backends.mkldnn.enabled = False  # type: ignore[assignment]
            self.micro = max(1, min(self.micro, int(room / case)))
        return room >= case

    def short(self) -> OverBudget:
        """What is said where not one case fits."""
        return OverBudget(
            f"mem_mb is limited to {self.mem_mb:g}; {resident_mb():.0f} are in use, and one case more does not fit. Raise it."
        )
