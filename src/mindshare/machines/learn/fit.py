"""Learning within a budget: every step, look and checkpoint is checked against what is left, before it is made.

The rate follows the part of the budget that is gone (one-cycle: Smith & Topin 2018), so that it has come down when the
budget ends, however fast the machine is today. Steps are small enough for the memory limit (micro-batches, gradients
added up: the batch that learns never changes). What a step and a look at the validation cost is measured, an upper bound
of it is held back, and the best state is what is returned.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mindshare.core.errors import OverBudget
from mindshare.machines.learn.choices import Choices, choose, wall_clock
from mindshare.machines.learn.looks import Parts, Validation
from mindshare.machines.learn.memory import exact, largest, resident_mb
from mindshare.machines.learn.meter import Meter
from mindshare.machines.learn.plan import FitPlan, FitReport, Sink
from mindshare.machines.learn.rounds import Rounds
from mindshare.machines.learn.steps import (
    Data,
    class_weights,
    hold_out,
    loss_from,
    one_cycle,
    optimiser,
    tensors,
)
from mindshare.machines.learn.threads import threads
from mindshare.machines.resources.cost_measure import measure

if TYPE_CHECKING:
    from mindshare.machines.nets.net import Net

SAFE = 1.3  # times what a step took lately is held back
SAFE_LOOK = 1.05  # the same for a look, which ends in time
MOST_LOOK = 0.15  # of the budget: what is held back for the last look at most; a dearer one sees some of the cases only
LAST = 0.015  # of the budget: held back for the last measure
STATES = 3  # times the weights: what the optimiser and the best state take once learning has begun
LOOKS = 12  # at the validation, over a whole fit, at most
LEARN = 3.0  # times what a look takes is spent on learning before the next one


def train(
    net: Net,
    data: Data,
    held: Data | None,
    plan: FitPlan,
    meter: Meter,
    *,
    seed: int,
    sinks: Sequence[Sink] = (),
    progress: Callable[[float, str], None] | None = None,
    keep: Callable[[], object] | None = None,
) -> FitReport:
    """Changes `net` in place to the best state found; `keep` is called after the first step, and at each better state.

    Raises OverBudget where not even one step fits.
    """
    rng = np.random.default_rng(seed)
    if held is None and plan.patience is not None:
        data, held = hold_out(data, rng)
    run = _Run(
        net, data, None if held is None else Validation(held, np.random.default_rng(seed)), plan, meter
    )
    run.keep = keep
    if 0.0 in meter.limit.values():
        raise run.too_small()
    with threads(1), exact("mem_mb" in meter.limit):
        with meter.phase("calibrate"):
            run.calibrate()
        with threads(run.choices.threads):
            report = run.learn(rng, sinks, progress)
        with meter.phase("measure"):
            seconds = meter.spare_s()
            if seconds:  # else whoever asks what an answer costs has it measured then
                report.cost = measure(net, int(data[0].sizes.max()), seconds, learn=False)
    report.planned, report.spent, report.total = dict(meter.limit), meter.spent, meter.total()
    return report


class _Run:
    """One fit: the net, its optimiser, and what things cost."""

    def __init__(self, net: Net, data: Data, held: Validation | None, plan: FitPlan, meter: Meter) -> None:
        self.net, self.data, self.held, self.plan, self.meter = net, data, held, plan, meter
        self.micro = min(plan.micro or plan.batch, plan.batch)
        # found once: looking for them takes as long as a layer
        self.weights = [p for p in net.parameters() if p.requires_grad]
        self.optimiser = optimiser(net, plan.optimiser, plan.rate, plan.decay)
        self.weight = (
            class_weights(data[1], net.spec.outputs) if plan.class_weights and net.spec.classes else None
        )
        self.keep: Callable[[], object] | None = None
        self.choices, self.forward = Choices(), net.__call__
        self.report, self.loss, self.done = FitReport(), math.nan, 0.0
        self.best: tuple[float, Parts, dict[str, Tensor]] | None = None
        self.looked, self.stale = 0, 0  # steps at the last look; looks since the best one
        self.next_look = 1 / LOOKS  # share of the fit at which the next one is due
        self.sinks: Sequence[Sink] = ()
        self.progress: Callable[[float, str], None] | None = None
        self.step_cost: dict[str, float] = {}
        self.look_cost: dict[str, float] = {}

    def calibrate(self) -> None:
        """What one step and one look cost: a step is made and taken back, at most 5 % of the budget is used for it."""
        self.step_cost = {"cpu_s": 0.0, "wall_s": 0.0}
        if not self.meter.limit:
            return
        before = copy.deepcopy(self.net.state_dict())
        at = np.arange(min(self.plan.batch, len(self.data[1])))
        if "mem_mb" in self.meter.limit:
            self._fit_memory(at)
            self.net.load_state_dict(before)
        if not self.meter.limit.keys() & {"cpu_s", "wall_s"}:  # time is no matter
            return
        self._choose(at)
        for _ in range(3):  # the first one warms caches up and counts too much
            start = self.meter.total()
            self.gradients(at)
            self.step_cost = self._since(start)
            if self.meter.fraction() > 0.03:
                break
        self.optimiser.zero_grad(set_to_none=True)
        self.net.load_state_dict(before)
        if self.held is not None:
            start, once = self.meter.total(), iter([True])
            self.held.look(self.net, lambda: next(once, False))
            self.look_cost = {r: x * len(self.held.parts) for r, x in self._since(start).items()}
        self.next_look = self._after_look()
        if not self.meter.fits(self._held_back(1.0)):
            raise self.too_small()

    def too_small(self) -> OverBudget:
        """What is said where not even one step fits."""
        limits = ", ".join(f"{r} {x:g}" for r, x in self.meter.limit.items())
        return OverBudget(
            f"The budget ({limits}) is too small for one step of {self.plan.batch} cases; raise it."
        )

    def _choose(self, at: NDArray[np.int64]) -> None:
        """Threads, precision and compiling, where the budget leaves room to try them."""
        limit = self.meter.limit
        budget_s = min((limit[r] for r in ("wall_s", "cpu_s") if r in limit), default=None)

        def step(way: Choices) -> float:
            self.choices = way
            return float(self.gradients(at).mean())

        def compile_net(to: str) -> None:
            self.forward = torch.compile(self.net, dynamic=True) if to == "on" else self.net.__call__

        clock = time.process_time if "cpu_s" in limit else wall_clock
        self.choices = choose(step, clock, budget_s, wall="cpu_s" not in limit, compile_net=compile_net)

    def _fit_memory(self, at: NDArray[np.int64]) -> None:
        """The most cases at once that stay below the memory limit. A batch of the longest cases is what must fit."""
        longest = np.argsort(-self.data[0].sizes, kind="stable")[: len(at)]

        def step(cases: int) -> None:
            self.optimiser.zero_grad(set_to_none=True)
            self._micro(longest[:cases], cases)

        limit = self.meter.limit["mem_mb"]
        step(1)  # what the first pass of all takes stays
        later = STATES * sum(p.numel() * p.element_size() for p in self.weights) / 2**20
        self.micro, _ = largest(step, self.micro, limit - later)
        if self.micro == 0:
            raise OverBudget(
                f"mem_mb is limited to {limit:g}; {resident_mb():.0f} are in use, and one case more does not fit. Raise it."
            )
        if self.held is not None:
            self.held.split(self.micro)

    def _since(self, start: Mapping[str, float]) -> dict[str, float]:
        return {r: x - start[r] for r, x in self.meter.total().items()}

    def _held_back(self, steps: float) -> dict[str, float]:
        """What `steps` steps, a last look and a last measure may take."""
        limit = self.meter.limit
        last = {
            r: min(SAFE_LOOK * self.look_cost.get(r, 0.0), MOST_LOOK * limit.get(r, math.inf))
            + LAST * limit.get(r, 0.0)
            for r in self.step_cost
        }
        return {r: SAFE * steps * x + last[r] for r, x in self.step_cost.items()}

    def gradients(self, at: NDArray[np.int64]) -> NDArray[np.float32]:
        """Gradients of one batch, added up over micro-batches; halved where memory is short. Returns the loss of each case."""
        while True:
            self.optimiser.zero_grad(set_to_none=True)
            try:
                parts = [self._micro(at[i : i + self.micro], len(at)) for i in range(0, len(at), self.micro)]
                return np.concatenate(parts)
            except (MemoryError, RuntimeError) as short:
                if self.micro == 1 or (isinstance(short, RuntimeError) and "alloc" not in str(short)):
                    raise
                self.micro = max(1, self.micro // 2)

    def _micro(self, at: NDArray[np.int64], whole: int) -> NDArray[np.float32]:
        inputs, target = self.data[0].take(at), torch.from_numpy(self.data[1][at])
        with self.choices.precision():
            out, _ = self.forward(*tensors(inputs))
        each = loss_from(self.net, out.float(), target, self.plan.smoothing, self.weight)
        (each.sum() / whole).backward()  # type: ignore[no-untyped-call]
        return cast(NDArray[np.float32], each.detach().numpy())

    def learn(
        self, rng: np.random.Generator, sinks: Sequence[Sink], progress: Callable[[float, str], None] | None
    ) -> FitReport:
        """Steps and looks until the epochs or the budget end; the best state is in the net."""
        report, plan = self.report, self.plan
        self.sinks, self.progress = sinks, progress
        # an error of numbers has no size that is small everywhere
        known = plan.known if self.net.spec.classes else 0.0
        rounds = Rounds(self.data[0].sizes, plan.batch, plan.epochs, known, rng)
        for done, at in rounds.batches():
            if not self._room():
                report.reason = report.reason or "budget"
                break
            self.done = max(self.meter.fraction(), done)
            rounds.learnt(at, self._step(at))
            if self.done >= self.next_look and self.meter.fits(self._held_back(1.0)) and not self._judge():
                break
        report.reason = report.reason or "all epochs"
        if self.held is not None and self.looked < report.steps:
            self._judge()
        if self.best is not None:
            self.net.load_state_dict(self.best[2])
        report.best_loss = self.loss if self.best is None else self.best[0]
        report.epochs, report.micro = rounds.taken / len(self.data[1]), self.micro
        report.choices = asdict(self.choices)
        return report

    def _room(self) -> bool:
        """Whether one more step fits, and what comes last. A look may take less than was held back for it."""
        if self.meter.fits(self._held_back(1.0)):
            return True
        return self.looked < self.report.steps and self._judge() and self.meter.fits(self._held_back(1.0))

    def _step(self, at: NDArray[np.int64]) -> NDArray[np.float32]:
        for group in self.optimiser.param_groups:
            group["lr"] = self.plan.rate * (
                one_cycle(self.done) if self.plan.schedule == "one_cycle" else 1.0
            )
        with self.meter.phase("train"):
            start = self.meter.total()
            if not self.net.training:  # after a look; telling every part each time takes as long as a layer
                self.net.train()
            losses = self.gradients(at)
            self.loss = float(losses.mean())
            nn.utils.clip_grad_norm_(self.weights, 1.0)
            self.optimiser.step()
            for r, x in self._since(start).items():  # slower than before is believed at once, faster slowly
                self.step_cost[r] = max(x, 0.9 * self.step_cost[r] + 0.1 * x)
        self.report.steps += 1
        if self.report.steps == 1:
            self._keep()
        return losses

    def _judge(self) -> bool:
        """Looks, tells, and keeps what is best; whether it is worth going on."""
        report, self.looked = self.report, self.report.steps
        parts = self._look()
        if self.held is not None and not len(parts):
            report.reason = report.reason or "budget"
            return False
        best = None if self.best is None else self.best[1]
        look = self.loss if self.held is None else self.held.mean(parts, best)
        self.next_look = max(self.done, self.meter.fraction()) + self._after_look()
        report.losses.append(look)
        told = {"loss": look, "train_loss": self.loss, "rate": self.optimiser.param_groups[0]["lr"]}
        for sink in self.sinks:
            sink.log(report.steps, told)
        if self.progress is not None:
            self.progress(self.done, f"loss {look:.4f}")
        if self.held is None:
            self._keep()
        elif self.best is None or look < self.best[0]:
            self.best, self.stale = (look, parts, copy.deepcopy(self.net.state_dict())), 0
            self._keep()
        else:
            self.stale += 1
            if self.plan.patience is not None and self.stale >= self.plan.patience:
                report.reason = report.reason or "no better validation loss"
                return False
        return True

    def _keep(self) -> None:
        if self.keep is not None:
            with self.meter.phase("checkpoint"):
                self.keep()

    def _after_look(self) -> float:
        """The share of a fit to learn until the next look: a slow one must not eat the time to learn."""
        limit = self.meter.limit
        dear = max((x / limit[r] for r, x in self.look_cost.items() if r in limit), default=0.0)
        return max(1 / LOOKS, LEARN * dear)

    def _look(self) -> Parts:
        """Losses of the validation's parts; fewer than all where the budget runs out on the way, so that no look passes it."""
        if self.held is None:
            return np.empty(0)
        with self.meter.phase("validate"):
            start, all_parts = self.meter.total(), len(self.held.parts)
            a_part = {
                r: x / all_parts + LAST * self.meter.limit.get(r, 0.0) for r, x in self.look_cost.items()
            }
            seen = self.held.look(self.net, lambda: self.meter.fits(a_part))
            for r, x in self._since(start).items() if len(seen) else ():
                whole = x * all_parts / len(seen)
                self.look_cost[r] = max(0.9 * whole, 0.7 * self.look_cost.get(r, 0.0) + 0.3 * whole)
        return seen
