"""Ctrl-C at any moment, in the first as in any other: exit code 130 and one sentence at most, never a traceback."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SENTENCE = "mindshare: Stopped. No file was left half written.\n"
# presses Ctrl-C at the moment at which a module is first looked for
PRESS = """
import os, signal, sys

class Press:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            sys.meta_path.remove(self)
            {press}

sys.meta_path.insert(0, Press())
sys.argv = ["mindshare", *{words!r}]
from mindshare.cli import main
main()
"""
ONCE = "os.kill(os.getpid(), signal.SIGINT)"
WITHIN_EXEC = f"exec({ONCE + '; [None for _ in range(9)]'!r})"
MODULES = (
    "mindshare.cli.start",
    "typer",
    "mindshare.cli.app",
    "mindshare.core.errors",
    "rich",
    "mindshare.cli.backtested",
    "mindshare.histories.read",
    "numpy",
    "polars",
    "yaml",
    "mindshare.histories.backtest",
    "scipy",
    "numba",
)

LIGHT = (
    "atexit",
    "signal",
    "enum",
    "types",
    "operator",
    "functools",
    "collections",
    "keyword",
    "itertools",
    "reprlib",
)


def told(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300
    )


@pytest.mark.parametrize("press", [ONCE, WITHIN_EXEC], ids=["in a module", "in text that is run"])
@pytest.mark.parametrize("module", MODULES)
def test_ctrl_c_while_a_module_is_read_is_no_traceback(module: str, press: str, history: Path) -> None:
    done = told(PRESS.format(module=module, press=press, words=["backtest", str(history)]))
    assert done.returncode == 130, done.stderr
    assert done.stderr in ("", SENTENCE)


@pytest.mark.parametrize("wait_s", [0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6])
def test_ctrl_c_after_any_time_is_no_traceback(wait_s: float, history: Path) -> None:
    here = "print('here', file=sys.stderr, flush=True)"
    code = PRESS.format(module="mindshare.cli.start", press=here, words=["backtest", str(history)])
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as it:
        assert it.stderr is not None and it.stderr.readline() == "here\n"
        time.sleep(wait_s)
        it.send_signal(signal.SIGINT)
        rest = it.stderr.read()
    assert it.returncode == 130 and rest in ("", SENTENCE)


WITHIN = """
import ctypes, os, signal, sys, time
import mindshare.cli.start

def called(*_):
    os.kill(os.getpid(), signal.SIGINT)
    [None for _ in range(9)]

def native(words, **_):
    {body}

class Made:
    __del__ = called

mindshare.cli.start.typer.main.get_command = lambda _: native
from mindshare.cli import main
main()
"""
CALLED = "ctypes.CFUNCTYPE(None)(called)(); time.sleep(20)"
TIDIED = "Made(); time.sleep(20)"
TURNED = """
    try:
        called()
    except KeyboardInterrupt:
        raise ImportError('initialization failed') from None
"""


@pytest.mark.parametrize("body", [CALLED, TIDIED, TURNED], ids=["a call", "an end of life", "another error"])
def test_ctrl_c_in_native_code_is_not_lost(body: str) -> None:
    done = told(WITHIN.format(body=body))
    assert (done.returncode, done.stderr) == (130, SENTENCE)


def test_an_error_without_ctrl_c_is_still_a_traceback() -> None:
    done = told(WITHIN.format(body="raise ImportError('initialization failed')"))
    assert done.returncode == 1 and "ImportError: initialization failed" in done.stderr


def test_what_is_read_before_ctrl_c_is_heard_is_next_to_nothing() -> None:
    code = "import sys\nbefore = set(sys.modules)\nimport mindshare.cli\nprint(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    read = {name.split(".")[0] for name in done.stdout.split() if not name.startswith("_")}
    assert read <= {"mindshare", *LIGHT}
