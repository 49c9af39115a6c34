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
from mindshare.core.records import Budget
from mindshare.machines.choices import Choices, choose, wall_clock
from mindshare.machines.cost_measure import measure
from mindshare.machines.memory import largest, resident_mb
from mindshare.machines.meter import Meter
from mindshare.machines.plan import FitPlan, FitReport, Sink
from mindshare.machines.steps import (
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
from mindshare.machines.threads import threads

if TYPE_CHECKING:
    from mindshare.machines.net import Net

SAFE = 1.3  # times the largest measured cost of a step or look is held back
MEASURE, MEASURE_S, MEASURE_MOST_S = (
    0.01,
    0.05,
    1.0,
)  # of the budget; without one; at most: for the cost of an answer
LOOKS = 12  # at the validation, over a whole fit, about


def train(
    net: Net,
    data: Data,
    held: Data | None,
    plan: FitPlan,
    budget: Budget | None,
    *,
    seed: int,
    sinks: Sequence[Sink] = (),
    progress: Callable[[float, str], None] | None = None,
    keep: Callable[[], object] | None = None,
) -> FitReport:
    """Changes `net` in place to the best state found; `keep` is called after the first step, and at each better state.

    Raises OverBudget where not even one step fits.
    """
    meter, rng = Meter(budget), np.random.default_rng(seed)
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
            report.cost = measure(net, int(data[0].sizes.max()), _measure_s(meter.limit), learn=False)
    report.planned, report.spent, report.total = dict(meter.limit), meter.spent, meter.total()
    return report


def _measure_s(limit: Mapping[str, float]) -> float:
    """CPU seconds for measuring what an answer costs: a part of what is held back for it."""
    scarce = min((limit[r] for r in ("cpu_s", "wall_s") if r in limit), default=MEASURE_S / MEASURE)
    return min(MEASURE * scarce, MEASURE_MOST_S)


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
        self.step_cost: dict[str, float] = {}
        self.look_cost: dict[str, float] = {}

    def calibrate(self) -> None:
        """What one step and one look cost: a step is made and taken back, at most 5 % of the budget is used for it."""
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
            r: SAFE * self.look_cost.get(r, 0.0) + 0.02 * self.meter.limit.get(r, 0.0) for r in self.step_cost
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
        n, report = len(self.data[1]), FitReport()
        a_round = math.ceil(n / self.plan.batch)
        most = self.plan.epochs * a_round
        every, best, stale, done = max(1, most // LOOKS), None, 0, 0.0
        order = rng.permutation(n)
        for step in range(most):
            if not self.meter.fits(self._held_back(1.0)):
                report.reason = "budget"
                break
            done = max(self.meter.fraction(), step / most)
            for group in self.optimiser.param_groups:
                group["lr"] = self.plan.rate * (one_cycle(done) if self.plan.schedule == "one_cycle" else 1.0)
            if step % a_round == 0:
                order = rng.permutation(n)
            at = order[(step % a_round) * self.plan.batch :][: self.plan.batch]
            with self.meter.phase("train"):
                start = self.meter.total()
                self.net.train()
                loss = self.gradients(at)
                nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
                self.optimiser.step()
                for r, x in self._since(
                    start
                ).items():  # slower than before is believed at once, faster slowly
                    self.step_cost[r] = max(x, 0.9 * self.step_cost[r] + 0.1 * x)
            report.steps += 1
            if report.steps == 1:
                self._keep()
            if (step + 1) % self._every(every, done, step) == 0 and self.meter.fits(self._held_back(1.0)):
                look = self._look(loss)
                report.losses.append(look)
                for sink in sinks:
                    sink.log(
                        step, {"loss": look, "train_loss": loss, "rate": self.optimiser.param_groups[0]["lr"]}
                    )
                if progress is not None:
                    progress(done, f"loss {look:.4f}")
                if self.held is not None and (best is None or look < best[0]):
                    best, stale = (look, copy.deepcopy(self.net.state_dict())), 0
                    self._keep()
                elif self.held is None:
                    self._keep()
                else:
                    stale += 1
                    if self.plan.patience is not None and stale >= self.plan.patience:
                        report.reason = "no better validation loss"
                        break
            report.best_loss = loss
        report.reason = report.reason or "all epochs"
        return self._finish(report, best, a_round)

    def _keep(self) -> None:
        if self.keep is not None:
            with self.meter.phase("checkpoint"):
                self.keep()

    def _every(self, every: int, done: float, step: int) -> int:
        """Steps between looks: a twelfth of what the budget allows, where that is less than all epochs."""
        if done <= 0 or step < 5:
            return every
        return max(1, min(every, int(step / done / LOOKS)))

    def _look(self, loss: float) -> float:
        if self.held is None:
            return loss
        with self.meter.phase("validate"):
            start = self.meter.total()
            look = loss_of(self.net, self.held)
            for r, x in self._since(start).items():
                self.look_cost[r] = max(x, 0.7 * self.look_cost.get(r, 0.0) + 0.3 * x)
        return look

    def _finish(
        self, report: FitReport, best: tuple[float, dict[str, Tensor]] | None, a_round: int
    ) -> FitReport:
        if self.held is not None:
            if self.meter.fits({r: SAFE * x for r, x in self.look_cost.items()}):
                last = self._look(0.0)
                report.losses.append(last)
                if best is None or last < best[0]:
                    best = (last, copy.deepcopy(self.net.state_dict()))
            if best is not None:
                self.net.load_state_dict(best[1])
                report.best_loss = best[0]
        report.choices = asdict(self.choices)
        report.epochs, report.micro = report.steps / a_round, self.micro
        return report
