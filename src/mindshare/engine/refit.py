"""When models are learnt anew while a service runs, and how: in a process of its own, below everything else, within its CPU share.

Counts hear every outcome at once (`Taking.outcome`); weights, temperatures, the gate and demand are learnt anew after 30, 60,
120 and 240 known outcomes, and then each time that half as many again are known. Outcomes that come while that goes on are
taught on top of the new model.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import threading
from pathlib import Path
from typing import NamedTuple

import msgspec

from mindshare.core.errors import MindshareError
from mindshare.core.model import Model
from mindshare.engine.actor import Actor
from mindshare.engine.beside import within_share
from mindshare.engine.engine import Engine
from mindshare.engine.relearn import APART, TOLD, Told
from mindshare.engine.running.told import one_by_one
from mindshare.engine.settings import Settings
from mindshare.engine.shelf import Shelf
from mindshare.store.model_file import load_model

FIRST = (30, 60, 120, 240)
MORE = 1.5
LOOK_S = 1.0  # between looks at the number of outcomes
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


class Learning(NamedTuple):
    """Known outcomes in all, in the models, and those with which they learn anew (None: they learn no more)."""

    outcomes: int
    learnt: int
    next: int | None

    @property
    def is_due(self) -> bool:
        return self.next is not None and self.outcomes >= self.next


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

    def stands(self) -> Learning:
        """How far learning is. While models are learnt it stays due."""
        learnt = self._known + self._learnt
        following = next_at(learnt) if self._thread.is_alive() else None
        return Learning(self._known + self._actor.engine.state.outcomes, learnt, following)

    def _run(self) -> None:
        while not self._end.wait(LOOK_S):
            outcomes = self._actor.engine.state.outcomes
            if self.stands().is_due:
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
            if not within_share(
                _command(self._folder, out, self._settings), self._settings.learn_share, self._end
            ):
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


def _command(folder: Path, out: Path, settings: Settings) -> list[str]:
    apart = [APART] if one_by_one(settings.machines.values(), settings.limits) else []
    return [sys.executable, "-m", "mindshare.engine.relearn", str(folder), str(out), *apart]
