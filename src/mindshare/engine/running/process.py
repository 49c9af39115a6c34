"""A machine in a process of its own: asked within a time limit, killed when that is over, and started anew when it is asked next."""

from __future__ import annotations

import contextlib
import multiprocessing as mp
import os
import sys
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, NamedTuple

import msgspec
import psutil

from mindshare.core.errors import MindshareError
from mindshare.engine.machines import START_S
from mindshare.engine.running.answerers import MOST_WORDS, Answering, Asked, Spec, words_of

NICE = 5  # below whatever decides
CAPS = sys.platform == "linux"  # whether the memory of a process can be held to a limit
ENDED = "its process ended"
OUT_OF_MEMORY = "allocate memory"  # what torch and onnxruntime say where there is none


class Run(NamedTuple):
    """What came of asking: a record for each case, or `wrong` for all; what it used, for each case."""

    said: list[dict[str, Any]]
    wrong: str
    used: Mapping[str, float]


class _Told(msgspec.Struct):
    """What the process sends back: a record for each case, or `wrong` for all; and how much went over the net meanwhile."""

    said: list[dict[str, Any]] = []
    wrong: str = ""
    net_mb: float = 0.0


class _Line(NamedTuple):
    """The process, and the line to it."""

    process: SpawnProcess
    line: Connection[Any, Any]

    def heard(self, seconds: float) -> bytes:
        """What it sends next; MindshareError where nothing comes."""
        there = wait([self.line, self.process.sentinel], seconds)
        if not there:
            raise MindshareError(f"nothing came within {seconds:g} s")
        try:
            return self.line.recv_bytes()
        except (EOFError, OSError) as e:
            raise MindshareError(ENDED) from e

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
        told = _Told()
        try:
            to = self.start()
            began, cpu = time.monotonic(), to.cpu()
            to.line.send_bytes(msgspec.json.encode(asked))
            told = _read(to.heard(seconds), len(asked.cases))
        except (MindshareError, OSError, EOFError) as e:
            told = _Told(wrong=str(e)[:MOST_WORDS] or ENDED)
            if told.wrong == ENDED and self._spec.memory_mb is not None:
                told.wrong += f"; memory_mb allows it {self._spec.memory_mb:g} MB"
        n = max(len(asked.cases), 1)
        used = 0.0 if self._to is None else max(self._to.cpu() - cpu, 0.0)
        each = {"cpu_s": used / n, "wall_s": (time.monotonic() - began) / n}
        if self._spec.runs.endpoint and self._spec.call is None:
            each["net_mb"] = told.net_mb / n
        if told.wrong:
            self.close()
        return Run(told.said, told.wrong, each)

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


def _read(data: bytes, n: int) -> _Told:
    try:
        told = msgspec.json.decode(data, type=_Told)
    except msgspec.DecodeError as e:
        raise MindshareError("what its process sent cannot be read") from e
    if not told.wrong and len(told.said) != n:
        raise MindshareError("what its process sent is not an answer to each case")
    return told


def _run(line: Connection[Any, Any], spec: Spec) -> None:
    """The process: one thread of linear algebra, low priority, until the other end is closed."""
    from threadpoolctl import threadpool_limits

    with contextlib.suppress(OSError, AttributeError):
        os.nice(NICE)
    with threadpool_limits(1):
        try:
            _cap(spec.memory_mb)
            answering = Answering(spec)
        except Exception as e:  # noqa: BLE001 - whatever a machine does is told, and ends nothing
            line.send_bytes(_told(e, spec).encode())
            return
        line.send_bytes(b"")
        while True:
            try:
                asked = msgspec.json.decode(line.recv_bytes(), type=Asked)
            except EOFError:
                return
            before = answering.net_mb
            try:
                told = _Told(answering(asked))
            except Exception as e:  # noqa: BLE001 - as above
                told = _Told(wrong=_told(e, spec))
            told.net_mb = answering.net_mb - before
            line.send_bytes(msgspec.json.encode(told))


def _cap(memory_mb: float | None) -> None:
    """From now on this process gets no more memory of its own than that; files that are mapped in do not count.

    Raises MemoryError where it has more already: the limit would only forbid to grow.
    """
    if memory_mb is None:
        return
    import resource

    resource.setrlimit(resource.RLIMIT_DATA, (int(memory_mb * 1e6), int(memory_mb * 1e6)))
    if psutil.Process().memory_info().data > memory_mb * 1e6:
        raise MemoryError


def _told(wrong: Exception, spec: Spec) -> str:
    if spec.memory_mb is not None and (isinstance(wrong, MemoryError) or OUT_OF_MEMORY in str(wrong)):
        return f"it needed more memory than the {spec.memory_mb:g} MB that memory_mb allows"
    return words_of(wrong)
