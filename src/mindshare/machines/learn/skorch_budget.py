"""A fit of anybody's net by skorch ends within a budget, and its best state is what is left in the net.

What a step and a look at the validation cost is measured on the way, and an upper bound of the next step and of a last look is held
against what is left before each step, as in `fit.py`. skorch does the rest: a callback sees each batch before it is learnt from.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from torch import Tensor

import mindshare.machines.learn.warm  # noqa: F401  # no fit pays for it
from mindshare.core.errors import MindshareError, OverBudget
from mindshare.core.records import Budget
from mindshare.machines.learn.calibrate import SAFE
from mindshare.machines.learn.fit import LAST
from mindshare.machines.learn.meter import TIMED, Meter
from mindshare.machines.learn.plan import FitReport
from mindshare.machines.learn.steps import one_cycle
from mindshare.machines.memory import exact, largest, peak_mb, resident_mb

try:
    from skorch.callbacks import Callback
    from skorch.dataset import get_len
    from skorch.utils import multi_indexing
except ImportError as missing:
    raise MindshareError("This needs the package skorch: pip install 'mindshare[skorch]'.") from missing

STATES = 3  # times the weights: what the optimiser and the best state take once learning has begun


class WithinBudget(Callback):
    """``NeuralNetClassifier(module, callbacks=[WithinBudget(Budget(limit={"cpu_s": 5.0}))])``.

    `budget`: `cpu_s` and `wall_s` of this process, `mem_mb` (resident), `steps`. `cycle`: the net's rates are the highest, and follow the
    part of the budget that is gone (up for a quarter, then down with a cosine). The best state is that of the least `valid_loss`; without a
    `train_split` the last one. The net's own `max_epochs` and callbacks may end it earlier. Learned: `report_` (`FitReport`).
    Errors: OverBudget where not even one step fits, or a batch not into `mem_mb`.
    """

    def __init__(self, budget: Budget, *, cycle: bool = False) -> None:
        self.budget, self.cycle = budget, cycle

    # -- skorch's events, in their order --
    def on_train_begin(self, net: Any, **_: Any) -> None:
        self.meter_ = Meter(self.budget)
        if self.cycle and not self.meter_.limit.keys() & set(TIMED) and self.meter_.most_steps == math.inf:
            raise ValueError(
                "A cycle follows cpu_s, wall_s or steps; limit one of them, or leave `cycle` out."
            )
        self.report_ = FitReport(planned=dict(self.budget.limit), reason="the net's own end")
        self.step_cost_, self.look_cost_ = dict.fromkeys(TIMED, 0.0), dict.fromkeys(TIMED, 0.0)
        self.best_: Mapping[str, Tensor] | None = None
        self.looked_, self.grown_ = 0, 0.0  # steps at the last look; MB that a number of a batch takes
        self.rates_ = [group["lr"] for group in net.optimizer_.param_groups]
        self.open_ = ExitStack()
        self.open_.enter_context(exact("mem_mb" in self.meter_.limit))

    def on_epoch_begin(self, net: Any, dataset_valid: Any = None, **_: Any) -> None:
        self.judges_, self.mark_ = dataset_valid, self.meter_.total()
        if dataset_valid is not None and not self.look_cost_["cpu_s"] and self.meter_.limit:
            batches = net.get_iterator(dataset_valid, training=False)
            for _turn in range(2):  # the first one warms caches up and counts too much
                self._since_mark()
                net.validation_step(next(iter(batches)))
            self.look_cost_ = {r: x * len(batches) for r, x in self._since_mark().items()}

    def on_batch_begin(self, net: Any, batch: Any = None, training: bool = False, **_: Any) -> None:
        if training and not self.report_.steps and self.meter_.limit:
            self._try(net, batch)
        if "mem_mb" in self.meter_.limit and not self._fits_memory(batch):
            self._end(net, "mem_mb")
        if training and not self._room():
            self._end(net, "budget")
        if training and self.cycle:
            for group, rate in zip(net.optimizer_.param_groups, self.rates_, strict=True):
                group["lr"] = rate * one_cycle(self.meter_.fraction())

    def on_batch_end(self, _net: Any, training: bool = False, **_: Any) -> None:
        if not training:
            return
        for r, x in self._since_mark().items():  # slower than before is believed at once, faster slowly
            self.step_cost_[r] = max(x, 0.9 * self.step_cost_[r] + 0.1 * x)
        self.report_.steps, self.meter_.steps = self.report_.steps + 1, self.meter_.steps + 1

    def on_epoch_end(self, net: Any, **_: Any) -> None:
        if self.judges_ is not None:
            self.look_cost_ = self._since_mark()
            told = net.history[-1].get("valid_loss")
            self._judge(net, self._look(net) if told is None else told)
        self.report_.epochs += 1

    def on_train_end(self, net: Any, **_: Any) -> None:
        if self.best_ is not None:
            net.module_.load_state_dict(self.best_)
        self.best_ = None
        self.report_.total = self.meter_.total()
        self.open_.close()

    # -- what is left --
    def _since_mark(self) -> dict[str, float]:
        now = self.meter_.total()
        took, self.mark_ = {r: x - self.mark_[r] for r, x in now.items()}, now
        return took

    def _room(self) -> bool:
        """Whether one more step fits, and a last look."""
        limit = self.meter_.limit
        held = {
            r: SAFE * x + self.look_cost_[r] + LAST * limit.get(r, 0.0) for r, x in self.step_cost_.items()
        }
        return self.meter_.steps < self.meter_.most_steps and self.meter_.fits(held)

    def _try(self, net: Any, batch: Any) -> None:
        """What a step costs, before the first one: gradients are made and thrown away."""
        before = copy.deepcopy(net.module_.state_dict())
        if "mem_mb" in self.meter_.limit:
            self._try_memory(net, batch)
        for _ in range(
            2
        ):  # once more where the first one seems too dear: it warms caches up and counts too much
            self._since_mark()
            net.train_step_single(batch)
            self.step_cost_ = self._since_mark()
            if self._room():
                break
        net.optimizer_.zero_grad(set_to_none=True)
        net.module_.load_state_dict(before)

    def _try_memory(self, net: Any, batch: Any) -> None:
        X, y = batch  # two cases at least: a batch norm cannot learn from one
        weights = sum(p.numel() * p.element_size() for p in net.module_.parameters()) / 2**20
        limit, whole = self.meter_.limit["mem_mb"] - STATES * weights, get_len(X)

        def step(cases: int) -> None:
            net.optimizer_.zero_grad(set_to_none=True)
            some = slice(0, max(cases, 2))
            net.train_step_single((multi_indexing(X, some), None if y is None else multi_indexing(y, some)))

        most = largest(step, whole, limit).cases
        if most < whole:
            self.open_.close()
            mend = f"set batch_size={most}, or raise it" if most else "raise it"
            raise OverBudget(
                f"mem_mb is limited to {self.meter_.limit['mem_mb']:g}; a batch of {whole} cases does not fit: {mend}."
            )
        net.optimizer_.zero_grad(set_to_none=True)
        base = resident_mb()
        self.grown_ = max(peak_mb(lambda: step(whole)) - base, 0.0) / max(_numbers(X), 1)

    def _fits_memory(self, batch: Any) -> bool:
        more = SAFE * self.grown_ * _numbers(batch[0])
        return self.report_.steps == 0 or resident_mb() + more <= self.meter_.limit["mem_mb"]

    def _end(self, net: Any, reason: str) -> None:
        """Ends the fit in skorch's manner, after a last look where the state has not been judged."""
        if not self.report_.steps:
            self.open_.close()
            limits = ", ".join(f"{r} {x:g}" for r, x in self.budget.limit.items())
            raise OverBudget(f"The budget ({limits}) is too small for one step; raise it.")
        self.report_.reason = reason
        if (
            self.judges_ is not None
            and self.looked_ < self.report_.steps
            and self.meter_.fits(self.look_cost_)
        ):
            loss = self._look(net)
            net.history.record("valid_loss", loss)
            self._judge(net, loss)
        raise KeyboardInterrupt

    # -- the best state --
    def _look(self, net: Any) -> float:
        """Loss a case of the validation."""
        total, cases = 0.0, 0
        for batch in net.get_iterator(self.judges_, training=False):
            n = get_len(batch[0])
            total, cases = total + n * float(net.validation_step(batch)["loss"]), cases + n
        return total / max(cases, 1)

    def _judge(self, net: Any, loss: float) -> None:
        self.looked_ = self.report_.steps
        self.report_.losses.append(loss)
        if self.best_ is None or loss < self.report_.best_loss:
            self.best_, self.report_.best_loss = copy.deepcopy(net.module_.state_dict()), loss


def _numbers(X: Any) -> int:
    """How many numbers a batch holds."""
    if isinstance(X, Tensor):
        return X.numel()
    parts = X.values() if isinstance(X, Mapping) else X if isinstance(X, tuple | list) else ()
    return sum(_numbers(part) for part in parts)
