"""How many cases may go through a net at once under a memory limit: M = M0 + m1 * cases, from at most three probes."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psutil

FIRST, GROW = 256, 8  # the first probe is the whole by FIRST, the second GROW times that
NEAR = 0.8  # of the room: what the last probe is to use, by what is known then
SPARE = 0.04  # of the room: what the bound leaves to what was not measured

M_MMAP_THRESHOLD = -3  # its name for mallopt
BLOCK, LARGEST_BLOCK = 2**18, 2**25  # bytes; the second is where glibc's own adjusting ends


def resident_mb() -> float:
    """Resident memory of this process, now."""
    return float(psutil.Process().memory_info().rss) / 2**20


def give_back() -> None:
    """Free memory that the allocator keeps goes back to the system (glibc): what was used before hides no peak."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


@contextmanager
def exact(on: bool = True) -> Iterator[None]:
    """Inside, each larger block of memory comes from the system and goes back to it (glibc's M_MMAP_THRESHOLD, else nothing changes).

    Else scraps of earlier passes stay resident: the same pass then needs up to half as much again, differently each time.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None) if on and sys.platform == "linux" else None
    if set_option is None:
        yield
        return
    give_back()
    set_option(M_MMAP_THRESHOLD, BLOCK)
    try:
        yield
    finally:
        set_option(M_MMAP_THRESHOLD, LARGEST_BLOCK)


def peak_mb(run: Callable[[], object]) -> float:
    """The highest resident memory while `run` ran, where the system tells it (Linux); else what is resident after."""
    status, reset = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not status.exists():
        run()
        return resident_mb()
    reset.write_text("5", encoding="ascii")  # the peak counts from here
    run()
    text = status.read_text(encoding="ascii")
    return float(text.split("VmHWM:")[1].split()[0]) / 1024


def largest(step: Callable[[int], object], most: int, limit_mb: float) -> tuple[int, int]:
    """(cases at once, probes made): the most of up to `most` with which `step(cases)` stays below the limit.

    Grows by what is known: a small probe, a larger one that is sure to fit, and one that nearly fills the room and sets the
    line right. 0 where one case alone does not fit.
    """
    base = resident_mb()
    room = (1 - SPARE) * (limit_mb - base)
    if room <= 0:
        return 0, 0
    per, probes, found = 0.0, 0, max(1, most // FIRST)
    for share in (NEAR / 2, NEAR, 1.0):
        used = max(peak_mb(partial(step, found)) - base, 0.0)
        probes += 1
        per = used / found
        if used > room:
            return int(room / per), probes
        if found >= most:
            return most, probes
        fits = most if per <= 0 else min(int(share * room / per), most)
        if fits <= found:
            return max(found, min(int(room / per), most)), probes
        # a small probe's line is not trusted far
        found = fits if probes > 1 else min(fits, GROW * found)
    return found, probes
