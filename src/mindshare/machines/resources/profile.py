"""The card of a model: what its answers cost here, what fits within limits, and how far that is from what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mindshare.core.errors import MindshareError, listed, nearest
from mindshare.machines.costs.measure import Shape, observe, shapes
from mindshare.machines.costs.model import COVERAGE, CostModel
from mindshare.machines.memory import resident_mb
from mindshare.machines.nets.net import NetModel
from mindshare.machines.resources.edge import EDGE, export_ladder, padded, run_on_edge
from mindshare.machines.resources.monitor import ResourceMonitor

SCHEMA = "mindshare profile 1"
LIMITED = (
    "cpu_s",
    "mem_mb",
    "net_mb",
)  # a second of running: CPU seconds, memory of the process, what goes over the link
BATCHES = (1, 8, 64)
CHECK_S = 3.0  # CPU seconds for measuring shapes that the fit has not seen
STALE = 0.25
MADE = 128  # cases with which a ladder is tried


def profile(model: NetModel, limits: Mapping[str, float] | None = None) -> dict[str, Any]:
    """The card on this machine; what was measured before and no longer holds (a median of more than `STALE` off) is measured anew.

    `limits`, per second: `cpu_s`, `mem_mb`, `net_mb`; those not given are what the monitor finds.
    """
    given = dict(limits or {})
    for name in given:
        if name not in LIMITED:
            raise MindshareError(
                f"A profile cannot be limited in '{name}'; it can in {listed(LIMITED)}.{nearest(name, LIMITED)}"
            )
    found = ResourceMonitor().limits().limit
    within = {**found, **given}
    limits = {r: within[r] for r in LIMITED if r in within}
    cost, longest = model.cost_model(whole=True), model.spec_.most
    checked, stale = check(model, cost), None
    if checked["median_error"] > STALE:
        stale, cost = checked["median_error"], model.cost_model(whole=True, anew=True)
        checked = check(model, cost)
    sizes = sorted({max(1, round(longest * x)) for x in (0.25, 0.5, 1.0, 2.0, 4.0)})
    return {
        "schema": SCHEMA,
        "model": {
            "family": type(model).__name__,
            "parameters": sum(p.numel() for p in model.net_.parameters()),
            "reads": model.spec_.reads,
            "longest": longest,
        },
        "device": cost.device,
        "coverage": COVERAGE,
        "limits": limits,
        "cost": [_row(cost, n, b) for n in sizes for b in BATCHES],
        "article": cost.in_the_articles_terms(longest),
        "within": [_within(model, cost, n, limits) for n in sizes],
        "check": checked,
        "stale": stale,
        "curves": cost.as_dict(),
    }


def _row(cost: CostModel, size: int, batch: int) -> dict[str, float]:
    """One line of the table: what such a batch takes."""
    return {
        "size": size,
        "batch": batch,
        "answer_s": float(cost.answer_s(size, batch)),
        "answer_upper_s": float(cost.answer_upper_s(size, batch)),
        "learn_s": float(cost.learn_s(size, batch)),
        "memory_mb": float(cost.memory_mb(size, batch)),
    }


def _within(model: NetModel, cost: CostModel, size: int, limits: Mapping[str, float]) -> dict[str, Any]:
    """The largest batch within the memory, and cases a second within all limits, with the one that holds them back."""
    room = limits["mem_mb"] - resident_mb() if "mem_mb" in limits else float("inf")
    largest = cost.largest_batch(size, max(room, 0.0)) if room < float("inf") else None
    batch, a_cpu_s = cost.best_batch(size, max(room, 0.0))
    a_case_mb = size * max(model.spec_.channels, 1) * (8 if model.spec_.reads == "text" else 4) / 2**20
    rates = {"cpu_s": a_cpu_s * limits.get("cpu_s", 1.0)}
    if "net_mb" in limits:
        rates["net_mb"] = limits["net_mb"] / a_case_mb
    scarce = min(rates, key=lambda r: rates[r])
    return {
        "size": size,
        "largest_batch": largest,
        "best_batch": batch,
        "cases_per_s": rates[scarce],
        "scarce": "mem_mb" if largest == 0 else scarce,
    }


def check(model: NetModel, cost: CostModel) -> dict[str, Any]:
    """Measured against foreseen, on shapes that the curves were not fitted to."""
    longest, image = model.spec_.most, model.spec_.reads == "image"
    known = set(shapes(longest, image=image))
    asked: list[Shape] = [(max(2, round(longest * x)), b) for x in (0.3, 0.7, 0.9) for b in (3, 12, 24)]
    ways = [w for w in asked if w not in known]
    seen = observe(model.net_, ways, CHECK_S, learn=False)
    rows = []
    for (n, b), took in seen.items():
        size = round(n**0.5) ** 2 if image else n
        middle, told = float(np.median([t[0] for t in took])), float(cost.answer_s(size, b))
        rows.append(
            {"size": size, "batch": b, "measured_s": middle, "foreseen_s": told, "error": told / middle - 1}
        )
    return {"rows": rows, "median_error": float(np.median([abs(row["error"]) for row in rows]))}


def profile_edge(model: NetModel, small: NetModel | None, place: Path) -> dict[str, Any]:
    """Exports the ladder to `place` and runs it on made-up cases where there is one core, 512 MB and no torch."""
    rungs = {"model": model} if small is None else {"small": small, "model": model}
    X = made_cases(model)
    card = export_ladder(rungs, place, X)
    told = run_on_edge(place, padded(model, X))
    return {
        "limits": dict(EDGE),
        "ladder": str(place),
        "rungs": card["rungs"],
        "cases_per_cpu_s": told["cases_per_cpu_s"],
        "mem_mb": told["spent"]["mem_mb"],
        "torch": told["torch"],
        "cases": f"{len(X)} made up: what they hold changes no cost, and says nothing about accuracy",
    }


def made_cases(model: NetModel) -> Any:
    """Noise in the shape of the longest case of training."""
    rng, spec = np.random.default_rng(0), model.spec_
    if spec.reads == "text":
        return [" ".join(f"w{k}" for k in rng.integers(0, 5_000, spec.most)) for _ in range(MADE)]
    if spec.reads == "image":
        side = round(spec.most**0.5)
        return rng.normal(size=(MADE, spec.channels, side, side))
    return rng.normal(size=(MADE, spec.most, spec.channels))
