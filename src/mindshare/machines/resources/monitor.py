"""What this process may use, and what it uses. Every amount says where it was read; what cannot be read is None, never 0."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from mindshare.core.records import Budget
from mindshare.machines.resources.cgroup import MB, Groups, Measured, narrowest, read_text
from mindshare.machines.resources.devices import (
    Energy,
    Graphics,
    free_disk_mb,
    link_mb_s,
    moved_mb,
    pressure,
    sent_mb,
)

Reading = Mapping[str, Measured | None]


class ResourceMonitor:
    """Reads anew at every call: a core, memory or a link that is taken away is seen at the next look.

    `place`: the directory whose disk counts. `root`: where /proc and /sys are (a tree of one's own, for trying out).
    Below 1 % of a core at ten looks a second (`benchmarks/monitor.py`).
    """

    def __init__(self, place: Path = Path(), root: Path = Path("/")) -> None:
        self._place, self._root, self._process = place, root, psutil.Process()
        self._groups, self._energy = Groups(root), Energy(root)
        self._graphics: Graphics | None = None

    def read(self) -> Reading:
        """Name -> amount and source.

        What may be used: `cpu_cores cpu_left_s mem_limit_mb mem_free_mb swap_free_mb net_mb_s disk_free_mb gpu_mem_*`. What is
        used: all others; a pressure is the share of time in which something waited.
        """
        if self._graphics is None:
            self._graphics = Graphics()
        memory, (sent, received), (loaded, stored) = self._memory(), sent_mb(self._root), moved_mb(self._root)
        return {
            "cpu_cores": self.cores(),
            "cpu_left_s": self._cpu_left(),
            "cpu_s": Measured(time.process_time(), "process_time"),
            "cpu_pressure": pressure(self._root, "cpu"),
            **memory,
            "mem_pressure": pressure(self._root, "memory"),
            "net_mb_s": link_mb_s(self._root),
            "net_sent_mb": sent,
            "net_received_mb": received,
            "disk_free_mb": free_disk_mb(self._place),
            "disk_read_mb": loaded,
            "disk_written_mb": stored,
            "disk_pressure": pressure(self._root, "io"),
            "energy_j": self._energy.read(),
            **self._graphics.read(),
        }

    def limits(self) -> Budget:
        """What there is to allocate at first, for periods of a second; what is not known is not limited here.

        `cpu_s` (cores), `mem_mb` and `disk_mb` that this process may hold, `net_mb` where the speed of a link is known, `gpu_mem_mb`.
        """
        now = self.read()
        held, free = now["mem_mb"], now["mem_free_mb"]
        room = None if held is None or free is None else Measured(held.amount + free.amount, free.source)
        found = {
            "cpu_s": narrowest(now["cpu_cores"], now["cpu_left_s"]),
            # a process that was moved holds pages that count elsewhere: never more than the limit itself
            "mem_mb": narrowest(room, now["mem_limit_mb"]),
            "disk_mb": now["disk_free_mb"],
            "net_mb": now["net_mb_s"],
            "gpu_mem_mb": now["gpu_mem_free_mb"],
        }
        return Budget(limit={r: m.amount for r, m in found.items() if m is not None}, period_s=1.0)

    def cores(self) -> Measured | None:
        """Cores that may be used: by affinity, and by the quotas of all groups around."""
        if hasattr(os, "sched_getaffinity"):
            # of the process: a thread has a mask of its own, from when it was started
            count, source = len(os.sched_getaffinity(os.getpid())), "affinity"
        else:
            count, source = os.cpu_count() or 0, "cpu_count"
        return narrowest(Measured(float(count), source) if count else None, self._groups.cores())

    def _cpu_left(self) -> Measured | None:
        """CPU seconds until the system ends this process."""
        most = _rlimit("RLIMIT_CPU")
        return None if most is None else Measured(max(most - time.process_time(), 0.0), "RLIMIT_CPU")

    def _memory(self) -> dict[str, Measured | None]:
        told = self._process.memory_info()
        limit, room = self._groups.memory()
        free, swap, source = self._system()
        bounds = [_bound("RLIMIT_AS", told.vms), _bound("RLIMIT_DATA", getattr(told, "data", told.rss))]
        return {
            "mem_limit_mb": narrowest(limit, *(b[0] for b in bounds)),
            "mem_free_mb": narrowest(room, *(b[1] for b in bounds), Measured(free, source)),
            "mem_mb": Measured(told.rss / MB, "resident"),
            "swap_free_mb": None if swap is None else Measured(swap, source),
        }

    def _system(self) -> tuple[float, float | None, str]:
        """(MB available, MB of swap free, source) of the whole machine."""
        path = self._root / "proc/meminfo"
        told = dict(line.split(":") for line in (read_text(path) or "").splitlines() if ":" in line)
        if "MemAvailable" not in told:
            return psutil.virtual_memory().available / MB, psutil.swap_memory().free / MB, "psutil"
        swap = told.get("SwapFree")
        return (
            float(told["MemAvailable"].split()[0]) / 1024,
            None if swap is None else float(swap.split()[0]) / 1024,
            str(path),
        )


def _rlimit(name: str) -> float | None:
    """The soft limit, where there is one."""
    try:
        import resource
    except ModuleNotFoundError:  # not on Windows
        return None
    soft = resource.getrlimit(getattr(resource, name))[0]
    return None if soft == resource.RLIM_INFINITY else float(soft)


def _bound(name: str, held: int) -> tuple[Measured | None, Measured | None]:
    """(limit, what is left of it), MB."""
    most = _rlimit(name)
    if most is None:
        return None, None
    return Measured(most / MB, name), Measured(max(most - held, 0.0) / MB, name)
