"""A CNN for windows, trained within a budget on four fifths of the recordings; the last fifth says how good it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from mindshare.core.records import Budget
from mindshare.domains.domain import Trained
from mindshare.domains.manufacturing.machines.faults import probabilities
from mindshare.domains.manufacturing.windows.pump import read_pump
from mindshare.domains.manufacturing.windows.rig import read_rig
from mindshare.domains.manufacturing.windows.windows import Windows, folds_by_parent

PARTS = 5  # one of them is held out
ROUNDS = 200  # of the windows, at most; the budget or the validation ends it before
PATIENCE = 8  # looks without a better loss


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
        unseen="windows of recordings that it has not seen",
        tested=len(held),
        accuracy=float(right.mean()),
        commonest=float((held.code == common).mean()),
    )
