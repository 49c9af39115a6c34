"""Learning within a budget: every step, look and checkpoint is checked against what is left, before it is made.

The rate follows the part of the budget that is gone (one-cycle: Smith & Topin 2018), so that it has come down when the
budget ends, however fast the machine is today. Steps are small enough for the memory limit (micro-batches, gradients
added up: the batch that learns never changes). What a step and a look at the validation cost is measured, an upper bound
of it is held back, and the best state is what is returned.
"""

from __future__ import annotations

import math
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from mindshare.core.errors import OverBudget
from mindshare.machines.costs.measure import measure
from mindshare.machines.learn.calibrate import SAFE, calibrate
from mindshare.machines.learn.gradients import Gradients, put_back
from mindshare.machines.learn.looks import PART, Parts, Validation
from mindshare.machines.learn.meter import Meter
from mindshare.machines.learn.plan import Course, FitPlan, FitReport
from mindshare.machines.learn.rounds import Rounds
from mindshare.machines.learn.steps import Cases, hold_out, kept, one_cycle
from mindshare.machines.memory import exact
from mindshare.machines.parts.net import Net
from mindshare.machines.threads import threads

SAFE_LOOK = 1.05  # the same for a look, which ends in time
MOST_LOOK = 0.15  # of the budget: what is held back for the last look at most; a dearer one sees some of the cases only
LAST = 0.015  # of the budget: held back for the last measure
LOOKS = 12  # at the validation, over a whole fit, at most
LEARN = 3.0  # times what a look takes is spent on learning before the next one


def train(
    net: Net, cases: Cases, plan: FitPlan, meter: Meter, course: Course | None = None, *, seed: int
) -> FitReport:
    """Changes `net` in place to the best state found.

    Raises OverBudget where not even one step fits.
    """
    rng = np.random.default_rng(seed)
    if cases.held is None and plan.patience is not None:
        cases = hold_out(cases.taught, rng)
    run = _run(net, cases, plan, meter, course, seed)
    with threads(1), exact("mem_mb" in meter.limit), put_back(net):
        with meter.phase("calibrate"):
            run.calibrate()
        with threads(run.step.choices.threads):
            report = run.learn(rng)
        net.to("cpu")  # answers are given beside the processor
        with meter.phase("measure"):
            seconds = meter.spare_s()
            if seconds:  # else whoever asks what an answer costs has it measured then
                at_once = run.step.micro if "mem_mb" in meter.limit else math.inf
                longest = int(cases.taught[0].sizes.max())
                report.cost = measure(net, longest, seconds, learn=False, at_once=at_once)
    report.planned, report.spent, report.total = dict(meter.planned), meter.spent, meter.told()
    return report


def measure_steps(net: Net, cases: Cases, plan: FitPlan, meter: Meter, *, seed: int) -> None:
    """The meter and its parts know afterwards what a step and a look take: courses that follow need not measure it again.

    Raises OverBudget where not even one step fits.
    """
    with threads(1), exact("mem_mb" in meter.limit), put_back(net), meter.phase("calibrate"):
        _run(net, cases, plan, meter, None, seed).calibrate()


def _run(net: Net, cases: Cases, plan: FitPlan, meter: Meter, course: Course | None, seed: int) -> _Run:
    held = None if cases.held is None else Validation(cases.held, np.random.default_rng(seed))
    run = _Run(Gradients(net, cases.taught, plan, meter.card), held, meter, course or Course())
    if 0.0 in meter.limit.values():
        raise run.too_small()
    return run


