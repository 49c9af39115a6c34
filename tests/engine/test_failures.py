"""What goes wrong around a service: its engine halts and comes back, nothing that was acknowledged is lost, and nobody waits for ever."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mindshare.core.errors import Failed, Halted, StoreError
from mindshare.engine import clock as clock_module
from mindshare.engine.cases import DECIDED, LEASED
from mindshare.engine.clock import Clock
from mindshare.engine.engine import Engine
from mindshare.engine.service import Service
from tests.engine.world import write_service

CASE = b'{"id": "%d"}'
SUBMITS = """
import sys
from pathlib import Path
from mindshare.engine.service import Service

service = Service(Path(sys.argv[1]))
for i in range(int(sys.argv[2])):
    [case] = service.actor.ask(lambda e: e.submit([b'{"id": "%d"}' % i]))
    print("acknowledged", case.id, flush=True)
service.close()
"""


def sent(service: Service, i: int) -> str:
    """Sends a case; its id once it is acknowledged."""
    [case] = service.actor.ask(lambda e: e.submit([CASE % i]))
    return case.id


def until_back(service: Service) -> None:
    """Waits until commands are taken again."""
    end = time.monotonic() + 20
    while True:
        try:
            service.actor.ask(lambda e: e.now)
            return
        except Halted:
            assert time.monotonic() < end, "the service does not come back"
            time.sleep(0.05)


def breaks_once(what: str) -> Callable[..., Any]:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError(what)

    return broken


# --- whatever raises in the thread of the engine ------------------------------------------------------------------------
@pytest.mark.parametrize("place", ["submit", "tick", "close_frame"])
def test_an_exception_in_the_engine_halts_it_and_it_comes_back_without_a_loss(
    service: Service, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    sent(service, 1)
    with monkeypatch.context() as patch:
        patch.setattr(Engine, place, breaks_once("secret words"))
        if place == "tick":
            time.sleep(0.6)  # two looks at the clock
        with pytest.raises((Failed, Halted)) as told:
            sent(service, 100)
        assert "secret" not in str(told.value) and "log" in str(told.value)
    until_back(service)
    sent(service, 2)
    cases = set(service.actor.engine.state.cases)
    assert {"1", "2"} <= cases and (place != "submit" or "100" not in cases)


def test_a_store_that_raises_anything_halts_the_engine(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(service.store, "append", breaks_once("no disk"))
        with pytest.raises(Halted):
            sent(service, 1)
        patch.setattr(Service, "_build", breaks_once("nor to be read"))
        patch.setattr(service.actor, "_build", breaks_once("nor to be read"))
        time.sleep(1.5)  # it is tried meanwhile
        with pytest.raises(Halted):
            sent(service, 1)
    until_back(service)
    assert sent(service, 1) == "1"


def test_whoever_listens_or_is_told_cannot_stop_the_engine(service: Service) -> None:
    service.listen(breaks_once("a listener"))
    service.actor.call(lambda e: e.now, breaks_once("gone"))
    assert sent(service, 1) == "1"
    assert service.actor.halted == ""


def test_nobody_waits_for_ever_also_who_asks_after_the_end(service: Service) -> None:
    heard: list[object] = []
    service.actor.next("ana", 60.0, lambda lease, _: lease, heard.append)
    service.actor.ask(lambda e: e.now)
    service.close()
    service.actor.call(lambda e: e.now, heard.append)
    assert len(heard) == 2 and all(isinstance(h, Halted) for h in heard)
    with pytest.raises(Halted, match="ends"):
        service.actor.ask(lambda e: e.now)


# --- the disk -----------------------------------------------------------------------------------------------------------
def test_nobody_is_told_anything_before_the_store_has_it(service: Service) -> None:
    """Whatever is asked at once: what is told is in the log by then."""
    stored, wrong = list[str](), list[str]()
    append, done = service.store.append, threading.Event()

    def slow(frames: Any) -> Any:
        told = append(frames)
        stored.extend(re.findall(rb'"is":"received".*?"case":"(\d+)"', b"".join(f.events for f in frames)))
        return told

    service.store.append = slow  # type: ignore[method-assign]

    def hears(result: Any, i: int) -> None:
        if b"%d" % i not in stored:
            wrong.append(str(result))
        if i == 59:
            done.set()

    for i in range(60):
        service.actor.submit(CASE % i, "", lambda case, _: case.id, lambda r, i=i: hears(r, i))
    assert done.wait(20) and not wrong and len(stored) == 60


def test_no_case_is_acknowledged_before_its_flush(tmp_path: Path) -> None:
    """A disk that lies cannot be seen by killing a process: the order of system calls shows it."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    folder, trace = tmp_path / "service", tmp_path / "trace"
    folder.mkdir()
    write_service(folder, learn=False)
    calls = "trace=write,pwrite64,fsync,fdatasync"
    done = subprocess.run(
        [strace, "-f", "-y", "-o", str(trace), "-e", calls, sys.executable, "-c", SUBMITS, str(folder), "20"],
        capture_output=True,
        text=True,
        check=False,
    )
    if "ptrace" in done.stderr.lower():
        pytest.skip(f"strace may not trace here: {done.stderr.splitlines()[0]}")
    assert done.returncode == 0, done.stderr
    unflushed, acknowledged, written = False, 0, 0
    for line in trace.read_text(encoding="utf-8").splitlines():
        call = re.match(r"\d+ +(\w+)\(\d+<([^>]*)>(.*)", line)
        if call is None:
            continue
        name, file, rest = call.groups()
        if name in ("write", "pwrite64") and file.endswith(".db-wal"):
            unflushed, written = True, written + 1
        elif name in ("fsync", "fdatasync") and file.endswith(".db-wal") and rest.endswith("= 0"):
            unflushed = False
        elif name == "write" and '"acknowledged' in rest:
            assert not unflushed, f"case {acknowledged} was acknowledged before its flush"
            acknowledged += 1
    assert acknowledged == 20 and written >= 40


