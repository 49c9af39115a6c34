"""The first fits of a process, in a process of their own: `python -m tests.machines.learn.first_fits` tells what became of them as JSON."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

from mindshare.core.errors import OverBudget
from mindshare.core.records import Budget
from mindshare.machines import memory
from mindshare.machines.learn.plan import FitPlan
from mindshare.machines.nets.cnn import CNN
from mindshare.machines.nets.gru import GRU
from mindshare.machines.nets.transformer import Transformer
from tests.machines.conftest import windows

STATUS = Path("/proc/self/status")
WAYS: dict[str, tuple[Any, FitPlan, dict[str, float]]] = {
    "plain": (CNN, FitPlan(epochs=1, batch=64), {}),
    "states": (partial(Transformer, width=128), FitPlan(epochs=1, patience=3), {}),
    "race": (GRU, FitPlan(batch=128), {"steps": 60}),
}


def peak() -> float:
    return float(STATUS.read_text(encoding="ascii").split("VmHWM:")[1].split()[0]) / 1024


class Watched:
    """The highest resident memory since it was made, though every probe of a fit begins its own count."""

    def __init__(self) -> None:
        self.most, self.whole = 0.0, memory.peak_mb
        memory.peak_mb = self.probe
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")

    def probe(self, run: Any) -> float:
        self.most = max(self.most, peak())
        used = self.whole(run)
        self.most = max(self.most, peak())
        return used

    def over(self, limit: float) -> float:
        memory.peak_mb = self.whole
        return max(self.most, peak()) - limit


def under(room: float, way: str) -> dict[str, Any]:
    """MB by which the limit was passed, and whether it was learnt within it."""
    family, plan, more = WAYS[way]
    X, y = windows(300, 0, longest=200)
    model, limit = family(), memory.resident_mb() + room
    watched = Watched()
    try:
        model.fit(X, y, budget=Budget(limit={"mem_mb": limit, **more}), plan=plan)
        learnt = True
    except OverBudget:
        learnt = False
    return {"way": way, "room": room, "over": watched.over(limit), "learnt": learnt}


def main() -> None:
    told: dict[str, Any] = {"memory": []}
    if STATUS.exists():
        told["memory"].append(under(10.0, "plain"))
    report = CNN().fit(*windows(60, 0), budget=Budget(limit={"cpu_s": 0.15})).report_
    told["first"] = {"steps": report.steps, "cpu_s": report.total["cpu_s"]}
    if STATUS.exists():
        told["memory"] += [under(room, way) for way in WAYS for room in (25.0, 60.0)]
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
