"""Watches what this computer leaves to machines: cores, memory and the link that are lost, taken by others, or back again."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable

import psutil

from mindshare.engine.actor import Actor
from mindshare.engine.engine import Engine
from mindshare.machines.resources.monitor import Reading, ResourceMonitor

LOOK_S = 0.5
STEP = 0.5  # of a core: less is no news
PART = 0.2  # of memory or the link: less is no news
log = logging.getLogger(__name__)


class Watch(threading.Thread):
    """Tells the engine (`Engine.see`) whenever what is left has changed. `read`: a look at the resources."""

    def __init__(self, actor: Actor, read: Callable[[], Reading] | None = None) -> None:
        super().__init__(name="watch", daemon=True)
        self._actor, self._read, self._end = actor, read or ResourceMonitor().read, threading.Event()
        self._others, self._told = Others(), dict(actor.engine.state.seen)

    def run(self) -> None:
        while not self._end.wait(LOOK_S):
            try:
                self.look()
            except (OSError, psutil.Error) as e:
                log.warning("what this computer has left could not be read: %s", e)

    def look(self) -> None:
        """One look; the engine hears of it if there is news."""
        seen = left(self._read(), self._others.cores())
        if is_news(self._told, seen):
            self._told = seen

            def command(engine: Engine) -> None:
                engine.see(seen)

            self._actor.call(command, self._heard)

    def end(self) -> None:
        """Ends at once."""
        self._end.set()
        self.join()

    def _heard(self, told: object) -> None:
        if isinstance(told, Exception):  # the store could not be written: told again at the next look
            self._told = {}


class Others:
    """Cores that others were using since the last look: all that were busy, without this process and its children."""

    def __init__(self) -> None:
        self._own = psutil.Process()
        self._before = self._used()

    def cores(self) -> float:
        """Of the time since the last look, on average."""
        before, self._before = self._before, self._used()
        passed = (self._before[1] - before[1]) / (psutil.cpu_count() or 1)
        own = max(self._before[2] - before[2], 0.0)
        return max(self._before[0] - before[0] - own, 0.0) / passed if passed > 0 else 0.0

    def _used(self) -> tuple[float, float, float]:
        """(CPU seconds of everybody that were busy, all that passed, our own)."""
        every, own = psutil.cpu_times(), 0.0
        for process in (self._own, *self._own.children(recursive=True)):
            try:
                used = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            own += used.user + used.system
        idle = every.idle + getattr(every, "iowait", 0.0)
        whole = sum(every) - getattr(every, "guest", 0.0) - getattr(every, "guest_nice", 0.0)
        return whole - idle, whole, own


def left(now: Reading, others: float) -> dict[str, float]:
    """Resource -> what machines may use: `cpu_s` and `net_mb` of each second, `mem_mb` held. What cannot be read is not told."""
    cores, held, free, link = (now[name] for name in ("cpu_cores", "mem_mb", "mem_free_mb", "net_mb_s"))
    out: dict[str, float] = {}
    if cores is not None:
        out["cpu_s"] = max(math.floor((cores.amount - others) / STEP + 0.5), 0) * STEP
    if held is not None and free is not None:
        out["mem_mb"] = max(free.amount, 0.0)
    if link is not None:
        out["net_mb"] = link.amount
    return out


def is_news(before: dict[str, float], now: dict[str, float]) -> bool:
    """Whether somebody has to hear of it: half a core, or a fifth of anything else."""
    if set(before) != set(now):
        return True
    return any(
        abs(now[r] - before[r]) >= (STEP if r == "cpu_s" else PART * max(before[r], now[r], 1e-9))
        for r in now
    )
