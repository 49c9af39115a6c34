"""A fit that keeps its limits whatever happens: it runs in a process of its own, which is ended at the limit.

The worker learns as ever and writes a checkpoint with its first step and with every better one. Whoever asked watches
time, processor and memory of the worker; where it does not end by itself, it is killed, and the last checkpoint counts.
"""

from __future__ import annotations

import json
import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import resource_tracker
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import psutil
from numpy.typing import ArrayLike

from mindshare.core.errors import MindshareError, OverBudget
from mindshare.core.records import Budget
from mindshare.machines.learn.learner import Learner, M
from mindshare.machines.learn.meter import OF_CARD
from mindshare.machines.learn.plan import FitSettings
from mindshare.machines.learn.warm import get_ready
from mindshare.machines.parts.packed import read_packed, write_packed

LOOK_S = 0.005  # between two looks at the worker
LAST_S, LAST = (
    0.04,
    0.01,
)  # seconds, and of the budget: kept for reading the checkpoint, once more for writing it
STARTED, CHECKPOINT, REPORT, FAILED = "started", "checkpoint.npz", "report.json", "failed.json"


class Ask(NamedTuple):
    """What the worker is to learn from, and how."""

    X: Any
    y: ArrayLike
    how: FitSettings


def fit_hard(model: M, ask: Ask, budget: Budget, on_start: Callable[[int, Path], None] | None = None) -> M:
    """`model`, fitted by a worker that is over neither `wall_s`, `cpu_s` nor `mem_mb`.
    `on_start` is told its process id, and where the checkpoint will be.

    Raises OverBudget where not even a first checkpoint fits; what the worker refuses is raised as it said it.
    """
    start = time.monotonic()
    context = multiprocessing.get_context("forkserver")
    # what workers need is loaded once, by the server that they are forked from
    context.set_forkserver_preload([__name__, type(model).__module__])
    with TemporaryDirectory(prefix="mindshare-fit-") as place:
        job = (type(model), model.get_params(), ask, dict(budget.limit), start, place)
        process = context.Process(target=_work, args=job, daemon=True)
        try:
            with _deaf():
                process.start()
            if on_start is not None and process.pid is not None:
                on_start(process.pid, Path(place) / CHECKPOINT)
            reason = _watch(process, budget, start)
        finally:
            if process.pid is not None:
                process.kill()  # also where whoever waits was interrupted
                process.join()
        return _take(model, Path(place), reason, budget)


@contextmanager
def _deaf() -> Iterator[None]:
    """What is started here, and what that starts, never hears Ctrl-C: whoever waits hears it, afterwards, and ends it."""
    resource_tracker.ensure_running()  # where it starts later, it ends our deafness
    heard: list[int] = []
    handler = (
        signal.getsignal(signal.SIGINT) if threading.current_thread() is threading.main_thread() else None
    )
    if handler is not None:  # else a thread of a library lets it through, and the worker's number is lost
        signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if handler is not None:
            signal.signal(signal.SIGINT, handler)
    if heard:
        signal.raise_signal(signal.SIGINT)


def _watch(process: Any, budget: Budget, start: float) -> str:
    """Waits for the worker, ends it at a limit, and says why it ended."""
    limit, worker = budget.limit, psutil.Process(process.pid)
    ends = start + limit["wall_s"] - max(LAST_S, LAST * limit["wall_s"]) if "wall_s" in limit else None
    reason = ""
    while process.is_alive():
        try:
            spent, held = worker.cpu_times(), worker.memory_info().rss / 2**20
        except psutil.NoSuchProcess:
            break
        if ends is not None and time.monotonic() >= ends:
            reason = "deadline"
        elif spent.user + spent.system >= limit.get("cpu_s", float("inf")) * (1 - LAST):
            reason = "cpu_s"
        elif held > limit.get("mem_mb", float("inf")):
            reason = "mem_mb"
        if reason:
            process.kill()
            break
        process.join(LOOK_S)
    process.join()
    return reason or ("" if process.exitcode == 0 else f"the worker ended with {process.exitcode}")


def _take(model: M, place: Path, reason: str, budget: Budget) -> M:
    """The best checkpoint, and the report of the worker, or of its end."""
    learnt = (place / CHECKPOINT).exists()
    if (place / FAILED).exists():
        told = json.loads((place / FAILED).read_text(encoding="utf-8"))
        if not learnt or told["kind"] != "OverBudget":
            kinds = {"ValueError": ValueError, "OverBudget": OverBudget}
            raise kinds.get(told["kind"], MindshareError)(told["message"])
        reason = reason or "budget"  # what was learnt before there was no room is within the budget
    if not learnt:
        limits = ", ".join(f"{r} {x:g}" for r, x in budget.limit.items())
        at = "the first step" if (place / STARTED).exists() else "its process had started"
        raise OverBudget(
            f"The budget ({limits}) ended before a first checkpoint: {reason or 'it ended'} before {at}. Raise it."
            " (In a script, a hard fit belongs under `if __name__ == '__main__':`.)"
        )
    model.restore(*read_packed(place / CHECKPOINT))
    if (place / REPORT).exists():
        for name, given in json.loads((place / REPORT).read_text(encoding="utf-8")).items():
            if name != "cost":  # came with the checkpoint
                setattr(model.report_, name, given)
    model.report_.planned = dict(budget.limit)
    model.report_.reason = reason or model.report_.reason
    return model


def _work(
    family: type[Learner],
    params: Mapping[str, Any],
    ask: Ask,
    limit: dict[str, float],
    start: float,
    place: str,
) -> None:
    """The worker's side."""
    there, model = Path(place), family(**params)
    (there / STARTED).touch()
    try:
        get_ready(limit.get("mem_mb"))
        how: FitSettings = {**ask.how, "budget": _left(limit, start), "keep": lambda: _save(model, there)}
        model.fit(ask.X, ask.y, **how)
    except (ValueError, MindshareError) as refused:
        _write(there / FAILED, {"kind": type(refused).__name__, "message": str(refused)})
        return
    _save(model, there)
    _write(there / REPORT, model.report_.as_dict())


def _left(limit: dict[str, float], start: float) -> Budget:
    """What the fit itself may spend: what has passed since it was asked for is gone, and some is kept for the end."""
    if "wall_s" in limit:
        left = max(limit["wall_s"] - (time.monotonic() - start), 1e-3)
        limit["wall_s"] = left * (1 - 2 * LAST) - 2 * LAST_S
    if "cpu_s" in limit:
        limit["cpu_s"] = max(limit["cpu_s"] - time.process_time(), 1e-3) * (1 - 2 * LAST)
    if (
        min((x for r, x in limit.items() if r not in OF_CARD), default=1.0) <= 0
    ):  # none of a card: beside the processor
        raise OverBudget("The budget was gone before the worker had started; raise it.")
    return Budget(limit=limit)


def _save(model: Learner, there: Path) -> None:
    header, arrays = model.state()
    write_packed(header, arrays, there / CHECKPOINT)


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.with_suffix(".part").write_text(json.dumps(content), encoding="utf-8")
    path.with_suffix(".part").replace(path)
