"""Whether fits end in time and in memory: many fits with a slow validation, half of them on a busy machine; fits under memory limits.

    python benchmarks/deadline.py [--fits 100] [--budget 3] [--only soft,hard,lightning,memory,peak]

A look at the validation takes about a tenth of the budget. Busy: two processes that only burn time run beside the fit. `used`: share
of the budget used by fits that did not stop early. Lightning: its `max_time` on the same work, ten fits. Memory: limits from 200 MB
above what is resident after importing torch up to 2 GB, each fit in a worker that is killed where it passes; the chosen number of cases
at once against the true largest, read off the memory of steps of 16 to 4,096 cases; two fits at a time. Peak: the highest resident
memory of the first fit of a process and an answer after it, against limits of 20 to 150 MB beyond what is resident when it is asked for,
for each family of nets.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

BATCH = 4_096  # cases a step under a memory limit
FAMILIES = ("CNN", "GRU", "Transformer", "Capsule")
ROOMS_MB = (20.0, 45.0, 70.0, 150.0)  # beyond what is resident when a process asks for its first fit
WAYS: dict[
    str, tuple[dict[str, Any], int, int, bool]
] = {  # parameters of the net, batch, cases, whether time is limited too
    "batches of 32": ({}, 32, 320, False),
    "batches of 1,024": ({}, 1_024, 1_088, False),
    "searched, 512 cases judge": ({}, 256, 1_088, True),
}
PROMISED = {"soft": 0.02, "hard": 0.0}  # share of fits over by more than 1 %


def work(seed: int, held: int) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, 400 + held)
    X = rng.normal(0, 1.0, (len(y), 64, 4)).astype(np.float32)
    X[y == 1, 20:36, 0] += 1.0
    return X[:400], y[:400], (X[400:], y[400:])


def burn() -> None:
    while True:
        sum(i * i for i in range(10_000))


@contextmanager
def busy(on: bool) -> Iterator[None]:
    every = [multiprocessing.Process(target=burn, daemon=True) for _ in range(2 if on else 0)]
    for process in every:
        process.start()
    try:
        yield
    finally:
        for process in every:
            process.kill()
            process.join()


def held_cases(budget: float) -> int:
    """How many cases make a look last a tenth of the budget, on a quiet machine."""
    from mindshare.machines.learn.plan import FitPlan
    from mindshare.machines.nets.cnn import CNN

    X, y, held = work(0, 4_000)
    model = CNN().fit(X, y, plan=FitPlan(epochs=1))
    start = time.perf_counter()
    model.score(*held)
    return int(4_000 * 0.1 * budget / (time.perf_counter() - start))


def ours(kind: str, fits: int, budget: float, held: int) -> None:
    from mindshare.core.records import Budget
    from mindshare.machines.learn.plan import FitPlan
    from mindshare.machines.nets.cnn import CNN

    for on in (False, True):
        took, used = [], []
        with busy(on):
            for seed in range(fits // 2 + 1):
                X, y, there = work(seed, held)
                start = time.perf_counter()
                model = CNN(seed=seed).fit(
                    X,
                    y,
                    budget=Budget(limit={"wall_s": budget if seed else 60.0}),
                    plan=FitPlan(epochs=10**6 if seed else 1),
                    validation=there,
                    hard=kind == "hard",
                )
                gone = (time.perf_counter() - start) / budget
                if seed:  # the first one loads what is loaded late
                    took.append(gone)
                    if model.report_.reason in ("budget", "deadline"):
                        used.append(gone)
        over = np.array(took) > 1.01
        good = over.mean() <= PROMISED[kind] and min(np.median(used), 1.0) >= 0.9
        print(
            f"| {kind}, {'busy' if on else 'quiet'} | {len(took)} | {over.sum()} | {100 * (max(took) - 1):+.1f} % |"
            f" {100 * np.median(used):.0f} % ({100 * min(used):.0f}) | {'kept' if good else 'BROKEN'} |",
            flush=True,
        )


def by_lightning(fits: int, budget: float, held: int) -> None:
    import logging
    import warnings
    from datetime import timedelta

    import lightning
    import torch
    from fitting.trainers import Prepared
    from torch.utils.data import DataLoader, TensorDataset

    from mindshare.machines.nets.cnn import CNN

    warnings.filterwarnings("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    for on in (False, True):
        took = []
        with busy(on):
            for seed in range(fits + 1):
                X, y, there = work(seed, held)
                p = Prepared(CNN(seed=seed), (X, y, *there), seed)

                class Module(lightning.LightningModule):
                    def __init__(self, net: Any) -> None:
                        super().__init__()
                        self.net = net

                    def step(self, rows: Any) -> torch.Tensor:
                        return torch.nn.functional.cross_entropy(self.net(rows[0], rows[1])[0], rows[2])

                    def training_step(self, rows: Any, _: int) -> torch.Tensor:
                        return self.step(rows)

                    def validation_step(self, rows: Any, _: int) -> torch.Tensor:
                        return self.step(rows)

                    def configure_optimizers(self) -> Any:
                        return torch.optim.AdamW(self.parameters(), lr=3e-3)

                trainer = lightning.Trainer(
                    max_epochs=-1,
                    max_time=timedelta(seconds=budget),
                    accelerator="cpu",
                    logger=False,
                    enable_checkpointing=False,
                    enable_progress_bar=False,
                    enable_model_summary=False,
                    num_sanity_val_steps=0,
                    check_val_every_n_epoch=5,
                )
                held_set = TensorDataset(p.there[0], p.there[1], torch.from_numpy(p.truth))
                start = time.perf_counter()
                trainer.fit(
                    Module(p.net), DataLoader(p.dataset(), 32, shuffle=True), DataLoader(held_set, 256)
                )
                if seed:
                    took.append((time.perf_counter() - start) / budget)
        over = np.array(took) > 1.01
        print(
            f"| Lightning max_time, {'busy' if on else 'quiet'} | {len(took)} | {over.sum()} | {100 * (max(took) - 1):+.1f} % |"
            f" {100 * np.median(took):.0f} % | |",
            flush=True,
        )


class Watched:
    """The highest resident memory since it was made, though every probe of a fit begins its own count."""

    def __init__(self) -> None:
        from mindshare.machines import memory

        self.probes, self.most, self.whole = 0, 0.0, memory.peak_mb
        memory.peak_mb = self.probe
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")

    def now(self) -> float:
        told = Path("/proc/self/status").read_text(encoding="ascii").split("VmHWM:")[1].split()[0]
        self.most = max(self.most, float(told) / 1024)
        return self.most

    def probe(self, run: Any) -> float:
        self.now()
        self.probes += run.func.__name__ == "step"
        took = self.whole(run)
        self.now()
        return took


def one_under(limit_mb: float, batch: int, told: Any) -> None:
    """A fit in a worker of its own: cases at once, probes, and the highest resident memory."""
    from mindshare.core.records import Budget
    from mindshare.machines.learn.plan import FitPlan
    from mindshare.machines.nets.cnn import CNN

    rng = np.random.default_rng(0)
    X, y = rng.normal(0, 1, (batch, 256, 4)).astype(np.float32), np.arange(batch) % 2
    limit, watched = Budget(limit={"mem_mb": limit_mb}), Watched()
    model = CNN(width=32).fit(X, y, budget=limit, plan=FitPlan(epochs=1, batch=batch))
    told.put((model.report_.micro, watched.probes, watched.now()))


def one_peak(family: str, way: str, room_mb: float, told: Any) -> None:
    """MB by which a fit with `room_mb` beyond what is resident, and an answer after it, passed the limit (None: it was refused)."""
    import mindshare.machines
    from mindshare.core.errors import OverBudget
    from mindshare.core.records import Budget
    from mindshare.machines.learn.plan import FitPlan
    from mindshare.machines.memory import resident_mb

    params, batch, cases, timed = WAYS[way]
    rng = np.random.default_rng(0)
    X, y = rng.normal(0, 1, (cases, 256, 4)).astype(np.float32), np.arange(cases) % 2
    validation = (X[: 2 * batch], y[: 2 * batch]) if timed else None
    model = getattr(mindshare.machines, family)(**params)
    limit = {"mem_mb": resident_mb() + room_mb} | ({"cpu_s": 4.0} if timed else {})
    plan, watched = FitPlan(epochs=None if timed else 1, batch=batch), Watched()
    try:
        model.fit(X, y, budget=Budget(limit=limit), plan=plan, validation=validation)
    except OverBudget:
        told.put((watched.now() - limit["mem_mb"], None))
        return
    model.predict(X[:512])
    told.put((watched.now() - limit["mem_mb"], model.report_.micro))


def peaks(batch: int, told: Any) -> None:
    """(cases at once, the highest resident memory of a step) from few cases to all."""
    from mindshare.machines import memory
    from mindshare.machines.learn.gradients import Gradients
    from mindshare.machines.learn.plan import FitPlan
    from mindshare.machines.nets.cnn import CNN
    from mindshare.machines.parts.inputs import read_inputs

    rng = np.random.default_rng(0)
    X, y = rng.normal(0, 1, (batch, 256, 4)).astype(np.float32), np.arange(batch) % 2
    model = CNN(width=32).fit(X[:8], y[:8], plan=FitPlan(epochs=1, batch=8))
    data, plan = (read_inputs(X, "series"), y.astype(np.int64)), FitPlan(batch=batch)
    step = Gradients(model.net_, data, plan)
    found = []
    for cases in np.unique(np.geomspace(16, batch, 30).astype(int)).tolist():
        step.clear()
        with memory.exact():
            found.append((cases, memory.peak_mb(partial(step.part, np.arange(cases), cases))))
    told.put(found)


def apart(job: Any, *args: Any) -> Any:
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    process = context.Process(target=job, args=(*args, told))
    process.start()
    process.join(300)
    if process.is_alive() or process.exitcode:
        process.kill()
        return None
    return told.get(timeout=5)


def resident(told: Any) -> None:
    import mindshare.machines.nets.cnn  # noqa: F401
    from mindshare.machines.memory import resident_mb

    told.put(resident_mb())


def memory(fits: int) -> None:
    base, curve = apart(resident), apart(peaks, BATCH)
    limits = np.linspace(max(512.0, base + 200), 2_048.0, max(2, fits))
    cases, peak_mb = np.array(curve).T
    most = np.interp(limits, np.maximum.accumulate(peak_mb), cases)
    with ThreadPoolExecutor(2) as two:
        told = list(two.map(lambda limit: apart(one_under, float(limit), BATCH), limits))
    got = np.array([t for t in told if t is not None])
    share = np.array([t[0] / m for t, m in zip(told, most, strict=True) if t is not None])
    over = sum(t is not None and t[2] > limit for t, limit in zip(told, limits, strict=True))
    killed, probes = len(told) - len(got), int(got[:, 1].max())
    good = not killed and not over and share.min() >= 0.8 and probes <= 3
    print(
        f"| memory, {limits[0]:.0f} to 2,048 MB | {fits} | {killed} killed, {over} over the limit | at most {probes} probes |"
        f" chosen / largest: {share.min():.2f} to {share.max():.2f}, median {np.median(share):.2f} | {'kept' if good else 'BROKEN'} |",
        flush=True,
    )


def all_peaks() -> None:
    """Every family, every way, in a new process each; a row a way."""
    for way in WAYS:
        for family in FAMILIES:
            told = [apart(one_peak, family, way, room) for room in ROOMS_MB]
            over = [t[0] for t in told if t is not None]
            micro = ", ".join("killed" if t is None else f"{t[1] or 'refused'}" for t in told)
            good = len(over) == len(told) and max(over, default=1.0) <= 0
            print(
                f"| peak of memory: {family}, {way} | {len(told)} | {sum(x > 0 for x in over)} | {max(over, default=math.nan):+.0f} MB |"
                f" cases at once: {micro} | {'kept' if good else 'BROKEN'} |",
                flush=True,
            )


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--fits", type=int, default=100)
    parser.add_argument("--budget", type=float, default=3.0)
    parser.add_argument("--only", default="soft,hard,lightning,memory,peak")
    asked = parser.parse_args()
    only = asked.only.split(",")
    held = held_cases(asked.budget) if set(only) - {"memory", "peak"} else 0
    if held:
        print(f"{held:,} cases judge, about a tenth of {asked.budget:g} s a look\n")
    print(
        "| fits | how many | over by more than 1 % | worst | of the budget used, median (least) | promised |"
    )
    print("|---|---|---|---|---|---|")
    for kind in ("soft", "hard"):
        if kind in only:
            ours(kind, asked.fits, asked.budget, held)
    if "lightning" in only:
        by_lightning(10, asked.budget, held)
    if "memory" in only:
        memory(asked.fits)
    if "peak" in only:
        all_peaks()
    return 0


if __name__ == "__main__":
    sys.exit(main())
