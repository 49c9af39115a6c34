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
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mindshare.core.errors import OverBudget
from mindshare.machines.learn.choices import Choices, choose, wall_clock
from mindshare.machines.learn.memory import largest, resident_mb
from mindshare.machines.learn.meter import Meter
from mindshare.machines.learn.plan import FitPlan, FitReport, Sink
from mindshare.machines.learn.steps import (
    EVALUATE,
    Data,
    class_weights,
    hold_out,
    loss_from,
    loss_of,
    one_cycle,
    optimiser,
    tensors,
)
from mindshare.machines.learn.threads import threads
from mindshare.machines.resources.cost_measure import measure

if TYPE_CHECKING:
    from mindshare.machines.nets.net import Net

SAFE = 1.3  # times what a step took lately is held back
SAFE_LOOK = 1.05  # the same for a look, which is given up in time
LAST = 0.015  # of the budget: held back for the last measure
LOOKS = 12  # at the validation, over a whole fit, about


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
    run = _Run(net, data, held, plan, meter)
    run.keep = keep
    with threads(1):
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

    def __init__(self, net: Net, data: Data, held: Data | None, plan: FitPlan, meter: Meter) -> None:
        self.net, self.data, self.held, self.plan, self.meter = net, data, held, plan, meter
        self.micro = min(plan.micro or plan.batch, plan.batch)
        self.optimiser = optimiser(net, plan.optimiser, plan.rate, plan.decay)
        self.weight = (
            class_weights(data[1], net.spec.outputs) if plan.class_weights and net.spec.classes else None
        )
        self.keep: Callable[[], object] | None = None
        self.choices, self.forward = Choices(), net.__call__
        self.report, self.loss, self.done = FitReport(), math.nan, 0.0
        self.best: tuple[float, dict[str, Tensor]] | None = None
        self.looked, self.stale = 0, 0  # steps at the last look; looks since the best one
        self.sinks: Sequence[Sink] = ()
        self.progress: Callable[[float, str], None] | None = None
        self.step_cost: dict[str, float] = {}
        self.look_cost: dict[str, float] = {}

    def calibrate(self) -> None:
        """What one step and one look cost: a step is made and taken back, at most 5 % of the budget is used for it."""
        if not self.meter.limit:
            self.step_cost = {"cpu_s": 0.0, "wall_s": 0.0}
            return
        before = copy.deepcopy(self.net.state_dict())
        at = np.arange(min(self.plan.batch, len(self.data[1])))
        if "mem_mb" in self.meter.limit:
            self._fit_memory(at)
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
            some = self.held[0].take(np.arange(min(EVALUATE, len(self.held[1]))))
            start = self.meter.total()
            loss_of(self.net, (some, self.held[1][: len(some)]))
            parts = math.ceil(len(self.held[1]) / EVALUATE)
            self.look_cost = {r: x * parts for r, x in self._since(start).items()}
        if not self.meter.fits(self._held_back(1.0)):
            limits = ", ".join(f"{r} {x:g}" for r, x in self.meter.limit.items())
            raise OverBudget(
                f"The budget ({limits}) is too small for one step of {self.plan.batch} cases; raise it."
            )

    def _choose(self, at: NDArray[np.int64]) -> None:
        """Threads, precision and compiling, where the budget leaves room to try them."""
        limit = self.meter.limit
        budget_s = min((limit[r] for r in ("wall_s", "cpu_s") if r in limit), default=None)

        def step(way: Choices) -> float:
            self.choices = way
            return self.gradients(at)

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
        self.micro, _ = largest(step, self.micro, limit)
        if self.micro == 0:
            raise OverBudget(
                f"mem_mb is limited to {limit:g}; {resident_mb():.0f} are in use, and one case more does not fit. Raise it."
            )

    def _since(self, start: Mapping[str, float]) -> dict[str, float]:
        return {r: x - start[r] for r, x in self.meter.total().items()}

    def _held_back(self, steps: float) -> dict[str, float]:
        """What `steps` steps, a last look and a last measure may take."""
        last = {
            r: SAFE_LOOK * self.look_cost.get(r, 0.0) + LAST * self.meter.limit.get(r, 0.0)
            for r in self.step_cost
        }
        return {r: SAFE * steps * x + last[r] for r, x in self.step_cost.items()}

    def gradients(self, at: NDArray[np.int64]) -> float:
        """Gradients of one batch, added up over micro-batches; halved where memory is short. Returns the loss."""
        while True:
            self.optimiser.zero_grad(set_to_none=True)
            try:
                return sum(
                    self._micro(at[i : i + self.micro], len(at)) for i in range(0, len(at), self.micro)
                )
            except (MemoryError, RuntimeError) as short:
                if self.micro == 1 or (isinstance(short, RuntimeError) and "alloc" not in str(short)):
                    raise
                self.micro = max(1, self.micro // 2)

    def _micro(self, at: NDArray[np.int64], whole: int) -> float:
        inputs, target = self.data[0].take(at), torch.from_numpy(self.data[1][at])
        with self.choices.precision():
            out, _ = self.forward(*tensors(inputs))
        out = out.float()
        loss = loss_from(self.net, out, target, self.plan.smoothing, self.weight, reduction="sum") / whole
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    def learn(
        self, rng: np.random.Generator, sinks: Sequence[Sink], progress: Callable[[float, str], None] | None
    ) -> FitReport:
        """Steps and looks until the epochs or the budget end; the best state is in the net."""
        report, n = self.report, len(self.data[1])
        self.sinks, self.progress = sinks, progress
        a_round = math.ceil(n / self.plan.batch)
        most = self.plan.epochs * a_round
        order = rng.permutation(n)
        for step in range(most):
            if not self._room():
                report.reason = report.reason or "budget"
                break
            self.done = max(self.meter.fraction(), step / most)
            if step % a_round == 0:
                order = rng.permutation(n)
            self._step(order[(step % a_round) * self.plan.batch :][: self.plan.batch])
            due = report.steps % self._every(max(1, most // LOOKS)) == 0
            if due and self.meter.fits(self._held_back(1.0)) and not self._judge():
                break
        report.reason = report.reason or "all epochs"
        if self.held is not None and self.looked < report.steps:
            self._judge()
        if self.best is not None:
            self.net.load_state_dict(self.best[1])
        report.best_loss = self.loss if self.best is None else self.best[0]
        report.epochs, report.micro, report.choices = report.steps / a_round, self.micro, asdict(self.choices)
        return report

    def _room(self) -> bool:
        """Whether one more step fits, and what comes last. A look may take less than was held back for it."""
        if self.meter.fits(self._held_back(1.0)):
            return True
        return self.looked < self.report.steps and self._judge() and self.meter.fits(self._held_back(1.0))

    def _step(self, at: NDArray[np.int64]) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = self.plan.rate * (
                one_cycle(self.done) if self.plan.schedule == "one_cycle" else 1.0
            )
        with self.meter.phase("train"):
            start = self.meter.total()
            if not self.net.training:  # after a look; telling every part each time takes as long as a layer
                self.net.train()
            self.loss = self.gradients(at)
            nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
            self.optimiser.step()
            for r, x in self._since(start).items():  # slower than before is believed at once, faster slowly
                self.step_cost[r] = max(x, 0.9 * self.step_cost[r] + 0.1 * x)
        self.report.steps += 1
        if self.report.steps == 1:
            self._keep()

    def _judge(self) -> bool:
        """Looks, tells, and keeps what is best; whether it is worth going on."""
        report, self.looked = self.report, self.report.steps
        look = self._look(self.loss)
        if look == math.inf:
            report.reason = report.reason or "budget"
            return False
        report.losses.append(look)
        told = {"loss": look, "train_loss": self.loss, "rate": self.optimiser.param_groups[0]["lr"]}
        for sink in self.sinks:
            sink.log(report.steps, told)
        if self.progress is not None:
            self.progress(self.done, f"loss {look:.4f}")
        if self.held is None:
            self._keep()
        elif self.best is None or look < self.best[0]:
            self.best, self.stale = (look, copy.deepcopy(self.net.state_dict())), 0
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

    def _every(self, every: int) -> int:
        """Steps between looks: a twelfth of what the budget allows, where that is less than all epochs."""
        if self.done <= 0 or self.report.steps < 5:
            return every
        return max(1, min(every, int(self.report.steps / self.done / LOOKS)))

    def _look(self, loss: float) -> float:
        """The validation loss; infinity where the budget ran out on the way, so that no look ever passes it."""
        if self.held is None:
            return loss
        with self.meter.phase("validate"):
            start, part = self.meter.total(), EVALUATE / max(len(self.held[1]), EVALUATE)
            a_part = {r: x * part for r, x in self.look_cost.items()}
            look = loss_of(self.net, self.held, lambda: self.meter.fits(a_part))
            if look < math.inf:
                for r, x in self._since(start).items():
                    self.look_cost[r] = max(0.9 * x, 0.7 * self.look_cost.get(r, 0.0) + 0.3 * x)
        return look
