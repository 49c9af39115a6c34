"""What stands around the processor: links, disk, energy, graphics. None where the machine does not tell; 0 only where it is 0."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mindshare.core.errors import MindshareError
from mindshare.machines.resources.cgroup import MB, Measured, read_text

LOOPBACK = "lo"


def link_mb_s(root: Path) -> Measured | None:
    """MB a second of the fastest link that is up (kernel: sysfs-class-net, `speed` in Mbit/s); 0 where every link is down."""
    place = root / "sys/class/net"
    if not place.is_dir():
        return None
    links = sorted(link.name for link in place.iterdir() if link.name != LOOPBACK and link.is_dir())
    up = [name for name in links if (read_text(place / name / "carrier") or "").strip() == "1"]
    if not up:
        return Measured(0.0, f"{place}: no link is up")
    speeds = [(float(read_text(place / name / "speed") or -1), name) for name in up]
    fastest, name = max(speeds)
    return Measured(fastest / 8.0, str(place / name / "speed")) if fastest > 0 else None


def sent_mb(root: Path) -> tuple[Measured | None, Measured | None]:
    """MB that all links of this network namespace (sent, received) since the start of the machine."""
    path = root / "proc/self/net/dev"
    told = read_text(path)
    if told is None:
        return None, None
    sent = received = 0.0
    for line in told.splitlines()[2:]:
        name, _, numbers = line.partition(":")
        if name.strip() != LOOPBACK and numbers:
            fields = numbers.split()
            received, sent = received + float(fields[0]), sent + float(fields[8])
    return Measured(sent / MB, str(path)), Measured(received / MB, str(path))


def free_disk_mb(place: Path) -> Measured:
    """MB that this user may still write below `place`."""
    told = os.statvfs(place)
    return Measured(told.f_bavail * told.f_frsize / MB, f"statvfs {place}")


def moved_mb(root: Path) -> tuple[Measured | None, Measured | None]:
    """MB that this process has (read from, written to) disks."""
    path = root / "proc/self/io"
    told = dict(line.split(": ") for line in (read_text(path) or "").splitlines() if ": " in line)
    return (
        Measured(float(told["read_bytes"]) / MB, str(path)) if "read_bytes" in told else None,
        Measured(float(told["write_bytes"]) / MB, str(path)) if "write_bytes" in told else None,
    )


def pressure(root: Path, of: str) -> Measured | None:
    """Share of the last ten seconds in which something waited for it (kernel: accounting/psi), 0 to 1."""
    path = root / "proc/pressure" / of
    told = read_text(path)
    if not told or "avg10=" not in told:
        return None
    return Measured(float(told.split("avg10=")[1].split()[0]) / 100.0, str(path))


class Energy:
    """Joules of the processor packages since this was made (kernel: powercap, RAPL); its counters wrap around."""

    def __init__(self, root: Path) -> None:
        place = root / "sys/class/powercap"
        zones = sorted(place.glob("intel-rapl:*")) if place.is_dir() else []
        self._zones = [
            zone for zone in zones if zone.name.count(":") == 1
        ]  # packages; their parts would count twice
        self._last = {zone: self._now(zone) for zone in self._zones}
        self._spent = 0.0

    def read(self) -> Measured | None:
        readable = False
        for zone in self._zones:
            now, before = self._now(zone), self._last[zone]
            if now is None or before is None:
                continue
            readable = True
            whole = float(read_text(zone / "max_energy_range_uj") or 0.0)
            self._spent += (now - before if now >= before else now + whole - before) / 1e6
            self._last[zone] = now
        return Measured(self._spent, "RAPL, all packages") if readable else None

    @staticmethod
    def _now(zone: Path) -> float | None:
        told = read_text(zone / "energy_uj")
        return float(told) if told else None


class Graphics:
    """The first GPU as NVML tells it (extra `gpu`: nvidia-ml-py). Where there is none, or no driver, all is None."""

    NAMES = ("gpu_busy", "gpu_mem_limit_mb", "gpu_mem_free_mb", "gpu_energy_j")

    def __init__(self) -> None:
        self._nvml: Any = None
        self._gpu: Any = None
        try:
            import pynvml
        except ModuleNotFoundError:
            return
        try:
            pynvml.nvmlInit()
            self._gpu = pynvml.nvmlDeviceGetHandleByIndex(0)
        except pynvml.NVMLError:  # no driver, no card: nothing to be measured
            return
        self._nvml = pynvml

    def read(self) -> Mapping[str, Measured | None]:
        if self._nvml is None:
            return dict.fromkeys(self.NAMES)
        memory = self._ask("nvmlDeviceGetMemoryInfo")
        busy, joule = (
            self._ask("nvmlDeviceGetUtilizationRates"),
            self._ask("nvmlDeviceGetTotalEnergyConsumption"),
        )
        return {
            "gpu_busy": None if busy is None else Measured(busy.gpu / 100.0, "NVML"),
            "gpu_mem_limit_mb": None if memory is None else Measured(memory.total / MB, "NVML"),
            "gpu_mem_free_mb": None if memory is None else Measured(memory.free / MB, "NVML"),
            "gpu_energy_j": None if joule is None else Measured(joule / 1e3, "NVML"),
        }

    def _ask(self, name: str) -> Any:
        """What this card can tell, else None: not every card measures everything."""
        try:
            return getattr(self._nvml, name)(self._gpu)
        except self._nvml.NVMLError as told:
            if isinstance(told, self._nvml.NVMLError_GpuIsLost):
                raise MindshareError("The GPU is lost; NVML asks for a reset of the machine.") from told
            return None
