"""A machine in a process of its own: asked within a time limit, killed when that is over, and started anew when it is asked next."""

from __future__ import annotations

import contextlib
import multiprocessing as mp
import os
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, NamedTuple

import msgspec
import psutil

from mindshare.core.errors import MindshareError
from mindshare.engine.machines import START_S
from mindshare.engine.running.answerers import Answering, Asked, Spec

NICE = 5  # below whatever decides
MOST_WORDS = 300  # of an error


class Run(NamedTuple):
    """What came of asking: a record for each case, or `wrong` for all; what it used, for each case."""

    said: list[dict[str, Any]]
    wrong: str
    used: Mapping[str, float]


class _Line(NamedTuple):
    """The process, and the line to it."""

    process: SpawnProcess
    line: Connection[Any, Any]

    def heard(self, seconds: float) -> bytes:
        """What it sends next; MindshareError where nothing comes."""
        there = wait([self.line, self.process.sentinel], seconds)
        if not there:
            raise MindshareError(f"nothing came within {seconds:g} s")
        if self.line not in there and not self.line.poll():
            raise MindshareError("its process ended")
        return self.line.recv_bytes()

    def cpu(self) -> float:
        """CPU seconds that it has used."""
        try:
            used = psutil.Process(self.process.pid).cpu_times()
        except psutil.Error:
            return 0.0
        return float(used.user + used.system)


class Apart:
    """The process of one machine. Not for several threads, but for `end`."""

    def __init__(self, spec: Spec) -> None:
        self._spec, self._ended = spec, False
        self._to: _Line | None = None

    def ask(self, asked: Asked, seconds: float) -> Run:
        """The answers, or what went wrong; never raises for what a machine does."""
        began, cpu = time.monotonic(), 0.0
        wrong, said = "", list[dict[str, Any]]()
        try:
            to = self.start()
            began, cpu = time.monotonic(), to.cpu()
            to.line.send_bytes(msgspec.json.encode(asked))
            said = _read(to.heard(seconds), len(asked.cases))
        except (MindshareError, OSError, EOFError) as e:
            wrong = str(e)[:MOST_WORDS] or "its process ended"
        n = max(len(asked.cases), 1)
        used = 0.0 if self._to is None else max(self._to.cpu() - cpu, 0.0)
        each = {"cpu_s": used / n, "wall_s": (time.monotonic() - began) / n}
        if wrong:
            self.close()
        return Run(said, wrong, each)

    def start(self) -> _Line:
        """The process, with its machine loaded; MindshareError with why where it cannot be."""
        if self._to is None:
            spawn = mp.get_context("spawn")
            ours, theirs = spawn.Pipe()
            process = spawn.Process(target=_run, args=(theirs, self._spec), name=self._spec.name, daemon=True)
            process.start()
            theirs.close()
            self._to = _Line(process, ours)
            if self._ended:
                process.kill()
            wrong = self._to.heard(START_S).decode(errors="replace")
            if wrong:
                self.close()
                raise MindshareError(wrong)
        return self._to

    def end(self) -> None:
        """From another thread: whatever it is at, it ends, and does not begin again."""
        self._ended, to = True, self._to
        if to is not None:
            with contextlib.suppress(ValueError):  # it was closed a moment ago
                to.process.kill()

    def close(self) -> None:
        """The process is gone."""
        to, self._to = self._to, None
        if to is not None:
            to.process.kill()
            to.process.join()
            to.process.close()
            to.line.close()


def _read(data: bytes, n: int) -> list[dict[str, Any]]:
    try:
        told: Any = msgspec.json.decode(data)
    except msgspec.DecodeError as e:
        raise MindshareError("what its process sent cannot be read") from e
    if isinstance(told, str):
        raise MindshareError(told)
    if not isinstance(told, list) or len(told) != n:
        raise MindshareError("what its process sent is not an answer to each case")
    return told


def _run(line: Connection[Any, Any], spec: Spec) -> None:
    """The process: one thread of linear algebra, low priority, until the other end is closed."""
    from threadpoolctl import threadpool_limits

    with contextlib.suppress(OSError, AttributeError):
        os.nice(NICE)
    with threadpool_limits(1):
        try:
            answering = Answering(spec)
        except Exception as e:  # noqa: BLE001 - whatever a machine does is told, and ends nothing
            line.send_bytes(_told(e).encode())
            return
        line.send_bytes(b"")
        while True:
            try:
                asked = msgspec.json.decode(line.recv_bytes(), type=Asked)
            except EOFError:
                return
            try:
                said: Any = answering(asked)
            except Exception as e:  # noqa: BLE001 - as above
                said = _told(e)
            line.send_bytes(msgspec.json.encode(said))


def _told(wrong: Exception) -> str:
    words = str(wrong) if isinstance(wrong, MindshareError) else f"{type(wrong).__name__}: {wrong}"
    return words[:MOST_WORDS] or type(wrong).__name__