class _Run:
    """One fit: its steps and looks, and what they cost."""

    def __init__(self, step: Gradients, held: Validation | None, meter: Meter, course: Course) -> None:
        self.step, self.judges, self.meter, self.course = step, held, meter, course
        self.held = None if course.at_end else held  # those that judge now
        self.net, self.plan, self.rate = step.net, step.plan, step.plan.settled().rate
        self.report, self.loss, self.done, self.epochs = FitReport(), math.nan, 0.0, 0.0
        self.best: tuple[float, Parts, dict[str, Tensor]] | None = None
        self.looked, self.stale = 0, 0  # steps at the last look; looks since the best one
        self.next_look = 1 / LOOKS  # share of the fit at which the next one is due
        self.step_cost: dict[str, float] = {}
        self.look_cost: dict[str, float] = {}

    def calibrate(self) -> None:
        """What one step and one look cost: measured, where it is not known from a course before."""
        self.step_cost = dict.fromkeys(self.meter.total(), 0.0)
        if not self.meter.limit:
            return
        if self.meter.known is None:
            self.meter.known = calibrate(self.step, self.judges, self.meter)
        known = self.meter.known
        self.step.begin(known, self.meter.limit.get("mem_mb"))
        self.step_cost |= known.step
        if self.judges is not None:
            self.judges.split(known.micro if "mem_mb" in self.meter.limit else PART)
            self.look_cost = {r: x * len(self.judges.parts) for r, x in known.part.items()}
        self.next_look = self._after_look()
        if not self.meter.fits(self._held_back(1.0)):
            raise self.too_small()

    def too_small(self) -> OverBudget:
        """What is said where not even one step fits."""
        limits = ", ".join(f"{r} {x:g}" for r, x in self.meter.limit.items())
        return OverBudget(
            f"The budget ({limits}) is too small for one step of {self.plan.batch} cases; raise it."
        )

    def _held_back(self, steps: float) -> dict[str, float]:
        """What `steps` steps, a last look and a last measure may take."""
        limit = self.meter.limit
        last = {
            r: min(SAFE_LOOK * self.look_cost.get(r, 0.0), MOST_LOOK * limit.get(r, math.inf))
            + LAST * limit.get(r, 0.0)
            for r in self.step_cost
        }
        return {r: SAFE * steps * x + last[r] for r, x in self.step_cost.items()}

    def learn(self, rng: np.random.Generator) -> FitReport:
        """Steps and looks until the epochs or the budget end; the best state is in the net."""
        report, plan, cases = self.report, self.plan, self.step.taught[0]
        # an error of numbers has no size that is small everywhere
        known = plan.known if self.net.spec.classes else 0.0
        rounds = Rounds(cases.sizes, plan.batch, plan.settled().epochs, known, rng)
        for done, at in rounds.batches():
            self.epochs = rounds.taken / len(cases)
            if not self._room():
                if not report.steps and not self.step.watch():
                    raise self.step.short()
                report.reason = report.reason or "budget"
                break
            self.done = max(self.meter.fraction(), done)
            rounds.learnt(at, self._learn_from(at))
            if self.done >= self.next_look and self.meter.fits(self._held_back(1.0)) and not self._judge():
                break
        report.reason = report.reason or "all epochs"
        if self.judges is not None and (self.course.at_end or self.looked < report.steps):
            self.held = self.judges
            self._judge()
        if self.best is not None:
            self.net.load_state_dict(self.best[2])
        report.best_loss = self.loss if self.best is None else self.best[0]
        if self.course.at_end and self.judges is not None and not self._saw_all(self.judges):
            report.best_loss = math.nan
        report.epochs, report.micro, report.rate = rounds.taken / len(cases), self.step.micro, self.rate
        if self.best is None:
            report.best_epochs = report.epochs
        report.choices = asdict(self.step.choices)
        return report

    def _saw_all(self, judges: Validation) -> bool:
        return self.best is not None and len(self.best[1]) == len(judges.parts)

    def _room(self) -> bool:
        """Whether one more step fits, and what comes last. A look may take less than was held back for it."""
        if self.meter.steps >= self.meter.most_steps or not self.step.watch():
            return False
        if self.meter.fits(self._held_back(1.0)):
            return True
        return self.looked < self.report.steps and self._judge() and self.meter.fits(self._held_back(1.0))

    def _learn_from(self, at: NDArray[np.int64]) -> NDArray[np.float32]:
        rate = self.rate * (one_cycle(self.done) if self.plan.schedule == "one_cycle" else 1.0)
        for group in self.step.optimiser.param_groups:
            group["lr"] = rate * group["times"]
        with self.meter.phase("train"):
            start = self.meter.total()
            if not self.net.training:  # after a look; telling every part each time takes as long as a layer
                self.net.train()
            losses = self.step.of(at)
            self.loss = float(losses.mean())
            self.step.move()
            for r, x in self.meter.since(
                start
            ).items():  # slower than before is believed at once, faster slowly
                self.step_cost[r] = max(x, 0.9 * self.step_cost[r] + 0.1 * x)
        self.report.steps, self.meter.steps = self.report.steps + 1, self.meter.steps + 1
        if self.report.steps == 1 and self.course.better_than == math.inf:
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
        told = {"loss": look, "train_loss": self.loss, "rate": self.step.optimiser.param_groups[0]["lr"]}
        for sink in self.course.sinks:
            sink.log(report.steps, told)
        if self.course.progress is not None:
            self.course.progress(self.done, f"loss {look:.4f}")
        if self.held is None:
            if self.course.better_than > -math.inf:
                self._keep()
        elif self.best is None or look < self.best[0]:
            self.best, self.stale = (look, parts, kept(self.net, self.best and self.best[2])), 0
            report.best_epochs, report.factor = self.epochs, self.held.factor
            if look < self.course.better_than:
                self._keep()
        else:
            self.stale += 1
            if self.plan.patience is not None and self.stale >= self.plan.patience:
                report.reason = report.reason or "no better validation loss"
                return False
        return True

    def _keep(self) -> None:
        if self.course.keep is not None:
            with self.meter.phase("checkpoint"), self.step.at_home():
                self.course.keep()

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
            with self.step.counted():
                seen = self.held.look(self.net, lambda: self.step.watch() and self.meter.fits(a_part))
            for r, x in self.meter.since(start).items() if len(seen) else ():
                whole = x * all_parts / len(seen)
                self.look_cost[r] = max(0.9 * whole, 0.7 * self.look_cost.get(r, 0.0) + 0.3 * whole)
        return seen
