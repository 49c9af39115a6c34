"""A CNN for windows, trained within a budget on four fifths of the recordings; the last fifth says how good it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mindshare.core.records import Budget
from mindshare.domains.fault_machines import probabilities
from mindshare.domains.pump import read_pump
from mindshare.domains.rig import read_rig
from mindshare.domains.windows import Windows, folds_by_parent

if TYPE_CHECKING:
    from mindshare.machines.learn.plan import FitReport
    from mindshare.machines.nets.net import NetModel

PARTS = 5  # one of them is held out
ROUNDS = 200  # of the windows, at most; the budget or the validation ends it before
PATIENCE = 8  # looks without a better loss


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """The model, the windows that it has not seen, and how many of them it gets right."""

    model: NetModel
    report: FitReport
    held_out: Windows
    accuracy: float
    commonest: float  # right by always saying the label that is commonest among the others

    def save(self, path: str | Path) -> Path:
        """Writes the model's file (`machines/nets/saved.py`)."""
        from mindshare.machines.nets.saved import save_model

        return save_model(self.model, path)


def sides(*, data: str | Path | None = None, seed: int = 0) -> tuple[Windows, Windows]:
    """(learn from, held out): the pump's windows under `data`, else the simulated rig's; no recording is on both sides."""
    windows = read_rig(seed=seed) if data is None else read_pump(data)
    learn, held = folds_by_parent(windows, PARTS, seed)[0]
    return windows.take(learn), windows.take(held)


def train(
    *,
    data: str | Path | None = None,
    budget: Budget,
    hard: bool = False,
    seed: int = 0,
    progress: Callable[[float, str], None] | None = None,
) -> Trained:
    """Learns within the budget; stops early by recordings that are neither learnt from nor held out."""
    from mindshare.machines.learn.plan import FitPlan
    from mindshare.machines.nets.cnn import CNN

    known, held = sides(data=data, seed=seed)
    learn, watch = (known.take(at) for at in folds_by_parent(known, PARTS, seed)[0])
    model = CNN(attention="additive", seed=seed)
    model.fit(
        list(learn.values),
        learn.truth,
        budget=budget,
        plan=FitPlan(epochs=ROUNDS, batch=32, rate=6e-3, patience=PATIENCE),
        validation=(list(watch.values), watch.truth),
        progress=progress,
        hard=hard,
    )
    right = probabilities(model, held).argmax(axis=1) == held.code
    common = np.bincount(known.code).argmax()
    return Trained(
        model=model,
        report=model.report_,
        held_out=held,
        accuracy=float(right.mean()),
        commonest=float((held.code == common).mean()),
    )
