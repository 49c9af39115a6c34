"""How many cases may go through a net at once under a memory limit: M = M0 + m1 * cases, from at most three probes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psutil

PROBES = 3
SPARE = 0.05  # of the room: what the bound leaves to what was not measured


def resident_mb() -> float:
    """Resident memory of this process, now."""
    return float(psutil.Process().memory_info().rss) / 2**20


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

    Grows from a sixteenth: two probes give the line, a third one sets it right. 0 where one case alone does not fit.
    """
    base = resident_mb()
    if base >= limit_mb:
        return 0, 0
    room, small = (1 - SPARE) * (limit_mb - base), max(1, most // 16)
    found, seen = small, [(0.0, 0.0)]
    for probe in range(PROBES):
        used = max(peak_mb(lambda n=found: step(n)) - base, 0.0)  # type: ignore[misc]
        seen.append((float(found), used))
        if used > room:
            guess = int(found * room / used)
            return (min(guess, found - 1), probe + 1) if guess else (0, probe + 1)
        if found >= most:
            return most, probe + 1
        per = max((used - u) / (found - n) for n, u in seen[:-1])
        guess = most if per <= 0 else int(found + (room - used) / per)
        if probe == PROBES - 1 or guess < 1.1 * found:
            return min(max(guess, found), most), probe + 1
        # the line of a small probe is not trusted beyond eight times its size, but for the last
        found = min(most, guess if probe else min(guess, 8 * found))
    return found, PROBES
