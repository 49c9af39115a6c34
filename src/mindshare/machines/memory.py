"""How many cases may go through a net at once under a memory limit: M = M0 + m1 * cases, from at most three probes."""

from __future__ import annotations

import ctypes
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import psutil

from mindshare.core.errors import OverBudget

FIRST, GROW = 256, 8  # the first probe is the whole by FIRST, the second GROW times that
NEAR = 0.8  # of the room: what the last probe is to use, by what is known then
SPARE = 0.04  # of the room: what the bound leaves to what was not measured
BEGIN, NOISE_MB = 16, 0.02  # the first part of a case is the whole by BEGIN; less than that is not seen

M_MMAP_THRESHOLD = -3  # its name for mallopt
BLOCK, LARGEST_BLOCK = 2**18, 2**25  # bytes; the second is where glibc's own adjusting ends


def resident_mb() -> float:
    """Resident memory of this process, now."""
    return float(psutil.Process().memory_info().rss) / 2**20


def must_have_room(mem_mb: float | None, more_mb: float, what: str) -> None:
    """Raises OverBudget where `more_mb` more for `what` would pass the limit."""
    if mem_mb is not None and more_mb > 0 and resident_mb() + more_mb > mem_mb:
        raise OverBudget(
            f"mem_mb is limited to {mem_mb:g}; {resident_mb():.0f} are in use, and {what} takes up to {more_mb:.0f}. Raise it."
        )


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


class AtOnce(NamedTuple):
    """Cases at once, the probes that were made, and the MB that one case takes, by the last probe (what all share is in it)."""

    cases: int
    probes: int
    case_mb: float


def largest(
    step: Callable[[int], object],
    most: int,
    limit_mb: float,
    case_mb: float = 0.0,
    *,
    held: Callable[[], float] | None = None,
    peak: Callable[[Callable[[], object]], float] | None = None,
) -> AtOnce:
    """The most of up to `most` cases with which `step(cases)` stays below the limit; 0 where one alone does not fit.
    `case_mb`: what one takes, where that is known. `held`, `peak`: of which memory (None: of this process).

    Grows by what is known: a small probe, a larger one that is sure to fit, and one that nearly fills the room and sets the
    line right.
    """
    base, peak = (held or resident_mb)(), peak or peak_mb
    room = (1 - SPARE) * (limit_mb - base)
    if room <= case_mb:
        return AtOnce(0, 0, case_mb)
    per, probes, found = 0.0, 0, max(1, most // FIRST)
    if case_mb > 0:
        found = max(1, min(found, int(room / case_mb)))
    for share in (NEAR / 2, NEAR, 1.0):
        used = max(peak(partial(step, found)) - base, 0.0)
        probes += 1
        per = used / found
        if used > room:
            return AtOnce(int(room / per), probes, per)
        if found >= most:
            return AtOnce(most, probes, per)
        fits = most if per <= 0 else min(int(share * room / per), most)
        if fits <= found:
            return AtOnce(max(found, min(int(room / per), most)), probes, per)
        # a small probe's line is not trusted far
        found = fits if probes > 1 else min(fits, GROW * found)
    return AtOnce(found, probes, per)


def grown(step: Callable[[int], object], size: int, limit_mb: float) -> float:
    """MB that `step(size)` takes; infinite where that would pass the limit.

    Smaller sizes come first, and each larger one only where it is sure to fit: nothing grows faster than with the square of the size.
    """
    now = max(1, size // BEGIN)
    while True:
        base = resident_mb()
        used = max(peak_mb(partial(step, now)) - base, NOISE_MB)
        room = (1 - SPARE) * (limit_mb - base)
        if now == size and used <= room:
            return used
        larger = min(size, int(now * math.sqrt(room / used))) if room > 0 else 0
        if larger <= now:
            return math.inf
        now = larger
