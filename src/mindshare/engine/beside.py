"""Long work beside a service: in a process of its own, on one thread, below everything else, within a CPU share.

It ends with the service, however that ends: what nobody waits for, and nobody holds back any more, is not done.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import psutil

from mindshare.core.errors import MindshareError

PR_SET_PDEATHSIG, LOOK_S = 1, 1.0  # of prctl(2); between looks at the parent
STARTED_BY = "MINDSHARE_STARTED_BY"
NICE = 10  # how far the service and everybody else go before it
STEP_S = 0.1  # between looks at what it has used
AHEAD_S = 0.2  # CPU seconds that it may be ahead of its share
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)


def within_share(command: list[str], share: float, end: threading.Event) -> bool:
    """Runs a command on one thread, held whenever it has used more than its share of one core; False where it was ended.

    MindshareError with its last words where it fails.
    """
    start = time.monotonic()
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=os.environ | ONE_THREAD | {STARTED_BY: str(os.getpid())},
    ) as process:
        try:
            own = psutil.Process(process.pid)
            while process.poll() is None:
                if end.wait(STEP_S):
                    return False
                _hold(own, share * (time.monotonic() - start) + AHEAD_S)
        finally:
            process.kill()
        assert process.stderr is not None
        said = process.stderr.read().decode(errors="replace").strip().splitlines()
    if process.returncode:
        raise MindshareError(said[-1] if said else f"It ended with code {process.returncode}.")
    return True


def _hold(process: psutil.Process, most_s: float) -> None:
    """Holds a process that has used more CPU seconds than this, and lets it go on when it has not."""
    try:
        used = process.cpu_times()
        if used.user + used.system > most_s:
            process.suspend()
        elif process.status() == psutil.STATUS_STOPPED:
            process.resume()
    except psutil.NoSuchProcess:
        return


def done_apart(work: Callable[[], object]) -> int:
    """What such a process does: the work; 0, or 2 where it is refused, in one sentence on stderr."""
    with suppress(AttributeError):  # Windows
        os.nice(NICE)
    _end_with(int(os.environ.get(STARTED_BY, os.getppid())))
    try:
        work()
    except MindshareError as e:
        sys.stderr.write(f"{e}\n")
        return 2
    return 0


def _end_with(parent: int) -> None:
    """Ends this process with its parent. Linux does it at once, also where this one is held; a look at the parent does it elsewhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_S)
        os._exit(1)

    threading.Thread(target=watch, name="alone", daemon=True).start()
