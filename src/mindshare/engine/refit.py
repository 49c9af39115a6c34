"""When models are learnt anew while a service runs, and how: in a process of its own, below everything else, within its CPU share.

Counts hear every outcome at once (`Taking.outcome`); weights, temperatures, the gate and demand are learnt anew after 30, 60,
120 and 240 known outcomes, and then each time that half as many again are known. Outcomes that come while that goes on are
taught on top of the new model.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import msgspec
import psutil

from mindshare.core.errors import MindshareError
from mindshare.core.model import Model
from mindshare.engine.actor import Actor
from mindshare.engine.engine import Engine
from mindshare.engine.relearn import TOLD, Told
from mindshare.engine.settings import Settings
from mindshare.engine.shelf import Shelf
from mindshare.store.model_file import load_model

FIRST = (30, 60, 120, 240)
MORE = 1.5
LOOK_S, STEP_S = 1.0, 0.1  # between looks at the number of outcomes, and at what learning has used
AHEAD_S = 0.2  # CPU seconds that it may be ahead of its share
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)
log = logging.getLogger(__name__)


def next_at(known: int) -> int:
    """The number of known outcomes at which a model that has learnt from so many is learnt anew."""
    step = next((n for n in FIRST if n > known), None)
    if step is not None:
        return step
    at = float(FIRST[-1])
    while at <= known:
        at = float(int(at * MORE))
    return int(at)


class Refits:
    """Watches the outcomes of a service and learns anew when it is time. `known`: outcomes in the history it began with."""

    def __init__(self, folder: Path, settings: Settings, shelf: Shelf, actor: Actor, known: int) -> None:
        self._folder, self._settings, self._shelf, self._actor = folder, settings, shelf, actor
        self._known = known
        self._learnt = max((c.outcomes for c in actor.engine.state.changed.values()), default=0)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="refits", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends what is being learnt; the log has all it needs to begin again."""
        self._end.set()
        self._thread.join()

    def is_due(self, outcomes: int) -> bool:
        """Whether so many outcomes of the log are enough to learn anew."""
        return self._known + outcomes >= next_at(self._known + self._learnt)

    def _run(self) -> None:
        while not self._end.wait(LOOK_S):
            outcomes = self._actor.engine.state.outcomes
            if self.is_due(outcomes):
                try:
                    self._learnt = self.learn_anew() or outcomes
                except (MindshareError, OSError) as e:
                    log.warning(
                        "the models were not learnt anew: %s", type(e).__name__
                    )  # its words may tell contents
                    self._learnt = outcomes  # with more outcomes it is tried again

    def learn_anew(self) -> int:
        """Learns, and hands the models to the engine; returns how many outcomes of the log are in them, 0 where it was ended."""
        with tempfile.TemporaryDirectory(prefix="mindshare-") as place:
            out = Path(place)
            if not within_share(_command(self._folder, out), self._settings.learn_share, self._end):
                return 0
            told = msgspec.json.decode((out / TOLD).read_bytes(), type=Told)
            for kind, name in told.models.items():
                model = load_model(out / name)
                digest = self._shelf.keep(kind, model)

                def change(
                    engine: Engine, kind: str = kind, model: Model = model, digest: str = digest
                ) -> None:
                    engine.change_model(kind, model, digest, told.outcomes)

                self._actor.ask(change)
        log.info("learnt anew from %d outcomes", told.outcomes)
        return told.outcomes


def _command(folder: Path, out: Path) -> list[str]:
    return [sys.executable, "-m", "mindshare.engine.relearn", str(folder), str(out)]


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
        env=os.environ | ONE_THREAD,
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
        raise MindshareError(said[-1] if said else f"Learning ended with code {process.returncode}.")
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
