"""A pytest plugin: the core's tests without compiling, with the kernels that each test calls written down.

    NUMBA_DISABLE_JIT=1 python -m pytest -p benchmarks.mutating.plain --record kernels.jsonl tests/core

Kernels are plain Python then. Two things need help. Addresses: what numba reads through a pointer is read by ctypes. And
learning, which takes minutes in plain Python: what was learnt of a history is kept in the folder `--learned`, filled by
a compiled run; so a change in a kernel that only learning uses is noticed by the tests of that kernel alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time
from types import CodeType, FrameType
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, settings

from mindshare.core import learn as learning
from mindshare.core.allocation import columns

PLAIN = os.environ.get("NUMBA_DISABLE_JIT") == "1"


class Late(BaseException):
    """A test takes too long without compiling."""


def whole(address: int, like: np.ndarray, n: int) -> np.ndarray:
    """The column of n numbers at the address."""
    number = np.ctypeslib.as_ctypes_type(like.dtype)
    return np.ctypeslib.as_array((number * int(n)).from_address(int(address)))


def one(address: int, like: np.ndarray, i: int) -> Any:
    """Number i of the column at the address."""
    return whole(address + int(i) * like.dtype.itemsize, like, 1)[0]


if PLAIN:
    np.seterr(all="ignore")  # compiled code warns of nothing
    columns.whole, columns.one = whole, one


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record", type=Path, help="file to which each test's seconds, kernels and outcome are added"
    )
    parser.addoption("--chosen", type=Path, help="file with a list of tests: these only, in this order")
    parser.addoption("--learned", type=Path, help="folder in which what was learnt is kept")
    parser.addoption(
        "--patience", type=float, default=0.0, help="seconds after which a test is stopped; 0: never"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    phases = (Phase.explicit, Phase.generate)  # whether a test fails is asked, not how simply
    settings.register_profile("mutants", database=None, deadline=None, phases=phases)
    settings.load_profile("mutants")
    folder = early_config.known_args_namespace.learned
    if folder:  # before a conftest imports it
        learning.learn_held_out = kept(learning.learn_held_out, folder)


def kept(learn: Callable[..., Any], folder: Path) -> Callable[..., Any]:
    """`learn`, which looks in the folder first; what is learnt compiled is put there."""

    def look(*given: Any, **named: Any) -> Any:
        name = hashlib.sha256(pickle.dumps((given, sorted(named.items())))).hexdigest()
        file = folder / f"{name}.pickle"
        if file.exists():
            return pickle.loads(file.read_bytes())
        learned = learn(*given, **named)
        if not PLAIN:
            file.write_bytes(pickle.dumps(learned))
        return learned

    return look


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    chosen = config.getoption("--chosen")
    if chosen:
        rank = {name: n for n, name in enumerate(json.loads(chosen.read_text(encoding="utf-8")))}
        items[:] = sorted((i for i in items if i.nodeid in rank), key=lambda i: rank[i.nodeid])


class Kernels:
    """The kernels that were called: "core/asking/gate.py:passed"."""

    def __init__(self) -> None:
        self.name: dict[CodeType, str | None] = {}

    def enter(self, frame: FrameType, event: str, arg: Any) -> None:  # noqa: ARG002
        code = frame.f_code
        if code not in self.name:
            _, inside, file = code.co_filename.replace(os.sep, "/").rpartition("/mindshare/")
            self.name[code] = f"{file}:{code.co_name}" if inside and file.startswith("core/") else None

    def called(self) -> list[str]:
        return sorted({name for name in self.name.values() if name is not None})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    record = item.config.getoption("--record")
    if not record:
        return (yield)
    kernels, began = Kernels(), process_time()
    sys.settrace(kernels.enter)
    try:
        return (yield)
    finally:
        sys.settrace(None)
        told = {"test": item.nodeid, "seconds": process_time() - began, "kernels": kernels.called()}
        add(record, told | {"passed": item.nodeid not in FAILED})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    signal.signal(signal.SIGPROF, too_late)
    signal.setitimer(signal.ITIMER_PROF, item.config.getoption("--patience"))
    try:
        return (yield)
    except Late:  # anew: where the signal came there may be no line that pytest could show
        raise Late from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)


def too_late(*_: object) -> None:
    raise Late


FAILED: set[str] = set()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if not report.passed:  # what is skipped notices nothing
        FAILED.add(report.nodeid)


def add(record: Path, told: dict[str, Any]) -> None:
    with record.open("a", encoding="utf-8") as file:
        file.write(json.dumps(told) + "\n")
