"""Promises of the resource monitor: real processes, real groups and links where the machine allows them."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mindshare.machines.resources.cgroup import Groups, Measured
from mindshare.machines.resources.devices import Energy, Graphics, link_mb_s
from mindshare.machines.resources.monitor import ResourceMonitor

linux = pytest.mark.skipif(sys.platform != "linux", reason="control groups and affinity are Linux's")
MB = 2**20
WATCH = """
import json, sys, time
from mindshare.machines.resources.monitor import ResourceMonitor
monitor = ResourceMonitor()
while True:
    print(json.dumps(dict(monitor.limits().limit)), flush=True)
    time.sleep(0.05)
"""


class Watched:
    """A process of its own that tells its limits twenty times a second."""

    def __init__(self, *before: str) -> None:
        self.process = subprocess.Popen(
            [*before, sys.executable, "-c", WATCH], stdout=subprocess.PIPE, text=True
        )

    def told(self) -> dict[str, float]:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def seconds_until(self, holds: Callable[[dict[str, float]], bool]) -> float:
        start = time.monotonic()
        while not holds(self.told()):
            assert time.monotonic() - start < 5.0, "the limit did not follow"
        return time.monotonic() - start


@contextmanager
def watched(*before: str) -> Iterator[Watched]:
    one = Watched(*before)
    try:
        one.told()
        yield one
    finally:
        one.process.kill()
        one.process.communicate()


# -- what is taken away is seen within a second ------------------------------------------------------------------------
@linux
def test_a_core_that_is_taken_away_is_seen_within_a_second() -> None:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        pytest.skip("there is only one core to begin with")
    with watched() as one:
        assert one.told()["cpu_s"] == len(cores)
        os.sched_setaffinity(one.process.pid, cores[:1])
        assert one.seconds_until(lambda limit: limit["cpu_s"] == 1.0) < 1.0


@linux
def test_memory_that_a_limit_of_the_process_takes_away_is_seen_within_a_second() -> None:
    with watched() as one:
        before = one.told()["mem_mb"]
        vms = int(Path(f"/proc/{one.process.pid}/statm").read_text().split()[0]) * resource.getpagesize()
        resource.prlimit(one.process.pid, resource.RLIMIT_AS, (vms + 100 * MB, resource.RLIM_INFINITY))
        assert one.seconds_until(lambda limit: limit["mem_mb"] < before / 2) < 1.0
        assert one.told()["mem_mb"] < 250


def own_memory_group() -> Path:
    """The group of this process in the v1 or v2 hierarchy of memory, or a skip."""
    groups = Groups()._groups()[1]
    if not groups or not os.access(groups[0] / "cgroup.procs", os.W_OK):
        pytest.skip("control groups of memory cannot be written here")
    return groups[0]


@linux
def test_memory_that_a_control_group_takes_away_is_seen_within_a_second() -> None:
    group = own_memory_group() / f"mindshare-test-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as refused:
        pytest.skip(f"no control group can be made here: {refused}")
    try:
        name = next((n for n in ("memory.max", "memory.limit_in_bytes") if (group / n).exists()), None)
        if name is None:
            pytest.skip("this control group does not limit memory")
        with watched() as one:
            (group / "cgroup.procs").write_text(str(one.process.pid))
            (group / name).write_text(str(300 * MB))
            assert one.seconds_until(lambda limit: limit["mem_mb"] <= 301) < 1.0
            (group / name).write_text(str(200 * MB))
            assert one.seconds_until(lambda limit: limit["mem_mb"] <= 201) < 1.0
    finally:
        for _ in range(50):  # a group can go once its process has
            try:
                group.rmdir()
                break
            except OSError:
                time.sleep(0.02)


@linux
def test_a_link_that_is_taken_down_is_seen_within_a_second() -> None:
    if shutil.which("ip") is None:
        pytest.skip("there is no `ip`")
    name = f"ms{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no network namespace can be made here: {made.stderr.strip()}")

    def ip(*words: str) -> None:
        subprocess.run(["ip", "-n", name, *words], check=True, capture_output=True)

    try:
        ip("link", "add", "near", "type", "veth", "peer", "name", "far")
        ip("link", "set", "near", "up")
        ip("link", "set", "far", "up")
        with watched("ip", "netns", "exec", name) as one:
            assert one.told()["net_mb"] == pytest.approx(10_000 / 8), "a veth says 10,000 Mbit/s"
            ip("link", "set", "near", "down")
            assert one.seconds_until(lambda limit: limit.get("net_mb") == 0.0) < 1.0
            ip("link", "set", "near", "up")
            assert one.seconds_until(lambda limit: limit.get("net_mb", 0.0) > 0.0) < 1.0
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True, capture_output=True)


# -- groups: a tree on disk --------------------------------------------------------------------------------------------
def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="ascii")


V2 = "30 23 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
V1 = (
    "31 23 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
    "32 23 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
)


def tree(root: Path, mounts: str, mine: str, **files: str) -> Groups:
    write(root / "proc/self/mountinfo", mounts)
    write(root / "proc/self/cgroup", mine)
    for name, text in files.items():
        write(root / "sys/fs/cgroup" / name, text)
    return Groups(root)


def test_in_v2_the_narrowest_of_all_ancestors_counts_and_is_named(tmp_path: Path) -> None:
    groups = tree(
        tmp_path,
        V2,
        "0::/a/b/c\n",
        **{
            "a/b/c/cpu.max": "max 100000\n",
            "a/b/cpu.max": "150000 100000\n",
            "a/cpu.max": "400000 100000\n",
            "a/b/c/memory.max": f"{900 * MB}\n",
            "a/b/c/memory.current": f"{100 * MB}\n",
            "a/b/c/memory.stat": f"anon 5\ninactive_file {40 * MB}\n",
            "a/b/memory.max": "max\n",
            "a/memory.max": f"{1000 * MB}\n",
            "a/memory.current": f"{700 * MB}\n",
        },
    )
    assert groups.cores() == Measured(1.5, "cgroup /sys/fs/cgroup/a/b")
    limit, room = groups.memory()
    assert limit == Measured(900.0, "cgroup /sys/fs/cgroup/a/b/c")
    assert room == Measured(300.0, "cgroup /sys/fs/cgroup/a"), "the ancestor is fuller than the own group"


def test_in_v1_each_controller_has_a_tree_of_its_own(tmp_path: Path) -> None:
    groups = tree(
        tmp_path,
        V1,
        "5:cpu,cpuacct:/job\n4:memory:/job/inner\n",
        **{
            "cpu/job/cpu.cfs_quota_us": "50000\n",
            "cpu/job/cpu.cfs_period_us": "100000\n",
            "cpu/cpu.cfs_quota_us": "-1\n",
            "cpu/cpu.cfs_period_us": "100000\n",
            "memory/job/inner/memory.limit_in_bytes": "9223372036854771712\n",
            "memory/job/memory.limit_in_bytes": f"{512 * MB}\n",
            "memory/job/memory.usage_in_bytes": f"{112 * MB}\n",
            "memory/job/memory.stat": f"inactive_file 1\ntotal_inactive_file {50 * MB}\n",
        },
    )
    assert groups.cores() == Measured(0.5, "cgroup /sys/fs/cgroup/cpu/job")
    limit, room = groups.memory()
    assert limit == Measured(512.0, "cgroup /sys/fs/cgroup/memory/job")
    assert room == Measured(450.0, "cgroup /sys/fs/cgroup/memory/job")


def test_in_a_container_that_sees_only_its_own_part_the_mount_is_where_it_begins(tmp_path: Path) -> None:
    mount = "31 23 0:28 /docker/ab /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
    files = {"memory/memory.limit_in_bytes": f"{256 * MB}\n", "memory/memory.usage_in_bytes": "0\n"}
    limit, _ = tree(tmp_path, mount, "4:memory:/docker/ab\n", **files).memory()
    assert limit == Measured(256.0, "cgroup /sys/fs/cgroup/memory")


def test_a_process_that_is_moved_is_found_again(tmp_path: Path) -> None:
    groups = tree(tmp_path, V2, "0::/a\n", **{"a/cpu.max": "max\n", "b/cpu.max": "100000 100000\n"})
    assert groups.cores() is None
    write(tmp_path / "proc/self/cgroup", "0::/b\n")
    assert groups.cores() == Measured(1.0, "cgroup /sys/fs/cgroup/b")


# -- what is not there is None -----------------------------------------------------------------------------------------
def test_what_cannot_be_read_is_none_and_never_0(tmp_path: Path) -> None:
    told = ResourceMonitor(place=tmp_path, root=tmp_path).read()
    for name in ("net_mb_s", "net_sent_mb", "cpu_pressure", "mem_pressure", "energy_j", "disk_read_mb"):
        assert told[name] is None, name
    assert all(m is None or m.source for m in told.values()), "every amount says where it was read"
    limit = ResourceMonitor(place=tmp_path, root=tmp_path).limits().limit
    assert "net_mb" not in limit
    assert "gpu_mem_mb" not in limit or limit["gpu_mem_mb"] > 0


def test_a_link_without_a_known_speed_is_not_limited_and_one_that_is_down_is(tmp_path: Path) -> None:
    net = tmp_path / "sys/class/net"
    write(net / "lo/carrier", "1\n")
    write(net / "eth0/carrier", "1\n")
    write(net / "eth0/speed", "-1\n")
    assert link_mb_s(tmp_path) is None
    write(net / "eth1/carrier", "1\n")
    write(net / "eth1/speed", "1000\n")
    assert link_mb_s(tmp_path) == Measured(125.0, str(net / "eth1/speed"))
    for name in ("eth0", "eth1"):
        write(net / name / "carrier", "0\n")
    assert link_mb_s(tmp_path) == Measured(0.0, f"{net}: no link is up")


def test_energy_is_counted_over_all_packages_and_over_the_wrap_of_a_counter(tmp_path: Path) -> None:
    zone = tmp_path / "sys/class/powercap/intel-rapl:0"
    write(zone / "energy_uj", "9000000\n")
    write(zone / "max_energy_range_uj", "10000000\n")
    write(tmp_path / "sys/class/powercap/intel-rapl:0:0/energy_uj", "5\n")
    energy = Energy(tmp_path)
    write(zone / "energy_uj", "9500000\n")
    assert energy.read() == Measured(0.5, "RAPL, all packages")
    write(zone / "energy_uj", "1500000\n")
    told = energy.read()
    assert told is not None
    assert told.amount == pytest.approx(2.5)


class Card:
    """NVML as it answers on a machine with one card that does not measure its energy."""

    class NVMLError(Exception): ...

    class NVMLError_GpuIsLost(NVMLError): ...  # noqa: N801 - NVML's name

    nvmlInit = staticmethod(lambda: None)  # noqa: N815
    nvmlDeviceGetHandleByIndex = staticmethod(lambda i: i)  # noqa: N815
    nvmlDeviceGetMemoryInfo = staticmethod(  # noqa: N815
        lambda _: type("Memory", (), {"total": 8 * 1024 * MB, "free": 6 * 1024 * MB})
    )
    nvmlDeviceGetUtilizationRates = staticmethod(lambda _: type("Rates", (), {"gpu": 25}))  # noqa: N815

    @staticmethod
    def nvmlDeviceGetTotalEnergyConsumption(_: int) -> Any:  # noqa: N802
        raise Card.NVMLError


def test_a_card_tells_what_it_can_and_the_rest_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", Card)
    told = Graphics().read()
    assert told["gpu_mem_free_mb"] == Measured(6 * 1024.0, "NVML")
    assert told["gpu_busy"] == Measured(0.25, "NVML")
    assert told["gpu_energy_j"] is None
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert set(Graphics().read().values()) == {None}


@linux
def test_a_thread_sees_the_cores_of_its_process_also_those_lost_since_it_began():
    cores, seen, look = sorted(os.sched_getaffinity(os.getpid())), list[float | None](), threading.Event()
    monitor = ResourceMonitor()

    def read() -> None:
        look.wait(60)
        now = monitor.cores()
        seen.append(None if now is None else now.amount)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        os.sched_setaffinity(os.getpid(), cores[:1])
        look.set()
        thread.join()
    finally:
        os.sched_setaffinity(os.getpid(), cores)
    assert seen[0] is not None and seen[0] <= 1.0
