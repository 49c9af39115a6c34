"""What control groups leave to this process: of the own group and all that it lies in, the narrowest counts (v1 and v2).

Formats: kernel documentation, admin-guide/cgroup-v1 (cpu, memory) and admin-guide/cgroup-v2; proc(5) for mountinfo.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

MB = float(2**20)
UNLIMITED = 2**60  # bytes; v1 says "none" with a number near 2^63, rounded to pages


class Measured(NamedTuple):
    """An amount, and where it was read."""

    amount: float
    source: str


def read_text(path: Path) -> str | None:
    """What a file of the kernel says; None where there is none, or it may not be read."""
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return None


def narrowest(*found: Measured | None) -> Measured | None:
    """The smallest of those that were measured."""
    return min((m for m in found if m is not None), default=None, key=lambda m: m.amount)


class Groups:
    """The groups of this process, read anew at every call: it may be moved. `root`: where /proc and /sys are."""

    def __init__(self, root: Path = Path("/")) -> None:
        self.root = root
        self._told: tuple[str, list[Path], list[Path]] | None = None

    def cores(self) -> Measured | None:
        """Cores by quota: quota over period."""
        found = None
        for group in self._groups()[0]:
            pair = _quota(group)
            if pair is not None:
                found = narrowest(found, Measured(pair[0] / pair[1], self._named(group)))
        return found

    def memory(self) -> tuple[Measured | None, Measured | None]:
        """(limit in MB, MB that may still be taken): what is held and could be written back at once counts as free."""
        limit, room = None, None
        for group in self._groups()[1]:
            most, held = _memory(group)
            if most is None:
                continue
            limit = narrowest(limit, Measured(most / MB, self._named(group)))
            if held is not None:
                left = max(most - held, 0.0) / MB
                room = narrowest(room, Measured(left, self._named(group)))
        return limit, room

    def _named(self, group: Path) -> str:
        return "cgroup " + "/" + group.relative_to(self.root).as_posix()

    def _groups(self) -> tuple[list[Path], list[Path]]:
        """(groups with a say on processors, on memory): the own ones, and all ancestors up to the mount."""
        mine = read_text(self.root / "proc/self/cgroup") or ""
        if self._told is None or self._told[0] != mine:
            cpu, memory = list[Path](), list[Path]()
            for controllers, group in self._own(mine):
                if controllers & {"cpu", ""}:
                    cpu += group
                if controllers & {"memory", ""}:
                    memory += group
            self._told = (mine, cpu, memory)
        return self._told[1:]

    def _own(self, mine: str) -> Iterator[tuple[set[str], list[Path]]]:
        """({"" for v2, else the controllers}, the group and its ancestors), one for each hierarchy."""
        places = {}
        for line in mine.splitlines():
            _, names, place = line.split(":", 2)
            for name in names.split(","):
                places[name] = place
        for line in (read_text(self.root / "proc/self/mountinfo") or "").splitlines():
            before, _, after = line.partition(" - ")
            top, mount = before.split()[3:5]
            kind, _, options = (*after.split(maxsplit=2), "", "", "")[:3]
            names = "" if kind == "cgroup2" else options if kind == "cgroup" else "none"
            known = set(names.split(",")) & set(places)
            if known:
                yield known, self._line(mount, top, places[min(known)])

    def _line(self, mount: str, top: str, place: str) -> list[Path]:
        """The directory of `place` and those above, where the mount shows the hierarchy from `top` on."""
        here = self.root / mount.lstrip("/")
        below = place.removeprefix(top) if top != "/" and place.startswith(top) else place
        group = here / below.strip("/")
        if ".." in below or not group.is_dir():  # the group lies outside of what is mounted here
            group = here
        line = [group, *group.parents]
        return line[: line.index(here) + 1]


def _quota(group: Path) -> tuple[float, float] | None:
    """(microseconds, of how many), or None where there is no quota."""
    told = read_text(group / "cpu.max")  # v2: "max 100000" or "50000 100000"
    if told is not None:
        quota, period = (*told.split(), "100000")[:2]
        return None if quota == "max" else (float(quota), float(period))
    part, whole = read_text(group / "cpu.cfs_quota_us"), read_text(group / "cpu.cfs_period_us")
    return None if part is None or whole is None or float(part) <= 0 else (float(part), float(whole))


def _memory(group: Path) -> tuple[float | None, float | None]:
    """(limit, held) in bytes."""
    told, held = read_text(group / "memory.max"), "memory.current"
    if told is None:
        told, held = read_text(group / "memory.limit_in_bytes"), "memory.usage_in_bytes"
    if told is None or told.strip() == "max" or float(told) >= UNLIMITED:
        return None, None
    used = read_text(group / held)
    if used is None:
        return float(told), None
    stat = dict(line.split()[:2] for line in (read_text(group / "memory.stat") or "").splitlines() if line)
    spare = float(stat.get("total_inactive_file", stat.get("inactive_file", 0)))
    return float(told), max(float(used) - spare, 0.0)