def test_a_service_on_a_full_disk_refuses_and_goes_on_once_there_is_room(tmp_path: Path) -> None:
    write_service(tmp_path, learn=False)
    run = """
import resource, sys, time
from pathlib import Path
from mindshare.core.errors import Halted
from mindshare.engine.service import Service

service = Service(Path(sys.argv[1]))
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
case = b'{"id": "%d", "features": {"text": "' + b"x" * 2_000 + b'"}}'
i, told = 0, ""
while not told:
    try:
        service.actor.ask(lambda e: e.submit([case % i]))
        print("acknowledged", i)
        i += 1
    except Halted as e:
        told = str(e)
print("refused", told)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
while told:
    try:
        service.actor.ask(lambda e: e.submit([case % i]))
        told = ""
    except Halted:
        time.sleep(0.1)
print("acknowledged", i)
service.close()
"""
    done = subprocess.run(
        [sys.executable, "-c", run, str(tmp_path)], capture_output=True, text=True, check=True, timeout=120
    )
    lines = done.stdout.splitlines()
    known = [line.split()[1] for line in lines if line.startswith("acknowledged")]
    [refused] = [line for line in lines if line.startswith("refused")]
    assert len(known) > 10 and refused.endswith(".") and "Traceback" not in refused
    again = Service(tmp_path)
    assert set(known) <= set(again.actor.engine.state.cases)
    again.close()


def test_two_services_in_one_folder_are_refused(service: Service) -> None:
    with pytest.raises(StoreError, match="Another service"):
        Service(service.folder)
    assert sent(service, 1) == "1"


# --- the clock ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("jump", [-7_200.0, 7_200.0])
def test_a_clock_that_jumps_ends_no_lease_and_turns_no_time_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    write_service(tmp_path, learn=False)
    service = Service(tmp_path)
    lease = None
    lines = (tmp_path / "tickets.jsonl").read_bytes().splitlines()
    for line in lines[:100]:
        service.actor.ask(lambda e, line=line: e.submit([line]))
    lease = service.actor.ask(lambda e: e.next("ana", e.now + 1))
    assert lease is not None
    before, real = service.clock(), time.time
    monkeypatch.setattr(clock_module.time, "time", lambda: real() + jump)
    time.sleep(0.6)  # two looks at the clock
    case = service.actor.ask(lambda e: e.case(lease.case))
    assert case.status == LEASED and 0 < service.clock() - before < 60
    assert abs(service.clock.off - jump) < 60
    service.close()
    again = Service(tmp_path)  # the wall clock still says another time
    frames = list(again.store.frames())
    assert all(a.at <= b.at for a, b in pairwise(frames))
    case = again.actor.engine.state.cases[lease.case]
    if jump < 0:  # nothing is earlier than what is in the log; the lease goes on
        assert case.status == LEASED and again.clock() >= frames[-1].at
    else:  # two hours have gone by, as far as anybody can know: the lease is over, the case goes on
        time.sleep(0.6)
        assert case.status != LEASED or case.token != lease.token
        assert case.status == DECIDED or case.id in again.actor.engine.state.waiting
    again.close()


def test_the_clock_never_falls_below_the_log() -> None:
    ahead = time.time() + 1e4
    assert Clock(ahead)() >= ahead
    assert abs(Clock(ahead).off + 1e4) < 60
